//! The key of `[budget]`.

use alloc::format;
use alloc::string::ToString as _;

use super::table::Value;
use crate::base::budget::Headroom;
use crate::site::config::{ConfigError, Problem};

pub(super) const BUDGET_KEYS: &[&str] = &["headroom"];

pub(super) fn headroom(value: &Value<'_>) -> Result<Headroom, ConfigError> {
    let headroom = value.table(BUDGET_KEYS)?.optional("headroom", |value| {
        let times = value.whole_number()?;
        Headroom::new(times).ok_or_else(|| {
            let allowed = format!("{} to {} times the plan", Headroom::MIN, Headroom::MAX);
            value.error(Problem::OutOfRange { value: times.to_string(), allowed })
        })
    })?;
    Ok(headroom.unwrap_or_default())
}
