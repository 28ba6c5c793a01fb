//! The outbox: deliveries of messages to channels, until each has arrived or is a dead letter.
//!
//! A delivery is stored before it is sent, so it is sent at least once, also if the Worker is
//! killed in the middle. Each attempt goes out under the same key, by which receivers know a
//! repetition (Standard Webhooks, `webhook-id`). [`Outbox::take`] moves the next attempt into the
//! future before the caller sends anything: an attempt of which no end is ever told is one that
//! failed.
//!
//! A receiver that names a time to wait (`Retry-After`, RFC 9110 §10.2.3) is left alone for that
//! long, with everything else for its channel. One that says that it is gone (410) gets nothing
//! more until an operator reopens the channel. After [`EXPIRES_AFTER`] a delivery becomes a dead
//! letter, which operators see and can send again; nothing is dropped without a trace.

mod channel;
mod delivery;
mod schedule;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use channel::Channel;
pub use delivery::{DeadLetter, DeadReason, Delivery, DeliveryAttempt, DeliveryEnd, DeliveryKey};
pub use schedule::{ATTEMPT_TIME_MAX, EXPIRES_AFTER};
use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};

/// Deliveries that wait at once. More become dead letters.
pub const PENDING_MAX: usize = 1000;
/// Dead letters that are kept. Of more the oldest go, and are counted.
pub const DEAD_LETTERS_MAX: usize = 500;
/// Deliveries that are remembered after they arrived, so that adding one again does nothing.
pub const DELIVERED_MAX: usize = 1000;

/// What became of a delivery that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It waits for its first attempt.
    Queued,
    /// It was added before: it waits, has arrived, or is a dead letter.
    Known,
    /// It cannot be sent, and is a dead letter.
    Dead(DeadReason),
}

/// The deliveries of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    /// In the order in which they were added.
    pending: VecDeque<Delivery>,
    /// The oldest first.
    dead: VecDeque<DeadLetter>,
    /// The oldest first.
    delivered: VecDeque<DeliveryKey>,
    channels: Vec<Channel>,
    /// Dead letters of which only this count is left.
    dropped: u64,
}

impl Outbox {
    /// Adds a delivery. Adding it again changes nothing.
    pub fn add(&mut self, key: DeliveryKey, now: Timestamp) -> Added {
        if self.knows(&key) {
            return Added::Known;
        }
        let reason = if self.channel(&key.channel).is_gone {
            DeadReason::Gone
        } else if self.pending.len() >= PENDING_MAX {
            DeadReason::Full
        } else {
            self.pending.push_back(Delivery::new(key, now));
            return Added::Queued;
        };
        self.bury(Delivery::new(key, now), reason, now);
        Added::Dead(reason)
    }

    /// When [`take`](Self::take) has something to do next, at the earliest.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = |delivery: &Delivery| {
            let channel = self.channels.iter().find(|it| it.name == delivery.key.channel);
            let free_at = channel.map_or(delivery.due, Channel::free_at);
            // A receiver that wants to be left alone for days does not make a delivery live longer.
            delivery.due.max(free_at.min(delivery.expires_at()))
        };
        self.pending.iter().map(due).min()
    }

    /// Takes up to `max` attempts that are due, the oldest delivery first, and at most one for each
    /// channel. `spacing` says how long a channel waits from one attempt to the next. The caller
    /// stores the outbox, sends each, and tells how it ended. Deliveries that have expired become
    /// dead letters.
    pub fn take(
        &mut self,
        spacing: impl Fn(&str) -> Millis,
        max: usize,
        random: u32,
        now: Timestamp,
    ) -> Vec<DeliveryAttempt> {
        self.bury_expired(now);
        let mut attempts = Vec::new();
        for delivery in &mut self.pending {
            if attempts.len() >= max {
                break;
            }
            if delivery.due > now {
                continue;
            }
            let channel = channel::of(&mut self.channels, &delivery.key.channel);
            if channel.free_at() > now {
                continue;
            }
            channel.busy_until = now + spacing(&channel.name);
            attempts.push(delivery.begin(random, now));
        }
        attempts
    }

    /// Takes the end of an attempt. Returns why the delivery became a dead letter, if it did.
    pub fn handle_end(
        &mut self,
        attempt: &DeliveryAttempt,
        end: &DeliveryEnd,
        random: u32,
        now: Timestamp,
    ) -> Option<DeadReason> {
        let index = self.pending.iter().position(|it| it.key == attempt.key)?;
        let is_current = self.pending.get(index)?.attempts == attempt.number;
        match end {
            // An attempt that was given up may have arrived all the same.
            DeliveryEnd::Delivered => {
                let delivery = self.pending.remove(index)?;
                self.remember(delivery.key);
                None
            }
            DeliveryEnd::Gone => {
                self.channel(&attempt.key.channel).is_gone = true;
                self.bury_all_of(&attempt.key.channel, now);
                Some(DeadReason::Gone)
            }
            DeliveryEnd::Refused { error } => {
                let mut delivery = self.pending.remove(index)?;
                delivery.tell(error);
                self.bury(delivery, DeadReason::Refused, now);
                Some(DeadReason::Refused)
            }
            DeliveryEnd::Failed { error, retry_after } => {
                if let Some(wait) = *retry_after {
                    let channel = self.channel(&attempt.key.channel);
                    channel.paused_until = channel.paused_until.max(now + wait);
                }
                let delivery = self.pending.get_mut(index)?;
                if !is_current {
                    return None;
                }
                delivery.tell(error);
                delivery.put_off(retry_after.unwrap_or_default(), random, now);
                if delivery.due < delivery.expires_at() {
                    return None;
                }
                let delivery = self.pending.remove(index)?;
                self.bury(delivery, DeadReason::Expired, now);
                Some(DeadReason::Expired)
            }
        }
    }

    /// Sends a dead letter again, with all its time. Returns whether there is one of this key, and
    /// room for it.
    pub fn resend(&mut self, key: &DeliveryKey, now: Timestamp) -> bool {
        let index = self.dead.iter().position(|it| it.delivery.key == *key);
        let may = self.pending.len() < PENDING_MAX && !self.channel(&key.channel).is_gone;
        let Some(index) = index.filter(|_| may) else { return false };
        let Some(letter) = self.dead.remove(index) else { return false };
        // Attempts go on counting, so that an end of the time before is not taken for a new one.
        let attempts = letter.delivery.attempts;
        self.pending.push_back(Delivery { attempts, ..Delivery::new(letter.delivery.key, now) });
        true
    }

    /// Lets a channel that was gone have deliveries again.
    pub fn reopen(&mut self, channel: &str) {
        let channel = self.channel(channel);
        channel.is_gone = false;
        channel.paused_until = Timestamp::default();
    }

    /// The deliveries that wait, in the order in which they were added.
    pub fn pending(&self) -> impl Iterator<Item = &Delivery> {
        self.pending.iter()
    }

    /// The dead letters, the oldest first.
    pub fn dead_letters(&self) -> impl Iterator<Item = &DeadLetter> {
        self.dead.iter()
    }

    /// The dead letters that were dropped to make room.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    fn knows(&self, key: &DeliveryKey) -> bool {
        self.pending.iter().any(|it| it.key == *key)
            || self.delivered.contains(key)
            || self.dead.iter().any(|it| it.delivery.key == *key)
    }

    fn channel(&mut self, name: &str) -> &mut Channel {
        channel::of(&mut self.channels, name)
    }

    fn remember(&mut self, key: DeliveryKey) {
        if self.delivered.len() >= DELIVERED_MAX {
            self.delivered.pop_front();
        }
        self.delivered.push_back(key);
    }

    fn bury(&mut self, delivery: Delivery, reason: DeadReason, now: Timestamp) {
        if self.dead.len() >= DEAD_LETTERS_MAX {
            self.dead.pop_front();
            self.dropped = self.dropped.saturating_add(1);
        }
        self.dead.push_back(DeadLetter { delivery, reason, at: now });
    }

    fn bury_all_of(&mut self, channel: &str, now: Timestamp) {
        let pending = core::mem::take(&mut self.pending);
        for delivery in pending {
            match delivery.key.channel == channel {
                true => self.bury(delivery, DeadReason::Gone, now),
                false => self.pending.push_back(delivery),
            }
        }
    }

    fn bury_expired(&mut self, now: Timestamp) {
        let pending = core::mem::take(&mut self.pending);
        for delivery in pending {
            // One whose attempt is under way has its end to come.
            let is_over = delivery.expires_at() <= now && delivery.due <= now;
            match is_over {
                true => self.bury(delivery, DeadReason::Expired, now),
                false => self.pending.push_back(delivery),
            }
        }
    }
}

/// The name of a channel or a message, bounded.
pub(super) fn bounded(text: &str, max: usize) -> String {
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|&end| end <= max);
    text.get(..end.last().unwrap_or_default()).unwrap_or_default().into()
}
