//! Subscribers, as operators see them: counts, what is on its way, and addresses that are not told.

use breakwater_core::base::rfc3339::Rfc3339;
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::config::WatchRules;
use breakwater_core::site::monitoring::MonitorHost;
use breakwater_core::watch::subscription::{
    Campaign, CampaignResult, Medium, Subscriber, SubscriberPhase,
};
use breakwater_platform::object::Json;
use serde_json::{Value, json};

use super::view::shown;

/// How many there are, what they are told, and some of them by their ids.
pub(super) fn subscribers(
    rules: &WatchRules,
    host: &MonitorHost,
    rows: &[(String, String)],
    now: Timestamp,
) -> Json {
    let book = host.subscriber_book();
    let offered = rules.status.subscriptions.as_ref();
    let offers = |medium: Medium| offered.is_some_and(|offered| offered.offers(medium));
    let listed = rows.iter().map(|(id, json)| match Subscriber::from_stored(json) {
        Ok(subscriber) => one(&subscriber),
        Err(_) => json!({ "id": id, "state": "unread" }),
    });
    shown(json!({
        "offered": {
            "email": offers(Medium::Email),
            "webhook": offers(Medium::Webhook),
        },
        "pending": book.counts.pending,
        "confirmed": book.counts.confirmed,
        "ended": book.counts.ended,
        "webhooks": book.counts.webhooks,
        "emails": {
            "last_30_days": book.emails.sum(now),
            "allowed": offered.map(|offered| offered.emails_a_month),
        },
        "campaigns": host.campaigns().map(campaign).collect::<Vec<_>>(),
        "results": book.results().map(result).collect::<Vec<_>>(),
        "subscribers": listed.collect::<Vec<_>>(),
    }))
}

/// A subscriber.
pub(super) fn subscriber(subscriber: &Subscriber) -> Json {
    shown(one(subscriber))
}

fn one(subscriber: &Subscriber) -> Value {
    let (state, since, until, why) = match subscriber.phase() {
        SubscriberPhase::Pending { until, .. } => ("pending", None, Some(*until), None),
        SubscriberPhase::Confirmed { at, .. } => ("confirmed", Some(*at), None, None),
        SubscriberPhase::Ended { at, why } => ("ended", Some(*at), None, Some(why.as_str())),
    };
    let failing_since = match subscriber.phase() {
        SubscriberPhase::Confirmed { failing_since, .. } => *failing_since,
        SubscriberPhase::Pending { .. } | SubscriberPhase::Ended { .. } => None,
    };
    json!({
        "id": subscriber.id(),
        "kind": subscriber.id().medium().as_str(),
        "state": state,
        "contact": subscriber.contact().map(|contact| contact.masked()),
        "components": subscriber.components(),
        "locale": subscriber.locale(),
        "since": since.map(Rfc3339),
        "until": until.map(Rfc3339),
        "why": why,
        "failing_since": failing_since.map(Rfc3339),
    })
}

fn campaign(campaign: &Campaign) -> Value {
    let (told, given_up) = campaign.counts();
    json!({
        "id": campaign.id(),
        "begun_at": Rfc3339(campaign.begun_at()),
        "told": told,
        "given_up": given_up,
        "waiting": campaign.retries(),
    })
}

fn result(result: &CampaignResult) -> Value {
    json!({
        "id": result.id,
        "begun_at": Rfc3339(result.begun_at),
        "ended_at": Rfc3339(result.ended_at),
        "told": result.told,
        "given_up": result.given_up,
    })
}
