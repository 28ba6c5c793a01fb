//! The keys of `breaker = { … }`.

use super::table::Value;
use crate::circuit::policy::{Policy, PolicySpec};
use crate::site::config::{ConfigError, Problem};

pub(super) const BREAKER_KEYS: &[&str] = &[
    "consecutive_failures",
    "failure_rate",
    "slow_call_rate",
    "slow_call",
    "window",
    "window_calls",
    "minimum_calls",
    "open_for",
    "backoff",
    "open_for_max",
    "jitter",
    "probes",
    "probe_successes",
    "probe_timeout",
    "ramp",
    "max_concurrent",
    "count",
    "mode",
];

pub(super) fn breaker(value: &Value<'_>) -> Result<Policy, ConfigError> {
    let table = value.table(BREAKER_KEYS)?;
    let whole_number = |key| table.optional(key, Value::whole_number);
    let share = |key| table.optional(key, Value::share);
    let duration = |key| table.optional(key, Value::duration);
    let spec = PolicySpec {
        consecutive_failures: whole_number("consecutive_failures")?,
        failure_rate: share("failure_rate")?,
        slow_call_rate: share("slow_call_rate")?,
        slow_call: duration("slow_call")?,
        window: duration("window")?,
        window_calls: whole_number("window_calls")?,
        minimum_calls: whole_number("minimum_calls")?,
        open_for: duration("open_for")?,
        backoff: table.optional("backoff", Value::number)?,
        open_for_max: duration("open_for_max")?,
        jitter: share("jitter")?,
        probes: whole_number("probes")?,
        probe_successes: whole_number("probe_successes")?,
        probe_timeout: duration("probe_timeout")?,
        ramp: duration("ramp")?,
        max_concurrent: whole_number("max_concurrent")?,
        count: table.optional("count", |value| value.name_of("count"))?,
        mode: table.optional("mode", |value| value.name_of("mode"))?,
    };
    Policy::try_from(spec).map_err(|error| table.error_at(error.key, Problem::Policy(error)))
}
