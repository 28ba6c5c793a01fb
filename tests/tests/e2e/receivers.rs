//! What receivers of alerts do to messages, and what no message may hold.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use breakwater_tests::receivers::{Receiver, Service};
use breakwater_tests::verbatim::{Piece, Raw};
use breakwater_tests::{CHECKOUT_KEY, Reply, Scripted, World, eventually, eventually_within};
use serde_json::Value;

use crate::watch::{SECRET, watched_at};

/// A message that meets a receiver without an answer is tried again after 30 s.
const AFTER_A_HANG: Duration = Duration::from_secs(60);

async fn test_message(world: &World) -> Result<String> {
    let answer = world.operate("POST", "/_breakwater/alerts/test", r#"{"channel": "ops"}"#).await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Ok(answer.json()["message"].as_str().context("a message")?.to_owned())
}

async fn alerts(world: &World) -> Result<Value> {
    Ok(world.operate("GET", "/_breakwater/alerts", "").await?.json())
}

/// The ids of the messages that came, in order.
fn ids(receiver: &Receiver) -> Vec<String> {
    receiver.received().iter().map(|it| it.came.field("webhook-id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_fails_in_any_way_gets_its_message_in_the_end() -> Result<()> {
    let receiver = Receiver::start(Service::Webhook, SECRET)?;
    let world = watched_at("a_receiver_that_fails", receiver.url(), &[])?;
    receiver.fail_next(1, 500);
    receiver.retry_after(429, 3);
    // A redirect is a failure, and is not followed.
    receiver.fail_next(1, 302);
    receiver.fail_next(1, 404);
    let message = test_message(&world).await?;
    eventually_within(AFTER_A_HANG, "the message arrives", async || {
        Ok((!receiver.accepted().is_empty()).then_some(()))
    })
    .await?;
    let received = receiver.received();
    assert_eq!(received.len(), 5, "{received:?}");
    assert!(ids(&receiver).iter().all(|id| *id == message), "{received:?}");
    // Each attempt is signed at its own time, so that no receiver takes it for an old message.
    let stamps: Vec<u64> = received
        .iter()
        .map(|it| it.came.field("webhook-timestamp").parse())
        .collect::<Result<_, _>>()?;
    assert!(stamps.is_sorted() && stamps[4] > stamps[0], "{stamps:?}");
    let waited = received[2].at.duration_since(received[1].at)?;
    assert!(waited >= Duration::from_secs(3), "429 asked for 3 s, and got {waited:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_hangs_holds_up_no_other_channel() -> Result<()> {
    let receiver = Receiver::start(Service::Webhook, SECRET)?;
    let other = Receiver::start(Service::Webhook, SECRET)?;
    let hook = [other.url(), "/hook"].concat();
    let secrets = [("HOOK_URL", &*hook), ("HOOK_OLD", SECRET), ("HOOK_NEW", SECRET)];
    let world = watched_at("a_receiver_that_hangs", receiver.url(), &secrets)?;
    receiver.hang(1);
    test_message(&world).await?;
    eventually("the message came", async || Ok((!receiver.received().is_empty()).then_some(())))
        .await?;
    let answer =
        world.operate("POST", "/_breakwater/alerts/test", r#"{"channel": "hook"}"#).await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    eventually("the other one is told", async || Ok((!other.accepted().is_empty()).then_some(())))
        .await?;
    assert_eq!(receiver.received().len(), 1, "it still hangs");
    eventually_within(AFTER_A_HANG, "it is told in the end", async || {
        Ok((!receiver.accepted().is_empty()).then_some(()))
    })
    .await?;
    assert_eq!(ids(&receiver)[0], ids(&receiver)[1]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_receiver_that_is_gone_was_to_get_becomes_dead_letters() -> Result<()> {
    let receiver = Receiver::start(Service::Webhook, SECRET)?;
    let world = watched_at("a_receiver_that_is_gone", receiver.url(), &[])?;
    receiver.fail_next(1, 410);
    let message = test_message(&world).await?;
    let dead = eventually("a dead letter", async || {
        let dead = alerts(&world).await?["dead"].as_array().cloned().unwrap_or_default();
        Ok((!dead.is_empty()).then_some(dead))
    })
    .await?;
    assert_eq!(dead[0]["message"], message.as_str(), "{dead:?}");
    assert_eq!(receiver.received().len(), 1);
    let again = serde_json::json!({ "message": message, "channel": "ops" }).to_string();
    let answer = world.operate("POST", "/_breakwater/alerts/resend", &again).await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    eventually("it arrives", async || Ok((!receiver.accepted().is_empty()).then_some(())))
        .await
        .with_context(|| format!("{:?}", receiver.received()))?;
    assert_eq!(alerts(&world).await?["dead"], serde_json::json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_talks_no_http_is_tried_again() -> Result<()> {
    let raw = Raw::start(|_| {
        vec![Piece::Bytes(b"220 mail.example ESMTP canary-of-a-banner\r\n".into()), Piece::Close]
    })?;
    let world = watched_at("a_receiver_that_talks_no_http", raw.url(), &[])?;
    let message = test_message(&world).await?;
    let shown = eventually("a second attempt", async || {
        let shown = alerts(&world).await?;
        let pending = shown["pending"].as_array().cloned().unwrap_or_default();
        let tried = pending.iter().any(|it| it["attempts"].as_u64() >= Some(2));
        Ok(tried.then_some(shown))
    })
    .await?;
    assert_eq!(shown["pending"][0]["message"], message.as_str(), "{shown}");
    assert!(!shown.to_string().contains("canary-of-a-banner"), "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_dies_makes_its_check_unknown_and_no_incident() -> Result<()> {
    let receiver = Receiver::start(Service::Webhook, SECRET)?;
    let fault = [("BREAKWATER_FAULT", "place-afr")];
    let world = watched_at("a_place_that_dies", receiver.url(), &fault)?;
    let of = async |name: &str| -> Result<Value> {
        let shown = world.operate("GET", "/_breakwater/checks", "").await?.json();
        let found = shown["checks"].as_array().context("checks")?.iter();
        found.clone().find(|check| check["name"] == name).cloned().context("the check")
    };
    eventually("the others are up", async || {
        Ok((of("products").await?["state"] == "up").then_some(()))
    })
    .await?;
    // The other place goes on, and alone it decides nothing, whatever it finds.
    world.break_with_status("/api/products", 503).await?;
    eventually("one place finds it down", async || {
        let places = of("far").await?["places"].as_array().cloned().unwrap_or_default();
        Ok(places.iter().any(|it| it["place"] == "oc" && it["result"] == "down").then_some(()))
    })
    .await?;
    let far = of("far").await?;
    assert!(far["state"] == "pending" || far["state"] == "unknown", "{far}");
    assert_eq!(far["incident_since"], Value::Null, "{far}");
    eventually("the check from one place opens its own", async || {
        Ok((of("products").await?["state"] == "down").then_some(()))
    })
    .await?;
    assert_eq!(of("far").await?["incident_since"], Value::Null);
    Ok(())
}

/// A secret of each channel, and the check's own, that would be found again wherever it leaks.
const CANARIES: [(&str, &str); 12] = [
    ("HOOK_OLD", "whsec_Y2FuYXJ5LW9mLXRoZS1vbGQtc2VjcmV0LTE="),
    ("HOOK_NEW", "whsec_Y2FuYXJ5LW9mLXRoZS1uZXctc2VjcmV0LTI="),
    ("HOOK_URL", "/canary-hook"),
    ("SLACK_URL", "/services/canary-slack"),
    ("DISCORD_URL", "/api/webhooks/1/canary-discord"),
    ("TEAMS_URL", "/workflows/canary-teams"),
    ("TELEGRAM_TOKEN", "123456:canaryTelegram"),
    ("PAGERDUTY_KEY", "canaryPagerduty00000000000000000"),
    ("OPSGENIE_KEY", "canaryOpsgenie"),
    ("NTFY_URL", "/canary-topic"),
    ("NTFY_TOKEN", "canaryNtfy"),
    ("SENTRY_DSN", "canarySentry"),
];

fn secret(name: &str) -> &'static str {
    CANARIES.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
}

/// The receivers, by the names of their channels.
type Receivers = BTreeMap<&'static str, Receiver>;

/// A receiver for each channel of the site, and the variables that lead there.
fn receivers() -> Result<(Receivers, Vec<(String, String)>)> {
    let mut receivers = BTreeMap::new();
    let mut vars = Vec::new();
    for (channel, service, known) in [
        ("hook", Service::Webhook, secret("HOOK_NEW")),
        ("slack", Service::Slack, ""),
        ("discord", Service::Discord, ""),
        ("teams", Service::Teams, ""),
        ("telegram", Service::Telegram, secret("TELEGRAM_TOKEN")),
        ("pagerduty", Service::Pagerduty, secret("PAGERDUTY_KEY")),
        ("opsgenie", Service::Opsgenie, secret("OPSGENIE_KEY")),
        ("ntfy", Service::Ntfy, secret("NTFY_TOKEN")),
        ("sentry", Service::Sentry, secret("SENTRY_DSN")),
    ] {
        let receiver = Receiver::start(service, known)?;
        let own = ["BREAKWATER_CHANNEL_", &channel.to_uppercase()].concat();
        vars.push((own, receiver.url().to_owned()));
        receivers.insert(channel, receiver);
    }
    for (name, value) in CANARIES {
        let value = match name {
            "HOOK_OLD" | "HOOK_NEW" | "TELEGRAM_TOKEN" | "PAGERDUTY_KEY" | "OPSGENIE_KEY"
            | "NTFY_TOKEN" => value.to_owned(),
            "SENTRY_DSN" => format!("https://{value}@sentry.invalid/42"),
            _ => format!("https://channel.invalid{value}"),
        };
        vars.push((name.to_owned(), value));
    }
    Ok((receivers, vars))
}

/// The canaries that a channel's requests hold, because the service wants them there.
fn own_canaries(channel: &str) -> &'static [&'static str] {
    match channel {
        "hook" => &["HOOK_URL"],
        "slack" => &["SLACK_URL"],
        "discord" => &["DISCORD_URL"],
        "teams" => &["TEAMS_URL"],
        "telegram" => &["TELEGRAM_TOKEN"],
        "pagerduty" => &["PAGERDUTY_KEY"],
        "opsgenie" => &["OPSGENIE_KEY"],
        "ntfy" => &["NTFY_URL", "NTFY_TOKEN"],
        "sentry" => &["SENTRY_DSN"],
        _ => &[],
    }
}

/// The canaries that are in a text. The last part of a path is enough to find a URL.
fn canaries_in(text: &str) -> Vec<&'static str> {
    let is_in = |value: &str| text.contains(value.rsplit('/').next().unwrap_or(value));
    let mut found: Vec<&str> =
        CANARIES.iter().filter(|(_, value)| is_in(value)).map(|(name, _)| *name).collect();
    if text.contains(CHECKOUT_KEY) {
        found.push("CHECKOUT_KEY");
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_takes_its_alert_and_no_secret_is_anywhere_else() -> Result<()> {
    let (receivers, vars) = receivers()?;
    let is_well = Arc::new(AtomicBool::new(true));
    let answers = Arc::clone(&is_well);
    // A service that repeats what it is asked, as pages of errors do.
    let service = Scripted::start(move |seen| match answers.load(Ordering::SeqCst) {
        true => Reply::ok(&[], "ok"),
        false => {
            let said = seen.field("x-key").to_owned();
            let fields = [("server", said.as_str()), ("retry-after", said.as_str())];
            Reply::status(503, &fields, format!("no charges with the key {said} today"))
        }
    })
    .await?;
    let vars: Vec<(&str, &str)> = vars
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .chain([("BREAKWATER_CHECK_CHECKOUT", service.url())])
        .collect();
    let ops = Receiver::start(Service::Webhook, SECRET)?;
    let world = watched_at("every_service_takes_its_alert", ops.url(), &vars)?;
    eventually("the check was made", async || {
        Ok((!service.seen("/health").is_empty()).then_some(()))
    })
    .await?;
    assert_eq!(service.seen("/health")[0].field("x-key"), CHECKOUT_KEY);
    is_well.store(false, Ordering::SeqCst);
    let all_took = |count: usize| {
        let receivers = &receivers;
        async move || {
            let took = |it: &Receiver| it.accepted().len() >= count;
            Ok(receivers.values().all(took).then_some(()))
        }
    };
    eventually("all are told", all_took(1)).await?;
    is_well.store(true, Ordering::SeqCst);
    eventually("all are told that it is over", all_took(2)).await?;

    for (channel, receiver) in &receivers {
        for received in receiver.received() {
            assert!(matches!(received.judged, Some(Ok(_))), "{channel}: {received:?}");
            let fields = received.came.fields.iter().map(|(_, value)| value.as_str());
            let parts = fields.chain([&*received.came.path, &*received.came.body]);
            for name in parts.flat_map(canaries_in) {
                assert!(own_canaries(channel).contains(&name), "{name} reached {channel}");
            }
        }
    }
    let incidents = world.operate("GET", "/_breakwater/incidents", "").await?;
    let id = incidents.json()["incidents"][0]["id"].as_str().context("an incident")?.to_owned();
    let mut texts = vec![("the log".to_owned(), world.worker_log()?)];
    for path in [
        "/_breakwater/checks",
        "/_breakwater/checks/checkout",
        "/_breakwater/incidents",
        &["/_breakwater/incidents/", &id].concat(),
        "/_breakwater/alerts",
        "/_breakwater/events",
        "/_breakwater/upstreams",
        "/health",
    ] {
        let answer = world.operate("GET", path, "").await?;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        texts.push((path.to_owned(), answer.text()));
    }
    for (place, text) in &texts {
        assert_eq!(canaries_in(text), [""; 0], "{place}: {text}");
    }
    // The evidence is there, with the secret taken out of it.
    let shown = &texts[2].1;
    assert!(shown.contains("no charges with the key"), "{shown}");
    Ok(())
}
