//! Operators' orders to checks, read from JSON.

use super::fields::OrderBody;
use super::{OrderError, OrderReason};
use crate::base::time::{Millis, Timestamp};

const PAUSE_KEYS: &[&str] = &["lasts", "reason"];
const LIFT_PAUSE_KEYS: &[&str] = &["reason"];

/// What an operator has a check do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOrder {
    /// It is not made.
    Pause {
        /// From now on.
        lasts: Millis,
        /// Why.
        reason: OrderReason,
    },
    /// It is made again.
    LiftPause {
        /// Why, if the operator says so.
        reason: Option<OrderReason>,
    },
}

impl CheckOrder {
    /// Reads a pause.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_pause(body: &[u8]) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, PAUSE_KEYS)?;
        Ok(Self::Pause { reason: fields.reason()?, lasts: fields.lasts()? })
    }

    /// Reads the end of a pause; the body may be empty.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_lift_pause(body: &[u8]) -> Result<Self, OrderError> {
        if body.is_empty() {
            return Ok(Self::LiftPause { reason: None });
        }
        let mut fields = OrderBody::read(body, LIFT_PAUSE_KEYS)?;
        let reason = if fields.has("reason") { Some(fields.reason()?) } else { None };
        Ok(Self::LiftPause { reason })
    }

    /// Until when the check is not made, if it is given at `now`.
    pub fn paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Pause { lasts, .. } => Some(now + *lasts),
            Self::LiftPause { .. } => None,
        }
    }

    /// Why.
    pub const fn reason(&self) -> Option<&OrderReason> {
        match self {
            Self::Pause { reason, .. } => Some(reason),
            Self::LiftPause { reason } => reason.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    #[track_caller]
    fn refused(body: &str, message: &str) {
        let error = CheckOrder::parse_pause(body.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn a_pause_lapses_by_itself() {
        let order = CheckOrder::parse_pause(br#"{"lasts":"2s","reason":"a move"}"#).unwrap();
        assert_eq!(order.paused_until(NOW), Some(Timestamp::from_millis(3_000)));
        assert_eq!(order.reason().map(OrderReason::as_str), Some("a move"));
    }

    #[test]
    fn the_end_of_a_pause_may_say_nothing() {
        let nothing = CheckOrder::LiftPause { reason: None };
        assert_eq!(CheckOrder::parse_lift_pause(b""), Ok(nothing.clone()));
        assert_eq!(CheckOrder::parse_lift_pause(b"{}"), Ok(nothing.clone()));
        assert_eq!(nothing.paused_until(NOW), None);
        assert!(CheckOrder::parse_lift_pause(br#"{"lasts":"2s"}"#).is_err());
    }

    #[test]
    fn a_pause_has_an_end_and_a_reason() {
        let lasts = "expected a duration from `1s` to `7d`, such as `30m`";
        let missing = alloc::format!("`lasts` is missing, {lasts}");
        refused(r#"{"reason":"a"}"#, &missing);
        for span in ["0s", "999ms", "8d"] {
            let body = alloc::format!(r#"{{"lasts":"{span}","reason":"a"}}"#);
            refused(&body, &alloc::format!("`lasts` cannot be `{span}`, {lasts}"));
        }
        refused(
            r#"{"lasts":"2s"}"#,
            "`reason` is missing, expected 1 to 200 characters in one line",
        );
    }
}
