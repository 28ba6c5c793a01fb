//! The key `locales` of `[site]`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::table::Value;
use crate::base::locale::LOCALES;
use crate::site::config::{ConfigError, Problem};

/// Reads the languages. The first one is for visitors who ask for none of them.
pub(super) fn locales(value: &Value<'_>) -> Result<Vec<String>, ConfigError> {
    let mut locales: Vec<String> = Vec::new();
    for item in value.strings()? {
        let locale = item.string()?;
        if !LOCALES.contains(&locale) {
            let known = LOCALES.iter().map(ToString::to_string).collect();
            return Err(item.error(Problem::UnknownName {
                what: "locale",
                value: locale.into(),
                known,
            }));
        }
        if locales.iter().any(|known| known == locale) {
            return Err(item.refused(locale, "each locale once"));
        }
        locales.push(locale.into());
    }
    if locales.is_empty() {
        return Err(
            value.error(Problem::Empty { expected: "at least one locale, such as `[\"en\"]`" })
        );
    }
    Ok(locales)
}
