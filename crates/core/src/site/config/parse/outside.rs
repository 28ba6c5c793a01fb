//! Places outside the platform: `[globalping]`, and what a check has to be to be made from them.

#[cfg(feature = "toml")]
mod of_files;

use alloc::string::String;

#[cfg(feature = "toml")]
pub(super) use self::of_files::{GLOBALPING_KEYS, account, check_budget};
use super::table::Value;
use crate::site::config::ConfigError;
use crate::watch::check::{
    Assertion, CheckFieldValue, CheckKind, CheckRequest, Expectation, OUTSIDE,
};

/// What a place outside begins with in `from`.
const PREFIX: &str = "globalping:";
/// The longest word for a place, in characters.
const LOCATION_MAX: usize = 64;
/// The methods of requests that a probe sends.
const METHODS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Reads the name of a place outside, if the text is one.
pub(super) fn place(value: &Value<'_>) -> Result<Option<String>, ConfigError> {
    const EXPECTED: &str =
        "`globalping:` and a place such as `DE`, `US-NY`, `Berlin` or `US+Cogent`";
    let text = value.string()?;
    let Some(location) = text.strip_prefix(PREFIX) else { return Ok(None) };
    let is_location = (1..=LOCATION_MAX).contains(&location.len())
        && location.trim() == location
        && location.bytes().all(|b| b.is_ascii_alphanumeric() || b" +-.,&_".contains(&b));
    match is_location {
        true => Ok(Some([OUTSIDE, location].concat())),
        false => Err(value.refused(text, EXPECTED)),
    }
}

/// Returns whether one of the places in the list is outside.
pub(super) fn has_any(list: &Value<'_>) -> Result<bool, ConfigError> {
    let places = list.strings()?;
    Ok(places.iter().any(|place| place.string().is_ok_and(|text| text.starts_with(PREFIX))))
}

/// Refuses a place outside for what no probe can test.
pub(super) fn check_fits(
    value: &Value<'_>,
    kind: &CheckKind,
    expect: &Expectation,
    has_account: bool,
) -> Result<(), ConfigError> {
    let refused = |expected| Err(value.refused(value.string()?, expected));
    if !has_account {
        return refused("a table `[globalping]` in the file, whose `token` names an account");
    }
    match kind {
        CheckKind::Http(request) => {
            if let Some(expected) = unfit(request, expect) {
                return refused(expected);
            }
        }
        CheckKind::Tls { .. } | CheckKind::Tcp { .. } | CheckKind::Dns { .. } => {}
        CheckKind::Domain(_)
        | CheckKind::Websocket { .. }
        | CheckKind::Heartbeat { .. }
        | CheckKind::Flow(_) => {
            return refused("a place of the platform, since probes outside make no such check");
        }
    }
    Ok(())
}

/// What a request would have to be for a probe to send it, and its answer to be judged.
fn unfit(request: &CheckRequest, expect: &Expectation) -> Option<&'static str> {
    let is_secret = |(_, value): &(String, CheckFieldValue)| match value {
        CheckFieldValue::Secret { .. } => true,
        CheckFieldValue::Plain(_) => false,
    };
    let needs_all = |assertion: &Assertion| match assertion {
        Assertion::FinalUrl(_) | Assertion::SizeMin(_) | Assertion::SizeMax(_) => true,
        Assertion::BodyContains(_)
        | Assertion::BodyLacks(_)
        | Assertion::BodyMatches(_)
        | Assertion::MessageContains(_)
        | Assertion::MessageMatches(_)
        | Assertion::Json(_)
        | Assertion::Field(_) => false,
    };
    if !request.url.starts_with("https://") {
        Some("a place of the platform, since probes outside do not reach this machine")
    } else if !METHODS.contains(&request.method.as_str()) || request.body.is_some() {
        Some("a place of the platform, since probes outside send only `GET`, `HEAD` and `OPTIONS`")
    } else if request.fields.iter().any(is_secret) {
        Some("a place of the platform, since secrets would be read outside")
    } else if expect.required.iter().chain(&expect.preferred).any(needs_all) {
        Some("a check without `final_url`, `size_min` and `size_max`, which probes do not tell")
    } else {
        None
    }
}
