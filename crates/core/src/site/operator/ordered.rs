//! An order that was given, as a circuit keeps it in its history and shows it.

use serde::{Deserialize, Serialize};

use super::{Operator, Order, OrderReason};
use crate::base::time::Timestamp;
use crate::circuit::breaker::Override;

/// An order that was given. Stored, and shown as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// What was ordered.
    pub order: OrderName,
    /// Why, if the operator said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<OrderReason>,
    /// Who ordered it.
    pub by: Operator,
    /// When.
    pub at: Timestamp,
    /// When it lapses by itself, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// What an order is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderName {
    /// To reject every call.
    ForcedOpen,
    /// To admit every call, and judge none.
    ForcedClosed,
    /// To admit every call, and only count.
    MetricsOnly,
    /// To judge by themselves again.
    Auto,
    /// To let everything pass, in every circuit of the site.
    Bypass,
    /// To end that.
    LiftBypass,
}

impl Ordered {
    /// The order as it is given at `now`.
    pub fn new(order: &Order, by: Operator, now: Timestamp) -> Self {
        let (name, lasts) = match *order {
            Order::Override { chosen, lasts, .. } => (OrderName::of(chosen), Some(lasts)),
            Order::Auto { .. } => (OrderName::Auto, None),
            Order::Bypass { lasts, .. } => (OrderName::Bypass, Some(lasts)),
            Order::LiftBypass { .. } => (OrderName::LiftBypass, None),
        };
        let expires_at = lasts.map(|lasts| now + lasts);
        Self { order: name, reason: order.reason().cloned(), by, at: now, expires_at }
    }
}

impl OrderName {
    const fn of(chosen: Override) -> Self {
        match chosen {
            Override::ForcedOpen => Self::ForcedOpen,
            Override::ForcedClosed => Self::ForcedClosed,
            Override::MetricsOnly => Self::MetricsOnly,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Millis;
    use alloc::string::String;

    #[track_caller]
    fn check(order: Order, stored: &str) {
        let ordered = Ordered::new(&order, Operator::Token, Timestamp::from_millis(1_000));
        assert_eq!(serde_json::to_string(&ordered).unwrap(), stored);
        assert_eq!(serde_json::from_str::<Ordered>(stored).unwrap(), ordered);
    }

    #[test]
    fn the_stored_form_is_this() {
        let reason = OrderReason::try_from(String::from("a deploy")).unwrap();
        let lasts = Millis::from_secs(2);
        for (chosen, name) in [
            (Override::ForcedOpen, "forced_open"),
            (Override::ForcedClosed, "forced_closed"),
            (Override::MetricsOnly, "metrics_only"),
        ] {
            check(
                Order::Override { chosen, lasts, reason: reason.clone() },
                &alloc::format!(
                    r#"{{"order":"{name}","reason":"a deploy","by":"token","at":1000,"expires_at":3000}}"#
                ),
            );
        }
        check(
            Order::Auto { reason: reason.clone() },
            r#"{"order":"auto","reason":"a deploy","by":"token","at":1000}"#,
        );
        check(
            Order::Bypass { lasts, reason },
            r#"{"order":"bypass","reason":"a deploy","by":"token","at":1000,"expires_at":3000}"#,
        );
        check(
            Order::LiftBypass { reason: None },
            r#"{"order":"lift_bypass","by":"token","at":1000}"#,
        );
    }
}
