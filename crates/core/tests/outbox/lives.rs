//! Random lives: receivers that fail in every way, and a Worker that is killed between any two
//! steps, so that only what was stored is left.

use std::collections::BTreeMap;

use breakwater_core::base::json;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::alert::outbox::{
    Added, ChannelPace, DeliveryAttempt, DeliveryEnd, DeliveryError, EXPIRES_AFTER, Outbox,
};
use proptest::prelude::*;

use super::{at, failed, key};

const CHANNELS: [&str; 3] = ["ops", "chat", "pager"];
/// The distance of attempts to one channel.
const SPACING: Millis = Millis::new(1_500);

#[derive(Clone, Debug)]
enum Event {
    /// A message for a channel is added, perhaps one that was added before.
    Add { message: u8, channel: usize },
    /// Time passes until something is due, and this much more.
    Pass { more: u64 },
    /// The oldest attempt under way ends so.
    End(DeliveryEnd),
    /// The Worker is killed: attempts under way have no end.
    Kill,
}

fn event() -> impl Strategy<Value = Event> {
    let end = prop_oneof![
        4 => Just(DeliveryEnd::Delivered),
        1 => Just(DeliveryEnd::Gone),
        1 => Just(DeliveryEnd::Refused { error: DeliveryError::Status(400) }),
        4 => prop::option::of(0u64..100_000).prop_map(failed),
    ];
    prop_oneof![
        3 => (0u8..30, 0usize..3).prop_map(|(message, channel)| Event::Add { message, channel }),
        4 => (0u64..100_000).prop_map(|more| Event::Pass { more }),
        4 => end.prop_map(Event::End),
        2 => Just(Event::Kill),
    ]
}

/// Three messages are about one thing.
fn thread_of(message: &str) -> String {
    (message.parse::<u8>().unwrap_or_default() / 3).to_string()
}

/// What has to hold in each life.
#[derive(Default)]
struct Life {
    outbox: Outbox,
    now: u64,
    under_way: Vec<DeliveryAttempt>,
    /// When each delivery was first added.
    added: BTreeMap<(String, String), u64>,
    /// When the last attempt for each channel began.
    begun: BTreeMap<String, u64>,
}

impl Life {
    fn now(&self) -> Timestamp {
        at(self.now)
    }

    /// As another instance reads it from storage.
    fn restart(&mut self) {
        let stored = serde_json::to_string(&self.outbox).expect("a stored outbox");
        self.outbox = json::read(&stored).expect("the outbox that was stored");
        self.under_way.clear();
    }

    fn play(&mut self, event: Event) {
        match event {
            Event::Add { message, channel } => {
                let (message, channel) = (message.to_string(), CHANNELS[channel]);
                let is_new = !self.added.contains_key(&(message.clone(), channel.into()));
                let added =
                    self.outbox.add(key(&message, channel), &thread_of(&message), self.now());
                assert_eq!(is_new, added != Added::Known);
                self.added.entry((message, channel.into())).or_insert(self.now);
            }
            Event::Pass { more } => {
                let due =
                    self.outbox.next_due().map_or(self.now, |due| due.as_millis() - 1_000_000);
                self.now = self.now.max(due) + more;
                self.take();
            }
            Event::End(end) => {
                if !self.under_way.is_empty() {
                    let attempt = self.under_way.remove(0);
                    self.outbox.handle_end(&attempt, &end, 7, self.now());
                }
            }
            Event::Kill => self.restart(),
        }
    }

    fn take(&mut self) {
        let attempts = self.outbox.take(|_| ChannelPace::spaced(SPACING), 2, 7, self.now());
        assert!(attempts.len() <= 2);
        for attempt in attempts {
            let added = self.added[&(attempt.key.message.clone(), attempt.key.channel.clone())];
            assert!(self.now() < at(added) + EXPIRES_AFTER, "nothing is sent too late");
            let last = self.begun.insert(attempt.key.channel.clone(), self.now);
            assert!(
                last.is_none_or(|last| self.now >= last + SPACING.get()),
                "the distance is kept"
            );
            self.under_way.push(attempt);
        }
    }

    /// Every delivery that was added waits, has arrived or is a dead letter: adding it again does
    /// nothing.
    fn check(&self) {
        for (message, channel) in self.added.keys() {
            let mut outbox = self.outbox.clone();
            assert_eq!(
                outbox.add(key(message, channel), &thread_of(message), self.now()),
                Added::Known
            );
        }
    }

    /// Receivers never answer again: all that waits becomes a dead letter within its day.
    fn run_out(mut self) {
        let last = self.added.values().copied().max().unwrap_or_default();
        let begun = self.now;
        let mut rounds = 0;
        while let Some(due) = self.outbox.next_due() {
            rounds += 1;
            assert!(rounds < 100_000, "it comes to an end");
            self.now = self.now.max(due.as_millis() - 1_000_000);
            self.take();
            self.under_way.clear();
        }
        // The last attempt may begin just before the end, and its time-out and span follow.
        let slack = Millis::from_secs(3 * 3600);
        assert!(self.now <= begun.max(last + EXPIRES_AFTER.get()) + slack.get());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_delivery_is_ever_lost(events in prop::collection::vec(event(), 0..120)) {
        let mut life = Life::default();
        for event in events {
            life.play(event);
            life.check();
        }
        life.run_out();
    }

    #[test]
    fn the_stored_form_is_the_whole_outbox(events in prop::collection::vec(event(), 0..60)) {
        let mut life = Life::default();
        for event in events {
            life.play(event);
            let before = life.outbox.clone();
            let stored = serde_json::to_string(&before).expect("a stored outbox");
            prop_assert_eq!(json::read::<Outbox>(&stored).expect("an outbox"), before);
        }
    }
}
