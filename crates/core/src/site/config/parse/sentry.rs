//! The keys of `[sentry]`.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::table::Value;
use super::text::secret;
use crate::base::share::Share;
use crate::site::config::{ConfigError, Problem, Route};
use crate::telemetry::sentry::{
    IGNORE_RULES_MAX, IgnoreRule, ReportClass, SAMPLE_RATE_DEFAULT, SentrySettings,
    TUNNEL_RATE_DEFAULT, TunnelSettings,
};

pub(super) const SENTRY_KEYS: &[&str] =
    &["dsn", "environment", "release", "traces_sample_rate", "ignore", "tunnel"];
pub(super) const IGNORE_KEYS: &[&str] = &["class", "route", "schedule"];
pub(super) const TUNNEL_KEYS: &[&str] = &["dsn", "per_minute"];

/// The longest name of an environment, in bytes; Sentry refuses a longer one
/// (docs.sentry.io/concepts/key-terms/environments).
const ENVIRONMENT_MAX: usize = 64;
/// The longest name of a release, in bytes: it is a tag, too. Sentry takes 250.
const RELEASE_MAX: usize = 200;
/// The largest `per_minute`.
const TUNNEL_RATE_MAX: u32 = 10_000;

/// Reads where errors are reported. The rules that ignore some name routes of the file.
pub(super) fn settings(value: &Value<'_>, routes: &[Route]) -> Result<SentrySettings, ConfigError> {
    let table = value.table(SENTRY_KEYS)?;
    Ok(SentrySettings {
        dsn: table.required("dsn", secret)?,
        environment: table.optional("environment", environment)?,
        release: table.optional("release", release)?,
        traces_sample_rate: table
            .optional("traces_sample_rate", sample_rate)?
            .unwrap_or(SAMPLE_RATE_DEFAULT),
        ignore: table.optional("ignore", |value| ignore(value, routes))?.unwrap_or_default(),
        tunnel: table.optional("tunnel", tunnel)?,
    })
}

fn environment(value: &Value<'_>) -> Result<String, ConfigError> {
    name(value, ENVIRONMENT_MAX, "1 to 64 of a-z, A-Z, 0-9, `_`, `.` and `-`, and not `None`")
}

fn release(value: &Value<'_>) -> Result<String, ConfigError> {
    name(
        value,
        RELEASE_MAX,
        "1 to 200 of a-z, A-Z, 0-9, `_`, `.`, `-`, `@` and `+`, such as `shop@1.2.0`",
    )
}

/// Reads a name that Sentry takes: without spaces and slashes, and not one of those that mean
/// nothing to it (docs.sentry.io/product/releases/naming-releases).
fn name(value: &Value<'_>, max: usize, expected: &'static str) -> Result<String, ConfigError> {
    let text = value.string()?;
    let is_of_release = max == RELEASE_MAX;
    let is_name = (1..=max).contains(&text.len())
        && !matches!(text, "." | ".." | "None")
        && text.bytes().all(|b| {
            b.is_ascii_alphanumeric()
                || b"_.-".contains(&b)
                || (is_of_release && b"@+".contains(&b))
        });
    if is_name { Ok(text.into()) } else { Err(value.refused(text, expected)) }
}

/// Reads the rate as Sentry's own SDKs have it: a number from 0 to 1.
fn sample_rate(value: &Value<'_>) -> Result<Share, ConfigError> {
    const WHOLE: u16 = Share::ALL.basis_points();
    // How far from a whole basis point a number may be for the inexactness of its binary form.
    const INEXACT: f64 = 1e-6;
    let number = value.number()?;
    let points = number * f64::from(WHOLE);
    // The cast saturates, and what is no number becomes 0.
    let nearest = (points + 0.5) as u16;
    let distance = points - f64::from(nearest);
    if nearest <= WHOLE && (-INEXACT..=INEXACT).contains(&distance) {
        return Ok(Share::from_basis_points(nearest));
    }
    let allowed = "0 to 1, with at most four decimals".to_string();
    Err(value.error(Problem::OutOfRange { value: number.to_string(), allowed }))
}

fn ignore(list: &Value<'_>, routes: &[Route]) -> Result<Vec<IgnoreRule>, ConfigError> {
    let mut rules = Vec::new();
    for value in list.items()? {
        value.room_for(rules.len(), IGNORE_RULES_MAX, "rules")?;
        let table = value.table(IGNORE_KEYS)?;
        let class = table.optional("class", |value| value.name_of("class"))?;
        let route = table.optional("route", |value| {
            let pattern = value.string()?;
            let known = routes.iter().map(|route| &route.pattern);
            known.clone().find(|known| known.as_str() == pattern).cloned().ok_or_else(|| {
                let known = known.map(|known| known.as_str().into()).collect();
                let value_text = pattern.into();
                value.error(Problem::UnknownName { what: "route", value: value_text, known })
            })
        })?;
        let schedule = table.optional("schedule", |value| value.name_of("schedule"))?;
        if class.is_none() && route.is_none() && schedule.is_none() {
            return Err(value.error(Problem::MissingOneOf(IGNORE_KEYS)));
        }
        let is_of_check_ins = class.is_none_or(|class| class == ReportClass::CheckIn);
        if schedule.is_some() && !(is_of_check_ins && route.is_none()) {
            let expected = "no `route` and no class but `check_in` beside it";
            return Err(value.refused("schedule", expected));
        }
        rules.push(IgnoreRule { class, route, schedule });
    }
    Ok(rules)
}

fn tunnel(value: &Value<'_>) -> Result<TunnelSettings, ConfigError> {
    let table = value.table(TUNNEL_KEYS)?;
    let per_minute = table.optional("per_minute", |value| {
        let number = value.whole_number()?;
        if (1..=TUNNEL_RATE_MAX).contains(&number) {
            return Ok(number);
        }
        let allowed = alloc::format!("1 to {TUNNEL_RATE_MAX}");
        Err(value.error(Problem::OutOfRange { value: number.to_string(), allowed }))
    })?;
    Ok(TunnelSettings {
        dsn: table.required("dsn", secret)?,
        per_minute: per_minute.unwrap_or(TUNNEL_RATE_DEFAULT),
    })
}
