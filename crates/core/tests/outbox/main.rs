//! The outbox: each delivery arrives or becomes a dead letter, whatever receivers do and whenever
//! the Worker is killed.

mod lives;
mod stored;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::alert::outbox::{
    ATTEMPT_TIME_MAX, Added, ChannelPace, DEAD_LETTERS_MAX, DeadReason, DeliveryAttempt,
    DeliveryEnd, DeliveryError, DeliveryKey, EXPIRES_AFTER, Outbox, PENDING_MAX, RETRY_AFTER_MAX,
};

const SECOND: u64 = 1000;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(1_000_000 + ms)
}

fn key(message: &str, channel: &str) -> DeliveryKey {
    DeliveryKey { message: message.into(), channel: channel.into() }
}

fn failed(retry_after: Option<u64>) -> DeliveryEnd {
    let retry_after = retry_after.map(Millis::from_secs);
    DeliveryEnd::Failed { error: DeliveryError::Status(500), retry_after }
}

fn take(outbox: &mut Outbox, now: Timestamp) -> Vec<DeliveryAttempt> {
    outbox.take(|_| ChannelPace::spaced(Millis::from_secs(1)), 10, 0, now)
}

/// Takes the one attempt that is due.
fn take_one(outbox: &mut Outbox, now: Timestamp) -> DeliveryAttempt {
    let attempts = take(outbox, now);
    assert_eq!(attempts.len(), 1, "{attempts:?}");
    attempts.into_iter().next().expect("one attempt")
}

#[test]
fn a_delivery_is_due_at_once_and_gone_when_it_has_arrived() {
    let mut outbox = Outbox::default();
    assert_eq!(outbox.add(key("a", "ops"), "a", at(0)), Added::Queued);
    assert_eq!(outbox.next_due(), Some(at(0)));
    let attempt = take_one(&mut outbox, at(0));
    assert_eq!(outbox.handle_end(&attempt, &DeliveryEnd::Delivered, 0, at(100)), None);
    assert_eq!((outbox.pending().count(), outbox.next_due()), (0, None));
    assert_eq!(outbox.add(key("a", "ops"), "a", at(200)), Added::Known, "it is not sent twice");
    assert_eq!(
        outbox.add(key("a", "chat"), "a", at(200)),
        Added::Queued,
        "another channel is another"
    );
}

#[test]
fn an_attempt_that_fails_is_repeated_after_growing_spans_under_the_same_key() {
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(0));
    let mut now = 0;
    for (number, span) in [(1, 5), (2, 15), (3, 60), (4, 120)] {
        let attempt = take_one(&mut outbox, at(now));
        assert_eq!((attempt.number, attempt.key.message.as_str()), (number, "a"));
        assert_eq!(outbox.handle_end(&attempt, &failed(None), 0, at(now + 50)), None);
        now += 50 + span * SECOND;
        assert!(take(&mut outbox, at(now - 1)).is_empty());
    }
}

#[test]
fn an_attempt_without_an_end_is_repeated_as_one_that_failed() {
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(0));
    take_one(&mut outbox, at(0));
    let due = ATTEMPT_TIME_MAX.get() + 5 * SECOND;
    assert!(take(&mut outbox, at(due - 1)).is_empty());
    let second = take_one(&mut outbox, at(due));
    assert_eq!(second.number, 2);
}

#[test]
fn an_attempt_that_was_given_up_may_still_arrive_and_its_failure_says_nothing() {
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(0));
    let first = take_one(&mut outbox, at(0));
    let second = take_one(&mut outbox, at(35 * SECOND));
    let before = outbox.clone();
    assert_eq!(outbox.handle_end(&first, &failed(None), 0, at(36 * SECOND)), None);
    assert_eq!(outbox, before);
    outbox.handle_end(&first, &DeliveryEnd::Delivered, 0, at(37 * SECOND));
    assert_eq!(outbox.pending().count(), 0);
    assert_eq!(outbox.handle_end(&second, &failed(None), 0, at(38 * SECOND)), None);
    assert_eq!(outbox.pending().count(), 0);
}

#[test]
fn a_receiver_that_names_a_time_is_left_alone_with_all_deliveries_for_it() {
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(0));
    let attempt = take_one(&mut outbox, at(0));
    outbox.handle_end(&attempt, &failed(Some(600)), 0, at(0));
    outbox.add(key("b", "ops"), "b", at(10));
    outbox.add(key("b", "chat"), "b", at(10));
    let others = take_one(&mut outbox, at(2 * SECOND));
    assert_eq!(others.key.channel, "chat");
    outbox.handle_end(&others, &DeliveryEnd::Delivered, 0, at(2 * SECOND));
    assert_eq!(outbox.next_due(), Some(at(600 * SECOND)));
    assert!(take(&mut outbox, at(600 * SECOND - 1)).is_empty());
    assert_eq!(take(&mut outbox, at(600 * SECOND)).len(), 1);
}

#[test]
fn a_channel_keeps_its_distance_between_attempts_and_its_order() {
    let mut outbox = Outbox::default();
    for message in ["a", "b", "c"] {
        outbox.add(key(message, "ops"), message, at(0));
    }
    for (second, message) in [(0, "a"), (1, "b"), (2, "c")] {
        let now = at(second * SECOND);
        let attempt = take_one(&mut outbox, now);
        assert_eq!(attempt.key.message, message);
        outbox.handle_end(&attempt, &DeliveryEnd::Delivered, 0, now);
        assert!(take(&mut outbox, now).is_empty());
    }
}

#[test]
fn no_more_are_taken_than_wanted() {
    let mut outbox = Outbox::default();
    for channel in ["a", "b", "c"] {
        outbox.add(key("m", channel), "m", at(0));
    }
    assert_eq!(outbox.take(|_| ChannelPace::spaced(Millis::ZERO), 2, 0, at(0)).len(), 2);
    assert_eq!(outbox.take(|_| ChannelPace::spaced(Millis::ZERO), 2, 0, at(0)).len(), 1);
}

#[test]
fn a_receiver_that_is_gone_gets_nothing_until_the_channel_is_reopened() {
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(0));
    outbox.add(key("b", "ops"), "b", at(0));
    let attempt = take_one(&mut outbox, at(0));
    let reason = outbox.handle_end(&attempt, &DeliveryEnd::Gone, 0, at(1));
    assert_eq!(reason, Some(DeadReason::Gone));
    assert_eq!((outbox.pending().count(), outbox.dead_letters().count()), (0, 2));
    assert_eq!(outbox.add(key("c", "ops"), "c", at(2)), Added::Dead(DeadReason::Gone));
    assert!(!outbox.resend(&key("a", "ops"), at(3)));
    outbox.reopen("ops");
    assert!(outbox.resend(&key("a", "ops"), at(4)));
    assert!(outbox.next_due() <= Some(at(SECOND)), "it does not wait for an attempt that is over");
    assert_eq!(outbox.add(key("d", "ops"), "d", at(5)), Added::Queued);
    assert_eq!(outbox.dead_letters().count(), 2, "those that no one sends again stay");
}

#[test]
fn what_a_receiver_refuses_is_a_dead_letter_with_its_reason() {
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(0));
    let attempt = take_one(&mut outbox, at(0));
    let end = DeliveryEnd::Refused { error: DeliveryError::Status(400) };
    assert_eq!(outbox.handle_end(&attempt, &end, 0, at(1)), Some(DeadReason::Refused));
    let letter = outbox.dead_letters().next().expect("a dead letter");
    assert_eq!(letter.delivery.error, Some(DeliveryError::Status(400)));
}

#[test]
fn a_later_message_of_a_thread_never_overtakes_an_earlier_one() {
    let mut outbox = Outbox::default();
    outbox.add(key("opened", "ops"), "incident 1", at(0));
    let opened = take_one(&mut outbox, at(0));
    outbox.handle_end(&opened, &failed(None), 0, at(0));
    outbox.add(key("resolved", "ops"), "incident 1", at(2 * SECOND));
    assert_eq!(outbox.next_due(), Some(at(5 * SECOND)));
    assert!(take(&mut outbox, at(2 * SECOND)).is_empty());
    let again = take_one(&mut outbox, at(5 * SECOND));
    assert_eq!(again.key.message, "opened");
    outbox.handle_end(&again, &DeliveryEnd::Delivered, 0, at(5 * SECOND));
    assert_eq!(take_one(&mut outbox, at(6 * SECOND)).key.message, "resolved");
}

#[test]
fn channels_that_hang_hold_up_no_other_and_have_one_attempt_at_a_time() {
    let mut outbox = Outbox::default();
    for number in 0..50 {
        for channel in ["a", "b"] {
            let message = number.to_string();
            outbox.add(key(&message, channel), &message, at(0));
        }
    }
    assert_eq!(outbox.take(|_| ChannelPace::spaced(Millis::ZERO), 2, 0, at(0)).len(), 2);
    outbox.add(key("urgent", "ops"), "urgent", at(1));
    let attempts =
        outbox.take(|_| ChannelPace::spaced(Millis::ZERO), 2, 0, at(ATTEMPT_TIME_MAX.get()));
    assert_eq!(attempts.len(), 2);
    assert!(attempts.iter().any(|it| it.key.channel == "ops"), "{attempts:?}");
    assert!(
        outbox.take(|_| ChannelPace::spaced(Millis::ZERO), 2, 0, at(ATTEMPT_TIME_MAX.get())).len()
            < 2
    );
}

#[test]
fn a_delivery_that_arrives_after_its_dead_letter_was_written_is_no_dead_letter() {
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(0));
    let first = take_one(&mut outbox, at(0));
    let second = take_one(&mut outbox, at(35 * SECOND));
    let refused = DeliveryEnd::Refused { error: DeliveryError::Status(400) };
    assert_eq!(outbox.handle_end(&first, &refused, 0, at(36 * SECOND)), None, "it is out again");
    outbox.handle_end(&second, &DeliveryEnd::Gone, 0, at(37 * SECOND));
    assert_eq!(outbox.dead_letters().count(), 1);
    outbox.handle_end(&first, &DeliveryEnd::Delivered, 0, at(38 * SECOND));
    assert_eq!(outbox.dead_letters().count(), 0);
    assert_eq!(outbox.add(key("a", "ops"), "a", at(39 * SECOND)), Added::Known);
}

#[test]
fn a_delivery_is_tried_for_a_day_and_then_a_dead_letter() {
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(0));
    let (mut attempts, mut last) = (0, at(0));
    while let Some(due) = outbox.next_due() {
        for attempt in take(&mut outbox, due) {
            (attempts, last) = (attempts + 1, due);
            outbox.handle_end(&attempt, &failed(None), u32::MAX, due);
        }
    }
    assert_eq!(outbox.dead_letters().next().map(|it| it.reason), Some(DeadReason::Expired));
    assert!(last < at(0) + EXPIRES_AFTER);
    assert!((15..=25).contains(&attempts), "{attempts}");
}

#[test]
fn a_time_to_wait_that_makes_no_sense_is_cut() {
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(0));
    let attempt = take_one(&mut outbox, at(0));
    assert_eq!(outbox.handle_end(&attempt, &failed(Some(u64::MAX / 1000)), 0, at(0)), None);
    assert_eq!(outbox.next_due(), Some(at(RETRY_AFTER_MAX.get())));
    let again = take_one(&mut outbox, at(RETRY_AFTER_MAX.get()));
    assert_eq!(again.number, 2);
}

#[test]
fn a_dead_letter_that_is_sent_again_has_all_its_time() {
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(0));
    let attempt = take_one(&mut outbox, at(0));
    outbox.handle_end(
        &attempt,
        &DeliveryEnd::Refused { error: DeliveryError::Status(400) },
        0,
        at(1),
    );
    assert!(!outbox.resend(&key("b", "ops"), at(2)), "there is none");
    assert!(outbox.resend(&key("a", "ops"), at(5000)));
    let again = take_one(&mut outbox, at(5000));
    assert_eq!(again.number, 2);
    let late = outbox.handle_end(&attempt, &failed(None), 0, at(5001));
    assert_eq!(late, None);
    assert_eq!(outbox.handle_end(&again, &DeliveryEnd::Delivered, 0, at(5002)), None);
    assert_eq!((outbox.pending().count(), outbox.dead_letters().count()), (0, 0));
}

#[test]
fn where_too_many_wait_for_a_channel_its_oldest_makes_room_and_no_other_channel_suffers() {
    let mut outbox = Outbox::default();
    outbox.add(key("mine", "ops"), "mine", at(0));
    for number in 0..PENDING_MAX + DEAD_LETTERS_MAX + 1 {
        let message = number.to_string();
        assert_eq!(outbox.add(key(&message, "chat"), &message, at(1)), Added::Queued);
    }
    let of = |channel: &str| outbox.pending().filter(|it| it.key.channel == channel).count();
    assert_eq!((of("ops"), of("chat")), (1, PENDING_MAX));
    assert_eq!((outbox.dead_letters().count(), outbox.dropped()), (DEAD_LETTERS_MAX, 1));
    assert!(outbox.dead_letters().all(|it| it.reason == DeadReason::Full));
}
