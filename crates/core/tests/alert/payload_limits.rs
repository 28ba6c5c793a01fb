//! No message is refused for what is in it, however wild an incident is.
//!
//! `BREAKWATER_ALERTS` sets the number of incidents that are tried. A failing one is stored in
//! `payload_limits.regressions` and replayed first in the next run.

use std::env;

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::alert::{Alert, AlertKind, AlertedIncident, PreparedAlert};
use breakwater_core::watch::severity::Severity;
use breakwater_testing::receivers::Service;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;

use crate::channels::{MESSAGE, NOW, came, email, http, known, secret, to};

const REGRESSIONS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/alert/payload_limits.regressions");
/// The number of incidents that are tried, each on every channel, unless the environment says so.
const CASES: u32 = 30;
const URL: &str = "https://shop.example/_breakwater/incidents/2026-11-28-checkout?a=1&b=2";

fn cases() -> u32 {
    env::var_os("BREAKWATER_ALERTS").map_or(CASES, |text| {
        let number = text.to_str().and_then(|text| text.parse().ok());
        number.expect("BREAKWATER_ALERTS is a whole number")
    })
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: cases(),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        max_shrink_iters: 500,
        ..ProptestConfig::default()
    }
}

/// What services count, escape, strip or choke on.
fn piece() -> impl Strategy<Value = String> {
    let odd = [
        "&",
        "<",
        ">",
        "\"",
        "\\",
        "'",
        "`",
        "*",
        "_",
        "|",
        "]",
        ")",
        "#",
        "\n",
        "\r\n",
        "\t",
        " ",
        "\u{0}",
        "\u{7}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{202e}",
        "\u{feff}",
        "\u{200b}",
        "\u{200d}",
        "\u{fffd}",
        "\u{3000}",
        "é",
        "漢",
        "👩‍👩‍👧‍👦",
        "🇨🇭",
        "e\u{301}",
        "<!channel>",
        "@everyone",
        "<a href=\"x\">",
        "</b>",
        "&amp;",
        "&nbsp",
        "https://evil.example/_x_",
        "%00",
    ];
    prop_oneof![
        4 => select(odd.to_vec()).prop_map(Into::into),
        2 => "[a-z]{1,12} ",
        1 => any::<char>().prop_map(Into::into),
    ]
}

fn text(max: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        vec(piece(), 0..8).prop_map(|pieces| pieces.concat()),
        vec(piece(), 0..max).prop_map(|pieces| pieces.concat()),
        (piece(), 0..max).prop_map(|(piece, count)| piece.repeat(count)),
    ]
}

fn incident() -> impl Strategy<Value = AlertedIncident> {
    let words = (text(600), text(60), text(2000));
    let checks = prop_oneof![vec(text(6), 0..5), vec(text(6), 400..500), vec(text(400), 0..3)];
    let runbook = prop_oneof![
        Just(None),
        text(400).prop_map(Some),
        "https://[a-z]{1,20}/[a-z&_*%=]{0,900}".prop_map(Some),
        "https://a.example/[a-z]{1000,3000}".prop_map(Some),
    ];
    let id = prop_oneof![3 => "[a-z0-9-]{1,40}", 1 => "[a-z0-9-]{300,400}", 1 => text(20)];
    let severity = select(Severity::ALL.to_vec());
    let times = (any::<u64>(), proptest::option::of(any::<u64>()));
    (words, checks, runbook, id, severity, times, any::<bool>()).prop_map(
        |((title, state, summary), checks, runbook, id, severity, (since, end), acknowledged)| {
            AlertedIncident {
                id,
                title,
                severity,
                state,
                since: Timestamp::from_millis(since),
                resolved_at: end.map(Timestamp::from_millis),
                checks,
                summary,
                url: URL.into(),
                runbook,
                is_acknowledged: acknowledged,
            }
        },
    )
}

fn alerts() -> impl Strategy<Value = Alert> {
    let kinds = vec![AlertKind::Opened, AlertKind::Updated, AlertKind::Resolved, AlertKind::Test];
    (select(kinds), any::<u64>(), incident()).prop_map(|(kind, at, incident)| Alert {
        kind,
        at: Timestamp::from_millis(at),
        incident,
    })
}

fn no_lines(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_service_takes_every_incident(alert in alerts()) {
        for service in Service::ALL {
            let request = http(&to(service), &alert).expect("a message");
            let shown = match service.check(&came(&request), known(service)) {
                Ok(shown) => shown,
                Err(fault) => {
                    return Err(TestCaseError::fail(format!("{service:?}: {fault:?}")));
                }
            };
            prop_assert_eq!(shown.mentions, Vec::<String>::new());
            let has_link = shown.text.contains(URL) || shown.links.iter().any(|it| it == URL);
            prop_assert!(has_link, "{:?} has lost the link", service);
            let severity = alert.incident.severity.as_str();
            prop_assert!(shown.text.contains(severity), "{:?} has no severity", service);
            for (_, value) in &request.fields {
                prop_assert!(value.bytes().all(|b| (b' '..=b'~').contains(&b)));
            }
        }
    }

    #[test]
    fn an_email_takes_every_incident(alert in alerts()) {
        let prepared = email().prepare(&alert, MESSAGE, &secret, NOW).expect("a message");
        let PreparedAlert::Email(mail) = prepared else { panic!("no e-mail") };
        prop_assert!(no_lines(&mail.subject) && !mail.subject.is_empty());
        prop_assert!(mail.subject.encode_utf16().count() <= 150);
        let references = mail.headers.references.as_deref().unwrap_or_default();
        prop_assert!(no_lines(&mail.headers.message) && no_lines(references));
        prop_assert!(mail.text.len() < 100_000 && mail.html.len() < 300_000);
        prop_assert!(mail.text.contains(URL) && mail.html.contains(&URL.replace('&', "&amp;")));
        let plain = mail.text.chars().all(|c| c == '\n' || !c.is_control());
        prop_assert!(plain, "control characters in the text");
    }
}
