//! Random lives of an incident. Whatever is done to it, it keeps what people wrote, its timeline
//! stays in order and within its bound, and it reads back as it was stored.
//!
//! A failing life is stored in `lives.regressions` and replayed first in the next run.

use std::collections::{BTreeMap, BTreeSet};
use std::env;

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::incident::{
    ComponentImpact, Impact, Incident, IncidentChange, IncidentOpening, IncidentState, SUMMARY_MAX,
    TIMELINE_MAX, TimelineKind,
};
use breakwater_core::watch::monitor::CheckResult;
use breakwater_core::watch::severity::Severity;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;

use crate::{evidence, of_check, opened};

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/incident/lives.regressions");
/// How many lives there are unless the environment says so: few enough for a debug build.
const LIVES: u32 = 100;
/// How many steps a life has at most.
const STEPS: usize = 120;
/// How often a step of the machine is repeated at most, so that timelines overflow.
const REPEATED: u64 = 60;
const CHECKS: [&str; 3] = ["frontend", "api", "db"];

fn lives() -> u32 {
    env::var_os("BREAKWATER_INCIDENT_LIVES").map_or(LIVES, |text| {
        let number = text.to_str().and_then(|text| text.parse().ok());
        number.expect("BREAKWATER_INCIDENT_LIVES is a whole number")
    })
}

/// What happens next.
#[derive(Clone, Debug)]
enum Act {
    Join(&'static str, Severity, u64),
    CheckResolved(&'static str, u64),
    Observed(&'static str, CheckResult, u64),
    Queued(u64),
    Order,
    Tell(&'static str),
    Evidence(bool),
    Change(IncidentChange),
}

/// Times around the beginning, and now and then one at an end of time.
fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        8 => (0..4_000_000_u64).prop_map(|ms| Timestamp::from_millis(1_795_434_000_000 + ms)),
        1 => select(vec![Timestamp::default(), Timestamp::MAX]),
    ]
}

fn change() -> impl Strategy<Value = IncidentChange> {
    let components = select(&Impact::ALL[..])
        .prop_map(|impact| [ComponentImpact { name: "web".into(), impact }].into());
    prop_oneof![
        (
            prop::option::of(select(&IncidentState::OPEN[..])),
            prop::option::of(select(&Severity::ALL[..])),
            prop::option::of("[a-z]{1,9}"),
            "[a-zé]{1,30}",
            components,
            prop::option::of(time()),
            any::<bool>(),
        )
            .prop_map(|(state, severity, title, text, components, at, notify)| {
                IncidentChange::Update { state, severity, title, text, components, at, notify }
            }),
        (0..40_u32, "[a-z]{1,9}").prop_map(|(entry, text)| IncidentChange::Edit { entry, text }),
        (prop::option::of("[a-z]{1,9}"), prop::option::of(time()), any::<bool>())
            .prop_map(|(text, at, notify)| IncidentChange::Resolve { text, at, notify }),
        ("[a-z]{1,9}", any::<bool>())
            .prop_map(|(text, notify)| IncidentChange::Reopen { text, notify }),
        Just(IncidentChange::Acknowledge),
        "[a-z]{1,9}".prop_map(|text| IncidentChange::Postmortem { text }),
        "[a-z]{1,9}".prop_map(|text| IncidentChange::Note { text }),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let results = vec![CheckResult::Up, CheckResult::Degraded, CheckResult::Down];
    prop_oneof![
        1 => (select(&CHECKS[..]), select(&Severity::ALL[..]), 0..REPEATED)
            .prop_map(|(check, severity, ago)| Act::Join(check, severity, ago)),
        1 => (select(&CHECKS[..]), 0..REPEATED)
            .prop_map(|(check, ago)| Act::CheckResolved(check, ago)),
        1 => (select(&CHECKS[..]), select(results), 1..REPEATED)
            .prop_map(|(place, result, repeated)| Act::Observed(place, result, repeated)),
        1 => (1..REPEATED).prop_map(Act::Queued),
        1 => Just(Act::Order),
        1 => select(&["ops", "mail", "chat"][..]).prop_map(Act::Tell),
        1 => any::<bool>().prop_map(Act::Evidence),
        5 => change().prop_map(Act::Change),
    ]
}

/// A life: the incident, with what has to be found in it.
struct Life {
    incident: Incident,
    words: BTreeMap<u32, String>,
    told: BTreeSet<String>,
    kept: usize,
}

impl Life {
    fn new(is_manual: bool, now: Timestamp) -> Self {
        let opening = IncidentOpening {
            title: "a".into(),
            severity: Severity::P2,
            components: Vec::new(),
            text: "b".into(),
            since: None,
            resolved_at: None,
            notify: true,
        };
        let incident = if is_manual {
            Incident::open_by_hand("i".into(), &opening, "ana", now).0
        } else {
            opened()
        };
        let words = words_of(&incident);
        Self { incident, words, told: BTreeSet::new(), kept: 0 }
    }

    fn step(&mut self, act: &Act, now: Timestamp) {
        let ago = |ms: u64| Timestamp::from_millis(now.as_millis().saturating_sub(ms * 1000));
        let incident = &mut self.incident;
        let step = match act {
            Act::Join(check, severity, since) => {
                incident.join(&of_check(check, *severity, ago(*since)), now)
            }
            Act::CheckResolved(check, at) => incident.handle_check_resolved(check, ago(*at), now),
            Act::Observed(place, result, repeated) => {
                for number in 0..*repeated {
                    let kind = TimelineKind::Observed {
                        check: CHECKS[number as usize % CHECKS.len()].into(),
                        place: (*place).into(),
                        result: *result,
                        reasons: Vec::new(),
                    };
                    incident.record(ago(number), kind, now);
                }
                return;
            }
            Act::Queued(repeated) => {
                for number in 0..*repeated {
                    let kind = TimelineKind::AlertQueued {
                        channel: "ops".into(),
                        message: number.to_string(),
                    };
                    assert!(incident.record(ago(number), kind, now));
                }
                return;
            }
            Act::Order => {
                let kind = TimelineKind::Order { by: "ana".into(), text: "a".repeat(9_000) };
                assert!(incident.record(now, kind, now));
                return;
            }
            Act::Tell(channel) => {
                let is_first = self.told.insert((*channel).into());
                assert_eq!(incident.mark_told(channel, now), is_first);
                assert_eq!(incident.told_at(channel), Some(now));
                return;
            }
            Act::Evidence(is_failing) => {
                let mut evidence = evidence();
                if !is_failing {
                    evidence.failing_places.clear();
                }
                incident.set_evidence(evidence);
                return;
            }
            Act::Change(change) => {
                let before = incident.clone();
                let Ok(step) = incident.apply(change, "ana", now) else {
                    assert_eq!(*incident, before, "a change that is refused changes nothing");
                    return;
                };
                if let (IncidentChange::Edit { entry, text }, true) = (change, step.is_changed) {
                    self.words.insert(*entry, text.clone());
                }
                step
            }
        };
        assert!(step.is_changed || (step.alert.is_none() && step.resolved.is_none()), "{step:?}");
        assert!(step.resolved.is_none() || step.resolved == incident.resolved_at());
    }

    fn check(&mut self) {
        let incident = &self.incident;
        let entries = incident.timeline().entries();
        assert!(entries.len() <= TIMELINE_MAX);
        assert!(entries.is_sorted_by_key(|entry| entry.at));
        let is_in_order = entries
            .windows(2)
            .all(|pair| pair[0].at != pair[1].at || pair[0].number < pair[1].number);
        assert!(is_in_order, "entries of one time stand as they were added");
        let found = words_of(incident);
        for (number, text) in &self.words {
            assert_eq!(found.get(number), Some(text), "what people wrote is kept");
        }
        self.words = found;
        let kept = entries.iter().filter(|entry| is_kept(&entry.kind)).count();
        assert!(kept >= self.kept, "openings, ends and people's entries are kept");
        self.kept = kept;
        assert_eq!(incident.told().map(str::to_owned).collect::<BTreeSet<_>>(), self.told);
        let is_open = IncidentState::OPEN.contains(&incident.state());
        assert_eq!(incident.is_open(), is_open);
        assert!(!is_open || incident.is_manual() || incident.has_failing_checks());
        assert!(incident.resolved_at().is_none_or(|end| incident.since() <= end));
        assert!(incident.summary().chars().count() <= SUMMARY_MAX);
        for kind in [AlertKind::Opened, AlertKind::Resolved] {
            incident.alert(kind, "https://a.example", Timestamp::default());
        }
    }
}

fn is_kept(kind: &TimelineKind) -> bool {
    kind.is_of_people()
        || matches!(kind, TimelineKind::Opened { .. } | TimelineKind::Resolved { .. })
}

fn words_of(incident: &Incident) -> BTreeMap<u32, String> {
    let entries = incident.timeline().entries().iter();
    entries.filter_map(|entry| Some((entry.number, entry.kind.words()?.to_owned()))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: lives(),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn an_incident_keeps_what_it_must(
        is_manual in any::<bool>(),
        steps in prop::collection::vec((act(), time()), 1..STEPS),
    ) {
        let mut life = Life::new(is_manual, crate::at(60));
        for (act, now) in &steps {
            life.step(act, *now);
            life.check();
        }
        let stored = life.incident.to_stored();
        prop_assert_eq!(Incident::from_stored(&stored), Ok(life.incident));
        prop_assert!(stored.len() < 2_000_000);
    }
}
