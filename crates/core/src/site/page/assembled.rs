//! A page into which everything is filled that is known before a visitor asks for it: the site is
//! compiled with it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use minijinja::{Value, context};

use super::template::{self, html as html_value};
use super::{Assembled, PageError, PageReports, ReportingPage, Texts, escaped, hole};
use crate::site::config::Site;

/// Largest page, in bytes: what reaches a browser in the first round trip of a connection, ten
/// segments (RFC 6928), even uncompressed.
pub const PAGE_MAX: usize = 14 * 1024;
/// Largest banner, in bytes: it is added to every copy.
pub const BANNER_MAX: usize = 1024;

/// The files that a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The page, with places for the others.
    pub html: &'a str,
    /// Its style sheet.
    pub css: &'a str,
    /// Its script.
    pub js: &'a str,
    /// What tells visitors that they see a copy.
    pub banner: &'a str,
    /// The script that reports what goes wrong in the page, where the site has a tunnel.
    pub report: &'a str,
    /// What the build calls itself, which reports name if the site file names no release.
    pub build: &'a str,
}

/// Which of the pages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Fallback,
    Maintenance,
}

/// Puts the pages of a language together.
///
/// # Errors
/// [`PageError`] if a template is malformed, names a text that there is not, leaves out a hole, or
/// if a page is too large.
pub fn assemble(
    site: &Site,
    lang: &str,
    texts: &Texts,
    parts: Parts<'_>,
) -> Result<Assembled, PageError> {
    let units = ["banner.minutes", "banner.hours", "banner.days"];
    Ok(Assembled {
        locale: lang.to_string(),
        fallback: page(site, lang, texts, parts, Which::Fallback)?,
        maintenance: page(site, lang, texts, parts, Which::Maintenance)?,
        banner: banner(site, lang, texts, parts.banner)?,
        units: units.map(|key| texts.get(key).to_string()),
    })
}

fn banner(site: &Site, lang: &str, texts: &Texts, html: &str) -> Result<String, PageError> {
    let places = [("site", &*escaped(&site.name)), ("age", &hole_in_template(hole::AGE))];
    let context = context! {
        lang,
        label => texts.get("page.title"),
        text => html_value(sentence(texts.get("banner.text"), &places)),
        close => texts.get("banner.close"),
    };
    let banner = template::render("banner.html", html, &context)?;
    complete("banner.html", banner.trim_end(), BANNER_MAX, &[hole::AGE])
}

fn page(
    site: &Site,
    lang: &str,
    texts: &Texts,
    parts: Parts<'_>,
    which: Which,
) -> Result<String, PageError> {
    let is_maintenance = which == Which::Maintenance;
    let own = |key: &str| {
        let table = if is_maintenance { "maintenance" } else { "page" };
        texts.get(&format!("{table}.{key}"))
    };
    let retry = |key: &str| html_value(text_for_script(texts.get(&format!("retry.{key}"))));
    let now = escaped(texts.get("retry.now"));
    let hole_value = |name: &str| html_value(hole_in_template(name));
    let time = format!(
        "<time datetime=\"{}\">{}</time>",
        hole_in_template(hole::UNTIL),
        hole_in_template(hole::UNTIL_SHOWN)
    );
    let id = format!("<code>{}</code>", hole_in_template(hole::REQUEST_ID));
    let status = site.status_link().map(|link| html_value(linked(texts.get("more.status"), &link)));
    for (file, script) in [("page.js", parts.js), ("report/page.js", parts.report)] {
        if script.contains("{{") {
            let problem = "it has `{{`, which opens a hole".into();
            return Err(PageError { file: file.into(), key: String::new(), problem });
        }
    }
    let reports = PageReports::of(site, parts.build).filter(|_| !parts.report.is_empty());
    let reports = reports.map(|it| it.embedded(ReportingPage::Fallback, parts.report));
    let help = sentence(texts.get("more.help"), &[("site", &escaped(&site.name)), ("id", &id)]);
    let context = context! {
        maintenance => is_maintenance,
        lang,
        site => &site.name,
        css => html_value(without_blanks(parts.css, &["/*"])),
        js => html_value(without_blanks(parts.js, &["//"])),
        reports => html_value(reports.unwrap_or_default()),
        title => own("title"),
        heading => own("heading"),
        lead => own("lead"),
        sent => texts.get("page.sent"),
        until_sentence => html_value(sentence(texts.get("maintenance.until"), &[("time", &time)])),
        reload => retry("reload"),
        next => retry("next"),
        again => retry("again"),
        trying => retry("trying"),
        offline => retry("offline"),
        paused => retry("paused"),
        now => retry("now"),
        pause => retry("pause"),
        resume => retry("resume"),
        stopped => html_value(sentence(texts.get("retry.stopped"), &[("now", &now)])),
        works => texts.get("more.works"),
        // While the site is closed, so may be the pages that the links lead to.
        links => if is_maintenance { Vec::new() } else { links(site) },
        status,
        help => html_value(help),
        retry_after => hole_value(hole::RETRY_AFTER),
        request_id => hole_value(hole::REQUEST_ID),
        message => hole_value(hole::MESSAGE),
    };
    // The template's own lines go last: no blank of a text may be lost.
    let html = template::render("page.html", &without_blanks(parts.html, &["<!--"]), &context)?;
    let left = match which {
        Which::Fallback => &[hole::RETRY_AFTER, hole::REQUEST_ID][..],
        Which::Maintenance => {
            &[hole::RETRY_AFTER, hole::REQUEST_ID, hole::MESSAGE, hole::UNTIL, hole::UNTIL_SHOWN]
        }
    };
    complete("page.html", &html, PAGE_MAX, left)
}

/// The pages that snapshots keep and that have a title. They can be served whatever has failed.
fn links(site: &Site) -> Vec<Value> {
    let titled = site.snapshots.list.iter().filter_map(|rule| {
        let title = rule.title.as_deref()?;
        Some(context! { path => rule.pattern.as_str(), title })
    });
    titled.collect()
}

/// A hole, as it stands in an assembled page.
fn hole_in_template(name: &str) -> String {
    format!("{{{{{name}}}}}")
}

/// A text whose place `{time}` is filled in by the page's script, so that it stays.
fn text_for_script(text: &str) -> String {
    sentence(text, &[("time", "{time}")])
}

/// A text, escaped, with HTML in its places.
fn sentence(text: &str, places: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(&escaped(before));
        let (name, following) = after.split_once('}').unwrap_or((after, ""));
        let place = places.iter().find(|(known, _)| *known == name);
        out.push_str(place.map_or("", |(_, html)| html));
        rest = following;
    }
    out.push_str(&escaped(rest));
    out
}

/// A text, escaped, with what stands in brackets as a link.
fn linked(text: &str, url: &str) -> String {
    let (before, rest) = text.split_once('[').unwrap_or((text, ""));
    let (inner, after) = rest.split_once(']').unwrap_or((rest, ""));
    let [before, inner, after, url] = [before, inner, after, url].map(escaped);
    format!("{before}<a href=\"{url}\">{inner}</a>{after}")
}

/// Without indentation, empty lines, and lines that are a comment.
fn without_blanks(text: &str, comments: &[&str]) -> String {
    let lines = text.lines().map(str::trim).filter(|line| {
        !line.is_empty() && !comments.iter().any(|comment| line.starts_with(comment))
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The page, if it is small enough and has exactly these holes left.
fn complete(file: &str, html: &str, max: usize, holes: &[&str]) -> Result<String, PageError> {
    let error =
        |key: &str, problem: String| PageError { file: file.into(), key: key.into(), problem };
    if html.len() > max {
        let problem = format!("it has {} bytes, expected at most {max}", html.len());
        return Err(error("", problem));
    }
    let mut found: Vec<&str> = html
        .split("{{")
        .skip(1)
        .filter_map(|rest| rest.split_once("}}"))
        .map(|(name, _)| name)
        .collect();
    found.sort_unstable();
    found.dedup();
    match holes.iter().find(|hole| !found.contains(hole)) {
        Some(missing) => Err(error(missing, "is left out".into())),
        None => Ok(html.into()),
    }
}
