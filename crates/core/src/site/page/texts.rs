//! What pages say in one language: a file of plain texts.

use core::fmt;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::PageError;

/// A text that must be there: its table and key, and what it must leave to be filled in.
struct RequiredText {
    table: &'static str,
    key: &'static str,
    /// Names in braces, in order; `link` is a text in square brackets.
    places: &'static [&'static str],
}

const fn wanted(
    table: &'static str,
    key: &'static str,
    places: &'static [&'static str],
) -> RequiredText {
    RequiredText { table, key, places }
}

const WANTED: [RequiredText; 26] = [
    wanted("page", "title", &[]),
    wanted("page", "heading", &[]),
    wanted("page", "lead", &[]),
    wanted("page", "sent", &[]),
    wanted("maintenance", "title", &[]),
    wanted("maintenance", "heading", &[]),
    wanted("maintenance", "lead", &[]),
    wanted("maintenance", "until", &["time"]),
    wanted("retry", "reload", &[]),
    wanted("retry", "next", &["time"]),
    wanted("retry", "again", &["time"]),
    wanted("retry", "trying", &[]),
    wanted("retry", "offline", &[]),
    wanted("retry", "paused", &[]),
    wanted("retry", "stopped", &["now"]),
    wanted("retry", "now", &[]),
    wanted("retry", "pause", &[]),
    wanted("retry", "resume", &[]),
    wanted("more", "works", &[]),
    wanted("more", "status", &["link"]),
    wanted("more", "help", &["id", "site"]),
    wanted("banner", "text", &["age", "site"]),
    wanted("banner", "close", &[]),
    wanted("banner", "minutes", &["n"]),
    wanted("banner", "hours", &["n"]),
    wanted("banner", "days", &["n"]),
];

/// The texts of one language: all that are wanted, and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts(BTreeMap<String, String>);

impl Texts {
    /// Reads the file of a language; `file` is the name that errors show.
    ///
    /// # Errors
    /// [`PageError`] for the first text that is missing, unknown, or has not the places that it
    /// must have.
    pub fn parse(file: &str, text: &str) -> Result<Self, PageError> {
        let error =
            |key: &str, problem: String| PageError { file: file.into(), key: key.into(), problem };
        let read: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(text).map_err(|bad| error("", bad.message().to_string()))?;
        let mut texts = BTreeMap::new();
        for (table, entries) in read {
            for (key, text) in entries {
                texts.insert(format!("{table}.{key}"), text);
            }
        }
        for RequiredText { table, key, places } in &WANTED {
            let key = format!("{table}.{key}");
            let Some(text) = texts.get(&key) else {
                return Err(error(&key, "is missing".into()));
            };
            check_places(file, &key, text, places)?;
        }
        let is_wanted = |key: &String| {
            WANTED.iter().any(|wanted| *key == format!("{}.{}", wanted.table, wanted.key))
        };
        match texts.keys().find(|key| !is_wanted(key)) {
            Some(key) => Err(error(key, "is not known".into())),
            None => Ok(Self(texts)),
        }
    }

    /// A text, by its table and key.
    pub(super) fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }
}

/// Fails unless a text says something and leaves exactly these places to be filled in, which are in
/// order; `link` is a text in square brackets.
pub(in crate::site) fn check_places(
    file: &str,
    key: &str,
    text: &str,
    places: &[&str],
) -> Result<(), PageError> {
    if !text.trim().is_empty() && places_in(text) == *places {
        return Ok(());
    }
    let problem = format!("expected a text with {}", shown(places));
    Err(PageError { file: file.into(), key: key.into(), problem })
}

/// What a text leaves to be filled in, in order of the names.
fn places_in(text: &str) -> Vec<&str> {
    let mut places: Vec<&str> = text
        .split('{')
        .skip(1)
        .map(|rest| rest.split_once('}').map_or("an open brace", |(name, _)| name))
        .collect();
    if text.contains('[') && text.contains(']') {
        places.push("link");
    }
    places.sort_unstable();
    places
}

fn shown(places: &[&str]) -> String {
    if places.is_empty() {
        return "nothing to be filled in".to_owned();
    }
    let mut out = String::new();
    for (index, place) in places.iter().enumerate() {
        let separator = if index == 0 { "" } else { " and " };
        let place: &dyn fmt::Display =
            if *place == "link" { &"[a link]" } else { &format!("{{{place}}}") };
        out += &format!("{separator}`{place}`");
    }
    out
}
