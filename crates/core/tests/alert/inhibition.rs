//! Which incidents hold others.

use breakwater_core::watch::alert::{Inhibition, InhibitionSubject, Inhibitor};
use breakwater_core::watch::severity::Severity;
use proptest::prelude::*;

const CHECKS: [&str; 5] = ["a", "b", "c", "d", "e"];

fn severity() -> impl Strategy<Value = Severity> {
    prop::sample::select(&Severity::ALL[..])
}

/// A rule that the site file takes: checks hold only later ones, and severities only lesser ones.
fn rule() -> impl Strategy<Value = Inhibition> {
    let checks = |from: usize| prop::sample::subsequence(&CHECKS[from..], 0..=CHECKS.len() - from);
    let by_check = (0..CHECKS.len() - 1).prop_flat_map(move |index| {
        let by = Inhibitor::Check(CHECKS[index].into());
        let severities = prop::sample::subsequence(&Severity::ALL[..], 0..=4);
        (Just(by), checks(index + 1), severities)
    });
    let by_severity = (0..Severity::ALL.len() - 1).prop_flat_map(move |index| {
        let by = Inhibitor::Severity(Severity::ALL[index]);
        let lesser = &Severity::ALL[index + 1..];
        let severities = prop::sample::subsequence(lesser, 0..=lesser.len());
        (Just(by), checks(0), severities)
    });
    let rule = |(by, checks, severities): (Inhibitor, Vec<&str>, Vec<Severity>)| Inhibition {
        by,
        checks: checks.into_iter().map(String::from).collect(),
        severities,
    };
    let says_something = |rule: &Inhibition| !rule.checks.is_empty() || !rule.severities.is_empty();
    prop_oneof![by_check.prop_map(rule), by_severity.prop_map(rule)]
        .prop_filter("a rule says what it holds", says_something)
}

fn subject() -> impl Strategy<Value = InhibitionSubject<'static>> {
    let failing = prop::sample::subsequence(&CHECKS[..], 0..=CHECKS.len());
    (severity(), failing)
        .prop_map(|(severity, failing)| InhibitionSubject { severity, failing: failing.to_vec() })
}

proptest! {
    #[test]
    fn of_incidents_that_are_open_one_is_told(
        rules in prop::collection::vec(rule(), 0..8),
        open in prop::collection::vec(subject(), 1..8),
    ) {
        let is_held = |index: usize| {
            let others = open.iter().enumerate().filter(|(other, _)| *other != index);
            others.map(|(_, it)| it).any(|other| {
                rules.iter().any(|rule| rule.is_by(other) && rule.holds(other, &open[index]))
            })
        };
        prop_assert!((0..open.len()).any(|index| !is_held(index)), "{rules:?} {open:?}");
    }

    #[test]
    fn no_incident_is_held_by_one_that_matters_less(
        rule in rule(), holder in subject(), held in subject(),
    ) {
        let holds = rule.is_by(&holder) && rule.holds(&holder, &held);
        prop_assert!(!holds || holder.severity <= held.severity, "{rule:?}");
    }
}

#[test]
fn an_incident_is_held_if_the_rule_names_all_that_fails_in_it() {
    let rule = Inhibition {
        by: Inhibitor::Check("a".into()),
        checks: vec!["b".into(), "c".into()],
        severities: vec![],
    };
    let of = |failing: &[&'static str]| InhibitionSubject {
        severity: Severity::P2,
        failing: failing.to_vec(),
    };
    assert!(rule.is_by(&of(&["x", "a"])) && !rule.is_by(&of(&["b"])));
    assert!(rule.holds(&of(&["a"]), &of(&["c", "b"])));
    assert!(!rule.holds(&of(&["a"]), &of(&["b", "d"])));
    assert!(!rule.holds(&of(&["a"]), &of(&[])));
}
