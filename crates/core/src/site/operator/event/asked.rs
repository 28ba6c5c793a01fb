//! What operators had done once, and of which nothing holds.

use alloc::string::String;

use serde::ser::SerializeMap;

use super::{Event, What};
use crate::base::time::Timestamp;
use crate::site::operator::Operator;

/// Something that was done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedOnce {
    /// A check was made out of turn.
    RunCheck {
        /// The check.
        check: String,
    },
    /// A test was sent to a channel.
    TestChannel {
        /// The channel.
        channel: String,
    },
    /// A dead letter was sent again.
    ResendAlert {
        /// The message.
        message: String,
        /// The channel.
        channel: String,
    },
}

impl AskedOnce {
    /// It as an event of the history, done at `now`.
    pub const fn event(self, by: Operator, now: Timestamp) -> Event {
        Event { at: now, what: What::Once(self), reason: None, by }
    }

    pub(super) fn add_to<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Self::RunCheck { check } => {
                map.serialize_entry("event", "run_check")?;
                map.serialize_entry("check", check)
            }
            Self::TestChannel { channel } => {
                map.serialize_entry("event", "test_channel")?;
                map.serialize_entry("channel", channel)
            }
            Self::ResendAlert { message, channel } => {
                map.serialize_entry("event", "resend_alert")?;
                map.serialize_entry("message", message)?;
                map.serialize_entry("channel", channel)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_this() {
        let resend =
            AskedOnce::ResendAlert { message: "inc-a.opened".into(), channel: "ops".into() };
        for (asked, stored) in [
            (
                AskedOnce::RunCheck { check: "shop".into() },
                r#"{"at":1000,"event":"run_check","check":"shop","by":"token:responder"}"#,
            ),
            (
                AskedOnce::TestChannel { channel: "ops".into() },
                r#"{"at":1000,"event":"test_channel","channel":"ops","by":"token:responder"}"#,
            ),
            (
                resend,
                concat!(
                    r#"{"at":1000,"event":"resend_alert","message":"inc-a.opened","#,
                    r#""channel":"ops","by":"token:responder"}"#
                ),
            ),
        ] {
            let event = asked.event(Operator::ResponderToken, Timestamp::from_millis(1000));
            assert_eq!(serde_json::to_string(&event).unwrap(), stored);
        }
    }
}
