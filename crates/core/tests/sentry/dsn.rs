//! DSNs.

use breakwater_core::telemetry::sentry::{SENTRY_CLIENT, SentryDsn};
use proptest::prelude::*;

#[track_caller]
fn check(dsn: &str, url: &str) {
    let read = SentryDsn::parse(dsn).expect("a DSN");
    assert_eq!(read.envelope_url(), url);
    let theirs: sentry_types::Dsn = dsn.trim().parse().expect("a DSN for Sentry");
    assert_eq!(theirs.envelope_api_url().as_str(), url);
}

#[test]
fn envelopes_go_to_the_project_below_its_prefix() {
    check("https://key@o1.ingest.sentry.io/42", "https://o1.ingest.sentry.io/api/42/envelope/");
    check("https://key@sentry.example:8443/42", "https://sentry.example:8443/api/42/envelope/");
    check("https://key@a.example/one/two/42", "https://a.example/one/two/api/42/envelope/");
    check("http://key@localhost:9000/1\n", "http://localhost:9000/api/1/envelope/");
    check("https://key:old@sentry.example/42", "https://sentry.example/api/42/envelope/");
}

#[test]
fn the_key_is_in_one_field_and_the_secret_part_in_none() {
    let dsn = SentryDsn::parse("https://publickey:oldsecret@sentry.example/42").expect("a DSN");
    let fields = dsn.fields();
    let auth = format!("Sentry sentry_version=7, sentry_client={SENTRY_CLIENT}");
    assert_eq!(fields[0], ("content-type", "application/x-sentry-envelope".into()));
    assert_eq!(fields[2], ("x-sentry-auth", format!("{auth}, sentry_key=publickey")));
    assert!(!format!("{fields:?}{}", dsn.envelope_url()).contains("oldsecret"));
    let shown = format!("{dsn:?}");
    assert!(!shown.contains("oldsecret") && !shown.contains("publickey"), "{shown}");
    let without = SentryDsn::parse("https://publickey@sentry.example/42");
    assert_eq!(without, Ok(dsn), "the secret part makes no difference");
}

#[test]
fn what_is_no_dsn_is_refused_and_not_shown() {
    for text in [
        "",
        "sentry.example",
        "https://sentry.example/1",
        "https://@sentry.example/1",
        "https://key@sentry.example/",
        "https://key@sentry.example",
        "https://ke y@sentry.example/1",
        "https://key,x=y@sentry.example/1",
        "https://key@sentry.example/1?a=b",
        "https://key@sentry.example/1#a",
        "https://key@sentry.example/a b/1",
        "https://key@@sentry.example/1",
        "http://key@sentry.example/1",
        "ftp://key@sentry.example/1",
        "https://key@sentry.example/1/",
    ] {
        let error = SentryDsn::parse(text).expect_err(text).to_string();
        assert_eq!(error, "the value is not a DSN, expected one such as `https://key@host/1`");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_request_of_another_form(text in "\\PC{0,60}", at in any::<bool>()) {
        let text = if at { format!("https://{text}@a.example/1") } else { text };
        if let Ok(dsn) = SentryDsn::parse(&text) {
            let url = dsn.envelope_url();
            prop_assert!(url.ends_with("/envelope/") && !url.contains(['@', '?', ' ', '\n']));
            for (_, value) in dsn.fields() {
                prop_assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)));
            }
        }
    }
}
