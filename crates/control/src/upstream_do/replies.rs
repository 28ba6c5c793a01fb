//! Replies to reports, on their way from the event that makes one to the event that waits for it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use breakwater_core::circuit::fleet::{Ticket, Verdict};
use futures::channel::oneshot::{self, Receiver, Sender};

/// The events that wait. All events of an object share one context, so one may wake another.
#[derive(Default)]
pub(super) struct PendingReplies {
    expected: RefCell<BTreeMap<Ticket, Sender<Verdict>>>,
}

impl PendingReplies {
    /// Waits for the reply with this ticket.
    pub(super) fn expect(&self, ticket: Ticket) -> Receiver<Verdict> {
        let (sender, receiver) = oneshot::channel();
        self.expected.borrow_mut().insert(ticket, sender);
        receiver
    }

    /// Hands a reply to the event that waits for it, if that is still there.
    pub(super) fn give(&self, ticket: Ticket, verdict: Verdict) {
        if let Some(sender) = self.expected.borrow_mut().remove(&ticket) {
            // An event that has died has dropped its end.
            let _ = sender.send(verdict);
        }
    }

    /// Ends all waiting: the replies will not come.
    pub(super) fn drop_all(&self) {
        self.expected.borrow_mut().clear();
    }
}
