//! Makes a compiled site of a site file.

use core::fmt;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::Serialize;

use super::{FORM, PageSources, SitePart};
use crate::base::trace::TraceSource;
use crate::site::config::{self, ConfigError, Site, SiteFile, WatchRules};
use crate::site::forwarding::SiteForwarding;
use crate::site::needs::Needs;
use crate::site::operator;
use crate::site::page::{Assembled, PageError};
use crate::site::status::page::StatusTextFile;

/// A site file that is ready to be loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledSite {
    /// What serves visitors.
    pub site: Site,
    /// What a deployment must have.
    pub needs: Needs,
    parts: BTreeMap<SitePart, String>,
}

/// Why a site is not compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// The site file has a mistake.
    SiteFile(ConfigError),
    /// A page cannot be put together.
    Page(PageError),
    /// What was read is not written, which is no fault of the site file's.
    Json(String),
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SiteFile(error) => error.fmt(f),
            Self::Page(error) => error.fmt(f),
            Self::Json(problem) => write!(f, "the compiled site cannot be written: {problem}"),
        }
    }
}

impl core::error::Error for CompileError {}

/// Compiles a site file. `file` is the name by which errors refer to `text`.
///
/// # Errors
/// [`CompileError`] for the first problem.
pub fn compile(
    file: &str,
    text: &str,
    sources: &PageSources,
) -> Result<CompiledSite, CompileError> {
    let SiteFile { site, watch, checks_json } =
        config::parse_file(file, text).map_err(CompileError::SiteFile)?;
    let (pages, status_texts) = texts(&site, sources).map_err(CompileError::Page)?;
    let needs = Needs::of(&site, &watch);
    let configuration = json(&operator::configuration(&site, &watch))?;
    let without_checks = WatchRules { checks: Vec::new(), ..watch };
    let parts = BTreeMap::from([
        (SitePart::Site, json(&site)?),
        (SitePart::Pages, json(&pages)?),
        (SitePart::Watch, json(&without_checks)?),
        (SitePart::Checks, checks_json),
        (SitePart::Configuration, configuration),
        (SitePart::StatusTexts, json(&status_texts)?),
    ]);
    Ok(CompiledSite { site, needs, parts })
}

/// The pages and the status page's texts, in each of the site's languages.
fn texts(
    site: &Site,
    sources: &PageSources,
) -> Result<(Vec<Assembled>, Vec<StatusTextFile>), PageError> {
    let (mut pages, mut status_texts) = (Vec::new(), Vec::new());
    for locale in &site.locales {
        pages.push(sources.pages(site, locale)?);
        status_texts.push(sources.status_texts(locale)?);
    }
    Ok((pages, status_texts))
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, CompileError> {
    serde_json::to_string(value).map_err(|error| CompileError::Json(error.to_string()))
}

/// What the entry may log, and what it does about traces and errors.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SiteLog {
    enabled: bool,
    level: String,
    trace_source: &'static str,
    are_errors_reported: bool,
}

impl SiteLog {
    fn of(site: &Site) -> Self {
        let source: TraceSource = site.tracing;
        Self {
            enabled: site.logs.enabled,
            level: site.logs.level.as_str().to_lowercase(),
            trace_source: source.as_str(),
            are_errors_reported: site.sentry.is_some(),
        }
    }
}

impl CompiledSite {
    /// The text of a part.
    pub fn part(&self, part: SitePart) -> &str {
        self.parts.get(&part).map_or("", String::as_str)
    }

    /// The module. JSON is JavaScript (ECMAScript 2019), so its values are written as such.
    ///
    /// # Errors
    /// [`CompileError::Json`], for values that are no JSON, of which there are none.
    pub fn module(&self) -> Result<String, CompileError> {
        let parts: BTreeMap<&str, &String> =
            self.parts.iter().map(|(part, text)| (part.as_str(), text)).collect();
        Ok(format!(
            "// Compiled from the site file. Changes to this file are lost.\n\
             export const form = {FORM};\n\
             export const forwarding = {};\n\
             export const log = {};\n\
             export const parts = {};\n",
            json(&SiteForwarding::of(&self.site))?,
            json(&SiteLog::of(&self.site))?,
            json(&parts)?,
        ))
    }
}
