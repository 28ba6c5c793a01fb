use super::*;
use crate::site::standing::SiteState;

const NOW: Timestamp = Timestamp::from_millis(1_795_424_400_000);

#[track_caller]
fn check(event: &Event, stored: &str) {
    assert_eq!(serde_json::to_string(event).unwrap(), stored);
}

fn of_site(order: &SiteOrder, lifted: Vec<Window>) -> Event {
    Event::of_site_order(order, 3, lifted, Operator::Token, NOW)
}

#[test]
fn the_stored_form_is_this() {
    let bypass = Order::parse_bypass(br#"{"reason":"a","lasts":"2s"}"#).unwrap();
    check(
        &Event::of_order(&bypass, ["web".into(), "api".into()].into(), Operator::Token, NOW),
        concat!(
            r#"{"at":1795424400000,"event":"circuits","order":"bypass","circuits":["web","api"],"#,
            r#""expires_at":1795424402000,"reason":"a","by":"token"}"#
        ),
    );
    let purge = SiteOrder::parse_purge(br#"{"match":"/a/*","reason":"a"}"#).unwrap();
    check(
        &of_site(&purge, Vec::new()),
        concat!(
            r#"{"at":1795424400000,"event":"purge","match":"/a/*","snapshots":3,"#,
            r#""reason":"a","by":"token"}"#
        ),
    );
    let body = br#"{"reason":"a","lasts":"1s","message":"b"}"#;
    let order = SiteOrder::parse_maintenance(body, &Default::default(), NOW).unwrap();
    let window = r#""match":"/*","start":1795424400000,"end":1795424401000,"message":"b""#;
    check(
        &of_site(&order, Vec::new()),
        &alloc::format!(
            r#"{{"at":1795424400000,"event":"maintenance","window":{{{window}}},"reason":"a","by":"token"}}"#
        ),
    );
    let mut standing = SiteState::default();
    order.give_to(&mut standing, &crate::watch::maintenance::Maintenance::default(), NOW).unwrap();
    let lifted = standing.windows().to_vec();
    let lift = SiteOrder::parse_lift_maintenance(b"").unwrap();
    check(
        &of_site(&lift, lifted),
        &alloc::format!(
            r#"{{"at":1795424400000,"event":"lift_maintenance","windows":[{{{window}}}],"by":"token"}}"#
        ),
    );
}

#[test]
fn the_stored_form_of_what_concerns_the_watch_is_this() {
    let pause = CheckOrder::parse_pause(br#"{"lasts":"2s","reason":"a"}"#).unwrap();
    check(
        &Event::of_check_order(&pause, "shop".into(), Operator::Token, NOW),
        concat!(
            r#"{"at":1795424400000,"event":"pause_check","check":"shop","#,
            r#""expires_at":1795424402000,"reason":"a","by":"token"}"#
        ),
    );
    let lift = CheckOrder::parse_lift_pause(b"").unwrap();
    check(
        &Event::of_check_order(&lift, "shop".into(), Operator::Token, NOW),
        r#"{"at":1795424400000,"event":"lift_pause","check":"shop","by":"token"}"#,
    );
    check(
        &Event::of_opening("inc-a".into(), "Slow".into(), Operator::Token, NOW),
        concat!(
            r#"{"at":1795424400000,"event":"open_incident","incident":"inc-a","#,
            r#""title":"Slow","by":"token"}"#
        ),
    );
    let resolve = IncidentChange::Resolve { text: None, at: None, notify: false };
    let reopen = IncidentChange::Reopen { text: "b".into(), notify: false };
    for (change, name) in [(resolve, "resolve_incident"), (reopen, "reopen_incident")] {
        check(
            &Event::of_change(&change, "inc-a".into(), Operator::Token, NOW).unwrap(),
            &alloc::format!(
                r#"{{"at":1795424400000,"event":"{name}","incident":"inc-a","by":"token"}}"#
            ),
        );
    }
    check(
        &Event::of_forgetting("e0".into(), Operator::Token, NOW),
        r#"{"at":1795424400000,"event":"forget_subscriber","subscriber":"e0","by":"token"}"#,
    );
    let note = IncidentChange::Note { text: "c".into() };
    assert_eq!(Event::of_change(&note, "inc-a".into(), Operator::Token, NOW), None);
}
