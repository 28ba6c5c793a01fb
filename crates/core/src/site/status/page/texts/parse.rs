//! Reads the file of a language.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{KEYS, STATUS_TEXTS, StatusTextFile};
use crate::site::page::{PageError, check_places};

/// How many months a year has, each of which has a name.
const MONTHS: usize = 12;

impl StatusTextFile {
    /// Reads the file of a language; `file` is the name that errors show.
    ///
    /// # Errors
    /// [`PageError`] for the first text that is missing, unknown, or has not the places that it
    /// must have.
    pub fn parse(file: &str, lang: &str, text: &str) -> Result<Self, PageError> {
        let error =
            |key: &str, problem: String| PageError { file: file.into(), key: key.into(), problem };
        let read: BTreeMap<String, String> =
            toml::from_str(text).map_err(|bad| error("", bad.message().to_string()))?;
        let mut texts = Vec::with_capacity(STATUS_TEXTS);
        for (key, places) in KEYS {
            let Some(text) = read.get(key) else {
                return Err(error(key, "is missing".into()));
            };
            check_places(file, key, text, places)?;
            let names = text.split_whitespace().count();
            if key.starts_with("months_") && names != MONTHS {
                return Err(error(key, format!("has {names} names, expected {MONTHS}")));
            }
            texts.push(text.clone());
        }
        let is_wanted = |key: &String| KEYS.iter().any(|(known, _)| known == key);
        match read.keys().find(|key| !is_wanted(key)) {
            Some(key) => Err(error(key, "is not known".into())),
            None => Ok(Self { lang: lang.into(), texts }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(change: impl Fn(&str, String) -> String) -> String {
        let mut text = String::new();
        for (key, places) in KEYS {
            let value = match key {
                "months_short" | "months_long" => "a b c d e f g h i j k l".into(),
                _ => places.iter().fold(String::from("x"), |text, place| text + "{" + place + "}"),
            };
            text += &format!("{key} = \"{}\"\n", change(key, value));
        }
        text
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let error = StatusTextFile::parse("de.toml", "de", text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn a_file_has_all_texts_with_their_places_and_no_others() {
        let whole = file(|_, text| text);
        let read = StatusTextFile::parse("de.toml", "de", &whole).unwrap();
        assert_eq!(read.texts().lang, "de");
        assert_eq!(read.texts().updated, "x{time}");
        assert_eq!(read.texts().month_short(11), "l");
        check(&(whole.clone() + "colour = \"x\"\n"), "de.toml: colour: is not known");
        check(&whole.replace("updated = ", "updates = "), "de.toml: updated: is missing");
        let without_place = file(|key, text| if key == "updated" { "x".into() } else { text });
        check(&without_place, "de.toml: updated: expected a text with `{time}`");
        let short = file(|key, text| if key == "months_long" { "a b".into() } else { text });
        check(&short, "de.toml: months_long: has 2 names, expected 12");
        check("updated = 1\n", "de.toml: ");
    }
}
