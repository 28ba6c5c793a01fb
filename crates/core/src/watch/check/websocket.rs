//! Which messages of a WebSocket a check waits for.

use super::{Check, CheckedAnswer, Expectation};
use crate::base::fields::Fields;
use crate::base::time::Millis;
use crate::watch::monitor::CheckResult;

/// The largest number of messages that a check listens to: a greeting and some news may come before
/// the answer.
pub const MESSAGES_MAX: u32 = 32;

impl Check {
    /// Returns whether another message is waited for, after this number of them, of which this was
    /// the last. The first message that is as expected ends the wait, and none is waited for if
    /// nothing is expected of messages.
    pub fn wants_message(&self, heard: u32, last: Option<&[u8]>) -> bool {
        if self.expect.required.is_empty() || heard >= MESSAGES_MAX {
            return false;
        }
        last.is_none_or(|message| {
            let answer = CheckedAnswer {
                status: 101,
                fields: Fields::new(""),
                body: message,
                size: message.len() as u64,
                is_cut: false,
                url: "",
                took: Millis::ZERO,
            };
            Expectation::judge(&self.expect, &answer).result == CheckResult::Down
        })
    }
}
