//! The keys of `[status]`.

use super::mirror::mirror;
use super::subscriptions::subscriptions;
use super::table::Value;
use crate::site::config::{ConfigError, StatusRules};

pub(super) const STATUS_KEYS: &[&str] = &["visitors", "mirror", "subscriptions"];

/// `has_page` says whether the public status is served anywhere.
pub(super) fn status(value: &Value<'_>, has_page: bool) -> Result<StatusRules, ConfigError> {
    let table = value.table(STATUS_KEYS)?;
    Ok(StatusRules {
        visitors: table.optional("visitors", Value::boolean)?.unwrap_or_default(),
        mirror: table.optional("mirror", mirror)?,
        subscriptions: table.optional("subscriptions", |value| subscriptions(value, has_page))?,
    })
}
