//! What only a file says: the account, and how often all of its checks ask.

use alloc::format;
use alloc::string::{String, ToString as _};

use crate::base::origin::Origin;
use crate::base::time::Millis;
use crate::site::config::parse::table::{Table, Value};
use crate::site::config::parse::text::secret;
use crate::site::config::{ConfigError, Problem};
use crate::watch::check::{CHECK_EVERY_MAX, Check, GlobalpingAccount};

pub(in crate::site::config::parse) const GLOBALPING_KEYS: &[&str] = &["token", "api"];
/// Where Globalping is asked if the file does not set `api`.
const API_DEFAULT: &str = "https://api.globalping.io";
/// The tests that an account may order in an hour without spending credits (Globalping's API
/// document, "Limits and credits").
const TESTS_AN_HOUR: u64 = 500;
/// The parts of a test in which rates are added up, so that a fraction of one counts too.
const PARTS: u64 = 1000;
/// An hour, in milliseconds.
const HOUR: u64 = 3_600_000;

pub(in crate::site::config::parse) fn account(
    value: &Value<'_>,
) -> Result<GlobalpingAccount, ConfigError> {
    let table = value.table(GLOBALPING_KEYS)?;
    let token = table.required("token", secret)?;
    let api = table.optional("api", |value| {
        let origin = Origin::parse(value.string()?);
        origin.map(String::from).map_err(|error| value.error(Problem::Origin(error)))
    })?;
    Ok(GlobalpingAccount { token, api: api.unwrap_or_else(|| API_DEFAULT.into()) })
}

/// Refuses the check with which the places outside are asked more often than Globalping allows.
pub(in crate::site::config::parse) fn check_budget(
    tables: &[Table<'_>],
    checks: &[Check],
) -> Result<(), ConfigError> {
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
