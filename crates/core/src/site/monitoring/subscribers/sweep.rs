//! A look at all subscribers, which forgets those of whom nothing is needed any more, and counts
//! the others.

use super::Subscribers;
use crate::base::time::Timestamp;
use crate::site::monitoring::MonitorHost;
use crate::watch::subscription::Subscriber;

impl MonitorHost {
    /// Takes some of them, of whom `last` is the last. The pages of one look are read in one event,
    /// so that nothing changes in between.
    pub(super) fn sweep_page(
        &mut self,
        read: &[Subscriber],
        last: Option<&str>,
        is_over: bool,
        now: Timestamp,
    ) {
        let Some((mut after, mut counts)) = self.subscribers.sweep.take() else { return };
        for subscriber in read {
            let mut current = subscriber.clone();
            let was_ahead = current.handle_clock(now);
            if current.is_forgotten(now) {
                self.forget_subscriber(subscriber);
                continue;
            }
            counts.add(&current);
            if was_ahead {
                self.save_subscriber(Some(subscriber), &current);
            }
        }
        if let Some(last) = last {
            after = last.into();
        }
        let Subscribers { book, sweep, book_has_changed, .. } = &mut self.subscribers;
        if is_over {
            book.counts = counts;
            book.swept_at = now;
            *book_has_changed = true;
            book.is_miscounted = false;
        } else {
            *sweep = Some((after, counts));
        }
    }
}
