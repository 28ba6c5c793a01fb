//! The outbox: deliveries of messages to channels, until each has arrived or is a dead letter.
//!
//! A delivery is stored before it is sent, so it is sent at least once, also if the Worker is
//! killed in the middle. Each attempt goes out under the same key, by which receivers know a
//! repetition (Standard Webhooks, `webhook-id`). [`Outbox::take`] moves the next attempt into the
//! future before the caller sends anything: an attempt of which no end is ever told is one that
//! failed.
//!
//! A channel has one attempt under way at a time. One that fails rests for a while that grows, with
//! everything else for it, and so does one that names a time to wait (`Retry-After`, RFC 9110
//! §10.2.3), for that long within [`RETRY_AFTER_MAX`]. What waits for one channel never holds up
//! another. A receiver that says that it is gone (410) gets nothing more until an operator reopens
//! the channel. After [`EXPIRES_AFTER`] a delivery becomes a dead letter, which operators see and
//! can send again; nothing is dropped without a trace.

mod channel;
mod clock;
mod delivery;
mod restored;
mod schedule;
mod stored;

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use channel::Channel;
pub use delivery::{
    DeadLetter, DeadReason, Delivery, DeliveryAttempt, DeliveryEnd, DeliveryError, DeliveryKey,
    EmailError,
};
pub use restored::DeliveryFate;
pub(in crate::watch) use schedule::span_after;
pub use schedule::{ATTEMPT_TIME_MAX, ChannelPace, EXPIRES_AFTER, RETRY_AFTER_MAX, RETRY_DEFAULT};
use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;

/// Deliveries that wait at once for one channel. Of more the oldest become dead letters.
pub const PENDING_MAX: usize = 200;
/// Dead letters of one channel that are kept. Of more the oldest go, and are counted.
pub const DEAD_LETTERS_MAX: usize = 200;
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
    /// The latest time that the outbox was told.
    #[serde(default)]
    now: Timestamp,
}

impl Outbox {
    /// Adds a delivery to a thread. Adding it again changes nothing. Where too many wait for its
    /// channel, the oldest of them makes room.
    pub fn add(&mut self, key: DeliveryKey, thread: &str, now: Timestamp) -> Added {
        self.step_to(now);
        if self.knows(&key) {
            return Added::Known;
        }
        let channel = key.channel.clone();
        let delivery = Delivery::new(key, thread.into(), now);
        if self.is_gone(&channel) {
            self.bury(delivery, DeadReason::Gone, now);
            return Added::Dead(DeadReason::Gone);
        }
        let of_channel = |it: &Delivery| it.key.channel == channel;
        if self.waiting_for(&channel) >= PENDING_MAX
            && let Some(oldest) = self.pending.iter().position(of_channel)
            && let Some(oldest) = self.pending.remove(oldest)
        {
            self.bury(oldest, DeadReason::Full, now);
        }
        self.pending.push_back(delivery);
        Added::Queued
    }

    /// When [`take`](Self::take) has something to do next, at the earliest.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = |(_, delivery): (usize, &Delivery)| {
            let free_at = self.channel(delivery).map_or(delivery.due, Channel::free_at);
            // A receiver that wants to be left alone for days does not make a delivery live longer.
            delivery.due.max(free_at.min(delivery.expires_at()))
        };
        self.heads().map(due).min()
    }

    /// How many attempts [`take`](Self::take) would begin.
    pub fn ready(&self, now: Timestamp) -> usize {
        self.ready_heads(now).len()
    }

    /// Takes up to `max` attempts that are due, one for each channel at most: those of the channel
    /// that was served longest ago first, the oldest delivery of each, and none while an older one
    /// of its thread waits. `pace` says how fast a channel takes messages.
    /// The caller stores the outbox, sends each, and tells how it ended. Deliveries that have
    /// expired become dead letters.
    pub fn take(
        &mut self,
        pace: impl Fn(&str) -> ChannelPace,
        max: usize,
        random: u32,
        now: Timestamp,
    ) -> Vec<DeliveryAttempt> {
        self.step_to(now);
        // One whose attempt is under way has its end to come.
        let is_over = |it: &Delivery| it.expires_at() <= now && it.due <= now;
        self.bury_all(is_over, DeadReason::Expired, now);
        self.forget_idle_channels(now);
        let mut ready = self.ready_heads(now);
        ready.sort_unstable();
        ready.truncate(max);
        let mut attempts = Vec::new();
        for (_, index) in ready {
            let Some(delivery) = self.pending.get_mut(index) else { continue };
            let channel = channel::of(&mut self.channels, &delivery.key.channel);
            let pace = pace(&channel.name);
            channel.begin(pace, now);
            attempts.push(delivery.begin(pace.retry, random, now));
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
        let index = self.pending.iter().position(|it| it.key == attempt.key);
        let of_attempt = |it: &Delivery| it.attempts == attempt.number;
        let is_current = index.and_then(|it| self.pending.get(it)).is_some_and(of_attempt);
        let is_bad = matches!(end, DeliveryEnd::Refused { .. } | DeliveryEnd::Failed { .. });
        // What is said of an attempt that was given up says nothing of the one under way.
        if is_bad && !is_current {
            return None;
        }
        self.step_to(now);
        let channel = channel::of(&mut self.channels, &attempt.key.channel);
        match end {
            // An attempt that was given up, or whose channel was given up, may have arrived all the
            // same.
            DeliveryEnd::Delivered => {
                channel.handle_answer();
                let before = self.pending.len() + self.dead.len();
                self.pending.retain(|it| it.key != attempt.key);
                self.dead.retain(|it| it.delivery.key != attempt.key);
                if self.pending.len() + self.dead.len() < before {
                    self.remember(attempt.key.clone());
                }
                None
            }
            DeliveryEnd::Gone => {
                // Its attempt is over, so an operator who reopens it does not wait for that.
                channel.handle_answer();
                channel.is_gone = true;
                let is_of_channel = |it: &Delivery| it.key.channel == attempt.key.channel;
                self.bury_all(is_of_channel, DeadReason::Gone, now);
                Some(DeadReason::Gone)
            }
            DeliveryEnd::Refused { error } => {
                channel.handle_answer();
                let mut delivery = self.pending.remove(index?)?;
                delivery.error = Some(*error);
                self.bury(delivery, DeadReason::Refused, now);
                Some(DeadReason::Refused)
            }
            DeliveryEnd::Failed { error, retry_after } => {
                channel.handle_failure(*retry_after, random, now);
                let retry = channel.retry;
                let delivery = self.pending.get_mut(index?)?;
                delivery.error = Some(*error);
                delivery.put_off(retry, random, now);
                if delivery.due < delivery.expires_at() {
                    return None;
                }
                let delivery = self.pending.remove(index?)?;
                self.bury(delivery, DeadReason::Expired, now);
                Some(DeadReason::Expired)
            }
        }
    }

    /// Sends a dead letter again, with all its time. Returns whether there is one of this key, and
    /// room for it.
    pub fn resend(&mut self, key: &DeliveryKey, now: Timestamp) -> bool {
        self.step_to(now);
        if self.waiting_for(&key.channel) >= PENDING_MAX || self.is_gone(&key.channel) {
            return false;
        }
        let index = self.dead.iter().position(|it| it.delivery.key == *key);
        let Some(letter) = index.and_then(|index| self.dead.remove(index)) else { return false };
        // Attempts go on counting, so that an end of the time before is not taken for a new one.
        let Delivery { key, thread, attempts, .. } = letter.delivery;
        self.pending.push_back(Delivery { attempts, ..Delivery::new(key, thread, now) });
        true
    }

    /// Lets a channel that was gone, or that rests, have deliveries again.
    pub fn reopen(&mut self, channel: &str) {
        if let Some(channel) = self.channels.iter_mut().find(|it| it.name == channel) {
            channel.reopen();
        }
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

    fn is_gone(&self, channel: &str) -> bool {
        self.channels.iter().any(|it| it.name == channel && it.is_gone)
    }

    fn waiting_for(&self, channel: &str) -> usize {
        self.pending.iter().filter(|it| it.key.channel == channel).count()
    }

    /// The channel of a delivery, unless nothing was ever sent to it.
    fn channel(&self, delivery: &Delivery) -> Option<&Channel> {
        self.channels.iter().find(|it| it.name == delivery.key.channel)
    }

    /// The oldest delivery of each thread and channel, with its index. The others wait for it:
    /// "resolved" must not arrive before "opened".
    fn heads(&self) -> impl Iterator<Item = (usize, &Delivery)> {
        let mut seen = BTreeSet::new();
        let pending = self.pending.iter().enumerate();
        pending.filter(move |&(_, it)| seen.insert((&it.key.channel, &it.thread)))
    }

    /// The deliveries that can be attempted, one for each channel: when the channel was served
    /// last, and the index.
    fn ready_heads(&self, now: Timestamp) -> Vec<(Timestamp, usize)> {
        let mut served = BTreeSet::new();
        let mut ready: Vec<(Timestamp, usize)> = Vec::new();
        for (index, delivery) in self.heads().filter(|(_, it)| it.due <= now) {
            let channel = self.channel(delivery);
            let is_free = channel.is_none_or(|channel| channel.free_at() <= now);
            if is_free && served.insert(&delivery.key.channel) {
                ready.push((channel.map_or(Timestamp::default(), |it| it.served_at), index));
            }
        }
        ready
    }

    /// The site file may have other channels than before.
    fn forget_idle_channels(&mut self, now: Timestamp) {
        let pending = &self.pending;
        self.channels.retain(|channel| {
            let has_pending = pending.iter().any(|it| it.key.channel == channel.name);
            channel.is_gone || channel.free_at() > now || has_pending
        });
    }

    fn remember(&mut self, key: DeliveryKey) {
        if self.delivered.len() >= DELIVERED_MAX {
            self.delivered.pop_front();
        }
        self.delivered.push_back(key);
    }

    fn bury(&mut self, delivery: Delivery, reason: DeadReason, now: Timestamp) {
        let of_channel = |it: &DeadLetter| it.delivery.key.channel == delivery.key.channel;
        if self.dead.iter().filter(|it| of_channel(it)).count() >= DEAD_LETTERS_MAX
            && let Some(oldest) = self.dead.iter().position(of_channel)
        {
            self.dead.remove(oldest);
            self.dropped = self.dropped.saturating_add(1);
        }
        self.dead.push_back(DeadLetter { delivery, reason, at: now });
    }

    /// Makes dead letters of those that wait and that `is_over` is true of.
    fn bury_all(
        &mut self,
        is_over: impl Fn(&Delivery) -> bool,
        reason: DeadReason,
        now: Timestamp,
    ) {
        for delivery in core::mem::take(&mut self.pending) {
            match is_over(&delivery) {
                true => self.bury(delivery, reason, now),
                false => self.pending.push_back(delivery),
            }
        }
    }
}
