use serde_json::{Value, json};

use super::{Came, Service};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const SECRET: &str = "whsec_Y2FuYXJ5LW9mLXRoZS1vbGQtc2VjcmV0LTE=";

fn came(service: Service, body: &Value) -> Came {
    let path = match service {
        Service::Telegram => format!("/bot{KEY}/sendMessage"),
        Service::Opsgenie => "/v2/alerts".into(),
        Service::Sentry => "/api/1/envelope/".into(),
        Service::Ntfy => "/".into(),
        Service::Webhook
        | Service::Slack
        | Service::Discord
        | Service::Teams
        | Service::Pagerduty => "/x".into(),
    };
    let (content_type, body) = match service == Service::Sentry {
        true => ("application/x-sentry-envelope", envelope(body)),
        false => ("application/json", body.to_string()),
    };
    let webhook = standardwebhooks::Webhook::new(SECRET).expect("a secret");
    let signature = webhook.sign("msg_1", 7, body.as_bytes()).expect("a signature");
    let scheme = if service == Service::Opsgenie { "GenieKey" } else { "Bearer" };
    let fields = [
        ("content-type", content_type.to_owned()),
        ("user-agent", "Test".to_owned()),
        ("webhook-id", "msg_1".to_owned()),
        ("webhook-timestamp", "7".to_owned()),
        ("webhook-signature", format!("v1,AAAA {signature}")),
        ("x-sentry-auth", format!("Sentry sentry_version=7, sentry_key={KEY}")),
        ("authorization", format!("{scheme} {KEY}")),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Came { method: "POST".into(), path, fields: fields.into(), body }
}

fn envelope(event: &Value) -> String {
    let event_text = event.to_string();
    let head = json!({ "event_id": event["event_id"], "sent_at": "2026-11-28T20:00:00.000Z" });
    let item = json!({ "type": "event", "length": event_text.len() });
    format!("{head}\n{item}\n{event_text}\n")
}

fn known(service: Service) -> &'static str {
    if service == Service::Webhook { SECRET } else { KEY }
}

/// A message that the service takes.
fn good(service: Service) -> Value {
    let time = "2026-11-28T20:00:00.000Z";
    match service {
        Service::Webhook => json!({ "type": "test", "timestamp": time, "data": { "incident": {
            "id": "a", "title": "t", "severity": "P1", "state": "s", "since": time,
            "resolved_at": null, "checks": [], "summary": "", "url": "u", "runbook": null,
        } } }),
        Service::Slack => json!({ "text": "t", "blocks": [
            { "type": "header", "text": { "type": "plain_text", "text": "h" } },
            { "type": "section", "text": { "type": "mrkdwn", "text": "s", "verbatim": true } },
        ] }),
        Service::Discord => json!({ "content": "c", "allowed_mentions": { "parse": [] },
            "embeds": [{ "title": "t", "description": "d", "color": 1, "timestamp": time,
                "fields": [{ "name": "n", "value": "v" }] }] }),
        Service::Teams => json!({ "type": "message", "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive", "content": {
                "type": "AdaptiveCard", "version": "1.4", "fallbackText": "t", "actions": [],
                "body": [{ "type": "RichTextBlock",
                    "inlines": [{ "type": "TextRun", "text": "t" }] }] } }] }),
        Service::Telegram => json!({ "chat_id": "1", "parse_mode": "HTML", "text": "<b>t</b>" }),
        Service::Pagerduty => json!({ "routing_key": KEY, "event_action": "trigger",
            "dedup_key": "a", "links": [], "payload": { "summary": "s", "source": "x",
                "severity": "error", "timestamp": time, "custom_details": {} } }),
        Service::Opsgenie => json!({ "message": "m", "alias": "a", "description": "d",
            "source": "s", "note": "n", "priority": "P1", "entity": "", "tags": [],
            "details": {} }),
        Service::Ntfy => json!({ "topic": "t", "title": "t", "message": "m", "priority": 3,
            "tags": [], "actions": [] }),
        Service::Sentry => json!({ "event_id": KEY, "timestamp": time, "platform": "other",
            "level": "error", "message": "m", "tags": { "a": "b" }, "extra": {},
            "fingerprint": ["a"] }),
    }
}

#[track_caller]
fn check(service: Service, at: &str, value: Value, status: Option<u16>) {
    let mut body = good(service);
    *body.pointer_mut(at).expect(at) = value;
    let judged = service.check(&came(service, &body), known(service));
    assert_eq!(judged.as_ref().err().map(|fault| fault.status), status, "{at}: {judged:?}");
}

/// A text of `max` characters is taken, and a longer one is refused.
#[track_caller]
fn limit(service: Service, at: &str, max: usize, status: u16) {
    check(service, at, "a".repeat(max).into(), None);
    check(service, at, "a".repeat(max + 1).into(), Some(status));
}

#[test]
fn a_good_message_is_taken_and_an_unknown_name_is_refused() {
    for service in Service::ALL {
        let mut body = good(service);
        let taken = service.check(&came(service, &body), known(service));
        assert!(taken.is_ok(), "{service:?}: {taken:?}");
        body["misspelt"] = 1.into();
        let refused = service.check(&came(service, &body), known(service));
        assert!(refused.is_err(), "{service:?}");
        let nameless = Came { fields: Vec::new(), ..came(service, &good(service)) };
        assert!(service.check(&nameless, known(service)).is_err(), "{service:?}");
    }
}

#[test]
fn each_limit_is_kept_to_the_character() {
    limit(Service::Slack, "/blocks/0/text/text", 150, 400);
    limit(Service::Slack, "/blocks/1/text/text", 3000, 400);
    limit(Service::Discord, "/content", 2000, 400);
    limit(Service::Discord, "/embeds/0/title", 256, 400);
    limit(Service::Discord, "/embeds/0/description", 4096, 400);
    limit(Service::Discord, "/embeds/0/fields/0/name", 256, 400);
    limit(Service::Discord, "/embeds/0/fields/0/value", 1024, 400);
    limit(Service::Telegram, "/text", 4096, 400);
    limit(Service::Pagerduty, "/payload/summary", 1024, 400);
    limit(Service::Pagerduty, "/dedup_key", 255, 400);
    limit(Service::Opsgenie, "/message", 130, 422);
    limit(Service::Opsgenie, "/alias", 512, 422);
    limit(Service::Opsgenie, "/description", 15_000, 422);
    limit(Service::Ntfy, "/title", 250, 400);
    limit(Service::Ntfy, "/message", 4096, 400);
    limit(Service::Ntfy, "/topic", 64, 400);
    limit(Service::Sentry, "/message", 8192, 400);
    limit(Service::Sentry, "/tags/a", 200, 400);
    let run = "/attachments/0/content/body/0/inlines/0/text";
    check(Service::Teams, run, "a".repeat(28 * 1024).into(), Some(413));
    check(Service::Ntfy, "/message", "\u{1}".repeat(2000).into(), Some(413));
    check(Service::Pagerduty, "/payload/source", "a".repeat(512 * 1024).into(), Some(413));
}

#[test]
fn sums_are_limited_too() {
    let section = json!({ "type": "section",
        "text": { "type": "mrkdwn", "text": "a".repeat(3000), "verbatim": true } });
    check(Service::Slack, "/blocks", vec![section.clone(); 3].into(), None);
    check(Service::Slack, "/blocks", vec![section; 4].into(), Some(400));
    let divider = json!({ "type": "header", "text": { "type": "plain_text", "text": "h" } });
    check(Service::Slack, "/blocks", vec![divider.clone(); 50].into(), None);
    check(Service::Slack, "/blocks", vec![divider; 51].into(), Some(400));
    let field = json!({ "name": "n", "value": "a".repeat(1000) });
    check(Service::Discord, "/embeds/0/fields", vec![field.clone(); 5].into(), None);
    check(Service::Discord, "/embeds/0/fields", vec![field; 6].into(), Some(400));
}

#[test]
fn markup_that_is_not_escaped_is_refused_or_calls_people() {
    for text in ["a & b", "<b>a", "a</b>", "<i", "<x>a</x>", "<a href=\"x>y</a>", "&nbsp;"] {
        check(Service::Telegram, "/text", text.into(), Some(400));
    }
    let shown = |service: Service, at: &str, text: &str| {
        let mut body = good(service);
        *body.pointer_mut(at).expect(at) = text.into();
        service.check(&came(service, &body), known(service)).expect("it is taken")
    };
    let slack = shown(Service::Slack, "/blocks/1/text/text", "<!channel> <https://a|b> &lt;");
    assert_eq!(slack.mentions, ["!channel"]);
    assert_eq!(slack.links, ["https://a"]);
    assert!(slack.text.contains("b <"), "{}", slack.text);
    let telegram = shown(Service::Telegram, "/text", "<b>a</b> <a href=\"https://b\">c</a> &amp;");
    assert_eq!((telegram.text.as_str(), &telegram.links[..]), ("a c &", &["https://b".into()][..]));
}

#[test]
fn a_wrong_secret_is_refused() {
    let wrong = "whsec_Y2FuYXJ5LW9mLXRoZS1uZXctc2VjcmV0LTI=";
    for (service, status) in [
        (Service::Webhook, 401),
        (Service::Telegram, 404),
        (Service::Pagerduty, 400),
        (Service::Opsgenie, 403),
        (Service::Ntfy, 401),
        (Service::Sentry, 401),
    ] {
        let judged = service.check(&came(service, &good(service)), wrong);
        assert_eq!(judged.map_err(|fault| fault.status), Err(status), "{service:?}");
    }
}

#[cfg(feature = "http")]
mod server {
    use std::time::Duration;

    use super::{KEY, Service, came, good};
    use crate::client::{Answer, Client};
    use crate::listener::runtime;
    use crate::receivers::Receiver;

    async fn send(receiver: &Receiver, service: Service) -> anyhow::Result<Answer> {
        let came = came(service, &good(service));
        let fields: Vec<_> = came.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        Client::new(receiver.url()).send("POST", &came.path, &fields, came.body).await
    }

    fn run(test: impl Future<Output = ()>) {
        runtime().expect("a runtime").block_on(test);
    }

    #[test]
    fn a_receiver_fails_as_it_is_told_and_then_takes_messages() {
        run(async {
            let receiver = Receiver::start(Service::Discord, KEY).expect("a port");
            receiver.fail_next(2, 503);
            receiver.retry_after(429, 7);
            for status in [503, 503, 429, 204] {
                let answer = send(&receiver, Service::Discord).await.expect("an answer");
                assert_eq!(answer.status, status);
                if status == 429 {
                    assert_eq!(answer.headers["retry-after"], "7");
                    assert!(answer.body.starts_with(b"{\"global\":false"), "{:?}", answer.body);
                }
            }
            let received = receiver.received();
            let statuses: Vec<_> = received.iter().map(|it| it.status).collect();
            assert_eq!(statuses, [Some(503), Some(503), Some(429), Some(204)]);
            assert!(received.is_sorted_by_key(|it| it.at));
            assert_eq!(receiver.accepted().len(), 1);
        });
    }

    #[test]
    fn a_receiver_that_hangs_says_nothing() {
        run(async {
            let receiver = Receiver::start(Service::Slack, KEY).expect("a port");
            receiver.hang(1);
            let first = send(&receiver, Service::Slack);
            assert!(tokio::time::timeout(Duration::from_millis(200), first).await.is_err());
            assert_eq!(receiver.received()[0].status, None);
            let second = send(&receiver, Service::Slack).await.expect("an answer");
            assert_eq!((second.status, &second.body[..]), (200, &b"ok"[..]));
        });
    }

    #[test]
    fn a_receiver_of_webhooks_refuses_what_was_signed_long_ago() {
        run(async {
            let receiver = Receiver::start(Service::Webhook, super::SECRET).expect("a port");
            let answer = send(&receiver, Service::Webhook).await.expect("an answer");
            assert_eq!(answer.status, 401);
            assert!(receiver.accepted().is_empty());
        });
    }
}
