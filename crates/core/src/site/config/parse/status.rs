//! The keys of `[status]`.

use super::mirror::mirror;
use super::table::Value;
use crate::site::config::{ConfigError, StatusRules};

const STATUS_KEYS: &[&str] = &["visitors", "mirror"];

pub(super) fn status(value: &Value<'_>) -> Result<StatusRules, ConfigError> {
    let table = value.table(STATUS_KEYS)?;
    Ok(StatusRules {
        visitors: table.optional("visitors", Value::boolean)?.unwrap_or_default(),
        mirror: table.optional("mirror", mirror)?,
    })
}
