//! The stored forms of the outbox and of a message. A literal that fails means that what is stored
//! can no longer be read: raise the version, and read the old one too.

use breakwater_core::base::stored::{OnceUnversioned as _, StoredForm as _, StoredFormError};
use breakwater_core::watch::alert::outbox::{DeliveryEnd, DeliveryError, Outbox};
use breakwater_core::watch::alert::{Alert, AlertKind, AlertedIncident};
use breakwater_core::watch::severity::Severity;

use crate::{at, key, take_one};

/// An outbox with a delivery that waits, a dead letter and one that has arrived.
const OUTBOX: &str = concat!(
    r#"{"pending":[{"key":{"message":"c","channel":"ops"},"added_at":1000000,"attempts":0,"#,
    r#""due":1000000,"thread":"c"}],"dead":[{"delivery":{"key":{"message":"b","channel":"ops"},"#,
    r#""added_at":1000000,"attempts":1,"due":1036000,"thread":"b","error":{"status":400}},"#,
    r#""reason":"refused","at":1001000}],"delivered":[{"message":"a","channel":"ops"}],"#,
    r#""channels":[{"name":"ops","served_at":1001000,"busy_until":1002000,"spacing":"1s","#,
    r#""retry":"5s","paused_until":0,"failures":0,"is_gone":false}],"dropped":0,"now":1001000}"#,
);
const ALERT: &str = concat!(
    r#"{"kind":"opened","at":1000000,"incident":{"id":"inc-1","title":"`web` is down","#,
    r#""severity":"P1","state":"investigating","since":1000000,"resolved_at":null,"#,
    r#""checks":["web"],"summary":"It fails.","url":"https://shop.example/i/inc-1","#,
    r#""runbook":null,"is_acknowledged":false}}"#,
);

fn outbox() -> Outbox {
    let mut outbox = Outbox::default();
    for message in ["a", "b", "c"] {
        outbox.add(key(message, "ops"), message, at(0));
    }
    let refused = DeliveryEnd::Refused { error: DeliveryError::Status(400) };
    for (second, end) in [(0, DeliveryEnd::Delivered), (1, refused)] {
        let attempt = take_one(&mut outbox, at(second * 1000));
        outbox.handle_end(&attempt, &end, 0, at(second * 1000));
    }
    outbox
}

fn alert() -> Alert {
    Alert {
        kind: AlertKind::Opened,
        at: at(0),
        incident: AlertedIncident {
            id: "inc-1".into(),
            title: "`web` is down".into(),
            severity: Severity::P1,
            state: "investigating".into(),
            since: at(0),
            resolved_at: None,
            checks: ["web".into()].into(),
            summary: "It fails.".into(),
            url: "https://shop.example/i/inc-1".into(),
            runbook: None,
            is_acknowledged: false,
        },
    }
}

#[test]
fn the_stored_forms_are_these() {
    assert_eq!(outbox().to_stored(), format!(r#"{{"version":1,"outbox":{OUTBOX}}}"#));
    assert_eq!(Outbox::from_any_stored(&outbox().to_stored()), Ok(outbox()));
    assert_eq!(alert().to_stored(), format!(r#"{{"version":1,"alert":{ALERT}}}"#));
    assert_eq!(Alert::from_any_stored(&alert().to_stored()), Ok(alert()));
}

#[test]
fn what_was_stored_before_there_was_a_version_is_read() {
    let before = OUTBOX.replace(r#","now":1001000"#, "");
    let read = Outbox::from_any_stored(&before).expect("the form of before");
    assert!(
        read.pending().eq(outbox().pending()) && read.dead_letters().eq(outbox().dead_letters())
    );
    assert_eq!(Alert::from_any_stored(ALERT), Ok(alert()));
}

#[test]
fn another_version_is_refused_and_not_guessed_at() {
    let newer = format!(r#"{{"version":2,"outbox":{OUTBOX}}}"#);
    let error = StoredFormError::Version { what: "outbox", found: 2, expected: 1 };
    assert_eq!(Outbox::from_any_stored(&newer), Err(error));
    for text in ["", "{}", "[]", r#"{"version":1,"outbox":{}}"#, r#"{"version":1,"alert":7}"#] {
        assert!(Outbox::from_any_stored(text).is_err(), "{text}");
        assert!(Alert::from_any_stored(text).is_err(), "{text}");
    }
}

#[test]
fn what_waits_has_the_rest_of_its_time_to_wait_after_the_clock_is_set_back() {
    const HOUR: u64 = 3_600_000;
    let mut outbox = Outbox::default();
    outbox.add(key("a", "ops"), "a", at(24 * HOUR));
    let attempt = take_one(&mut outbox, at(24 * HOUR));
    let failed = DeliveryEnd::Failed { error: DeliveryError::TimedOut, retry_after: None };
    outbox.handle_end(&attempt, &failed, 0, at(24 * HOUR));
    assert_eq!(outbox.next_due(), Some(at(24 * HOUR + 5_000)));
    assert!(!outbox.handle_clock(at(24 * HOUR - 999)), "that is no step, but jitter");
    assert!(outbox.handle_clock(at(HOUR)));
    assert_eq!(outbox.next_due(), Some(at(HOUR + 5_000)));
    assert_eq!(take_one(&mut outbox, at(HOUR + 5_000)).number, 2);
}
