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
    /// For how much longer it is held when its time is over.
    extension: Option<Millis>,
}

impl HeldReplies {
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

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
            let reply = HeldReply { ticket, replica, generation, until, extension: None };
            self.held.push_back(reply);
        }
        has_room
    }

    /// Goes on holding all replies in this generation, those from before it for longer by `span`.
    pub(super) fn extend_to(&mut self, generation: u64, span: Millis) {
        for reply in &mut self.held {
            if reply.generation != generation {
                reply.generation = generation;
                reply.until = reply.until + span;
                reply.extension = Some(span);
            }
        }
    }

    /// For how much longer a reply is held whose time is over, if it is.
    pub(super) fn take_extension(&mut self, ticket: Ticket) -> Option<Millis> {
        self.held.iter_mut().find(|held| held.ticket == ticket)?.extension.take()
    }

    /// Takes out the reply that has waited for longest.
    pub(super) fn take_first(&mut self) -> Option<(Ticket, u64)> {
        self.held.pop_front().map(|held| (held.ticket, held.replica))
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
    fn a_reply_that_is_held_on_waits_once_longer() {
        let mut held = HeldReplies::default();
        held.add(Ticket(0), 7, 3, at(200));
        held.extend_to(4, Millis::new(500));
        held.extend_to(4, Millis::new(500));
        assert_eq!(held.take_due(4, at(1_300)), None);
        assert_eq!(held.take_extension(Ticket(0)), Some(Millis::new(500)));
        assert_eq!(held.take_extension(Ticket(0)), None);
        assert_eq!(held.take_first(), Some((Ticket(0), 7)));
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
