//! Operators' orders to circuits, read from JSON.

mod alert;
mod check;
mod error;
mod fields;
mod incident;
mod site;
mod subscriber;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

pub use self::alert::{parse_alert_resend, parse_alert_test};
pub use self::check::CheckOrder;
pub use self::error::OrderError;
pub(super) use self::error::{excerpt, shown};
use self::fields::OrderBody;
pub(super) use self::fields::REASON_ALLOWED;
pub use self::incident::INCIDENT_BODY_MAX;
pub use self::site::{AHEAD_MAX, SiteOrder};
pub use self::subscriber::parse_subscriber;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::Override;
use crate::circuit::fleet::Coordinator;
use crate::circuit::policy::Policy;
use crate::site::config::Site;

/// Bytes of a request's body that are read at most: the longest order fits, however it is escaped.
pub const BODY_MAX: usize = 4 * 1024;
/// How long such a body may pause, in one packet as it is: 10 s.
pub const BODY_PAUSE_MAX: Millis = Millis::from_secs(10);
/// Shortest that an order may last: a shorter one would be over before most isolates hear of it.
pub const LASTS_MIN: Millis = Millis::from_secs(1);
/// Longest that an order may last, in milliseconds: a change that is needed for longer belongs in
/// the site file.
pub const LASTS_MAX: Millis = Millis::from_secs(7 * 24 * 3600);
/// Longest reason, in characters: a line or two in the history.
pub const REASON_MAX: usize = 200;

/// What an operator has circuits do. It lapses by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Do this, whatever they see.
    Override {
        /// What.
        chosen: Override,
        /// From now on.
        lasts: Millis,
        /// Why.
        reason: OrderReason,
    },
    /// Judge by themselves again.
    Auto {
        /// Why.
        reason: OrderReason,
    },
    /// Let everything pass and judge nothing.
    Bypass {
        /// From now on.
        lasts: Millis,
        /// Why.
        reason: OrderReason,
    },
    /// End that.
    LiftBypass {
        /// Why, if the operator says so.
        reason: Option<OrderReason>,
    },
}

/// Why an operator ordered something: a line of text that says something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct OrderReason(String);

const OVERRIDE_KEYS: &[&str] = &["override", "reason", "lasts", "circuit"];
const BYPASS_KEYS: &[&str] = &["reason", "lasts"];
const LIFT_KEYS: &[&str] = &["reason"];

impl Order {
    /// Reads an override, and the circuits that it is for: indices into `site.circuits`, one of
    /// the upstream's or all of them.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_override(
        body: &[u8],
        site: &Site,
        upstream: usize,
    ) -> Result<(Self, Vec<usize>), OrderError> {
        let mut fields = OrderBody::read(body, OVERRIDE_KEYS)?;
        let chosen = fields.chosen()?;
        let reason = fields.reason()?;
        let order = match chosen {
            Some(chosen) => Self::Override { chosen, lasts: fields.lasts()?, reason },
            None => {
                fields.refuse("lasts", "nothing beside `auto`, which does not lapse")?;
                Self::Auto { reason }
            }
        };
        Ok((order, fields.circuits(site, upstream)?))
    }

    /// Reads a bypass.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_bypass(body: &[u8]) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, BYPASS_KEYS)?;
        Ok(Self::Bypass { reason: fields.reason()?, lasts: fields.lasts()? })
    }

    /// Reads the end of a bypass; the body may be empty.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_lift(body: &[u8]) -> Result<Self, OrderError> {
        if body.is_empty() {
            return Ok(Self::LiftBypass { reason: None });
        }
        let mut fields = OrderBody::read(body, LIFT_KEYS)?;
        let reason = if fields.has("reason") { Some(fields.reason()?) } else { None };
        Ok(Self::LiftBypass { reason })
    }

    /// Has a circuit follow it from `now` on.
    pub fn give_to(&self, coordinator: &mut Coordinator, policy: &Policy, now: Timestamp) {
        match *self {
            Self::Override { chosen, lasts, .. } => {
                coordinator.set_override(policy, Some(chosen), lasts, now);
            }
            Self::Auto { .. } => coordinator.set_override(policy, None, Millis::ZERO, now),
            Self::Bypass { lasts, .. } => coordinator.set_bypass(policy, Some(lasts), now),
            Self::LiftBypass { .. } => coordinator.set_bypass(policy, None, now),
        }
    }

    /// Why.
    pub const fn reason(&self) -> Option<&OrderReason> {
        match self {
            Self::Override { reason, .. } | Self::Auto { reason } | Self::Bypass { reason, .. } => {
                Some(reason)
            }
            Self::LiftBypass { reason } => reason.as_ref(),
        }
    }
}

impl OrderReason {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OrderReason {
    type Error = OrderError;

    fn try_from(text: String) -> Result<Self, OrderError> {
        let has_length = text.chars().take(REASON_MAX + 1).count() <= REASON_MAX;
        if !has_length || text.trim().is_empty() || text.contains(char::is_control) {
            return Err(OrderError::refused("reason", &text.into(), REASON_ALLOWED));
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests;
