//! The keys of `[logs]` and `[tracing]`.

use super::table::Value;
use crate::base::trace::TraceSource;
use crate::site::config::ConfigError;
use crate::telemetry::log::LogRules;

pub(super) const LOGS_KEYS: &[&str] = &["enabled", "level", "sample"];
pub(super) const TRACING_KEYS: &[&str] = &["source"];

/// Reads which events become lines of the log.
pub(super) fn logs(value: &Value<'_>) -> Result<LogRules, ConfigError> {
    let table = value.table(LOGS_KEYS)?;
    let default = LogRules::default();
    let level = table.optional("level", |value| value.name_of("log level"))?;
    Ok(LogRules {
        enabled: table.optional("enabled", Value::boolean)?.unwrap_or(default.enabled),
        level: level.unwrap_or(default.level),
        sample: table.optional("sample", Value::share)?.unwrap_or(default.sample),
    })
}

/// Reads where traces come from.
pub(super) fn tracing(value: &Value<'_>) -> Result<TraceSource, ConfigError> {
    let table = value.table(TRACING_KEYS)?;
    let source = table.optional("source", |value| value.name_of("source of traces"))?;
    Ok(source.unwrap_or_default())
}
