//! The keys of `[alerts]`.

use alloc::string::String;

use super::table::{Table, Value};
use super::text::{hidden_url, secret};
use crate::base::origin::{Origin, redacted};
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem};
use crate::watch::alert::ChannelAddress;

const ALERTS_KEYS: &[&str] =
    &["group_wait", "dead_mans_switch", "dead_mans_switch_secret", "runbooks_url"];
/// How long an incident waits for others that become one with it, in milliseconds, if the file does
/// not set `group_wait`.
const GROUP_WAIT_DEFAULT: Millis = Millis::from_secs(5);
/// The longest `group_wait`, in milliseconds, since no channel is told before.
const GROUP_WAIT_MAX: Millis = Millis::from_secs(300);

/// The rules for all alerts.
pub(super) struct AlertRules {
    pub(super) group_wait: Millis,
    pub(super) dead_mans_switch: Option<ChannelAddress>,
    pub(super) runbooks_url: Option<String>,
}

impl Default for AlertRules {
    fn default() -> Self {
        Self { group_wait: GROUP_WAIT_DEFAULT, dead_mans_switch: None, runbooks_url: None }
    }
}

pub(super) fn alerts(value: &Value<'_>) -> Result<AlertRules, ConfigError> {
    let table = value.table(ALERTS_KEYS)?;
    let group_wait = table
        .optional("group_wait", |value| value.duration_between(Millis::ZERO, GROUP_WAIT_MAX))?;
    const KEYS: [&str; 2] = ["dead_mans_switch", "dead_mans_switch_secret"];
    const NOT_BOTH: &str = "`dead_mans_switch` or `dead_mans_switch_secret`, not both";
    Ok(AlertRules {
        group_wait: group_wait.unwrap_or(GROUP_WAIT_DEFAULT),
        dead_mans_switch: address(&table, KEYS, NOT_BOTH)?,
        runbooks_url: table.optional("runbooks_url", runbooks_url)?,
    })
}

/// Reads an address, which is written under one of two keys: as it is, or as the name of the secret
/// whose value it is.
pub(super) fn address(
    table: &Table<'_>,
    [written, named]: [&'static str; 2],
    not_both: &'static str,
) -> Result<Option<ChannelAddress>, ConfigError> {
    let url = table.optional(written, hidden_url)?;
    let name = table.optional(named, |value| {
        let name = secret(value)?;
        if url.is_some() { Err(value.refused(name.as_str(), not_both)) } else { Ok(name) }
    })?;
    Ok(url.map(ChannelAddress::Url).or(name.map(ChannelAddress::Secret)))
}

fn runbooks_url(value: &Value<'_>) -> Result<String, ConfigError> {
    let url = value.string()?;
    match Origin::parse(url) {
        Ok(origin) => Ok(origin.into()),
        Err(error) => {
            Err(value.error(Problem::Refused { value: redacted(url), expected: error.expected }))
        }
    }
}
