//! A page with all that is known before anybody asks for it.

use core::fmt;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Texts, escaped, hole};
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
}

/// Pages of one language, whose holes are left ([`hole`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembled {
    /// When nothing better is at hand.
    pub fallback: String,
    /// While the site is worked on.
    pub maintenance: String,
    /// On top of a copy.
    pub banner: String,
    /// An age in minutes, hours and days, `{n}` being the number.
    pub units: [String; 3],
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
/// [`PageError`] if a place has no text, or a page is too large.
pub fn assemble(
    site: &Site,
    lang: &str,
    texts: &Texts,
    parts: Parts<'_>,
) -> Result<Assembled, PageError> {
    let banner = texts.get("banner.text");
    let banner = sentence(banner, &[("site", &escaped(&site.name)), ("age", &left(hole::AGE))]);
    let banner = filled(parts.banner, &|name| {
        Some(match name {
            "lang" => lang.into(),
            "label" => escaped(texts.get("page.title")).into_owned(),
            "text" => banner.clone(),
            "close" => escaped(texts.get("banner.close")).into_owned(),
            _ => return None,
        })
    });
    let units = ["banner.minutes", "banner.hours", "banner.days"];
    Ok(Assembled {
        fallback: page(site, lang, texts, parts, Which::Fallback)?,
        maintenance: page(site, lang, texts, parts, Which::Maintenance)?,
        banner: complete("banner.html", banner?.trim_end(), BANNER_MAX, &[hole::AGE])?,
        units: units.map(|key| texts.get(key).to_string()),
    })
}

fn page(
    site: &Site,
    lang: &str,
    texts: &Texts,
    parts: Parts<'_>,
    which: Which,
) -> Result<String, PageError> {
    let is_maintenance = which == Which::Maintenance;
    let links = links(site);
    let html = with_sections(parts.html, &|name| match name {
        "maintenance" => Some(is_maintenance),
        "fallback" => Some(!is_maintenance),
        // What is closed may be what they lead to.
        "works" => Some(!links.is_empty() && !is_maintenance),
        "status" => Some(site.status_host.is_some()),
        _ => None,
    })?;
    let html = without_blanks(&html, &["<!--"]);
    let own = |key: &str| {
        let table = if is_maintenance { "maintenance" } else { "page" };
        escaped(texts.get(&format!("{table}.{key}"))).into_owned()
    };
    let now = escaped(texts.get("retry.now"));
    let html = filled(&html, &|name| {
        Some(match name {
            "lang" => lang.into(),
            "site" => escaped(&site.name).into_owned(),
            "css" => without_blanks(parts.css, &["/*"]),
            "js" => without_blanks(parts.js, &["//"]),
            "title" | "heading" | "lead" => own(name),
            "sent" => escaped(texts.get("page.sent")).into_owned(),
            "until_sentence" => {
                let (until, shown) = (left(hole::UNTIL), left(hole::UNTIL_SHOWN));
                let time = format!("<time datetime=\"{until}\">{shown}</time>");
                sentence(texts.get("maintenance.until"), &[("time", &time)])
            }
            "reload" | "next" | "again" | "trying" | "offline" | "paused" | "now" | "pause"
            | "resume" => escaped_text(texts.get(&format!("retry.{name}"))),
            "stopped" => sentence(texts.get("retry.stopped"), &[("now", &now)]),
            "works" => escaped(texts.get("more.works")).into_owned(),
            "links" => links.clone(),
            "status" => {
                let host = site.status_host.as_deref().unwrap_or_default();
                linked(texts.get("more.status"), &format!("https://{host}/"))
            }
            "help" => sentence(
                texts.get("more.help"),
                &[
                    ("site", &escaped(&site.name)),
                    ("id", &format!("<code>{}</code>", left(hole::REQUEST_ID))),
                ],
            ),
            hole::RETRY_AFTER
            | hole::REQUEST_ID
            | hole::MESSAGE
            | hole::UNTIL
            | hole::UNTIL_SHOWN => left(name),
            _ => return None,
        })
    })?;
    let left = match which {
        Which::Fallback => &[hole::RETRY_AFTER, hole::REQUEST_ID][..],
        Which::Maintenance => {
            &[hole::RETRY_AFTER, hole::REQUEST_ID, hole::MESSAGE, hole::UNTIL, hole::UNTIL_SHOWN]
        }
    };
    complete("page.html", &html, PAGE_MAX, left)
}

/// Pages that snapshots keep and that have a title: they are there whatever else is not.
fn links(site: &Site) -> String {
    let titled = site.snapshots.list.iter().filter_map(|rule| {
        let title = escaped(rule.title.as_deref()?);
        Some(format!("<li><a href=\"{}\">{title}</a></li>", escaped(rule.pattern.as_str())))
    });
    titled.collect()
}

/// A hole, as it stands in a page.
fn left(name: &str) -> String {
    format!("{{{{{name}}}}}")
}

/// A text whose places the script fills in: its braces stay.
fn escaped_text(text: &str) -> String {
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

/// Keeps or drops what stands between `{{#name}}` and `{{/name}}`.
fn with_sections(html: &str, keeps: &dyn Fn(&str) -> Option<bool>) -> Result<String, PageError> {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("{{#") {
        out.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let end = format!("{{{{/{name}}}}}");
        let error = |problem: &str| PageError {
            file: "page.html".into(),
            key: name.into(),
            problem: problem.into(),
        };
        let (inner, following) = after.split_once(&end).ok_or_else(|| error("does not end"))?;
        if keeps(name).ok_or_else(|| error("is no section"))? {
            out.push_str(inner);
        }
        rest = following;
    }
    out.push_str(rest);
    Ok(out)
}

/// Puts HTML where its name stands.
fn filled(template: &str, html_of: &dyn Fn(&str) -> Option<String>) -> Result<String, PageError> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, following) = after.split_once("}}").unwrap_or((after, ""));
        let html = html_of(name).ok_or_else(|| PageError {
            file: "page.html".into(),
            key: name.into(),
            problem: "has no text".into(),
        })?;
        out.push_str(&html);
        rest = following;
    }
    out.push_str(rest);
    Ok(out)
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

/// Why a page cannot be put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageError {
    /// The file.
    pub file: String,
    /// The text or the place; empty for the file as a whole.
    pub key: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, key, problem } = self;
        if key.is_empty() {
            write!(f, "{file}: {problem}")
        } else {
            write!(f, "{file}: {key}: {problem}")
        }
    }
}

impl core::error::Error for PageError {}
