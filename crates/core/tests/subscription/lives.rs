//! The life of a subscriber, whatever strangers, owners and receivers do, in any order.

use std::collections::BTreeSet;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::subscription::{
    CONFIRM_WITHIN, ConfirmToken, DEAD_MAX, EndReason, FAILS_FOR, MAILS_A_DAY, NoticeFate,
    Subscriber, SubscriberPhase,
};
use proptest::prelude::*;

use crate::{asked, at, confirmed, email, key, webhook};

/// What happens to one of two addresses.
#[derive(Clone, Copy, Debug)]
enum Step {
    Ask,
    /// A link of any e-mail that was sent to either of them is confirmed.
    Confirm(usize),
    Unsubscribe,
    Fate(NoticeFate),
    Sleep(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Ask),
        3 => (0..20_usize).prop_map(Step::Confirm),
        1 => Just(Step::Unsubscribe),
        1 => prop_oneof![
            Just(NoticeFate::Told),
            Just(NoticeFate::Retried),
            Just(NoticeFate::GivenUp),
            Just(NoticeFate::Gone)
        ]
        .prop_map(Step::Fate),
        2 => (0..100_000_u64).prop_map(Step::Sleep),
    ]
}

/// A link in an e-mail.
struct Link {
    to: usize,
    token: String,
    expires: Timestamp,
}

proptest! {
    #[test]
    fn an_address_is_confirmed_by_its_own_links_within_a_day_and_by_nothing_else(
        steps in proptest::collection::vec((0..2_usize, step()), 0..60)
    ) {
        let contacts = ["ann@shop.example", "bob@shop.example"].map(email);
        let mut known: [Option<Subscriber>; 2] = [None, None];
        let (mut links, mut now, mut nonces) = (Vec::<Link>::new(), at(0), 0_u32);
        let mut mails: [Vec<Timestamp>; 2] = [Vec::new(), Vec::new()];
        for (who, step) in steps {
            match step {
                Step::Ask => {
                    nonces += 1;
                    let (nonce, wish) = (format!("n{nonces}"), (vec![], "en".to_owned()));
                    let contact = contacts[who].clone();
                    match &mut known[who] {
                        Some(subscriber) => subscriber.ask_again(contact, nonce, wish, now),
                        none => {
                            let id = asked(contact.clone(), "en").id().clone();
                            *none = Some(Subscriber::asked(id, contact, nonce, wish, now));
                        }
                    }
                    let subscriber = known[who].as_mut().expect("it was asked for");
                    if subscriber.try_mail(now) {
                        mails[who].push(now);
                        if let SubscriberPhase::Pending { nonce, until, .. } = subscriber.phase() {
                            let token = key().confirm_token(subscriber.id(), nonce, *until);
                            let token = token.as_str().to_owned();
                            links.push(Link { to: who, token, expires: *until });
                        }
                    }
                }
                Step::Confirm(link) => {
                    let Some(link) = links.get(link) else { continue };
                    let Some(subscriber) = &mut known[who] else { continue };
                    let token = ConfirmToken::read(&link.token).expect("a token");
                    let is_right = token.id == *subscriber.id()
                        && subscriber.nonce().is_some_and(|it| key().is_confirm_token(&token, it));
                    prop_assert!(!is_right || link.to == who, "another's link");
                    if is_right && now < token.expires && subscriber.confirm(now) {
                        prop_assert!(now < link.expires, "after its end");
                    }
                }
                Step::Unsubscribe => {
                    if let Some(subscriber) = &mut known[who] {
                        subscriber.end(EndReason::Unsubscribed, now);
                        prop_assert!(!subscriber.is_confirmed());
                    }
                }
                Step::Fate(fate) => {
                    if let Some(subscriber) = &mut known[who] {
                        let was_confirmed = subscriber.is_confirmed();
                        subscriber.handle_fate(fate, now);
                        prop_assert!(was_confirmed || !subscriber.is_confirmed());
                    }
                }
                Step::Sleep(seconds) => {
                    now = now + Millis::from_secs(seconds);
                    for slot in &mut known {
                        if slot.as_ref().is_some_and(|it| it.is_forgotten(now)) {
                            *slot = None;
                        }
                    }
                }
            }
            for (subscriber, mails) in known.iter().zip(&mails) {
                let recent = mails.iter().filter(|at| now.since(**at) < CONFIRM_WITHIN).count();
                prop_assert!(recent <= MAILS_A_DAY, "{recent} e-mails within a day");
                let Some(subscriber) = subscriber else { continue };
                let has_ended = matches!(subscriber.phase(), SubscriberPhase::Ended { .. });
                prop_assert_eq!(subscriber.contact().is_none(), has_ended);
            }
        }
    }

    #[test]
    fn ids_of_addresses_are_as_many_as_the_addresses(
        names in proptest::collection::btree_set("[a-z]{1,6}", 0..50)
    ) {
        let addresses = names.iter().map(|name| email(&format!("{name}@shop.example")));
        let ids: BTreeSet<String> =
            addresses.map(|it| asked(it, "en").id().as_str().to_owned()).collect();
        prop_assert_eq!(ids.len(), names.len());
    }
}

#[test]
fn a_receiver_ends_after_a_week_of_failures_and_not_before() {
    let mut subscriber = confirmed(webhook("https://hooks.example/a"), "en");
    let day = |day: u64| at(100 + day * 24 * 3600);
    for number in 0..7 {
        assert!(subscriber.handle_fate(NoticeFate::GivenUp, day(number)));
        assert!(subscriber.is_confirmed(), "day {number}");
    }
    assert!(subscriber.handle_fate(NoticeFate::GivenUp, day(7)));
    let SubscriberPhase::Ended { why, .. } = subscriber.phase() else { panic!("it has ended") };
    assert_eq!(*why, EndReason::Failing);
    const { assert!(DEAD_MAX <= 7 && FAILS_FOR.get() == 7 * 24 * 3_600_000) };
}

#[test]
fn a_message_that_arrives_forgives_all_failures_before() {
    let mut subscriber = confirmed(webhook("https://hooks.example/a"), "en");
    for day in 0..30 {
        let now = at(100 + day * 24 * 3600);
        let fate = if day % 6 == 5 { NoticeFate::Told } else { NoticeFate::GivenUp };
        assert!(subscriber.handle_fate(fate, now));
    }
    assert!(subscriber.is_confirmed());
}

#[test]
fn a_subscriber_is_told_of_what_it_chose_and_of_the_whole_site() {
    let subscriber = confirmed(email("ann@shop.example"), "en");
    assert!(subscriber.wants(["search"].into_iter()));
    assert!(subscriber.wants(["blog", "checkout"].into_iter()));
    assert!(!subscriber.wants(["blog"].into_iter()));
    assert!(subscriber.wants([].into_iter()));
    assert!(!asked(email("ann@shop.example"), "en").wants([].into_iter()));
}
