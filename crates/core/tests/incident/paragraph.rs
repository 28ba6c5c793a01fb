//! The first paragraph of an incident, which writes itself.

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::incident::{EdgeShares, IncidentEvidence, SUMMARY_MAX};
use breakwater_core::watch::severity::Severity;

use crate::{at, evidence, of_check, opened};

#[track_caller]
fn check(evidence: &IncidentEvidence, expected: &str) {
    assert_eq!(evidence.paragraph(None), expected);
}

#[track_caller]
fn check_answers(edge: EdgeShares, expected: &str) {
    let evidence = IncidentEvidence { edge: Some(edge), ..evidence() };
    let paragraph = evidence.paragraph(None);
    assert_eq!(paragraph.split_once("2xx. ").map(|(_, answers)| answers), Some(expected));
}

#[test]
fn a_paragraph_tells_where_since_when_why_and_what_visitors_got() {
    let edge = EdgeShares { copies: 1_190, origin: 14, ..EdgeShares::default() };
    let full = IncidentEvidence {
        edge: Some(edge),
        circuits_open: vec!["web".into()],
        queued: Some(41),
        is_flapping: true,
        ..evidence()
    };
    check(
        &full,
        "`frontend` fails at 2 of 3 places (enam, weur) since 12:03:20 UTC: status 503, expected \
         2xx. The circuit of `web` is open. Of 1,204 answers since then, 0 were errors: 1,190 were \
         copies, 14 came from the origin. 41 requests are queued. It comes and goes, so the \
         incident ends only once the check has stayed well.",
    );
    assert_eq!(
        full.paragraph(Some(at(421))),
        "`frontend` failed at 2 of 3 places (enam, weur) from 12:03:20 UTC to 12:10:21 UTC: status \
         503, expected 2xx. The circuit of `web` was open. Of 1,204 answers in \
         that time, 0 were errors: 1,190 were copies, 14 came from the origin. 41 requests were \
         queued.",
    );
}

#[test]
fn places_are_counted() {
    let with = |places: &[&str], total| IncidentEvidence {
        failing_places: places.iter().map(|place| ((*place).into(), at(0))).collect(),
        places_total: total,
        reasons: Vec::new(),
        ..evidence()
    };
    check(&with(&["edge"], 1), "`frontend` fails at its one place (edge) since 12:03:20 UTC.");
    check(&with(&["weur"], 3), "`frontend` fails at 1 of 3 places (weur) since 12:03:20 UTC.");
    check(
        &with(&["weur", "enam"], 2),
        "`frontend` fails at all 2 places (weur, enam) since 12:03:20 UTC.",
    );
    // A place that was taken out of the site file may still fail.
    check(
        &with(&["weur", "enam"], 1),
        "`frontend` fails at all 2 places (weur, enam) since 12:03:20 UTC.",
    );
    check(&with(&[], 3), "`frontend` fails at no place now.");
    let as_a_whole = IncidentEvidence { failing_places: Vec::new(), ..evidence() };
    check(&as_a_whole, "`frontend` fails: status 503, expected 2xx.");
    assert_eq!(with(&[], 3).paragraph(Some(at(60))), "`frontend` failed until 12:04:20 UTC.",);
}

#[test]
fn another_day_is_named() {
    let evidence = IncidentEvidence { at: at(24 * 3600), reasons: Vec::new(), ..evidence() };
    check(
        &evidence,
        "`frontend` fails at 2 of 3 places (enam, weur) since 2026-11-23 12:03:20 UTC.",
    );
}

#[test]
fn numbers_agree_with_their_words() {
    let none = EdgeShares::default();
    check_answers(none, "Visitors asked for nothing since then.");
    check_answers(
        EdgeShares { copies: 1, ..none },
        "Of 1 answer since then, 0 were errors: 1 was a copy.",
    );
    check_answers(
        EdgeShares { errors: 1, fallbacks: 1, snapshots: 1, other: 1_000_000, ..none },
        "Of 1,000,002 answers since then, 1 was an error; 1 was a snapshot, 1 was a fallback page, \
         1,000,000 came from elsewhere.",
    );
    let queued = |queued| IncidentEvidence { queued: Some(queued), ..evidence() };
    assert!(queued(1).paragraph(None).ends_with(" 1 request is queued."));
    assert!(queued(1).paragraph(Some(at(60))).ends_with(" 1 request was queued."));
    assert!(!queued(0).paragraph(None).contains("queued"));
}

#[test]
fn names_are_listed_and_many_are_counted() {
    let with = |names: &[&str]| IncidentEvidence {
        circuits_open: names.iter().map(|name| (*name).into()).collect(),
        ..evidence()
    };
    for (names, sentence) in [
        (&["a", "b"][..], "The circuits of `a` and `b` are open."),
        (&["a", "b", "c"], "The circuits of `a`, `b` and `c` are open."),
        (&["a", "b", "c", "d", "e"], "The circuits of `a`, `b`, `c` and 2 more are open."),
    ] {
        assert!(with(names).paragraph(None).ends_with(sentence), "{sentence}");
    }
}

#[test]
fn a_long_paragraph_is_cut_and_leaves_out_whole_sentences() {
    let long = IncidentEvidence {
        reasons: vec!["ü".repeat(SUMMARY_MAX)],
        circuits_open: vec!["web".into()],
        ..evidence()
    };
    let paragraph = long.paragraph(None);
    assert_eq!(paragraph.chars().count(), SUMMARY_MAX);
    assert!(paragraph.ends_with("ü…"));
    let fits = SUMMARY_MAX - evidence().paragraph(None).chars().count();
    let filled = IncidentEvidence {
        reasons: vec![format!("status 503, expected 2xx{}", "!".repeat(fits))],
        ..long
    };
    let paragraph = filled.paragraph(None);
    assert_eq!(paragraph.chars().count(), SUMMARY_MAX);
    assert!(paragraph.ends_with("!."));
}

#[test]
fn an_incident_names_its_other_checks() {
    let mut incident = opened();
    incident.join(&of_check("api", Severity::P1, at(5)), at(70));
    assert!(incident.summary().ends_with(" `api` fails too."));
    incident.join(&of_check("db", Severity::P1, at(5)), at(71));
    assert!(incident.summary().ends_with(" `api` and `db` fail too."));
    incident.handle_check_resolved("api", at(80), at(81));
    assert!(incident.summary().ends_with(" `db` fails too."));
    incident.handle_check_resolved("frontend", at(90), at(91));
    assert!(incident.summary().starts_with("`frontend` failed at 2 of 3 places"));
    assert!(incident.summary().ends_with(" `db` still fails."));
    incident.handle_check_resolved("db", at(100), at(101));
    assert!(incident.summary().ends_with(" `api` and `db` failed too."));
}

#[test]
fn no_time_makes_it_panic() {
    let evidence = IncidentEvidence {
        failing_places: vec![("a".into(), Timestamp::MAX), ("b".into(), Timestamp::default())],
        at: Timestamp::MAX,
        ..evidence()
    };
    assert!(evidence.paragraph(Some(Timestamp::MAX)).contains("1970-01-01 00:00:00 UTC"));
}
