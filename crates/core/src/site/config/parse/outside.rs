//! Places outside the platform: `[globalping]`, and what a check has to be to be made from them.

use alloc::format;
use alloc::string::{String, ToString as _};

use super::table::{Table, Value};
use super::text::secret;
use crate::base::origin::Origin;
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem};
use crate::watch::check::{
    Assertion, CHECK_EVERY_MAX, Check, CheckFieldValue, CheckKind, CheckRequest, Expectation,
    GlobalpingAccount, OUTSIDE,
};

const GLOBALPING_KEYS: &[&str] = &["token", "api"];
/// Where Globalping is asked if the file does not set `api`.
const API_DEFAULT: &str = "https://api.globalping.io";
/// What a place outside begins with in `from`.
const PREFIX: &str = "globalping:";
/// The longest word for a place, in characters.
const LOCATION_MAX: usize = 64;
/// The tests that an account may order in an hour without spending credits (Globalping's API
/// document, "Limits and credits").
const TESTS_AN_HOUR: u64 = 500;
/// The parts of a test in which rates are added up, so that a fraction of one counts too.
const PARTS: u64 = 1000;
/// An hour, in milliseconds.
const HOUR: u64 = 3_600_000;
/// The methods of requests that a probe sends.
const METHODS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

pub(super) fn account(value: &Value<'_>) -> Result<GlobalpingAccount, ConfigError> {
    let table = value.table(GLOBALPING_KEYS)?;
    let token = table.required("token", secret)?;
    let api = table.optional("api", |value| {
        let origin = Origin::parse(value.string()?);
        origin.map(String::from).map_err(|error| value.error(Problem::Origin(error)))
    })?;
    Ok(GlobalpingAccount { token, api: api.unwrap_or_else(|| API_DEFAULT.into()) })
}

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
        CheckKind::Domain(_) | CheckKind::Websocket { .. } | CheckKind::Heartbeat { .. } => {
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

/// Refuses the check with which the places outside are asked more often than Globalping allows.
pub(super) fn check_budget(tables: &[Table<'_>], checks: &[Check]) -> Result<(), ConfigError> {
    let mut left = TESTS_AN_HOUR * PARTS;
    for (table, check) in tables.iter().zip(checks) {
        let an_hour = check.outside.len() as u64 * HOUR * PARTS;
        let rate = an_hour.div_ceil(check.policy.every.get().max(1));
        if let Some(after) = left.checked_sub(rate) {
            left = after;
            continue;
        }
        let all = format!("since all places outside may have {TESTS_AN_HOUR} tests an hour");
        let least = an_hour.checked_div(left).map(|ms| Millis::from_secs(ms.div_ceil(1000)));
        let allowed = match least.filter(|least| *least <= CHECK_EVERY_MAX) {
            Some(least) => format!("{least} at least, {all}"),
            None => format!("fewer places outside, {all}"),
        };
        let value = check.policy.every.to_string();
        return Err(table.error_at("every", Problem::OutOfRange { value, allowed }));
    }
    Ok(())
}
