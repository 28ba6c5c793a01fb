//! Replies that wait for the circuit to change.

use alloc::collections::VecDeque;

use super::Ticket;
use crate::base::time::{Millis, Timestamp};

/// The number of replies that are held at once; further ones go out at once.
const HELD_MAX: usize = 2_000;
/// How long after its time a held reply is made although its event has not asked for it: 1 s. The
/// event has died, and the entry must not stay for good.
const ABANDONED_AFTER: Millis = Millis::from_secs(1);

/// The replies that are held, in the order in which their reports came.
#[derive(Debug, Default)]
pub(super) struct HeldReplies {
    held: VecDeque<HeldReply>,
}

#[derive(Debug)]
struct HeldReply {
    ticket: Ticket,
    replica: u64,
    /// The reply goes out when the coordinator leaves this generation.
    generation: u64,
    until: Timestamp,
}

impl HeldReplies {
    /// Holds a reply, if there is room. Returns whether it does.
    pub(super) fn add(
        &mut self,
        ticket: Ticket,
        replica: u64,
        generation: u64,
        until: Timestamp,
    ) -> bool {
        let has_room = self.held.len() < HELD_MAX;
        if has_room {
            self.held.push_back(HeldReply { ticket, replica, generation, until });
        }
        has_room
    }

    /// Takes a reply out. Returns the replica that it is for, if it was held.
    pub(super) fn take(&mut self, ticket: Ticket) -> Option<u64> {
        let at = self.held.iter().position(|held| held.ticket == ticket)?;
        self.held.remove(at).map(|held| held.replica)
    }

    /// Takes out the next reply that waits no longer: the generation has changed, or its event has
    /// died.
    pub(super) fn take_due(&mut self, generation: u64, now: Timestamp) -> Option<(Ticket, u64)> {
        let is_due = |held: &&HeldReply| {
            held.generation != generation || now >= held.until + ABANDONED_AFTER
        };
        let ticket = self.held.iter().find(is_due)?.ticket;
        self.take(ticket).map(|replica| (ticket, replica))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_reply_is_held_until_the_generation_changes() {
        let mut held = HeldReplies::default();
        assert!(held.add(Ticket(0), 7, 3, at(200)) && held.add(Ticket(1), 8, 3, at(200)));
        assert_eq!(held.take_due(3, at(200)), None, "its own event asks for it");
        assert_eq!(held.take_due(4, at(10)), Some((Ticket(0), 7)));
        assert_eq!(held.take_due(4, at(10)), Some((Ticket(1), 8)));
        assert_eq!(held.take(Ticket(1)), None);
    }

    #[test]
    fn a_reply_whose_event_has_died_does_not_stay() {
        let mut held = HeldReplies::default();
        held.add(Ticket(0), 7, 3, at(200));
        assert_eq!(held.take_due(3, at(1_200)), Some((Ticket(0), 7)));
    }

    #[test]
    fn beyond_two_thousand_replies_none_is_held() {
        let mut held = HeldReplies::default();
        assert!((0..2_000).all(|number| held.add(Ticket(number), 7, 3, at(200))));
        assert!(!held.add(Ticket(2_000), 7, 3, at(200)));
    }
}
