//! What the outbox keeps of one channel.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::schedule::{
    ATTEMPT_TIME_MAX, CHANNEL_SPAN_MAX, ChannelPace, RETRY_AFTER_MAX, RETRY_DEFAULT, span_after,
};
use crate::base::time::{Millis, Timestamp};

/// A channel, as far as deliveries wait for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Channel {
    pub(super) name: String,
    /// When an attempt was last begun, so that no channel starves another.
    pub(super) served_at: Timestamp,
    /// One attempt is under way at a time, and the next keeps its distance.
    busy_until: Timestamp,
    /// The distance, as it was when the last attempt began.
    spacing: Millis,
    /// How long the first retry waits, as it was then.
    #[serde(default = "retry_default")]
    pub(super) retry: Millis,
    /// The receiver fails, or wants to be left alone, until then.
    paused_until: Timestamp,
    /// Attempts that failed in a row.
    failures: u32,
    /// The receiver has said that it is gone (410).
    pub(super) is_gone: bool,
}

impl Channel {
    fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            served_at: Timestamp::default(),
            busy_until: Timestamp::default(),
            spacing: Millis::ZERO,
            retry: RETRY_DEFAULT,
            paused_until: Timestamp::default(),
            failures: 0,
            is_gone: false,
        }
    }

    /// Pulls back what a clock that ran ahead has noted: what is over by `now`, and what is to come
    /// by `pulled`.
    pub(super) fn handle_clock(&mut self, pulled: impl Fn(Timestamp) -> Timestamp, now: Timestamp) {
        self.served_at = self.served_at.min(now);
        self.busy_until = pulled(self.busy_until);
        self.paused_until = pulled(self.paused_until);
    }

    /// When the next attempt may begin.
    pub(super) fn free_at(&self) -> Timestamp {
        self.busy_until.max(self.paused_until)
    }

    /// An attempt begins, and has an end or is given up by then.
    pub(super) fn begin(&mut self, pace: ChannelPace, now: Timestamp) {
        self.served_at = now;
        self.spacing = pace.spacing;
        self.retry = pace.retry;
        self.busy_until = now + ATTEMPT_TIME_MAX.max(pace.spacing);
    }

    /// The attempt has ended. The receiver is there, whatever it said.
    pub(super) fn handle_answer(&mut self) {
        self.busy_until = self.served_at + self.spacing;
        self.failures = 0;
    }

    /// The attempt has failed: the receiver is left alone for a while that grows, and for as long
    /// as it says.
    pub(super) fn handle_failure(
        &mut self,
        retry_after: Option<Millis>,
        random: u32,
        now: Timestamp,
    ) {
        self.busy_until = self.served_at + self.spacing;
        self.failures = self.failures.saturating_add(1);
        let span = span_after(self.failures, self.retry, random).min(CHANNEL_SPAN_MAX);
        let wait = span.max(retry_after.unwrap_or_default().min(RETRY_AFTER_MAX));
        self.paused_until = self.paused_until.max(now + wait);
    }

    /// Operators say that the receiver is there again.
    pub(super) fn reopen(&mut self) {
        self.is_gone = false;
        self.failures = 0;
        self.paused_until = Timestamp::default();
    }
}

const fn retry_default() -> Millis {
    RETRY_DEFAULT
}

/// The channel of this name, which is made if it is new.
pub(super) fn of<'a>(channels: &'a mut Vec<Channel>, name: &str) -> &'a mut Channel {
    let index = channels.iter().position(|it| it.name == name).unwrap_or(channels.len());
    if index == channels.len() {
        channels.push(Channel::new(name));
    }
    &mut channels[index]
}
