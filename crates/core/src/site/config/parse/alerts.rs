//! The keys of `[alerts]`.

use alloc::string::String;
use alloc::vec::Vec;

use super::inhibition::inhibitions;
use super::table::{Table, Value};
use super::text::{hidden_url, secret};
use crate::base::origin::{Origin, redacted};
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem};
use crate::watch::alert::{ChannelAddress, Inhibition};
use crate::watch::check::Check;

pub(super) const ALERTS_KEYS: &[&str] = &[
    "group_wait",
    "group_interval",
    "inhibit",
    "dead_mans_switch",
    "dead_mans_switch_secret",
    "runbooks_url",
];
/// How long an incident waits for others that become one with it, in milliseconds, if the file does
/// not set `group_wait`.
const GROUP_WAIT_DEFAULT: Millis = Millis::from_secs(5);
/// The longest `group_wait`, in milliseconds, since no channel is told before.
const GROUP_WAIT_MAX: Millis = Millis::from_secs(300);
/// How long what is new about an incident is collected, in milliseconds, if the file does not set
/// `group_interval`: what Alertmanager takes.
const GROUP_INTERVAL_DEFAULT: Millis = Millis::from_secs(300);
/// The longest `group_interval`, in milliseconds: a day.
const GROUP_INTERVAL_MAX: Millis = Millis::from_secs(24 * 3600);

/// The rules for all alerts.
pub(super) struct AlertRules {
    pub(super) group_wait: Millis,
    pub(super) group_interval: Millis,
    pub(super) inhibitions: Vec<Inhibition>,
    pub(super) dead_mans_switch: Option<ChannelAddress>,
    pub(super) runbooks_url: Option<String>,
}

impl Default for AlertRules {
    fn default() -> Self {
        Self {
            group_wait: GROUP_WAIT_DEFAULT,
            group_interval: GROUP_INTERVAL_DEFAULT,
            inhibitions: Vec::new(),
            dead_mans_switch: None,
            runbooks_url: None,
        }
    }
}

pub(super) fn alerts(value: &Value<'_>, checks: &[Check]) -> Result<AlertRules, ConfigError> {
    let table = value.table(ALERTS_KEYS)?;
    let group_wait = table
        .optional("group_wait", |value| value.duration_between(Millis::ZERO, GROUP_WAIT_MAX))?;
    let group_interval = table.optional("group_interval", |value| {
        value.duration_between(Millis::ZERO, GROUP_INTERVAL_MAX)
    })?;
    let inhibitions = table.optional("inhibit", |list| inhibitions(list, checks))?;
    const KEYS: [&str; 2] = ["dead_mans_switch", "dead_mans_switch_secret"];
    const NOT_BOTH: &str = "`dead_mans_switch` or `dead_mans_switch_secret`, not both";
    Ok(AlertRules {
        group_wait: group_wait.unwrap_or(GROUP_WAIT_DEFAULT),
        group_interval: group_interval.unwrap_or(GROUP_INTERVAL_DEFAULT),
        inhibitions: inhibitions.unwrap_or_default(),
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
