//! The keys of `retry = { … }`.

use super::table::Value;
use crate::circuit::retry::{RetryPolicy, RetrySpec};
use crate::site::config::{ConfigError, Problem};

pub(super) const RETRY_KEYS: &[&str] = &["attempts", "base", "max", "budget", "min_concurrency"];

pub(super) fn retry(value: &Value<'_>) -> Result<RetryPolicy, ConfigError> {
    let table = value.table(RETRY_KEYS)?;
    let spec = RetrySpec {
        attempts: table.optional("attempts", Value::whole_number)?,
        base: table.optional("base", Value::duration)?,
        max: table.optional("max", Value::duration)?,
        budget: table.optional("budget", Value::share)?,
        min_concurrency: table.optional("min_concurrency", Value::whole_number)?,
    };
    RetryPolicy::try_from(spec).map_err(|error| table.error_at(error.key, Problem::Policy(error)))
}
