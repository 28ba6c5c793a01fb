//! Subscribers of the public status: what they ask, and what a stranger can cause.

use breakwater_core::base::time::Millis;
use breakwater_core::site::status::subscribe::{ConfirmReply, SubscribeReply};
use breakwater_core::watch::subscription::{
    ASKS_AN_HOUR, CHALLENGES_MAX, MAILS_A_DAY, Medium, PENDING_MAX, STRANGERS_AN_HOUR,
    SubscriberCounts,
};

use crate::subscribing::{DAY, HOUR, MINUTE, Noticed, answered, email, run, webhook, well};

#[test]
fn an_address_is_told_nothing_until_its_owner_confirms_it() {
    let mut shell = well(1);
    assert_eq!(shell.ask(email("ann@a.example"), &[]), SubscribeReply::Asked);
    run(&mut shell, MINUTE);
    shell.open("frontend", true);
    run(&mut shell, MINUTE);
    assert_eq!(shell.told().len(), 0);
    let token = shell.confirm_tokens().pop().expect("an e-mail");
    let id = shell.open("frontend", true);
    assert!(matches!(shell.confirm(&token), ConfirmReply::Confirmed(_)));
    run(&mut shell, MINUTE);
    assert_eq!(shell.told().len(), 0, "what was told before is no news");
    shell.update(&id, true);
    run(&mut shell, MINUTE);
    assert_eq!(shell.told().len(), 1);
    // A button that is pressed twice says the same.
    assert!(matches!(shell.confirm(&token), ConfirmReply::Confirmed(_)));
    shell.check_counts();
}

#[test]
fn a_stranger_learns_nothing_of_an_address() {
    let mut shell = well(3);
    shell.subscribe("known@a.example", &[]);
    let known = shell.ask(email("KNOWN@a.example"), &["api"]);
    let unknown = shell.ask(email("unknown@a.example"), &["api"]);
    assert_eq!(known, unknown);
    run(&mut shell, MINUTE);
    // Both get an e-mail, and only one of them has something to confirm.
    assert_eq!((shell.noticed.len(), shell.confirm_tokens().len()), (2, 1));
    let components = |it: &Noticed| it.to.subscriber.components().len();
    let confirmed = shell.noticed.iter().find(|it| it.to.confirm.is_none()).map(components);
    assert_eq!(confirmed, Some(0), "a stranger changes nothing");
}

#[test]
fn no_token_confirms_another_address_or_after_a_day() {
    let mut shell = well(4);
    shell.ask(email("a@a.example"), &[]);
    shell.ask(email("b@a.example"), &[]);
    run(&mut shell, MINUTE);
    let tokens = shell.confirm_tokens();
    let [a, b] = [0, 1].map(|at| tokens[at].split_once('.').expect("an id").to_owned());
    for forged in [format!("{}.{}", a.0, b.1), format!("{}.{}", b.0, a.1)] {
        assert_eq!(shell.confirm(&forged), ConfirmReply::Expired);
    }
    let later = tokens[0].replacen('.', ".9", 1);
    assert_eq!(shell.confirm(&later), ConfirmReply::Expired);
    run(&mut shell, DAY);
    for token in &tokens {
        assert_eq!(shell.confirm(token), ConfirmReply::Expired);
    }
    run(&mut shell, Millis::from_secs(2 * 3600));
    assert!(shell.storage.subscribers.is_empty(), "what was not confirmed is forgotten");
    assert_eq!(shell.host().subscriber_book().counts, SubscriberCounts::default());
}

#[test]
fn a_token_of_an_earlier_time_confirms_nothing() {
    let mut shell = well(5);
    shell.ask(email("a@a.example"), &[]);
    run(&mut shell, MINUTE);
    let first = shell.confirm_tokens().pop().expect("an e-mail");
    let ConfirmReply::Confirmed(view) = shell.confirm(&first) else { panic!("confirmed") };
    assert!(shell.unsubscribe(&view.id, view.manage.as_str()));
    assert_eq!(shell.confirm(&first), ConfirmReply::Expired);
    shell.ask(email("a@a.example"), &[]);
    run(&mut shell, MINUTE);
    assert_eq!(shell.confirm(&first), ConfirmReply::Expired);
    let second = shell.confirm_tokens().pop().expect("an e-mail");
    assert!(matches!(shell.confirm(&second), ConfirmReply::Confirmed(_)));
    // The link of a message that was ever sent ends the subscription.
    assert!(shell.unsubscribe(&view.id, view.manage.as_str()));
    shell.check_counts();
}

#[test]
fn an_address_that_unsubscribes_is_forgotten_at_once_and_its_id_after_a_day() {
    let mut shell = well(6);
    let view = shell.subscribe("ann@a.example", &[]);
    assert!(!shell.unsubscribe(&view.id, "0".repeat(32).as_str()));
    assert!(shell.unsubscribe(&view.id, view.manage.as_str()));
    assert!(shell.unsubscribe(&view.id, view.manage.as_str()), "pressed twice");
    let stored = shell.stored(&view.id).expect("what is left of it");
    assert!(!stored.contains("ann") && !stored.contains("a.example"), "{stored}");
    shell.open("", true);
    run(&mut shell, MINUTE);
    assert_eq!(shell.told().len(), 0);
    run(&mut shell, DAY);
    run(&mut shell, HOUR);
    assert!(shell.storage.subscribers.is_empty());
    assert!(shell.unsubscribe(&view.id, view.manage.as_str()), "an old link says the same");
}

#[test]
fn what_a_stranger_can_cause_is_bounded_on_each_side() {
    let mut shell = well(7);
    // By address.
    for _ in 0..2 * MAILS_A_DAY {
        assert_eq!(shell.ask(email("victim@a.example"), &[]), SubscribeReply::Asked);
        run(&mut shell, MINUTE);
    }
    assert_eq!(shell.noticed.len(), MAILS_A_DAY);
    // By client.
    let mut replies = Vec::new();
    for number in 0..=ASKS_AN_HOUR {
        let address = email(&format!("a{number}@a.example"));
        replies.push(shell.ask_from("192.0.2.1", address, &[]));
    }
    let (last, others) = replies.split_last().expect("replies");
    assert!(others.iter().all(|it| *it == SubscribeReply::Asked));
    assert!(matches!(last, SubscribeReply::Busy(_)), "{last:?}");
    // In all, whatever the address and the client.
    for number in 0..2 * STRANGERS_AN_HOUR {
        shell.ask(email(&format!("b{number}@a.example")), &[]);
    }
    run(&mut shell, MINUTE);
    assert_eq!(shell.noticed.len(), STRANGERS_AN_HOUR);
    let (known, unknown) =
        (shell.ask(email("victim@a.example"), &[]), shell.ask(email("c@a.example"), &[]));
    assert!(matches!(known, SubscribeReply::Busy(_)));
    assert_eq!(known, unknown);
    assert!(matches!(shell.ask(webhook("https://a.example/"), &[]), SubscribeReply::Busy(_)));
    shell.check_counts();
}

#[test]
fn those_who_do_not_confirm_are_no_more_than_there_is_room_for() {
    let mut shell = well(8);
    for hour in 0..12 {
        for number in 0..STRANGERS_AN_HOUR {
            shell.ask(email(&format!("a{hour}x{number}@a.example")), &[]);
        }
        run(&mut shell, HOUR);
        run(&mut shell, Millis::from_secs(1));
    }
    assert_eq!(shell.host().subscriber_book().counts.pending, PENDING_MAX);
    shell.check_counts();
    run(&mut shell, DAY);
    run(&mut shell, HOUR);
    assert_eq!(shell.host().subscriber_book().counts.pending, 0);
    assert_eq!(shell.ask(email("late@a.example"), &[]), SubscribeReply::Asked);
}

#[test]
fn a_webhook_is_told_once_its_receiver_repeats_the_challenge() {
    let mut shell = well(9);
    let asked = shell.ask_webhook("https://hooks.example/status");
    let token = asked.confirm.as_str();
    shell.open("", true);
    run(&mut shell, MINUTE);
    assert_eq!(shell.noticed.len(), 0);
    for (status, repeats) in [(200, false), (500, true), (302, true)] {
        let reply = answered(&mut shell, token, status, repeats);
        assert!(matches!(reply, ConfirmReply::Unanswered { .. }), "{reply:?}");
    }
    assert!(matches!(answered(&mut shell, token, 204, true), ConfirmReply::Confirmed(_)));
    shell.open("", true);
    run(&mut shell, MINUTE);
    assert_eq!(shell.told().len(), 1);
    assert_eq!(shell.noticed[0].to.secret, Some(asked.secret), "the secret that was shown");
    // Another one for the same address is another subscriber, with another secret.
    let other = shell.ask_webhook("https://hooks.example/status");
    assert_ne!(other.id, asked.id);
    shell.check_counts();
}

#[test]
fn a_webhook_gets_no_more_challenges_than_there_are() {
    let mut shell = well(10);
    let asked = shell.ask_webhook("https://hooks.example/status");
    for attempt in 1..=CHALLENGES_MAX {
        let reply = answered(&mut shell, asked.confirm.as_str(), 200, false);
        let ConfirmReply::Unanswered { left, .. } = reply else { panic!("{reply:?}") };
        assert_eq!(left, CHALLENGES_MAX - attempt);
    }
    assert_eq!(shell.confirm(asked.confirm.as_str()), ConfirmReply::Expired);
}

#[test]
fn a_way_that_is_not_offered_any_more_tells_no_one_and_can_be_ended() {
    let mut shell = well(19);
    let view = shell.subscribe("ann@a.example", &[]);
    shell.rules.status.subscriptions = None;
    shell.kill();
    shell.open("", true);
    run(&mut shell, MINUTE);
    assert_eq!(shell.told().len(), 0);
    assert_eq!(shell.ask(email("b@a.example"), &[]), SubscribeReply::Off);
    assert!(shell.unsubscribe(&view.id, view.manage.as_str()));
    assert_eq!(view.id.medium(), Medium::Email);
}

#[test]
fn who_asks_to_be_forgotten_is_forgotten_also_where_the_row_cannot_be_read() {
    let mut shell = well(21);
    let [ann, bob] = ["ann@a.example", "bob@a.example"].map(|it| shell.subscribe(it, &[]));
    shell.storage.subscribers.insert(ann.id.as_str().into(), r#"{"version":9}"#.into());
    shell.is_damaged = true;
    for view in [&ann, &bob] {
        assert!(shell.forget(&view.id));
        assert_eq!(shell.stored(&view.id), None);
        assert!(!shell.forget(&view.id), "there is nothing any more");
    }
    run(&mut shell, DAY);
    run(&mut shell, HOUR);
    shell.check_counts();
}
