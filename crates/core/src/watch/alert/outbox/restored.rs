//! Deliveries of which others know, for an outbox that was lost.

use alloc::string::String;

use super::{DeadReason, Delivery, DeliveryKey, Outbox};
use crate::base::time::Timestamp;

/// What became of a delivery, as incidents have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryFate {
    /// It has not arrived yet.
    Waits,
    /// It has arrived.
    Delivered,
    /// It is a dead letter.
    Dead(DeadReason),
}

impl Outbox {
    /// Takes a delivery back, in the order in which deliveries were added before. One that waits
    /// has all its time again.
    pub fn restore(&mut self, key: DeliveryKey, thread: &str, fate: DeliveryFate, now: Timestamp) {
        match fate {
            DeliveryFate::Waits => drop(self.add(key, thread, now)),
            DeliveryFate::Delivered => self.remember(key),
            DeliveryFate::Dead(reason) => {
                self.bury(Delivery::new(key, String::from(thread), now), reason, now);
            }
        }
    }
}
