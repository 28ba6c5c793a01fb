//! The keys of `[[maintenance]]`.

use alloc::format;
use alloc::string::String;

use super::table::Value;
use crate::base::pattern::Pattern;
use crate::base::rfc3339::{self, Shown};
use crate::base::time::Timestamp;
use crate::site::config::{ConfigError, Problem};
use crate::watch::maintenance::{LASTS_MAX, MESSAGE_MAX, WINDOWS_MAX, Window};

pub(super) const KEYS: &[&str] = &["match", "start", "end", "message"];
/// The longest name of a secret, in bytes.
const NAME_MAX: usize = 64;

/// Reads the times of maintenance, in the order of the file.
pub(super) fn windows(list: &Value<'_>) -> Result<alloc::vec::Vec<Window>, ConfigError> {
    let items = list.items()?;
    if items.len() > WINDOWS_MAX {
        return Err(list.error(Problem::OutOfRange {
            value: format!("{}", items.len()),
            allowed: format!("at most {WINDOWS_MAX} of them"),
        }));
    }
    items.iter().map(window).collect()
}

fn window(value: &Value<'_>) -> Result<Window, ConfigError> {
    let table = value.table(KEYS)?;
    let pattern = table.optional("match", |value| {
        Pattern::parse(value.string()?).map_err(|error| value.error(Problem::Pattern(error)))
    })?;
    let pattern = pattern.unwrap_or_else(Pattern::everything);
    let start = table.required("start", time)?;
    let end = table.required("end", |value| {
        let end = time(value)?;
        let latest = start + LASTS_MAX;
        if end <= start || end > latest {
            let allowed = format!(
                "a time after `start`, and at most {LASTS_MAX} after it: until {}",
                Shown(latest)
            );
            return Err(
                value.error(Problem::OutOfRange { value: format!("{}", Shown(end)), allowed })
            );
        }
        Ok(end)
    })?;
    let message = table.optional("message", message)?;
    Ok(Window { pattern, start, end, message })
}

fn time(value: &Value<'_>) -> Result<Timestamp, ConfigError> {
    const EXPECTED: &str = "a time with its offset, such as `2026-12-24T20:00:00Z`";
    let text = value.date_or_string(EXPECTED)?;
    rfc3339::parse(&text).ok_or_else(|| value.refused(&text, EXPECTED))
}

fn message(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "1 to 300 characters in one line";
    const { assert!(MESSAGE_MAX == 300) };
    let text = value.string()?;
    let is_message = !text.trim().is_empty()
        && text.chars().take(MESSAGE_MAX + 1).count() <= MESSAGE_MAX
        && !text.contains(char::is_control);
    if is_message { Ok(text.into()) } else { Err(value.refused(text, EXPECTED)) }
}

/// Reads the name of a Worker secret.
pub(super) fn secret_name(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "the name of a Worker secret: a letter A-Z, then A-Z, 0-9 and `_`";
    let name = value.string()?;
    let is_name = name.len() <= NAME_MAX
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    // An invalid name may be the secret itself, and errors may be seen by anyone.
    if is_name { Ok(name.into()) } else { Err(value.refused("…", EXPECTED)) }
}
