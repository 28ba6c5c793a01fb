//! Secrets are where the service wants them, and nowhere else.

use breakwater_core::base::secret_name::SecretName;
use breakwater_core::watch::alert::{
    AlertKind, ChannelAddress, ChannelKind, HttpAlert, PrepareError,
};
use breakwater_testing::receivers::Service;

use crate::channels::{MESSAGE, NOW, SECRETS, alert, channel, email, http, name, secret, to};

/// The parts of a request that name a canary: `url`, `body`, or the name of a field.
fn canaries(request: &HttpAlert) -> Vec<&'static str> {
    let mut places = Vec::new();
    let fields = request.fields.iter().map(|(name, value)| (*name, value));
    for (place, text) in [("url", &request.url), ("body", &request.body)].into_iter().chain(fields)
    {
        if text.contains("canary") || text.contains("whsec_") || text.contains("Y2FuYXJ5") {
            places.push(place);
        }
    }
    places
}

#[test]
fn a_secret_is_where_the_service_wants_it() {
    for (service, places) in [
        (Service::Webhook, &[][..]),
        (Service::Slack, &["url"]),
        (Service::Discord, &["url"]),
        (Service::Teams, &["url"]),
        (Service::Telegram, &["url"]),
        (Service::Pagerduty, &["body"]),
        (Service::Opsgenie, &["authorization"]),
        // The topic is as good as a password.
        (Service::Ntfy, &["body", "authorization"]),
        (Service::Sentry, &["x-sentry-auth"]),
    ] {
        for kind in [AlertKind::Opened, AlertKind::Resolved] {
            let request = http(&to(service), &alert(kind)).expect("a message");
            assert_eq!(canaries(&request), places, "{service:?}");
            assert!(!format!("{request:?}").contains("canary"), "{service:?}");
        }
    }
    let mail = email().prepare(&alert(AlertKind::Opened), MESSAGE, &secret, NOW);
    assert!(!format!("{mail:?}").contains("canary"));
}

#[test]
fn a_missing_secret_is_named() {
    let unset = |_: &SecretName| None;
    for service in Service::ALL {
        let error = to(service).prepare(&alert(AlertKind::Opened), MESSAGE, &unset, NOW);
        let Err(PrepareError::SecretUnset(name)) = error else { panic!("{service:?}: {error:?}") };
        assert!(SECRETS.iter().any(|(known, _)| *known == name.as_str()));
        let text = PrepareError::SecretUnset(name.clone()).to_string();
        assert_eq!(text, format!("the secret `{}` is not set", name.as_str()));
    }
}

#[track_caller]
fn refused(service: Service, value: &str) {
    let read = |_: &SecretName| Some(value.to_owned());
    let prepared = to(service).prepare(&alert(AlertKind::Opened), MESSAGE, &read, NOW);
    let error = prepared.expect_err("a malformed secret");
    assert!(matches!(error, PrepareError::SecretMalformed(..)), "{error:?}");
    assert!(!error.to_string().contains(value), "{error}");
    assert!(!format!("{error:?}").contains(value), "{error:?}");
}

#[test]
fn a_malformed_secret_is_refused_and_not_shown() {
    for value in [
        "canary-without-a-prefix",
        "whsec_not base64",
        "whsec_Y2FuYXJ5LW9m",
        "whsec_Y2FuYXJ5LW9mLXRoZS1vbGQtc2VjcmV0LTE",
        &format!("whsec_{}", "Y2Fu".repeat(22)),
    ] {
        refused(Service::Webhook, value);
    }
    for service in [Service::Slack, Service::Discord, Service::Teams, Service::Ntfy] {
        for value in ["canary", "http://canary.example/x", "https://canary.example/\u{e9}"] {
            refused(service, value);
        }
    }
    refused(Service::Ntfy, "https://canary.example");
    refused(Service::Ntfy, "https://canary.example/a/");
    refused(Service::Ntfy, "https://canary.example/a?b");
    for value in ["canary", "canary:/../x", "canary:a\nb"] {
        refused(Service::Telegram, value);
    }
    for value in ["canary\r\nx: y", "canary key"] {
        refused(Service::Opsgenie, value);
        refused(Service::Pagerduty, value);
    }
    for value in [
        "canary",
        "https://canary.example/1",
        "https://canary@canary.example/x.y",
        "https://canary@canary.example",
        "http://canary@canary.example/1",
        "https://ca-nary@canary.example/1",
    ] {
        refused(Service::Sentry, value);
    }
}

#[test]
fn old_dsns_and_those_below_a_path_are_read() {
    let read = |_: &SecretName| Some("http://key:old@localhost:9000/base/7".to_owned());
    let prepared = to(Service::Sentry).prepare(&alert(AlertKind::Opened), MESSAGE, &read, NOW);
    let breakwater_core::watch::alert::PreparedAlert::Http(request) = prepared.expect("a message")
    else {
        panic!("no request")
    };
    assert_eq!(request.url, "http://localhost:9000/base/api/7/envelope/");
    assert!(!format!("{:?}{}", request.fields, request.body).contains("old"));
}

#[test]
fn an_open_topic_needs_no_token_and_a_bad_address_says_so() {
    let ntfy = |url: &str| {
        let address = ChannelAddress::Url(url.into());
        http(&channel(ChannelKind::Ntfy { address, token: None }), &alert(AlertKind::Opened))
    };
    let request = ntfy("https://ntfy.sh/base/topic").expect("a message");
    assert_eq!(request.url, "https://ntfy.sh/base/");
    assert!(request.fields.iter().all(|(name, _)| *name != "authorization"));
    let error = ntfy("https://ntfy.sh/").expect_err("no topic");
    assert!(matches!(error, PrepareError::AddressMalformed(_)), "{error:?}");
}

#[test]
fn each_current_secret_signs_in_one_field() {
    let address = ChannelAddress::Url("https://hooks.example/".into());
    let secrets = vec![name("WEBHOOK"), name("WEBHOOK_NEXT")];
    let channel = channel(ChannelKind::Webhook { address, secrets });
    let request = http(&channel, &alert(AlertKind::Opened)).expect("a message");
    let signed = request.fields.iter().filter(|(name, _)| *name == "webhook-signature");
    let values: Vec<_> = signed.map(|(_, value)| value.split(' ').collect::<Vec<_>>()).collect();
    assert_eq!(values.len(), 1);
    assert_eq!(values[0].len(), 2);
    assert!(values[0].iter().all(|value| value.starts_with("v1,")));
}
