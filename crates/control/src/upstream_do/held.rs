//! Replies that wait for the circuit to change.

use std::cell::RefCell;
use std::time::Duration;

use breakwater_core::base::time::Millis;
use futures::channel::oneshot;
use futures::future;
use worker::Delay;

/// Replies held at once; more are given at once.
const HELD_MAX: usize = 2_000;

/// Who waits. All events of an object share one context, so one may wake another.
#[derive(Default)]
pub(crate) struct HeldReplies {
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
}

impl HeldReplies {
    /// Waits until [`release`](Self::release), or for this long.
    pub(crate) async fn wait(&self, span: Millis) {
        let (sender, released) = oneshot::channel();
        {
            let mut waiting = self.waiting.borrow_mut();
            waiting.retain(|sender| !sender.is_canceled());
            if waiting.len() >= HELD_MAX {
                return;
            }
            waiting.push(sender);
        }
        future::select(released, Delay::from(Duration::from_millis(span.get()))).await;
    }

    /// Lets all go on.
    pub(crate) fn release(&self) {
        for sender in self.waiting.borrow_mut().drain(..) {
            // Whoever is gone does not mind.
            let _ = sender.send(());
        }
    }
}
