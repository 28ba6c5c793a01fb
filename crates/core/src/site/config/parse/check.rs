//! The keys of `[[checks]]`.

use core::num::NonZeroU32;

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::Deserialize;

use super::check_kind::{CheckKindName, kind, kind_name};
use super::expect::expectation;
use super::outside;
use super::table::{Table, Value};
use super::text::{bounded, known_name, new_name};
use crate::base::json;
use crate::base::origin::{Origin, redacted};
use crate::base::path::is_target;
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem, Site, WatchRules};
use crate::watch::check::{
    CHECK_EVERY_MAX, CHECK_EVERY_MIN, CHECK_TIMEOUT_DEFAULT, CHECK_TIMEOUT_MAX, Check, CheckKind,
    CheckPlace, CronSchedule, OWN_NAMES, PLACES_MAX, TrafficSource,
};
use crate::watch::monitor::MonitorPolicy;

pub(super) const CHECK_KEYS: &[&str] = &[
    "name",
    "kind",
    "url",
    "method",
    "headers",
    "body",
    "redirects",
    "target",
    "domain",
    "record",
    "resolver",
    "contains",
    "rdap",
    "warn_before",
    "down_before",
    "send",
    "grace",
    "schedule",
    "zone",
    "token",
    "steps",
    "expect",
    "warn",
    "timeout",
    "from",
    "upstream",
    "dependency",
    "every",
    "failures",
    "successes",
    "places",
    "recheck",
    "stale_after",
    "flaps",
    "flap_window",
    "stable_for",
    "depends_on",
    "severity",
    "alert_after",
    "runbook",
];

/// The largest `failures`, `successes` and `flaps`.
const COUNT_MAX: u32 = 100;
/// The longest `stale_after` and `flap_window`, in milliseconds: a week.
const WINDOW_MAX: Millis = Millis::from_secs(7 * 24 * 3600);
/// The longest `stable_for` and `alert_after`, in milliseconds: a day.
const WAIT_MAX: Millis = Millis::from_secs(24 * 3600);
/// The interval of a check of an end that is known in advance, in milliseconds, if the file does
/// not set `every`: 12 hours.
const EXPIRY_EVERY_DEFAULT: Millis = Millis::from_secs(12 * 3600);
/// The shortest interval of a check of a registration, in milliseconds: an hour. Registries limit
/// how often they are asked, and the day of the end changes once a year.
const DOMAIN_EVERY_MIN: Millis = Millis::from_secs(3600);
/// The shortest interval of a check that has a place outside, in milliseconds: a minute. A test
/// takes up to 40 seconds, and Globalping limits their number.
const OUTSIDE_EVERY_MIN: Millis = Millis::from_secs(60);
/// The longest `runbook`, in bytes.
const RUNBOOK_MAX: usize = 500;

/// Reads a check that is tested once. Its parent is a check of the site, and its name is its own.
pub(super) fn check_of_request(
    value: &Value<'_>,
    site: &Site,
    rules: &WatchRules,
) -> Result<Check, ConfigError> {
    const NAME: &str = "test";
    let table = value.table(CHECK_KEYS)?;
    let expected = "another name than `prober` and `budget`";
    let name = table.optional("name", |value| new_name(value, OWN_NAMES.into_iter(), expected))?;
    table.optional("depends_on", |value| {
        known_name(value, "check", rules.checks.iter().map(|check| check.name.as_str()))
    })?;
    // A job's schedule matters to no test, since the job reports by itself.
    let has_account = rules.globalping.is_some();
    check(&table, name.unwrap_or_else(|| NAME.into()), site, None, has_account)
}

/// When a job runs.
#[derive(Deserialize)]
#[cfg_attr(feature = "toml", derive(serde::Serialize))]
pub(super) struct RunTimes {
    pub(super) schedule: CronSchedule,
    /// The shortest time between two runs.
    pub(super) shortest: Millis,
    /// The longest time between two runs.
    pub(super) longest: Millis,
}

/// Reads a schedule that has been read before. Neither expressions of cron nor the names of time
/// zones are read in the Worker.
fn embedded_schedule(value: &Value<'_>) -> Result<RunTimes, ConfigError> {
    let text = value.string()?;
    json::read(text).map_err(|_| value.refused(text, "a schedule of the same build"))
}

/// Reads a check of a file that has been read before.
pub(super) fn embedded_check(
    value: &Value<'_>,
    site: &Site,
    has_account: bool,
) -> Result<Check, ConfigError> {
    let table = value.table(CHECK_KEYS)?;
    let name = table.required("name", |value| value.string().map(String::from))?;
    let schedule = table.optional("schedule", embedded_schedule)?;
    check(&table, name, site, schedule, has_account)
}

/// Reads a check. Whether its parent exists, and whether all checks together ask places outside
/// too often, is left to the caller. `has_account` says whether the file names an account of
/// Globalping.
pub(super) fn check(
    table: &Table<'_>,
    name: String,
    site: &Site,
    schedule: Option<RunTimes>,
    has_account: bool,
) -> Result<Check, ConfigError> {
    let kind_name = kind_name(table)?;
    let (default, shortest_every) = defaults(kind_name);
    let is_outside = table.optional("from", outside::has_any)?.unwrap_or_default();
    let every_min = if is_outside { shortest_every.max(OUTSIDE_EVERY_MIN) } else { shortest_every };
    let every = table
        .optional("every", |value| {
            if schedule.is_some() {
                return Err(value.refused(value.string()?, "`schedule` or `every`, not both"));
            }
            value.duration_between(every_min, CHECK_EVERY_MAX)
        })?
        .unwrap_or(default.every);
    let (schedule, (shortest, every)) = match schedule {
        Some(RunTimes { schedule, shortest, longest }) => (Some(schedule), (shortest, longest)),
        None => (None, (every, every)),
    };
    let timeout = table.optional("timeout", |value| timeout(value, every))?;
    let timeout = timeout.unwrap_or(CHECK_TIMEOUT_DEFAULT.min(every));
    let mut kind = kind(table, kind_name, (schedule, shortest), timeout)?;
    let expect = expectation(table, kind_name, timeout)?;
    let (from, outside) = match kind_name {
        CheckKindName::Tls => table.required("from", |list| places(list, true))?,
        CheckKindName::Http
        | CheckKindName::Tcp
        | CheckKindName::Dns
        | CheckKindName::Domain
        | CheckKindName::Websocket
        | CheckKindName::Heartbeat
        | CheckKindName::Flow => table
            .optional("from", |list| places(list, false))?
            .unwrap_or_else(|| ([CheckPlace::Edge].into(), Vec::new())),
    };
    table.optional("from", |list| {
        let places = list.strings()?;
        let mut places =
            places.iter().filter(|place| outside::place(place).is_ok_and(|it| it.is_some()));
        places.try_for_each(|place| outside::check_fits(place, &kind, &expect, has_account))
    })?;
    if is_outside && let CheckKind::Http(request) = &mut kind {
        request.follows_redirects = table.optional("redirects", no_redirects)?.unwrap_or_default();
    }
    let traffic = traffic(table, site)?;
    let places = from.len() + outside.len() + usize::from(traffic.is_some());
    Ok(Check {
        name,
        kind,
        expect,
        timeout,
        from,
        outside,
        traffic,
        policy: policy(table, (every, every_min), places, default)?,
        depends_on: table.optional("depends_on", |value| value.string().map(String::from))?,
        severity: table
            .optional("severity", |value| value.name_of("severity"))?
            .unwrap_or_default(),
        alert_after: table
            .optional("alert_after", |value| value.duration_between(Millis::ZERO, WAIT_MAX))?
            .unwrap_or_default(),
        runbook: table.optional("runbook", runbook)?,
    })
}

/// Reads the time-out, which ends before the next observation begins.
fn timeout(value: &Value<'_>, every: Millis) -> Result<Millis, ConfigError> {
    let (max, explanation) = if every < CHECK_TIMEOUT_MAX {
        (every, ", the check's `every`")
    } else {
        (CHECK_TIMEOUT_MAX, "")
    };
    value.duration_within(max, explanation)
}

/// Reads the places of the platform, and the names of those outside it, of which there may be no
/// others if `needs_outside`.
fn places(
    list: &Value<'_>,
    needs_outside: bool,
) -> Result<(Vec<CheckPlace>, Vec<String>), ConfigError> {
    const OUTSIDE_EXPECTED: &str =
        "a place outside such as `globalping:DE`, since the platform shows no certificates";
    let (mut places, mut outside) = (Vec::new(), Vec::new());
    for value in list.strings()? {
        let count = places.len() + outside.len();
        let is_known = if let Some(name) = outside::place(&value)? {
            let is_known = outside.contains(&name);
            outside.push(name);
            is_known
        } else if needs_outside {
            return Err(value.refused(value.string()?, OUTSIDE_EXPECTED));
        } else {
            let place = value.name_of::<CheckPlace>("place")?;
            let is_known = places.contains(&place);
            places.push(place);
            is_known
        };
        if is_known {
            return Err(value.refused(value.string()?, "each place once"));
        }
        value.room_for(count, PLACES_MAX, "places")?;
    }
    if places.is_empty() && outside.is_empty() {
        const EXPECTED: &str = "at least one place, such as `[\"edge\"]`";
        let expected = if needs_outside { OUTSIDE_EXPECTED } else { EXPECTED };
        return Err(list.error(Problem::Empty { expected }));
    }
    Ok((places, outside))
}

/// Reads `redirects` of a check that has a place outside.
fn no_redirects(value: &Value<'_>) -> Result<bool, ConfigError> {
    match value.boolean()? {
        false => Ok(false),
        true => Err(value.refused("true", "`false`, since probes outside follow no redirects")),
    }
}

fn traffic(table: &Table<'_>, site: &Site) -> Result<Option<TrafficSource>, ConfigError> {
    let upstream = table.optional("upstream", |value| {
        let names = site.upstreams.iter().map(|upstream| upstream.name.as_str());
        known_name(value, "upstream", names)
    })?;
    let dependency = table.optional("dependency", |value| {
        if upstream.is_some() {
            return Err(value.refused(value.string()?, "`upstream` or `dependency`, not both"));
        }
        let names = site.dependencies.iter().map(|dependency| dependency.name.as_str());
        known_name(value, "dependency", names)
    })?;
    Ok(upstream.map(TrafficSource::Upstream).or(dependency.map(TrafficSource::Dependency)))
}

/// The policy of a check of this kind where the file does not say, and its shortest interval.
fn defaults(kind: CheckKindName) -> (MonitorPolicy, Millis) {
    let usual = MonitorPolicy::default();
    // What is found is certain: a job that says that it failed did fail, and a registry knows when
    // a registration ends. The next report may be a day away.
    let certain = || MonitorPolicy {
        failures: NonZeroU32::MIN,
        successes: NonZeroU32::MIN,
        ..MonitorPolicy::default()
    };
    match kind {
        CheckKindName::Http
        | CheckKindName::Tcp
        | CheckKindName::Dns
        | CheckKindName::Websocket
        | CheckKindName::Flow => (usual, CHECK_EVERY_MIN),
        CheckKindName::Heartbeat => (certain(), CHECK_EVERY_MIN),
        CheckKindName::Domain => {
            (MonitorPolicy { every: EXPIRY_EVERY_DEFAULT, ..certain() }, DOMAIN_EVERY_MIN)
        }
        CheckKindName::Tls => {
            (MonitorPolicy { every: EXPIRY_EVERY_DEFAULT, ..certain() }, OUTSIDE_EVERY_MIN)
        }
    }
}

/// Reads how much evidence it takes. `every` is the check's interval and the shortest one that it
/// may have, and `places` the number of its places.
fn policy(
    table: &Table<'_>,
    (every, every_min): (Millis, Millis),
    places: usize,
    default: MonitorPolicy,
) -> Result<MonitorPolicy, ConfigError> {
    let count = |key| table.optional(key, |value| count(value, COUNT_MAX, ""));
    let most = u32::try_from(places).unwrap_or(u32::MAX);
    let all = if places == 1 { ", since the check has one place" } else { ", all of its places" };
    Ok(MonitorPolicy {
        every,
        failures: count("failures")?.unwrap_or(default.failures),
        places: table
            .optional("places", |value| self::count(value, most, all))?
            .unwrap_or(default.places),
        successes: count("successes")?.unwrap_or(default.successes),
        recheck: table
            .optional("recheck", |value| value.duration_between(every_min, every))?
            .unwrap_or(default.recheck.max(every_min).min(every)),
        stale_after: table
            .optional("stale_after", |value| {
                value.duration_between(every, WINDOW_MAX.max(MonitorPolicy::stale_after_for(every)))
            })?
            .unwrap_or(MonitorPolicy::stale_after_for(every)),
        flaps: count("flaps")?.unwrap_or(default.flaps),
        flap_window: table
            .optional("flap_window", |value| value.duration_within(WINDOW_MAX, ""))?
            .unwrap_or(default.flap_window),
        stable_for: table
            .optional("stable_for", |value| value.duration_between(Millis::ZERO, WAIT_MAX))?
            .unwrap_or(default.stable_for),
    })
}

/// Reads a number from 1 to `max`. The error adds `explanation` to `max`.
fn count(value: &Value<'_>, max: u32, explanation: &str) -> Result<NonZeroU32, ConfigError> {
    let number = value.whole_number()?;
    NonZeroU32::new(number).filter(|number| number.get() <= max).ok_or_else(|| {
        let allowed = format!("1 to {max}{explanation}");
        value.error(Problem::OutOfRange { value: number.to_string(), allowed })
    })
}

/// Reads where it says what to do: a path in the repository, or a URL. Either may end with the name
/// of a section, as in `docs/runbooks/site-down.md#what-you-can-do`.
pub(super) fn runbook(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str =
        "a path such as `docs/runbooks/site-down.md`, or a URL that begins with `https://`";
    let text = bounded(value, RUNBOOK_MAX)?;
    let (page, section) = text.split_once('#').unwrap_or((text, ""));
    let is_page = match page.strip_prefix("https://") {
        Some(rest) => {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, target) = rest.split_at(end);
            Origin::parse(&format!("https://{authority}")).is_ok()
                && (target.is_empty() || is_target(target))
        }
        None => !page.is_empty() && !page.contains([':', '?']) && is_target(&format!("/{page}")),
    };
    if is_page && section.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(text.into())
    } else {
        Err(value.refused(&redacted(text), EXPECTED))
    }
}
