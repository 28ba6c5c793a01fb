//! What the pages of any site are made of.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};

use serde::{Deserialize, Serialize};

use crate::site::config::Site;
use crate::site::page::{Assembled, PageError, Parts, Texts, assemble};
use crate::site::status::page::StatusTextFile;

/// The files that the pages of any site are made of. They come with the Worker's code, so that a
/// site is compiled where the sources of the code are not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSources {
    /// `page.html` of `www/fallback`.
    pub html: String,
    /// `page.css` beside it.
    pub css: String,
    /// Its script.
    pub js: String,
    /// `banner.html` beside it.
    pub banner: String,
    /// The script that reports what goes wrong in the page.
    pub report: String,
    /// What the build calls itself, which reports name if the site file names no release.
    pub build: String,
    /// The texts of each language that a site may have, by its name.
    pub locales: BTreeMap<String, LocaleSources>,
}

/// The texts of a language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocaleSources {
    /// Those of the fallback page, as TOML.
    pub fallback: String,
    /// Those of the status page, as TOML.
    pub status: String,
}

impl PageSources {
    /// The pages of a site in one language.
    ///
    /// # Errors
    /// As [`assemble`].
    pub(super) fn pages(&self, site: &Site, locale: &str) -> Result<Assembled, PageError> {
        let Self { html, css, js, banner, report, build, .. } = self;
        let texts = Texts::parse(&file(FALLBACK, locale), &self.locale(locale)?.fallback)?;
        assemble(site, locale, &texts, Parts { html, css, js, banner, report, build })
    }

    /// The texts of the status page in one language.
    ///
    /// # Errors
    /// As [`StatusTextFile::parse`].
    pub(super) fn status_texts(&self, locale: &str) -> Result<StatusTextFile, PageError> {
        StatusTextFile::parse(&file(STATUS, locale), locale, &self.locale(locale)?.status)
    }

    fn locale(&self, locale: &str) -> Result<&LocaleSources, PageError> {
        self.locales.get(locale).ok_or_else(|| PageError {
            file: file(FALLBACK, locale),
            key: String::new(),
            problem: "is missing".to_string(),
        })
    }
}

/// The folder of the fallback page's sources.
const FALLBACK: &str = "www/fallback";
/// The folder of the status page's.
const STATUS: &str = "www/status";

/// What errors call the file of a language.
fn file(folder: &str, locale: &str) -> String {
    format!("{folder}/locales/{locale}.toml")
}
