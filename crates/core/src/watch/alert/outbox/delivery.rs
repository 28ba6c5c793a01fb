//! One message on its way to one channel.

use core::fmt;

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::schedule::{ATTEMPT_TIME_MAX, EXPIRES_AFTER, span_after};
use crate::base::time::{Millis, Timestamp};

/// What tells one delivery from another. Receivers get the message's part, the same in each
/// attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryKey {
    /// The message.
    pub message: String,
    /// The channel's name.
    pub channel: String,
}

/// A message on its way to a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What tells it from others.
    pub key: DeliveryKey,
    /// When it was added.
    pub added_at: Timestamp,
    /// Attempts that were begun.
    pub attempts: u32,
    /// When the next attempt is due.
    pub due: Timestamp,
    /// What its deliveries are about, such as an incident: those of one thread arrive in order.
    pub thread: String,
    /// What was wrong with the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<DeliveryError>,
}

/// What was wrong with an attempt. It has no text, so that no secret of a URL and nothing that a
/// stranger wrote is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryError {
    /// The receiver answered with this status.
    Status(u16),
    /// The receiver did not answer in time.
    TimedOut,
    /// The receiver could not be reached.
    Unreachable,
    /// The message is larger than the receiver takes.
    TooLarge,
    /// The platform did not send the e-mail.
    Email(EmailError),
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Unreachable => f.write_str("not reached"),
            Self::TooLarge => f.write_str("too large"),
            Self::Email(error) => error.fmt(f),
        }
    }
}

/// Why no e-mail was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailError {
    /// The account may not send from this address.
    Sender,
    /// The account may not send to one of the recipients: it is not verified, not allowed by the
    /// binding, or suppressed after a bounce or a complaint.
    Recipient,
    /// The platform takes no such message.
    Message,
    /// A limit of the account was reached.
    Limit,
    /// The platform could not deliver it.
    Delivery,
}

impl fmt::Display for EmailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sender => "the account may not send from this address",
            Self::Recipient => "a recipient is not verified, not allowed, or suppressed",
            Self::Message => "the platform takes no such e-mail",
            Self::Limit => "a limit for sending e-mail was reached",
            Self::Delivery => "the platform could not deliver it",
        })
    }
}

/// An attempt to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryAttempt {
    /// The delivery.
    pub key: DeliveryKey,
    /// Which attempt it is, from 1 on.
    pub number: u32,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryEnd {
    /// The receiver has it.
    Delivered,
    /// The receiver is gone for good: HTTP's 410.
    Gone,
    /// The receiver will never take this message.
    Refused {
        /// What was wrong.
        error: DeliveryError,
    },
    /// Another attempt may succeed.
    Failed {
        /// What was wrong.
        error: DeliveryError,
        /// How long the receiver wants to be left alone.
        retry_after: Option<Millis>,
    },
}

/// Why a delivery is a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadReason {
    /// No attempt succeeded in time, or none may be made in time.
    Expired,
    /// The receiver refused it.
    Refused,
    /// The receiver is gone.
    Gone,
    /// Too many later ones were waiting for the same channel.
    Full,
}

impl DeadReason {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Expired, Self::Refused, Self::Gone, Self::Full];

    /// What operators read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "no attempt succeeded in time",
            Self::Refused => "the receiver refused it",
            Self::Gone => "the receiver is gone",
            Self::Full => "too many later messages waited for the same channel",
        }
    }
}

/// A delivery that is not tried any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The delivery.
    pub delivery: Delivery,
    /// Why it is not tried any more.
    pub reason: DeadReason,
    /// Since when.
    pub at: Timestamp,
}

impl Delivery {
    pub(super) const fn new(key: DeliveryKey, thread: String, now: Timestamp) -> Self {
        Self { key, added_at: now, attempts: 0, due: now, thread, error: None }
    }

    /// From then on it is not tried any more.
    pub fn expires_at(&self) -> Timestamp {
        self.added_at + EXPIRES_AFTER
    }

    /// Begins an attempt. Until its end is told, it counts as one that failed.
    pub(super) fn begin(&mut self, retry: Millis, random: u32, now: Timestamp) -> DeliveryAttempt {
        self.attempts = self.attempts.saturating_add(1);
        self.put_off(retry, random, now + ATTEMPT_TIME_MAX);
        DeliveryAttempt { key: self.key.clone(), number: self.attempts }
    }

    /// Puts the next attempt off.
    pub(super) fn put_off(&mut self, retry: Millis, random: u32, now: Timestamp) {
        self.due = now + span_after(self.attempts, retry, random);
    }
}
