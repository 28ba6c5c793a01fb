use super::*;
use alloc::format;
use alloc::string::ToString as _;
use core::fmt;

/// 2026-11-23T12:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_795_435_200_000);

/// Returns the time `ms` milliseconds before [`NOW`].
fn ago(ms: u64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() - ms)
}

#[track_caller]
fn refused<T: fmt::Debug>(parsed: Result<T, OrderError>, message: &str) {
    assert_eq!(parsed.unwrap_err().to_string(), message);
}

fn open(body: &str) -> Result<IncidentOpening, OrderError> {
    IncidentOpening::parse(body.as_bytes(), NOW)
}

fn update(body: &str) -> Result<IncidentChange, OrderError> {
    IncidentChange::parse_update(body.as_bytes(), NOW)
}

/// Returns the body of an opening, with more members.
fn opening_with(members: &str) -> String {
    format!(r#"{{"title":"a","severity":"P1","text":"b","notify":true{members}}}"#)
}

#[test]
fn an_opening_has_a_title_a_severity_and_a_text() {
    let opening = open(&opening_with("")).unwrap();
    let expected = IncidentOpening {
        title: "a".into(),
        severity: Severity::P1,
        components: Vec::new(),
        text: "b".into(),
        since: None,
        resolved_at: None,
        notify: true,
    };
    assert_eq!(opening, expected);
    for (body, message) in [
        ("{}", "`title` is missing, expected 1 to 120 characters in one line"),
        (r#"{"title":"a"}"#, "`severity` is missing, expected one of `P0`, `P1`, `P2`, `P3`"),
        (r#"{"title":"a","severity":"P1"}"#, "`text` is missing, expected 1 to 5000 characters"),
        (
            r#"{"title":"a","severity":"P1","text":"b"}"#,
            "`notify` is missing, expected `true` or `false`: whether people are told",
        ),
        (
            r#"{"title":"a","severity":"p1","text":"b","notify":true}"#,
            "`severity` cannot be `p1`, expected one of `P0`, `P1`, `P2`, `P3`",
        ),
        (
            r#"{"title":"a","impact":"none"}"#,
            "unknown key `impact`, expected one of `title`, `severity`, `components`, `text`, \
             `since`, `resolved_at`, `notify`",
        ),
        (
            "[]",
            "the body is not a JSON object: invalid type: sequence, expected an object at \
             line 1 column 0",
        ),
        (
            r#"{"text":"a","text":"b"}"#,
            "the body is not a JSON object: `text` is there twice at line 1 column 23",
        ),
    ] {
        refused(open(body), message);
    }
}

#[test]
fn a_back_fill_is_in_the_past_and_ends_after_it_began() {
    let times = r#","since":"2026-11-23T11:00:00Z","resolved_at":"2026-11-23T11:30:00+00:00""#;
    let opening = open(&opening_with(times)).unwrap();
    assert_eq!(opening.since, Some(ago(3_600_000)));
    assert_eq!(opening.resolved_at, Some(ago(1_800_000)));
    let time = "a time since 2020 that is not in the future, such as `2026-12-24T20:00:00Z`";
    let end = "a time after `since` that is not in the future, such as `2026-12-24T20:00:00Z`";
    for (key, value, allowed) in [
        ("since", "2026-11-23T12:00:11Z", time),
        ("since", "2019-12-31T23:59:59Z", time),
        ("since", "2026-11-23", time),
        ("since", "yesterday", time),
        ("resolved_at", "2026-11-23T12:00:11Z", time),
    ] {
        let body = opening_with(&format!(r#","{key}":"{value}""#));
        refused(open(&body), &format!("`{key}` cannot be `{value}`, expected {allowed}"));
    }
    let times = r#","since":"2026-11-23T11:00:00Z","resolved_at":"2026-11-23T10:59:59Z""#;
    let message = format!("`resolved_at` cannot be `2026-11-23T10:59:59Z`, expected {end}");
    refused(open(&opening_with(times)), &message);
    refused(
        open(&opening_with(r#","since":1795435200"#)),
        &format!("`since` cannot be `1795435200`, expected {time}"),
    );
}

#[test]
fn what_a_clock_that_is_ahead_says_counts_as_now() {
    let opening = open(&opening_with(r#","since":"2026-11-23T12:00:10Z""#)).unwrap();
    assert_eq!(opening.since, Some(NOW));
}

#[test]
fn a_title_is_a_line_and_a_text_may_have_several() {
    let with_title = |title: &str| {
        open(&format!(r#"{{"title":"{title}","severity":"P1","text":"b","notify":true}}"#))
    };
    for title in ["a", "schön: 100 % ☂", &"é".repeat(INCIDENT_TITLE_MAX)] {
        assert_eq!(with_title(title).unwrap().title, title);
    }
    let allowed = "expected 1 to 120 characters in one line";
    let long = "é".repeat(INCIDENT_TITLE_MAX + 1);
    let shown = format!("{}…", "é".repeat(60));
    for (title, shown) in [("", ""), ("  ", "  "), (r"a\nb", r"a\nb"), (&*long, &*shown)] {
        refused(with_title(title), &format!("`title` cannot be `{shown}`, {allowed}"));
    }
    let with_text = |text: &str| IncidentChange::parse_note(text.as_bytes());
    for (text, written) in [(r"a\n\tb", "a\n\tb"), ("☂", "☂")] {
        let note = with_text(&format!(r#"{{"text":"{text}"}}"#));
        assert_eq!(note, Ok(IncidentChange::Note { text: written.into() }));
    }
    assert!(with_text(&format!(r#"{{"text":"{}"}}"#, "é".repeat(INCIDENT_TEXT_MAX))).is_ok());
    let long = "é".repeat(INCIDENT_TEXT_MAX + 1);
    for (text, shown) in [("", ""), (r"\n", r"\n"), (r"\u0007", r"\u{7}"), (&*long, &*shown)] {
        refused(
            with_text(&format!(r#"{{"text":"{text}"}}"#)),
            &format!("`text` cannot be `{shown}`, expected 1 to 5000 characters"),
        );
    }
    refused(with_text(r#"{"text":7}"#), "`text` cannot be `7`, expected 1 to 5000 characters");
}

#[test]
fn components_have_an_impact_each() {
    let members = r#","components":{"web":"major_outage","Cart & checkout":"operational"}"#;
    let components = open(&opening_with(members)).unwrap().components;
    let found: Vec<(&str, Impact)> =
        components.iter().map(|component| (&*component.name, component.impact)).collect();
    assert_eq!(found, [("Cart & checkout", Impact::Operational), ("web", Impact::MajorOutage)]);
    for components in [
        r#"{"web":"down"}"#.into(),
        r#"{"":"operational"}"#.into(),
        r#"{"a\nb":"operational"}"#.into(),
        r#"["web"]"#.into(),
        format!(r#"{{"{}":"operational"}}"#, "a".repeat(COMPONENT_NAME_MAX + 1)),
        {
            let many = (0..=COMPONENTS_MAX).map(|it| format!(r#""c{it}":"operational""#));
            format!("{{{}}}", many.collect::<Vec<_>>().join(","))
        },
    ] {
        let error = open(&opening_with(&format!(r#","components":{components}"#))).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("`components` cannot be `"), "{error}");
        assert!(error.ends_with(COMPONENTS_ALLOWED), "{error}");
    }
}

#[test]
fn an_update_says_what_is_new_and_whether_people_are_told() {
    let least = IncidentChange::Update {
        state: None,
        severity: None,
        title: None,
        text: "a".into(),
        components: Vec::new(),
        at: None,
        notify: false,
    };
    assert_eq!(update(r#"{"text":"a","notify":false}"#), Ok(least));
    let most = update(
        r#"{"state":"monitoring","severity":"P0","title":"t","text":"a","notify":true,
            "components":{"web":"partial_outage"},"at":"2026-11-23T11:59:00Z"}"#,
    );
    let expected = IncidentChange::Update {
        state: Some(IncidentState::Monitoring),
        severity: Some(Severity::P0),
        title: Some("t".into()),
        text: "a".into(),
        components: [ComponentImpact { name: "web".into(), impact: Impact::PartialOutage }].into(),
        at: Some(ago(60_000)),
        notify: true,
    };
    assert_eq!(most, Ok(expected));
    let notify = "expected `true` or `false`: whether people are told";
    refused(update(r#"{"text":"a"}"#), &format!("`notify` is missing, {notify}"));
    for value in ["\"yes\"", "1", "null"] {
        let shown = value.trim_matches('"');
        refused(
            update(&format!(r#"{{"text":"a","notify":{value}}}"#)),
            &format!("`notify` cannot be `{shown}`, {notify}"),
        );
    }
    for state in ["resolved", "postmortem", "Monitoring"] {
        refused(
            update(&format!(r#"{{"text":"a","notify":true,"state":"{state}"}}"#)),
            &format!(
                "`state` cannot be `{state}`, expected one of `investigating`, `identified`, \
                 `monitoring`"
            ),
        );
    }
}

#[test]
fn an_edit_names_an_entry() {
    let edit = |body: &str| IncidentChange::parse_edit(body.as_bytes());
    let expected = IncidentChange::Edit { entry: 7, text: "a".into() };
    assert_eq!(edit(r#"{"entry":7,"text":"a"}"#), Ok(expected));
    let allowed = "expected the number of an entry in the timeline";
    refused(edit(r#"{"text":"a"}"#), &format!("`entry` is missing, {allowed}"));
    for value in ["-1", "1.5", "4294967296", "\"7\""] {
        let shown = value.trim_matches('"');
        refused(
            edit(&format!(r#"{{"entry":{value},"text":"a"}}"#)),
            &format!("`entry` cannot be `{shown}`, {allowed}"),
        );
    }
}

#[test]
fn an_end_may_say_nothing_but_whether_people_are_told() {
    let resolve = |body: &str| IncidentChange::parse_resolve(body.as_bytes(), NOW);
    let silent = IncidentChange::Resolve { text: None, at: None, notify: false };
    assert_eq!(resolve(r#"{"notify":false}"#), Ok(silent));
    let told =
        IncidentChange::Resolve { text: Some("a".into()), at: Some(ago(60_000)), notify: true };
    assert_eq!(resolve(r#"{"text":"a","at":"2026-11-23T11:59:00Z","notify":true}"#), Ok(told));
    refused(
        resolve("{}"),
        "`notify` is missing, expected `true` or `false`: whether people are told",
    );
    refused(
        resolve(r#"{"state":"resolved"}"#),
        "unknown key `state`, expected one of `text`, `at`, `notify`",
    );
}

#[test]
fn a_reopening_says_why() {
    let reopen = |body: &str| IncidentChange::parse_reopen(body.as_bytes());
    let expected = IncidentChange::Reopen { text: "a".into(), notify: true };
    assert_eq!(reopen(r#"{"text":"a","notify":true}"#), Ok(expected));
    refused(reopen(r#"{"notify":true}"#), "`text` is missing, expected 1 to 5000 characters");
}

#[test]
fn an_acknowledgement_says_nothing() {
    for body in ["", "{}"] {
        let parsed = IncidentChange::parse_acknowledge(body.as_bytes());
        assert_eq!(parsed, Ok(IncidentChange::Acknowledge));
    }
    refused(
        IncidentChange::parse_acknowledge(br#"{"text":"a"}"#),
        "unknown key `text`, expected none",
    );
}

#[test]
fn a_postmortem_is_a_text() {
    let parsed = IncidentChange::parse_postmortem(br#"{"text":"A disk was full."}"#);
    assert_eq!(parsed, Ok(IncidentChange::Postmortem { text: "A disk was full.".into() }));
    refused(
        IncidentChange::parse_postmortem(br#"{"text":"a","notify":true}"#),
        "unknown key `notify`, expected one of `text`",
    );
}

#[test]
fn the_longest_body_fits() {
    let escaped = |characters| r"\ud83d\ude00".repeat(characters);
    let components: Vec<String> = (10..10 + COMPONENTS_MAX)
        .map(|it| format!(r#""{it}{}":"degraded_performance""#, escaped(COMPONENT_NAME_MAX - 2)))
        .collect();
    let body = format!(
        r#"{{"state":"investigating","severity":"P0","title":"{}","text":"{}","notify":false,
            "components":{{{}}},"at":"2026-11-23T11:59:00Z"}}"#,
        escaped(INCIDENT_TITLE_MAX),
        escaped(INCIDENT_TEXT_MAX),
        components.join(","),
    );
    assert!(update(&body).is_ok());
    assert!(body.len() < INCIDENT_BODY_MAX, "{}", body.len());
}

#[test]
fn a_change_reads_back_as_it_was_sent() {
    for change in [
        update(r#"{"text":"a","notify":false}"#).unwrap(),
        IncidentChange::parse_edit(br#"{"entry":7,"text":"a"}"#).unwrap(),
        IncidentChange::parse_acknowledge(b"").unwrap(),
        IncidentChange::parse_reopen(br#"{"text":"a","notify":true}"#).unwrap(),
    ] {
        let sent = serde_json::to_string(&change).unwrap();
        assert_eq!(crate::base::json::read::<IncidentChange>(&sent).unwrap(), change, "{sent}");
    }
}
