//! The rules that hold for every service, whatever is found about its components.

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::health::{
    Component, Detail, Findings, Group, HealthReport, HealthVerdict, Known, Measurement,
    STALE_AFTER, Service, Status,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::Value;

use super::{EVERY, at, component};

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/health.regressions");
/// The time at which services are examined, in milliseconds: late enough for any finding to be
/// stale.
const NOW: u64 = 1_000_000;

/// A component and the findings about it.
#[derive(Clone, Debug)]
struct Part {
    component: Component,
    known: Option<Findings>,
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![Status::Pass, Status::Warn, Status::Fail])
}

fn group() -> impl Strategy<Value = Group> {
    prop::sample::select(vec![Group::Live, Group::Ready, Group::All])
}

fn measurement() -> impl Strategy<Value = Measurement> {
    (status(), any::<bool>(), any::<Option<String>>(), ".{0,9}", any::<Option<u64>>()).prop_map(
        |(status, essential, part, name, observed)| {
            let mut measured = Measurement::new(&name, status).because("for a reason");
            measured.essential = essential;
            measured = part.iter().fold(measured, |measured, part| measured.of_part(part));
            observed.into_iter().fold(measured, |measured, value| measured.with_number(value, "u"))
        },
    )
}

/// Returns times of any age, and one in the future.
fn moment() -> impl Strategy<Value = Timestamp> {
    let limit = EVERY.get() * STALE_AFTER;
    prop_oneof![0..=limit + 2, limit - 2..=limit + 2, Just(0), Just(NOW),]
        .prop_map(|age| at(NOW - age.min(NOW)))
        .boxed()
        .prop_union(Just(at(NOW + 5_000)).boxed())
}

fn findings() -> impl Strategy<Value = Findings> {
    (moment(), prop::option::of((moment(), prop::collection::vec(measurement(), 0..4)))).prop_map(
        |(since, last)| {
            let mut findings = Findings::none_since(since);
            if let Some((at, measurements)) = last {
                findings.record(measurements, at);
            }
            findings
        },
    )
}

fn part() -> impl Strategy<Value = Part> {
    (".{0,9}", any::<bool>(), group(), prop::option::weighted(0.8, findings())).prop_map(
        |(name, critical, group, known)| Part {
            component: component(&name, critical, group),
            known,
        },
    )
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    prop::collection::vec(part(), 1..6)
}

fn report(parts: &[Part], group: Group, now: Timestamp) -> HealthReport<'_> {
    let known = parts.iter().map(|part| {
        let known = match &part.known {
            Some(findings) => Known::Measured(findings),
            None => Known::NotConfigured("not here"),
        };
        (&part.component, known)
    });
    HealthReport::new(group, known, now)
}

/// A way in which a component gets worse.
#[derive(Clone, Copy, Debug)]
enum Worse {
    /// One of its measurements gets this status if that is worse.
    Measurement(Status),
    /// It gets one more measurement, with this status.
    Another(Status),
    /// The service can no longer do without it.
    Critical,
    /// All its measurements become essential.
    Essential,
    /// Its measurements stopped long ago.
    Forgotten,
    /// It was never measured, for a moment or for a long time.
    Unmeasured { since: Timestamp },
}

fn worse() -> impl Strategy<Value = Worse> {
    prop_oneof![
        status().prop_map(Worse::Measurement),
        status().prop_map(Worse::Another),
        Just(Worse::Critical),
        Just(Worse::Essential),
        Just(Worse::Forgotten),
        moment().prop_map(|since| Worse::Unmeasured { since }),
    ]
}

fn worsen(part: &mut Part, how: Worse, which: prop::sample::Index) {
    let replace = |part: &mut Part, change: &dyn Fn(&mut Vec<Measurement>)| {
        let Some(findings) = &mut part.known else { return };
        let Some(at) = findings.measured_at() else { return };
        let mut measurements = findings.measurements().to_vec();
        change(&mut measurements);
        findings.record(measurements, at);
    };
    match how {
        Worse::Measurement(status) => replace(part, &|measurements| {
            if !measurements.is_empty() {
                let place = which.index(measurements.len());
                let measured = &mut measurements[place];
                measured.status = measured.status.max(status);
            }
        }),
        Worse::Another(status) => {
            replace(part, &|measurements| measurements.push(Measurement::new("b", status)));
        }
        Worse::Critical => part.component.critical = true,
        Worse::Essential => replace(part, &|measurements| {
            measurements.iter_mut().for_each(|measured| measured.essential = true);
        }),
        Worse::Forgotten => {
            if let Some(findings) = &mut part.known
                && findings.measured_at().is_some()
            {
                let measurements = findings.measurements().to_vec();
                findings.record(measurements, at(0));
            }
        }
        Worse::Unmeasured { since } => {
            // A missing measurement is better than a failed or stale one. It is only worse than one
            // that passes.
            let is_well = part.known.as_ref().is_none_or(|findings| {
                findings.verdict(&part.component, at(NOW)) == HealthVerdict::Pass
            });
            if is_well {
                part.known = Some(Findings::none_since(since));
            }
        }
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn making_any_component_worse_never_makes_the_whole_better(
        before in parts(),
        which in any::<prop::sample::Index>(),
        how in worse(),
        group in group(),
    ) {
        let mut after = before.clone();
        worsen(&mut after[which.index(before.len())], how, which);
        let (before, after) = (report(&before, group, at(NOW)), report(&after, group, at(NOW)));
        prop_assert!(after.verdict() >= before.verdict());
        prop_assert!(after.status() >= before.status());
    }

    #[test]
    fn one_more_component_never_makes_the_whole_better(before in parts(), more in part()) {
        let after = [&before[..], &[more]].concat();
        let verdict = |parts: &[Part]| report(parts, Group::All, at(NOW)).verdict();
        prop_assert!(verdict(&after) >= verdict(&before));
    }

    #[test]
    fn a_group_is_never_better_than_one_that_it_holds(parts in parts()) {
        let verdicts = [Group::Live, Group::Ready, Group::All]
            .map(|group| report(&parts, group, at(NOW)).verdict());
        prop_assert!(verdicts.is_sorted(), "{verdicts:?}");
    }

    #[test]
    fn time_alone_never_makes_anything_better(parts in parts(), later in 0..100_000u64) {
        let verdict = |now| report(&parts, Group::All, at(now)).verdict();
        prop_assert!(verdict(NOW + later) >= verdict(NOW));
    }

    #[test]
    fn the_whole_fails_exactly_when_a_critical_component_fails_or_is_stale(parts in parts()) {
        let sick = parts.iter().any(|part| {
            part.component.critical && part.known.as_ref().is_some_and(|findings| {
                findings.status() == Status::Fail || findings.is_stale(EVERY, at(NOW))
            })
        });
        let whole = report(&parts, Group::All, at(NOW)).status();
        prop_assert_eq!(whole == Status::Fail, sick);
        prop_assert_eq!(whole.http_status() == 503, sick);
    }

    #[test]
    fn the_whole_passes_exactly_when_every_check_does(parts in parts()) {
        let report = report(&parts, Group::All, at(NOW));
        let document = document(&report);
        let mut checks = checks(&document);
        let well = checks.all(|(_, check)| check["status"] == "pass");
        prop_assert_eq!(report.status() == Status::Pass, well);
    }

    #[test]
    fn every_document_is_one_that_the_draft_allows(parts in parts()) {
        let document = document(&report(&parts, Group::All, at(NOW)));
        prop_assert_eq!(document["status"] == "pass", document.get("output").is_none());
        for (key, check) in checks(&document) {
            prop_assert_eq!(key.matches(':').count(), 1, "{}", key);
            let (component, measurement) = key.split_once(':').unwrap();
            prop_assert!(!component.is_empty() && !measurement.is_empty());
            prop_assert!(["pass", "warn", "fail"].contains(&check["status"].as_str().unwrap()));
            prop_assert!(check["critical"].is_boolean() && check["stale"].is_boolean());
            prop_assert!(check["status"] != "pass" || check.get("output").is_none());
            prop_assert_eq!(check.get("time").is_some(), check.get("ageMs").is_some());
        }
    }

    #[test]
    fn stored_findings_read_back(findings in findings()) {
        let stored = serde_json::to_string(&findings).unwrap();
        prop_assert_eq!(serde_json::from_str::<Findings>(&stored).unwrap(), findings);
    }
}

fn document(report: &HealthReport<'_>) -> Value {
    let service = Service { id: "shop", version: "1" };
    serde_json::to_value(report.document(service, Detail::Operator)).unwrap()
}

/// Returns every check with its key.
fn checks(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let by_key = document["checks"].as_object().into_iter().flatten();
    by_key.flat_map(|(key, checks)| checks.as_array().unwrap().iter().map(move |one| (key, one)))
}
