//! The stored forms. A literal that fails means that what is stored can no longer be read: raise
//! the version, and read the old one too.

use breakwater_core::base::stored::StoredForm;
use breakwater_core::base::time::Millis;
use breakwater_core::watch::alert::outbox::{DeliveryEnd, DeliveryError};
use breakwater_core::watch::subscription::{
    Campaign, CampaignSubject, EndReason, Medium, NoticeFate, SubscriberBook,
};

use crate::{asked, at, confirmed, email, webhook};

#[track_caller]
fn check<T: StoredForm + PartialEq + core::fmt::Debug>(value: &T, stored: &str) {
    let stored = stored.replace('\n', "");
    assert_eq!(value.to_stored(), stored);
    assert_eq!(T::from_stored(&stored).as_ref(), Ok(value));
}

#[test]
fn a_subscriber_is_stored_in_each_phase() {
    let mut pending = asked(email("ann@shop.example"), "de");
    assert!(pending.try_mail(at(0)));
    check(
        &pending,
        r#"{"version":1,"subscriber":{"id":"e1","phase":
{"pending":{"contact":{"email":"ann@shop.example"},"until":1795089600000,"nonce":"n1"}},
"components":["checkout","search"],"locale":"de","mailed":[1795003200000]}}"#
            .replace("\"e1\"", &format!("\"{}\"", pending.id().as_str()))
            .as_str(),
    );
    let mut failing = confirmed(webhook("https://hooks.example/a"), "en");
    assert!(failing.handle_fate(NoticeFate::GivenUp, at(100)));
    check(
        &failing,
        r#"{"version":1,"subscriber":{"id":"w1","phase":
{"confirmed":{"contact":{"webhook":"https://hooks.example/a"},"at":1795003260000,"nonce":"n1",
"dead":1,"failing_since":1795003300000}},
"components":["checkout","search"],"locale":"en"}}"#
            .replace("\"w1\"", &format!("\"{}\"", failing.id().as_str()))
            .as_str(),
    );
    let mut ended = confirmed(email("ann@shop.example"), "en");
    assert!(ended.end(EndReason::Unsubscribed, at(100)));
    check(
        &ended,
        r#"{"version":1,"subscriber":{"id":"e1","phase":
{"ended":{"at":1795003300000,"why":"unsubscribed"}},"components":[],"locale":"en"}}"#
            .replace("\"e1\"", &format!("\"{}\"", ended.id().as_str()))
            .as_str(),
    );
}

#[test]
fn a_campaign_is_stored_with_how_far_it_is() {
    let subject = CampaignSubject::Update { incident: "inc-1".into(), number: 3 };
    let mut campaign = Campaign::new("inc-1-u3".into(), subject, Millis::from_secs(120), at(0));
    let ann = confirmed(email("ann@shop.example"), "en");
    let failed = DeliveryEnd::Failed { error: DeliveryError::TimedOut, retry_after: None };
    assert_eq!(campaign.handle_end(ann.id(), &failed, 0, at(130)), NoticeFate::Retried);
    let bob = confirmed(email("bob@shop.example"), "en");
    assert_eq!(
        campaign.handle_end(bob.id(), &DeliveryEnd::Delivered, 0, at(130)),
        NoticeFate::Told
    );
    campaign.handle_page(Medium::Email, "e5".into(), false);
    campaign.skip(Medium::Webhook);
    check(
        &campaign,
        r#"{"version":1,"campaign":{"id":"inc-1-u3","subject":
{"update":{"incident":"inc-1","number":3}},"begun_at":1795003200000,"not_before":1795003320000,
"email":{"after":"e5","is_through":false,"retries":[{"id":"e1","attempts":1,"due":1795003390000}]},
"webhook":{"after":"","is_through":true},"told":1,"given_up":0}}"#
            .replace("\"e1\"", &format!("\"{}\"", ann.id().as_str()))
            .as_str(),
    );
}

#[test]
fn the_book_is_stored_whole() {
    let mut book = SubscriberBook::default();
    let ann = confirmed(email("ann@shop.example"), "en");
    book.counts.add(&ann);
    book.counts.add(&asked(webhook("https://hooks.example/a"), "en"));
    book.strangers.count(at(0));
    book.emails.count(2, at(0));
    book.owe(ann.id().clone(), at(1));
    book.fail_owed(ann.id(), at(2));
    book.updates.insert("inc-1".into(), 3);
    book.maintenance.push("maintenance-1".into());
    let subject = CampaignSubject::Maintenance { id: "maintenance-1".into() };
    book.note(&Campaign::new("maintenance-1".into(), subject, Millis::ZERO, at(0)), at(9));
    check(
        &book,
        r#"{"version":1,"subscriptions":{
"counts":{"pending":1,"confirmed":1,"ended":0,"webhooks":1},"swept_at":0,
"strangers":[1795003200000],"emails":[[20775,2]],
"owed":[{"id":"e1","attempts":1,"due":1795003262000}],
"updates":{"inc-1":3},"maintenance":["maintenance-1"],
"results":[{"id":"maintenance-1","begun_at":1795003200000,"ended_at":1795003209000,
"told":0,"given_up":0}]}}"#
            .replace("\"e1\"", &format!("\"{}\"", ann.id().as_str()))
            .as_str(),
    );
}
