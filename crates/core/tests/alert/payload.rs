//! What messages say.

use breakwater_core::watch::alert::{
    AlertChannel, AlertKind, ChannelKind, EmailAlert, PreparedAlert,
};
use breakwater_core::watch::severity::Severity;
use breakwater_testing::receivers::Service;
use serde_json::{Value, json};

use crate::channels::{MESSAGE, NOW, SECRETS, alert, came, email, http, known, name, secret, to};

fn body(service: Service, kind: AlertKind) -> Value {
    let request = http(&to(service), &alert(kind)).expect("a message");
    serde_json::from_str(&request.body).expect("JSON")
}

fn mail(kind: AlertKind) -> EmailAlert {
    match email().prepare(&alert(kind), MESSAGE, &secret, NOW).expect("a message") {
        PreparedAlert::Email(email) => email,
        PreparedAlert::Http(request) => panic!("a request: {request:?}"),
    }
}

/// The design pins this form, and other people's programs read it.
#[test]
fn the_webhook_is_this_text() {
    let request = http(&to(Service::Webhook), &alert(AlertKind::Opened)).expect("a message");
    assert_eq!(
        request.body,
        r#"{"type":"incident.opened","timestamp":"2026-11-28T20:00:00.000Z","data":{"incident":{"id":"2026-11-28-checkout","title":"Checkout is down","severity":"P1","state":"investigating","since":"2026-11-28T19:55:00.250Z","resolved_at":null,"checks":["checkout","payments"],"summary":"POST /checkout answered 503 from weur and enam.","url":"https://shop.example/_breakwater/incidents/2026-11-28-checkout","runbook":"https://shop.example/runbooks/checkout"}}}"#
    );
    assert_eq!(request.url, "https://hooks.example/breakwater");
    assert_eq!(request.method, "POST");
    let fields = [
        ("content-type", "application/json"),
        ("user-agent", "Breakwater-Alert"),
        ("webhook-id", MESSAGE),
        ("webhook-timestamp", "1795896007"),
        ("webhook-signature", "v1,OPa5yeF95/Kzvg1HzRf6ns8955ZevkcIwvXK9qiiFTk="),
    ];
    assert_eq!(request.fields, fields.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn a_resolved_webhook_has_its_end_and_no_runbook_is_null() {
    let mut alert = alert(AlertKind::Resolved);
    alert.incident.runbook = None;
    let request = http(&to(Service::Webhook), &alert).expect("a message");
    let body: Value = serde_json::from_str(&request.body).expect("JSON");
    assert_eq!(body["type"], "incident.resolved");
    assert_eq!(body["data"]["incident"]["resolved_at"], "2026-11-28T19:59:59.250Z");
    assert_eq!(body["data"]["incident"].get("runbook"), Some(&Value::Null));
}

#[test]
fn any_current_secret_verifies_and_no_changed_body_does() {
    let mut channel = to(Service::Webhook);
    let verifies = |channel: &AlertChannel, secret: &str, tail: &str| {
        let mut came = came(&http(channel, &alert(AlertKind::Opened)).expect("a message"));
        came.body.push_str(tail);
        Service::Webhook.check(&came, secret).is_ok()
    };
    let [(_, old), (_, new), ..] = SECRETS;
    assert!(verifies(&channel, old, ""));
    assert!(!verifies(&channel, new, ""));
    assert!(!verifies(&channel, old, " "));
    if let ChannelKind::Webhook { secrets, .. } = &mut channel.kind {
        secrets.push(name("WEBHOOK_NEXT"));
    }
    assert!(verifies(&channel, old, ""));
    assert!(verifies(&channel, new, ""));
    assert!(!verifies(&channel, new, " "));
}

#[test]
fn every_message_says_all_that_is_known() {
    for (kind, happened) in [
        (AlertKind::Opened, "opened"),
        (AlertKind::Updated, "updated"),
        (AlertKind::Resolved, "resolved"),
        (AlertKind::Test, "test"),
    ] {
        let mail = mail(kind);
        let mut texts = vec![format!("{}\n{}", mail.subject, mail.text), mail.html];
        for service in Service::ALL.into_iter().filter(|service| *service != Service::Webhook) {
            let request = http(&to(service), &alert(kind)).expect("a message");
            let shown = service.check(&came(&request), known(service)).expect("it is taken");
            texts.push(format!("{service:?}\n{}\n{}", shown.text, shown.links.join("\n")));
        }
        for text in texts {
            let lasted = if kind == AlertKind::Resolved { "4 min 59 s" } else { "" };
            for fact in [
                "P1",
                // Closing an alert of Opsgenie leaves its title as it is.
                if text.starts_with("Opsgenie") { "" } else { "Checkout is down" },
                happened,
                "2026-11-28T19:55:00Z",
                lasted,
                "checkout, payments",
                "POST /checkout answered 503 from weur and enam.",
                "https://shop.example/_breakwater/incidents/2026-11-28-checkout",
                "https://shop.example/runbooks/checkout",
            ] {
                assert!(text.contains(fact), "no {fact} in {text}");
            }
        }
    }
}

#[test]
fn messages_of_an_incident_have_one_key() {
    let key = Some("2026-11-28-checkout".to_owned());
    for service in [Service::Pagerduty, Service::Opsgenie, Service::Sentry] {
        for kind in [AlertKind::Opened, AlertKind::Updated, AlertKind::Resolved] {
            let request = http(&to(service), &alert(kind)).expect("a message");
            let shown = service.check(&came(&request), known(service)).expect("it is taken");
            assert_eq!(shown.key, key, "{service:?}");
        }
    }
    assert_eq!(mail(AlertKind::Opened).headers, mail(AlertKind::Resolved).headers);
    assert_eq!(mail(AlertKind::Opened), mail(AlertKind::Opened));
}

/// An event cannot close an issue, and each test would leave one behind.
#[test]
fn all_tests_of_sentry_are_one_issue() {
    let keys = ["test-1", "test-2"].map(|id| {
        let mut alert = alert(AlertKind::Test);
        alert.incident.id = id.into();
        let request = http(&to(Service::Sentry), &alert).expect("a message");
        Service::Sentry.check(&came(&request), known(Service::Sentry)).expect("it is taken").key
    });
    assert_eq!(keys, [Some("test".into()), Some("test".into())]);
}

#[test]
fn pagerduty_is_told_what_became_of_an_incident() {
    let cases = [
        (AlertKind::Opened, false, "trigger"),
        (AlertKind::Opened, true, "trigger"),
        (AlertKind::Updated, false, "trigger"),
        (AlertKind::Updated, true, "acknowledge"),
        (AlertKind::Resolved, true, "resolve"),
        (AlertKind::Test, false, "trigger"),
    ];
    for (kind, is_acknowledged, action) in cases {
        let mut alert = alert(kind);
        alert.incident.is_acknowledged = is_acknowledged;
        let request = http(&to(Service::Pagerduty), &alert).expect("a message");
        let body: Value = serde_json::from_str(&request.body).expect("JSON");
        assert_eq!(body["event_action"], action);
    }
}

#[test]
fn severities_have_each_services_names() {
    let cases = [
        (Severity::P0, "critical", "P1", 5, "fatal"),
        (Severity::P1, "error", "P2", 4, "error"),
        (Severity::P2, "warning", "P3", 3, "warning"),
        (Severity::P3, "info", "P4", 2, "info"),
    ];
    for (severity, pagerduty, opsgenie, ntfy, sentry) in cases {
        let mut alert = alert(AlertKind::Opened);
        alert.incident.severity = severity;
        let body = |service| http(&to(service), &alert).expect("a message").body;
        let json = |service| serde_json::from_str::<Value>(&body(service)).expect("JSON");
        assert_eq!(json(Service::Pagerduty)["payload"]["severity"], pagerduty);
        assert_eq!(json(Service::Opsgenie)["priority"], opsgenie);
        assert_eq!(json(Service::Ntfy)["priority"], ntfy);
        assert!(body(Service::Sentry).contains(&format!("\"level\":\"{sentry}\"")));
    }
}

#[test]
fn opsgenie_is_closed_by_the_alias() {
    let request = http(&to(Service::Opsgenie), &alert(AlertKind::Resolved)).expect("a message");
    let url = "https://opsgenie.example/v2/alerts/2026-11-28-checkout/close?identifierType=alias";
    assert_eq!(request.url, url);
}

#[test]
fn ntfy_is_published_to_the_root() {
    let request = http(&to(Service::Ntfy), &alert(AlertKind::Opened)).expect("a message");
    assert_eq!(request.url, "https://ntfy.example/");
    assert_eq!(body(Service::Ntfy, AlertKind::Opened)["topic"], "canaryTopic");
}

#[test]
fn sentry_gets_an_envelope_for_the_project() {
    let request = http(&to(Service::Sentry), &alert(AlertKind::Opened)).expect("a message");
    assert_eq!(request.url, "https://sentry.example/api/42/envelope/");
    let again = http(&to(Service::Sentry), &alert(AlertKind::Opened)).expect("a message");
    // A repetition has the same id, by which Sentry drops it.
    assert_eq!(request.body, again.body);
}

#[test]
fn markup_of_others_is_text() {
    let mut alert = alert(AlertKind::Opened);
    alert.incident.title = "<!channel> *a* @everyone [x](https://evil.example) &amp; </b>".into();
    alert.incident.summary = "<@U1> <b>_b_ `c` **d** @here".into();
    alert.incident.checks = vec!["<#C1>".into()];
    for service in Service::ALL {
        let request = http(&to(service), &alert).expect("a message");
        let shown = service.check(&came(&request), known(service)).expect("it is taken");
        assert_eq!(shown.mentions, [""; 0], "{service:?}");
        assert!(shown.text.contains(&alert.incident.title), "{service:?}: {}", shown.text);
        assert!(shown.text.contains(&alert.incident.summary), "{service:?}: {}", shown.text);
        assert!(!shown.links.iter().any(|link| link.contains("evil")), "{service:?}");
    }
    let slack = http(&to(Service::Slack), &alert).expect("a message");
    let slack: Value = serde_json::from_str(&slack.body).expect("JSON");
    assert_eq!(slack["blocks"][1]["text"]["verbatim"], true);
    let discord = http(&to(Service::Discord), &alert).expect("a message");
    let discord: Value = serde_json::from_str(&discord.body).expect("JSON");
    assert_eq!(discord["allowed_mentions"], json!({ "parse": [] }));
}

#[test]
fn an_email_is_a_reply_to_no_one_and_answered_by_no_program() {
    let mail = mail(AlertKind::Resolved);
    assert_eq!(mail.subject, "P1 resolved after 4 min 59 s: Checkout is down");
    assert_eq!(mail.to, ["a@ops.example", "b@ops.example"]);
    let headers = &mail.headers;
    assert_eq!(headers.auto_submitted, "auto-generated");
    let references = headers.references.clone().unwrap_or_default();
    let thread = references.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
    let (local, domain) = thread.and_then(|id| id.split_once('@')).expect("an id in brackets");
    assert_eq!(domain, "shop.example");
    assert!(local.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{local}");
    assert_eq!(headers.in_reply_to, headers.references);
    assert_eq!(headers.message, MESSAGE);
}

/// The platform refuses an e-mail with any other member of `headers`:
/// <https://developers.cloudflare.com/email-service/reference/headers/>.
#[test]
fn an_email_is_what_the_binding_takes() {
    let json: Value = serde_json::from_str(&mail(AlertKind::Opened).to_json()).expect("JSON");
    let names = |value: &Value| -> Vec<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    assert_eq!(names(&json), ["from", "headers", "html", "subject", "text", "to"]);
    assert_eq!(
        names(&json["headers"]),
        [
            "Auto-Submitted",
            "In-Reply-To",
            "References",
            "X-Auto-Response-Suppress",
            "X-Breakwater-Message"
        ]
    );
    assert_eq!(json["to"], json!(["a@ops.example", "b@ops.example"]));
    assert_eq!(json["subject"], "P1 opened: Checkout is down");
}
