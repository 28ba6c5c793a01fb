//! What subscribers are sent.

use breakwater_core::base::rfc3339::parse;
use breakwater_core::site::status::notice::{NoticeContent, NoticeSender, Recipient};
use breakwater_core::site::status::{PublicIncident, PublicMaintenance, PublicText, PublicUpdate};
use breakwater_core::watch::alert::{EmailAlert, HttpAlert, PreparedAlert};
use breakwater_core::watch::incident::{ComponentImpact, Impact, IncidentIndicator, IncidentState};
use breakwater_core::watch::subscription::{Medium, Subscriber, SubscriberPhase};
use serde_json::{Value, json};

use crate::{PLACE, asked, at, components, confirmed, email, key, webhook};

fn recipient(subscriber: Subscriber) -> Recipient {
    let id = subscriber.id().clone();
    let confirm = match subscriber.phase() {
        SubscriberPhase::Pending { nonce, until, .. } => {
            Some(key().confirm_token(&id, nonce, *until))
        }
        SubscriberPhase::Confirmed { .. } | SubscriberPhase::Ended { .. } => None,
    };
    let secret = (id.medium() == Medium::Webhook).then(|| key().webhook_secret(&id));
    let message = format!("inc-1-u1-{}", id.as_str());
    Recipient { subscriber, message, manage: key().manage_token(&id), confirm, secret }
}

fn prepared(content: &NoticeContent, to: &Recipient) -> Option<PreparedAlert> {
    let components = components();
    let sender = NoticeSender {
        place: PLACE,
        components: &components,
        email_from: Some("status@shop.example"),
    };
    content.prepare(&sender, to, at(200))
}

fn mail(content: &NoticeContent, to: &Recipient) -> EmailAlert {
    match prepared(content, to) {
        Some(PreparedAlert::Email(email)) => email,
        other => panic!("{other:?}"),
    }
}

fn request(content: &NoticeContent, to: &Recipient) -> (HttpAlert, Value) {
    match prepared(content, to) {
        Some(PreparedAlert::Http(http)) => {
            let body = serde_json::from_str(&http.body).expect("JSON");
            (http, body)
        }
        other => panic!("{other:?}"),
    }
}

fn update(number: u32, state: IncidentState, text: PublicText) -> PublicUpdate {
    let at = at(100 + u64::from(number));
    PublicUpdate { number, at, edited_at: None, state, text, notify: true }
}

fn incident(title: Option<&str>, number: u32) -> NoticeContent {
    let impact = |name: &str, impact| ComponentImpact { name: name.into(), impact };
    let written = |text: &str| PublicText::Written(text.into());
    let incident = PublicIncident {
        id: "inc-1".into(),
        title: title.map(Into::into),
        state: IncidentState::Resolved,
        impact: IncidentIndicator::Major,
        components: vec![
            impact("checkout", Impact::MajorOutage),
            impact("search", Impact::PartialOutage),
        ],
        since: at(0),
        opened_at: at(1),
        updated_at: at(103),
        resolved_at: Some(at(103)),
        updates: vec![
            update(1, IncidentState::Investigating, PublicText::Found),
            update(2, IncidentState::Identified, written("It is <b>us</b> & \"them\".\n\nMore.")),
            update(3, IncidentState::Resolved, PublicText::Recovered),
        ],
        postmortem: None,
    };
    NoticeContent::Incident { incident: Box::new(incident), number }
}

fn maintenance() -> NoticeContent {
    NoticeContent::Maintenance(Box::new(PublicMaintenance {
        id: "maintenance-1".into(),
        message: Some("New shelves.".into()),
        announced_at: Some(at(0)),
        start: parse("2026-12-01T22:00:00Z").expect("a time"),
        end: parse("2026-12-01T23:30:00Z").expect("a time"),
        is_whole_site: true,
        is_recurring: false,
        revision: 0,
    }))
}

#[test]
fn the_e_mail_that_confirms_has_one_link_and_nothing_to_end() {
    let to = recipient(asked(email("ann@shop.example"), "en"));
    let sent = mail(&NoticeContent::Asked, &to);
    assert_eq!(sent.subject, "Please confirm: status updates of Shop & Co");
    assert_eq!(
        (sent.from.as_str(), sent.to),
        ("status@shop.example", vec![String::from("ann@shop.example")])
    );
    let token = to.confirm.expect("a token");
    let link =
        format!("https://shop.example/status/subscriptions/confirm?token={}", token.as_str());
    assert_eq!(sent.text.matches("https://").count(), 1, "{}", sent.text);
    assert!(sent.text.contains(&link), "{}", sent.text);
    assert!(sent.text.contains("You are told of: Checkout, Search <beta>."), "{}", sent.text);
    assert!(sent.html.contains("Search &lt;beta&gt;"), "{}", sent.html);
    assert_eq!(sent.headers.list.expect("a list").unsubscribe, None);
    assert_eq!(sent.headers.auto_submitted, "auto-generated");
}

#[test]
fn an_address_that_is_subscribed_gets_its_own_link() {
    let to = recipient(confirmed(email("ann@shop.example"), "de"));
    let sent = mail(&NoticeContent::Asked, &to);
    assert_eq!(sent.subject, "Sie erhalten bereits Statusmeldungen von Shop & Co");
    let id = to.subscriber.id().as_str();
    let link = format!("/status/subscriptions/{id}?token={}", to.manage.as_str());
    assert!(sent.text.contains(&link), "{}", sent.text);
}

#[test]
fn an_update_says_what_when_and_how_to_end_it_by_one_click() {
    let to = recipient(confirmed(email("ann@shop.example"), "en"));
    let sent = mail(&incident(Some("Slow <pages>"), 2), &to);
    assert_eq!(sent.subject, "[Shop & Co] Identified: Slow <pages>");
    let (id, token) = (to.subscriber.id().as_str(), to.manage.as_str());
    let expected = format!(
        "Identified: Slow <pages>\n\nIt is <b>us</b> & \"them\".\n\nMore.\n\n\
         Affected: Checkout (major outage), Search <beta> (partial outage)\n\
         Since: 2026-11-18 12:00 UTC\n\
         Details: https://shop.example/status/incidents/inc-1\n\n-- \n\
         You get this e-mail because you subscribed to status updates of Shop & Co.\n\n\
         Change or end your subscription: \
         https://shop.example/status/subscriptions/{id}?token={token}\n"
    );
    assert_eq!(sent.text, expected);
    let headers: Value =
        serde_json::from_str::<Value>(&sent.to_json()).expect("JSON")["headers"].take();
    assert_eq!(
        headers,
        json!({
            "In-Reply-To": "<status-inc-1@shop.example>",
            "References": "<status-inc-1@shop.example>",
            "List-Id": "<status.shop.example>",
            "List-Unsubscribe":
                format!("<https://shop.example/status/subscriptions/{id}/unsubscribe?token={token}>"),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Content-Language": "en",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "X-Breakwater-Message": format!("inc-1-u1-{id}"),
        })
    );
    // What people wrote is text in HTML too, and nothing is loaded.
    assert!(sent.html.contains("<p>It is &lt;b&gt;us&lt;/b&gt; &amp; &quot;them&quot;.</p>"));
    assert!(!sent.html.contains("<img") && !sent.html.contains("<b>"), "{}", sent.html);
}

#[test]
fn what_the_machine_says_is_in_the_readers_language() {
    for (locale, subject, said) in [
        ("en", "Investigating: Problems with Checkout, Search <beta>", "Our checks have found"),
        ("de", "Wird untersucht: Störung: Checkout, Search <beta>", "Unsere Prüfungen"),
        (
            "es",
            "En investigación: Problemas con Checkout, Search <beta>",
            "Nuestras comprobaciones",
        ),
        ("fr", "En cours d’analyse: Problèmes avec Checkout, Search <beta>", "Nos contrôles"),
    ] {
        let to = recipient(confirmed(email("ann@shop.example"), locale));
        let sent = mail(&incident(None, 1), &to);
        assert_eq!(sent.subject, format!("[Shop & Co] {subject}"));
        assert!(sent.text.contains(said), "{}", sent.text);
        assert!(sent.html.starts_with(&format!("<!doctype html>\n<html lang=\"{locale}\">")));
    }
}

#[test]
fn maintenance_is_told_with_its_times() {
    let to = recipient(confirmed(email("ann@shop.example"), "en"));
    let sent = mail(&maintenance(), &to);
    assert_eq!(sent.subject, "Planned maintenance of Shop & Co: 2026-12-01 22:00 UTC");
    for line in [
        "New shelves.",
        "From 2026-12-01 22:00 UTC to 2026-12-01 23:30 UTC",
        "The whole site is closed during that time.",
    ] {
        assert!(sent.text.contains(line), "{}", sent.text);
    }
    assert_eq!(sent.headers.references.as_deref(), Some("<status-maintenance-1@shop.example>"));
}

#[test]
fn a_webhook_has_an_incident_in_statuspages_words() {
    let to = recipient(confirmed(webhook("https://hooks.example/a?b=c"), "en"));
    let (http, body) = request(&incident(Some("Slow"), 2), &to);
    assert_eq!((http.method, http.url.as_str()), ("POST", "https://hooks.example/a?b=c"));
    let field = |name: &str| {
        let found = http.fields.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    assert_eq!(field("webhook-id"), to.message);
    assert_eq!(field("webhook-timestamp"), "1795003400");
    assert!(field("webhook-signature").starts_with("v1,"));
    let (id, token) = (to.subscriber.id().as_str(), to.manage.as_str());
    assert_eq!(
        body,
        json!({
            "type": "incident.updated",
            "timestamp": "2026-11-18T12:01:42.000Z",
            "data": {
                "page": { "name": "Shop & Co", "url": "https://shop.example/status" },
                "incident": {
                    "id": "inc-1",
                    "name": "Slow",
                    "status": "identified",
                    "impact": "major",
                    "started_at": "2026-11-18T12:00:00.000Z",
                    "created_at": "2026-11-18T12:00:01.000Z",
                    "updated_at": "2026-11-18T12:01:43.000Z",
                    "resolved_at": "2026-11-18T12:01:43.000Z",
                    "shortlink": "https://shop.example/status/incidents/inc-1",
                    "components": [
                        { "id": "checkout", "name": "Checkout", "status": "major_outage" },
                        { "id": "search", "name": "Search <beta>", "status": "partial_outage" },
                    ],
                    "incident_updates": [{
                        "id": 2,
                        "status": "identified",
                        "body": "It is <b>us</b> & \"them\".\n\nMore.",
                        "created_at": "2026-11-18T12:01:42.000Z",
                    }],
                },
                "manage_url": format!(
                    "https://shop.example/status/subscriptions/{id}?token={token}"
                ),
            },
        })
    );
}

#[test]
fn the_type_of_a_webhook_says_what_has_happened() {
    let to = recipient(confirmed(webhook("https://hooks.example/a"), "en"));
    for (content, kind) in [
        (incident(None, 1), "incident.opened"),
        (incident(None, 2), "incident.updated"),
        (incident(None, 3), "incident.resolved"),
        (maintenance(), "maintenance.scheduled"),
    ] {
        assert_eq!(request(&content, &to).1["type"], kind);
    }
    let (_, body) = request(&maintenance(), &to);
    assert_eq!(
        body["data"]["maintenance"],
        json!({
            "id": "maintenance-1",
            "body": "New shelves.",
            "scheduled_for": "2026-12-01T22:00:00.000Z",
            "scheduled_until": "2026-12-01T23:30:00.000Z",
            "whole_site": true,
        })
    );
}

#[test]
fn there_is_no_message_for_what_is_not_there() {
    use breakwater_core::watch::subscription::EndReason;
    let mut ended = confirmed(email("ann@shop.example"), "en");
    assert!(ended.end(EndReason::Unsubscribed, at(100)));
    assert_eq!(prepared(&incident(None, 1), &recipient(ended)), None);
    let to = recipient(confirmed(email("ann@shop.example"), "en"));
    assert_eq!(prepared(&incident(None, 9), &to), None, "no such update");
    let to = recipient(asked(webhook("https://hooks.example/a"), "en"));
    assert_eq!(prepared(&NoticeContent::Asked, &to), None, "a challenge confirms it");
}
