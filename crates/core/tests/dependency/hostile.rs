//! Any answer is read without a panic and within bounds, and never as better than it is.

use std::fs;

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::dependency::{BODY_MAX, DependencyAnswer, DependencyKind};
use breakwater_core::watch::health::{Findings, MEASUREMENTS_MAX, NAME_MAX, OUTPUT_MAX, Status};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::{TOOK, dependency, read};

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dependency.regressions");
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/dialects/hostile");

/// Reads an answer as every kind of dependency, and checks the rules that hold for all answers.
#[track_caller]
fn survive(status: u16, body: &[u8]) {
    for kind in DependencyKind::ALL {
        let found = read(kind, status, body);
        assert!(found.len() <= MEASUREMENTS_MAX + 1, "{kind:?}: {}", found.len());
        assert_eq!(found[0].name.as_str(), "responseTime");
        for measured in &found {
            let names = measured.part.iter().chain([&measured.name]);
            assert!(names.map(|name| name.as_str().len()).all(|length| length <= NAME_MAX));
            assert!(measured.output.as_ref().is_none_or(|why| why.len() <= OUTPUT_MAX));
        }
        // The stored form of the findings reads back.
        let mut findings = Findings::none_since(Timestamp::from_millis(0));
        findings.record(found, Timestamp::from_millis(1));
        let stored = serde_json::to_string(&findings).unwrap();
        assert_eq!(serde_json::from_str::<Findings>(&stored).unwrap(), findings, "{kind:?}");
    }
}

#[test]
fn hostile_bodies_of_the_dialects_are_survived() {
    let mut count = 0;
    for entry in fs::read_dir(CORPUS).unwrap() {
        let body = fs::read(entry.unwrap().path()).unwrap();
        for status in [200, 400, 429, 500, 503] {
            survive(status, &body);
        }
        count += 1;
    }
    assert!(count >= 15, "{count} bodies in {CORPUS}");
}

#[test]
fn parts_without_number_and_parts_without_bottom_are_bounded() {
    let checks: String =
        (0..2_000).map(|n| format!(r#""c{n}:m":[{{"status":"fail"}}],"#)).collect();
    let many = format!(r#"{{"status":"fail","checks":{{{checks}"last:m":[]}}}}"#);
    assert!(many.len() < BODY_MAX);
    survive(200, many.as_bytes());
    let deep = |levels| {
        let open = r#"{"status":"UP","components":{"a":"#.repeat(levels);
        format!(r#"{open}{{"status":"UP"}}{}"#, "}}".repeat(levels))
    };
    assert_eq!(read(DependencyKind::BackendHealth, 200, deep(2)).len(), 3);
    assert_eq!(read(DependencyKind::BackendHealth, 200, deep(40)).len(), 4);
    survive(200, deep(1_000).as_bytes());
}

#[test]
fn what_lies_beyond_the_bound_is_not_looked_at() {
    let mut body = br#"{"status":"pass"}"#.to_vec();
    body.resize(BODY_MAX, b' ');
    assert_eq!(read(DependencyKind::BackendHealth, 200, &body)[0].status, Status::Pass);
    body.extend(b"x");
    assert_eq!(read(DependencyKind::BackendHealth, 200, &body)[0].status, Status::Pass);
    let body = format!(r#"{{"other":"{}","status":"pass"}}"#, "a".repeat(BODY_MAX));
    assert_eq!(read(DependencyKind::BackendHealth, 200, body)[0].status, Status::Warn);
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..ProptestConfig::default()
    }
}

/// Text that often resembles the answer that some kind expects.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"status\"",
        "\"pass\"",
        "\"fail\"",
        "\"checks\"",
        "\"a:b\"",
        "\"components\"",
        "\"details\"",
        "\"healthy\"",
        "true",
        "false",
        "null",
        "\"result\"",
        "\"PONG\"",
        "\"indicator\"",
        "\"observedValue\"",
        "1e999",
        "-0",
        "\"\\ud800\"",
        "\u{feff}",
        "\"version\"",
        "<Code>SlowDown</Code>",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes()),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_answer_is_survived(status in any::<u16>(), body in body()) {
        survive(status, &body);
    }

    #[test]
    fn a_server_error_is_never_well(status in 500..600u16, body in body()) {
        for kind in DependencyKind::ALL {
            prop_assert_ne!(read(kind, status, &body)[0].status, Status::Pass, "{:?}", kind);
        }
    }

    #[test]
    fn no_answer_is_never_better_than_an_answer_that_fails(
        kind in prop::sample::select(DependencyKind::ALL.to_vec()),
    ) {
        let failed = read(kind, 500, "")[0].status;
        for answer in [DependencyAnswer::TimedOut, DependencyAnswer::Disconnected] {
            prop_assert!(dependency(kind).read(answer, TOOK)[0].status >= failed);
        }
    }
}
