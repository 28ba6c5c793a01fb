//! The keys of checks of an end that is known in advance.

use alloc::format;
use alloc::string::String;

use super::check_kind::domain as dns_name;
use super::table::{Table, Value};
use super::text::url;
use crate::base::time::Millis;
use crate::site::config::ConfigError;
use crate::watch::check::{DomainQuestion, ExpiryLimits};

/// The longest `warn_before`, in milliseconds: a year.
const BEFORE_MAX: Millis = Millis::from_secs(365 * 24 * 3600);
/// How long before its end a registration is told, in milliseconds, if the file does not say: 30
/// days until the check is degraded, and 7 until it is down. A registrar that fails to renew tries
/// again for weeks.
const DOMAIN_LIMITS: ExpiryLimits = ExpiryLimits {
    warn_before: Millis::from_secs(30 * 24 * 3600),
    down_before: Millis::from_secs(7 * 24 * 3600),
};

/// How long before its end a certificate is told, in milliseconds, if the file does not say: 21
/// days until the check is degraded, and 3 until it is down. Certificates of 90 days are renewed 30
/// days before their end, so that one that has 21 left was not.
const CERTIFICATE_LIMITS: ExpiryLimits = ExpiryLimits {
    warn_before: Millis::from_secs(21 * 24 * 3600),
    down_before: Millis::from_secs(3 * 24 * 3600),
};

/// Reads when the end of a certificate is told.
pub(super) fn of_certificate(table: &Table<'_>) -> Result<ExpiryLimits, ConfigError> {
    limits(table, CERTIFICATE_LIMITS)
}

/// Reads what is asked of a registry.
pub(super) fn domain(table: &Table<'_>) -> Result<DomainQuestion, ConfigError> {
    Ok(DomainQuestion {
        name: table.required("domain", registered_name)?,
        rdap: table.optional("rdap", rdap)?,
        limits: limits(table, DOMAIN_LIMITS)?,
    })
}

/// Reads how long before an end the check says so.
fn limits(table: &Table<'_>, default: ExpiryLimits) -> Result<ExpiryLimits, ConfigError> {
    let warn_before = table
        .optional("warn_before", |value| value.duration_between(Millis::ZERO, BEFORE_MAX))?
        .unwrap_or(default.warn_before);
    let down_before = table
        .optional("down_before", |value| value.duration_between(Millis::ZERO, warn_before))?
        .unwrap_or(default.down_before.min(warn_before));
    Ok(ExpiryLimits { warn_before, down_before })
}

fn registered_name(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "a name as it is registered, such as `shop.example`";
    let name = dns_name(value)?;
    if name.contains('.') { Ok(name) } else { Err(value.refused(&name, EXPECTED)) }
}

/// Reads the base URL of a registry's server, to which a path is added.
fn rdap(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "a base such as `https://rdap.example/`, without a query";
    let url = url(value)?;
    match url.contains('?') {
        true => Err(value.refused("…", EXPECTED)),
        false if url.ends_with('/') => Ok(url),
        false => Ok(format!("{url}/")),
    }
}
