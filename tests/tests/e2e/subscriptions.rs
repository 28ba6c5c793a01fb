//! Subscriptions to the public status: an address that confirms is told, and a link ends that.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::status::notice::{NoticeContent, NoticeSender, Recipient};
use breakwater_core::site::status::{PublicIncident, PublicText, PublicUpdate, StatusPlace};
use breakwater_core::watch::alert::PreparedAlert;
use breakwater_core::watch::incident::{IncidentIndicator, IncidentState};
use breakwater_core::watch::subscription::{
    Contact, Entropy, KEY_BYTES, Subscriber, SubscriberAddress, SubscriptionKey,
};
use breakwater_tests::{Reply, Scripted, World, eventually, mail_read_in_python};
use hyper::HeaderMap;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::watch::watched_at;

/// Nothing listens there: these tests look at other channels.
const OPS: &str = "http://127.0.0.1:9/";
/// One of the addresses that the stand-in of the platform sends to.
const ANN: &str = "ann@subscribers.example";
const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
/// A form of another site's page.
const FOREIGN: &[(&str, &str)] =
    &[("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];

/// The texts of the e-mails that were sent.
fn sent(folder: &Path, found: &mut Vec<String>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sent(&path, found)?;
        } else if path.extension().is_some_and(|it| it == "txt") {
            found.push(fs::read_to_string(path)?);
        }
    }
    Ok(())
}

/// The text of an e-mail that has this in it.
async fn mail_with(world: &World, part: &str) -> Result<String> {
    let folder = world.state().join("tmp/email");
    eventually(&format!("an e-mail with {part}"), async || {
        let mut texts = Vec::new();
        sent(&folder, &mut texts)?;
        Ok(texts.into_iter().find(|text| text.contains(part)))
    })
    .await
}

/// What stands behind this in a text, up to the end of a word.
fn behind<'a>(text: &'a str, part: &str) -> Result<&'a str> {
    let (_, rest) = text.split_once(part).with_context(|| format!("{part} in {text}"))?;
    Ok(rest.split_whitespace().next().unwrap_or_default())
}

async fn subscribers(world: &World) -> Result<Value> {
    Ok(world.operate("GET", "/_breakwater/subscribers", "").await?.json())
}

async fn open_incident(world: &World, title: &str) -> Result<()> {
    let body = json!({
        "title": title, "severity": "P2", "text": "We are looking into it.", "notify": true,
        "components": { "frontend": "partial_outage" },
    });
    let answer = world.operate("POST", "/_breakwater/incidents", &body.to_string()).await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_confirms_is_told_and_ends_it_by_one_click() -> Result<()> {
    let world = watched_at("an_address_that_confirms", OPS, &[])?;
    let page = world.visitor.get("/status").await?.text();
    assert_eq!(page.matches("action=\"/status/subscribe\"").count(), 2, "{page}");
    let form = "email=ann%40subscribers.example&website=&components=frontend";
    let asked = world.visitor.send("POST", "/status/subscribe", FORM, form).await?;
    assert_eq!(asked.status, 202, "{}", asked.text());
    assert!(!asked.text().contains(ANN), "a page repeats no address");
    let text = mail_with(&world, "/subscriptions/confirm?token=").await?;
    let token = behind(&text, "/subscriptions/confirm?token=")?;
    let link = format!("/status/subscriptions/confirm?token={token}");
    // A program that looks at e-mail follows the link, and that confirms nothing.
    let shown = world.visitor.get(&link).await?;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert!(shown.text().contains("a…@subscribers.example"), "{}", shown.text());
    assert_eq!(subscribers(&world).await?["pending"], 1);
    open_incident(&world, "Before it").await?;
    let confirmed = world.visitor.send("POST", &link, FORM, "").await?;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    let known = subscribers(&world).await?;
    assert_eq!((&known["pending"], &known["confirmed"]), (&json!(0), &json!(1)), "{known}");
    assert!(!known.to_string().contains(ANN), "{known}");

    open_incident(&world, "Slow pages").await?;
    let update = mail_with(&world, "Slow pages").await?;
    assert!(update.contains("We are looking into it."), "{update}");
    let manage = behind(&update, "/subscriptions/")?;
    let (id, token) = manage.split_once("?token=").context("a token")?;
    let shown = world.visitor.get(&format!("/status/subscriptions/{manage}")).await?;
    assert!(shown.text().contains("value=\"frontend\" checked"), "{}", shown.text());
    let unsubscribe = format!("/status/subscriptions/{id}/unsubscribe?token={token}");
    assert_eq!(world.visitor.get(&unsubscribe).await?.status, 200);
    assert_eq!(subscribers(&world).await?["confirmed"], 1, "a link that is followed ends nothing");
    let wrong = unsubscribe.replace(token, &"0".repeat(32));
    assert_eq!(world.visitor.send("POST", &wrong, FORM, "").await?.status, 410);
    let one_click = "List-Unsubscribe=One-Click";
    let ended = world.visitor.send("POST", &unsubscribe, FORM, one_click).await?;
    assert_eq!(ended.status, 200, "{}", ended.text());
    let known = subscribers(&world).await?;
    assert_eq!((&known["confirmed"], &known["ended"]), (&json!(0), &json!(1)), "{known}");
    let mut texts = Vec::new();
    sent(&world.state().join("tmp/email"), &mut texts)?;
    assert!(!texts.iter().any(|text| text.contains("Before it")), "{texts:?}");
    assert!(!world.worker_log()?.contains(ANN), "no log has an address");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_loses_no_subscriber_and_operators_delete_one() -> Result<()> {
    let mut world = watched_at("a_restart_loses_no_subscriber", OPS, &[])?;
    let body = json!({ "email": ANN }).to_string();
    let asked = world.visitor.send("POST", "/status/subscribe", JSON, body).await?;
    assert_eq!((asked.status, &asked.json()["status"]), (202, &json!("asked")));
    let text = mail_with(&world, "/subscriptions/confirm?token=").await?;
    let token = behind(&text, "/subscriptions/confirm?token=")?.to_owned();
    world.restart_worker()?;
    let link = format!("/status/subscriptions/confirm?token={token}");
    let confirmed = world.visitor.send("POST", &link, JSON, "").await?;
    assert_eq!(confirmed.json()["status"], "confirmed", "{}", confirmed.text());
    open_incident(&world, "After the restart").await?;
    mail_with(&world, "After the restart").await?;

    let find = json!({ "email": "ANN@subscribers.example" }).to_string();
    let found = world.operate("POST", "/_breakwater/subscribers/find", &find).await?.json();
    assert_eq!(found["contact"], "a…@subscribers.example", "{found}");
    let id = found["id"].as_str().context("an id")?;
    let path = format!("/_breakwater/subscribers/{id}");
    assert_eq!(world.operate("DELETE", &path, "").await?.status, 200);
    assert_eq!(world.operate("DELETE", &path, "").await?.status, 404);
    let again = world.operate("POST", "/_breakwater/subscribers/find", &find).await?;
    assert_eq!(again.status, 404);
    assert!(!again.text().contains("ANN@"), "{}", again.text());
    let events = world.operate("GET", "/_breakwater/events", "").await?.text();
    assert!(events.contains("forget_subscriber") && !events.contains("subscribers.example"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_repeats_the_challenge_gets_signed_updates() -> Result<()> {
    let repeats = Arc::new(AtomicBool::new(false));
    let answers = Arc::clone(&repeats);
    let receiver = Scripted::start(move |seen| {
        let body: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
        match body["data"]["challenge"].as_str() {
            Some(challenge) if answers.load(Ordering::SeqCst) => {
                Reply::json(200, json!({ "challenge": challenge }).to_string())
            }
            Some(_) | None => Reply::ok(&[], "ok"),
        }
    })
    .await?;
    let world = watched_at("a_webhook_that_repeats", OPS, &[])?;
    let url = [receiver.url(), "/hook"].concat();
    let body = json!({ "webhook": url }).to_string();
    let asked = world.visitor.send("POST", "/status/subscribe", JSON, body).await?;
    assert_eq!(asked.status, 202, "{}", asked.text());
    let asked = asked.json();
    let secret = asked["secret"].as_str().context("a secret")?.to_owned();
    let confirm = asked["confirm_url"].as_str().context("a URL")?;
    let (_, path) = confirm.split_once("/subscriptions/").context("a path")?;
    let path = ["/status/subscriptions/", path].concat();
    let refused = world.visitor.send("POST", &path, JSON, "").await?;
    assert_eq!(refused.status, 409, "{}", refused.text());
    repeats.store(true, Ordering::SeqCst);
    let confirmed = world.visitor.send("POST", &path, JSON, "").await?;
    assert_eq!(confirmed.json()["status"], "confirmed", "{}", confirmed.text());
    open_incident(&world, "Slow pages").await?;
    let update = eventually("an update", async || {
        let is_update = |body: &[u8]| String::from_utf8_lossy(body).contains("incident.opened");
        Ok(receiver.seen("/hook").into_iter().find(|seen| is_update(&seen.body)))
    })
    .await?;
    let webhook = Webhook::new(&secret)?;
    for seen in receiver.seen("/hook") {
        let mut headers = HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(name, seen.field(name).parse()?);
        }
        webhook.verify(&seen.body, &headers)?;
    }
    let body: Value = serde_json::from_slice(&update.body)?;
    assert_eq!(body["data"]["incident"]["name"], "Slow pages", "{body}");
    assert!(!world.worker_log()?.contains(&secret), "no log has a secret");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_subscribed_is_refused_and_tells_nothing() -> Result<()> {
    let world = watched_at("what_cannot_be_subscribed", OPS, &[])?;
    for (fields, body, status) in [
        (JSON, json!({ "email": "ann" }).to_string(), 400),
        (JSON, json!({ "webhook": "https://10.0.0.1/" }).to_string(), 400),
        (JSON, "{".into(), 400),
        (FORM, "email=ann%40subscribers.example&website=x".into(), 202),
        (FOREIGN, "email=ann%40subscribers.example".into(), 403),
    ] {
        let answer = world.visitor.send("POST", "/status/subscribe", fields, body.clone()).await?;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert_eq!(answer.field("cache-control"), "no-store");
    }
    assert_eq!(world.visitor.get("/status/subscribe").await?.status, 405);
    let known = subscribers(&world).await?;
    assert_eq!(known["pending"], 0, "a program that fills in all fields stores nothing");
    Ok(())
}

/// An e-mail as the platform puts it together, read by a program that is not ours.
#[test]
fn programs_for_e_mail_read_what_is_sent() -> Result<()> {
    let at = Timestamp::from_millis(1_795_003_200_000);
    let key = SubscriptionKey::new(Entropy([7; KEY_BYTES]));
    let contact = Contact::Email(SubscriberAddress::parse("o'neil+status@shop.example")?);
    let id = key.id_of(&contact, Entropy([0; KEY_BYTES]));
    let wish = (Vec::new(), "fr".to_owned());
    let mut subscriber = Subscriber::asked(id.clone(), contact, "n".into(), wish, at);
    assert!(subscriber.confirm(at));
    let incident = PublicIncident {
        id: "inc-1".into(),
        title: Some("Die Kasse ist außer Betrieb \u{1f6d2}".into()),
        state: IncidentState::Investigating,
        impact: IncidentIndicator::Major,
        components: Vec::new(),
        since: at,
        opened_at: at,
        updated_at: at,
        resolved_at: None,
        updates: vec![PublicUpdate {
            number: 1,
            at,
            edited_at: None,
            state: IncidentState::Investigating,
            text: PublicText::Written(".\nFrom here on it is\n\n  indented — \"503\" <b>".into()),
            notify: true,
        }],
        postmortem: None,
    };
    let to = Recipient {
        message: format!("inc-1-u1-{}", id.as_str()),
        manage: key.manage_token(&id),
        confirm: None,
        secret: None,
        subscriber,
    };
    let place = StatusPlace {
        site_name: "Café Öl",
        site_url: "https://shop.example",
        url: "https://shop.example/status",
        base: "/status",
    };
    let sender = NoticeSender { place, components: &[], email_from: Some("status@shop.example") };
    let content = NoticeContent::Incident { incident: Box::new(incident), number: 1 };
    let Some(PreparedAlert::Email(email)) = content.prepare(&sender, &to, at) else {
        anyhow::bail!("no e-mail");
    };
    let given: Value = serde_json::from_str(&email.to_json())?;
    let read = mail_read_in_python(std::slice::from_ref(&given))?;
    let [read] = &read[..] else { anyhow::bail!("{read:?}") };
    assert_eq!(read["defects"], json!([]));
    assert_eq!(read["once"], true);
    for member in ["from", "to", "subject", "headers", "html"] {
        assert_eq!(read[member], given[member], "{member}");
    }
    assert_eq!(read["text"], given["text"]);
    // RFC 8058 §3.1: an https URI, and this very value beside it.
    let unsubscribe = read["headers"]["List-Unsubscribe"].as_str().context("a field")?;
    assert!(unsubscribe.starts_with("<https://") && unsubscribe.ends_with('>'), "{unsubscribe}");
    assert_eq!(read["headers"]["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    Ok(())
}
