//! What isolates count for objectives reaches the monitor once: messages and their replies are
//! lost, come twice and late, storage fails, coordinators are put away, isolates are killed, and
//! the clock stands still or is set back.

use std::collections::BTreeMap;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::latency::Histogram;
use breakwater_core::circuit::outcome::Outcome;
use breakwater_core::site::config::{Site, parse};
use breakwater_core::site::degrade::Source;
use breakwater_core::site::figures::{
    CircuitCounts, FiguresSender, ObjectiveCounter, ReportedFigures, RoundFigures, ServedAnswer,
};
use breakwater_core::site::metrics::layout;
use breakwater_core::telemetry::metrics::{MetricsDelta, MetricsLayout, StoredMetricsReplica};
use breakwater_core::watch::incident::EdgeShares;
use breakwater_core::watch::objective::ObjectiveCounts;
use proptest::prelude::*;

const FILE: &str = r#"
    site = { name = "Shop", host = "shop.example" }
    upstreams.web.origin = "https://web.example"
    routes = [{ match = "/*", upstream = "web" }]
    [[objectives]]
    name = "all"
    route = "/*"
    target = "99.9%"
"#;
const ISOLATES: usize = 3;
const WEB: CircuitId = CircuitId::new(0);

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It does not arrive.
    Lost,
    /// It arrives, and storage fails.
    Unstored,
    /// It arrives, and its reply does not.
    Unanswered,
    /// It arrives twice, and the reply to the second arrives.
    Twice,
    Answered,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Answer {
        isolate: usize,
        is_good: bool,
    },
    Send {
        isolate: usize,
        fate: Fate,
    },
    /// A copy of an earlier message comes.
    Late {
        number: usize,
    },
    /// The monitor is told, or the round fails after that.
    Round {
        fails: bool,
    },
    /// The coordinator is put away, and loaded again from what is stored.
    Reset,
    /// An isolate is killed, and another takes its place.
    Kill {
        isolate: usize,
    },
    /// The clock goes on, or is set back.
    Clock {
        by: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let isolate = 0..ISOLATES;
    let fate = prop_oneof![
        Just(Fate::Lost),
        Just(Fate::Unstored),
        Just(Fate::Unanswered),
        Just(Fate::Twice),
        Just(Fate::Answered),
    ];
    prop_oneof![
        6 => (isolate.clone(), any::<bool>())
            .prop_map(|(isolate, is_good)| Step::Answer { isolate, is_good }),
        6 => (isolate.clone(), fate).prop_map(|(isolate, fate)| Step::Send { isolate, fate }),
        1 => any::<usize>().prop_map(|number| Step::Late { number }),
        2 => any::<bool>().prop_map(|fails| Step::Round { fails }),
        2 => Just(Step::Reset),
        1 => isolate.prop_map(|isolate| Step::Kill { isolate }),
        2 => (-3_i64..4).prop_map(|by| Step::Clock { by }),
    ]
}

struct Isolate {
    objectives: ObjectiveCounter,
    answers: EdgeShares,
    latencies: Histogram,
    metrics: MetricsDelta,
    sender: FiguresSender,
    /// What it has counted, and no reply has said to have arrived.
    open: u64,
}

/// What is stored of a coordinator.
#[derive(Default)]
struct Storage {
    counts: Option<String>,
    replicas: BTreeMap<u64, StoredMetricsReplica>,
    round: Option<Timestamp>,
}

struct World {
    site: Site,
    layout: MetricsLayout,
    isolates: Vec<Isolate>,
    born: u64,
    coordinator: CircuitCounts,
    storage: Storage,
    sent: Vec<ReportedFigures>,
    now: u64,
    counted: ObjectiveCounts,
    told: ObjectiveCounts,
    told_answers: u64,
    /// At most so much of what was counted is told nowhere: isolates were killed with it.
    killed: u64,
}

impl World {
    fn new() -> Self {
        let site = parse("test", FILE).expect("a site file");
        let layout = layout(&site);
        let mut world = Self {
            site,
            layout,
            isolates: Vec::new(),
            born: 0,
            coordinator: CircuitCounts::default(),
            storage: Storage::default(),
            sent: Vec::new(),
            now: 1_000,
            counted: ObjectiveCounts::default(),
            told: ObjectiveCounts::default(),
            told_answers: 0,
            killed: 0,
        };
        for _ in 0..ISOLATES {
            let isolate = world.isolate();
            world.isolates.push(isolate);
        }
        world
    }

    fn isolate(&mut self) -> Isolate {
        self.born += 1;
        Isolate {
            objectives: ObjectiveCounter::new(&self.site),
            answers: EdgeShares::default(),
            latencies: Histogram::new(),
            metrics: MetricsDelta::new(&self.layout),
            sender: FiguresSender::new(self.born),
            open: 0,
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Answer { isolate, is_good } => self.answer(isolate, is_good),
            Step::Send { isolate, fate } => self.send(isolate, fate),
            Step::Late { number } => {
                if let Some(figures) = number.checked_rem(self.sent.len()) {
                    let figures = self.sent[figures].clone();
                    self.arrive(&figures, true);
                }
            }
            Step::Round { fails } => self.round(fails),
            Step::Reset => self.load(),
            Step::Kill { isolate } => {
                self.killed += self.isolates[isolate].open;
                self.isolates[isolate] = self.isolate();
            }
            Step::Clock { by } => self.now = self.now.saturating_add_signed(by),
        }
    }

    fn answer(&mut self, isolate: usize, is_good: bool) {
        let status = if is_good { 200 } else { 500 };
        let call = Some(if is_good { Outcome::Success } else { Outcome::Failure });
        let took = Millis::new(5);
        let answer = ServedAnswer { source: Source::Origin, status, call, took };
        let it = &mut self.isolates[isolate];
        it.objectives.record_answer(&self.site, 0, &answer);
        answer.source.count(status, &mut it.answers);
        it.latencies.record(took);
        it.open += 1;
        self.counted.add(if is_good { ObjectiveCounts::GOOD } else { ObjectiveCounts::BAD });
    }

    fn send(&mut self, isolate: usize, fate: Fate) {
        let Isolate { objectives, answers, latencies, metrics, sender, .. } =
            &mut self.isolates[isolate];
        let take = || {
            let latencies = std::mem::take(latencies);
            ReportedFigures {
                latencies: (!latencies.is_empty()).then_some(latencies),
                answers: std::mem::take(answers),
                objectives: objectives.take(&self.site, 0),
                ..ReportedFigures::default()
            }
        };
        let figures = sender.next(take, metrics, &self.layout, WEB);
        if figures.is_empty() {
            return;
        }
        self.sent.push(figures.clone());
        let is_answered = match fate {
            Fate::Lost => false,
            Fate::Unstored => self.arrive(&figures, false),
            Fate::Unanswered => {
                self.arrive(&figures, true);
                false
            }
            Fate::Twice => self.arrive(&figures, true) && self.arrive(&figures, true),
            Fate::Answered => self.arrive(&figures, true),
        };
        if is_answered {
            let it = &mut self.isolates[isolate];
            it.sender.handle_reply(&figures);
            let arrived: u64 = figures.objectives.iter().map(|it| it.counts.total()).sum();
            it.open -= arrived;
        }
    }

    /// A message arrives. Returns whether it is answered.
    fn arrive(&mut self, figures: &ReportedFigures, is_stored: bool) -> bool {
        let now = self.now();
        if !self.coordinator.merge(&self.layout, figures, now) {
            return true;
        }
        if !is_stored {
            self.load();
            return false;
        }
        self.storage.counts = Some(self.coordinator.to_stored());
        let replica = figures.metrics.as_ref().map(|metrics| metrics.replica());
        let row = replica.and_then(|id| self.coordinator.metrics().replica(id));
        self.storage.replicas.extend(row.map(|row| (row.id(), row)));
        true
    }

    fn round(&mut self, fails: bool) {
        let now = self.now();
        let (figures, is_to_be_stored) = self.coordinator.tell(now);
        self.storage.round = Some(now);
        if is_to_be_stored {
            self.storage.counts = Some(self.coordinator.to_stored());
        }
        if fails {
            self.coordinator.take_back(&figures);
            self.storage.counts = Some(self.coordinator.to_stored());
            return;
        }
        self.hear(&figures);
    }

    /// The monitor is told.
    fn hear(&mut self, figures: &RoundFigures) {
        figures.objectives.iter().for_each(|delta| self.told.add(delta.counts));
        self.told_answers += figures.answers.total();
    }

    fn load(&mut self) {
        let Storage { counts, replicas, round } = &self.storage;
        self.coordinator = match counts {
            Some(text) => CircuitCounts::from_kept(text, *round).expect("a stored form"),
            None => CircuitCounts::new(*round),
        };
        self.coordinator.metrics_mut().remember(replicas.values().copied());
    }

    fn assert_not_more(&self) {
        assert!(
            self.told.good <= self.counted.good && self.told.bad <= self.counted.bad,
            "{:?} of {:?}",
            self.told,
            self.counted
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_counted_for_objectives_is_told_once_whatever_is_lost(
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
            world.assert_not_more();
        }
        // What is still on its way arrives. A message that is unanswered goes first.
        for isolate in 0..ISOLATES {
            for _ in 0..2 {
                world.step(Step::Send { isolate, fate: Fate::Answered });
            }
        }
        world.step(Step::Round { fails: false });
        let all = world.counted.total();
        let told = world.told.total();
        prop_assert!(told <= all && told + world.killed >= all, "{told} of {all}");
        prop_assert_eq!(world.told_answers, told, "answers travel the same way");
        // Nothing is left to be told again.
        world.step(Step::Reset);
        world.step(Step::Clock { by: 1 });
        world.step(Step::Round { fails: false });
        prop_assert_eq!(world.told.total(), told);
    }
}

/// The defect that the property is about, alone: the reply is lost, and the counts come again.
#[test]
fn counts_whose_reply_was_lost_are_told_once() {
    let mut world = World::new();
    world.step(Step::Answer { isolate: 0, is_good: false });
    world.step(Step::Send { isolate: 0, fate: Fate::Unanswered });
    world.step(Step::Answer { isolate: 0, is_good: false });
    world.step(Step::Send { isolate: 0, fate: Fate::Answered });
    world.step(Step::Send { isolate: 0, fate: Fate::Answered });
    world.step(Step::Reset);
    world.step(Step::Round { fails: false });
    assert_eq!((world.told.bad, world.told_answers), (2, 2));
}

#[test]
fn what_a_round_has_told_is_not_told_by_the_next_life_of_the_object() {
    for by in [0, 1, -1] {
        let mut world = World::new();
        world.step(Step::Round { fails: false });
        world.step(Step::Answer { isolate: 0, is_good: true });
        world.step(Step::Send { isolate: 0, fate: Fate::Answered });
        world.step(Step::Clock { by });
        world.step(Step::Round { fails: false });
        world.step(Step::Reset);
        world.step(Step::Round { fails: false });
        assert_eq!(world.told, ObjectiveCounts::GOOD, "{by} ms later");
    }
}

/// If this fails, what is stored can no longer be read.
#[test]
fn the_stored_form_of_counts_is_unchanged_and_the_earlier_one_is_read() {
    let mut world = World::new();
    world.step(Step::Round { fails: false });
    world.step(Step::Answer { isolate: 0, is_good: false });
    world.step(Step::Send { isolate: 0, fate: Fate::Answered });
    let stored = world.storage.counts.as_deref().expect("counts");
    assert_eq!(
        stored,
        r#"{"version":2,"counts":[[[],[],[0,0,0,0,0]],1000,[1,1,0,0,0,0],[["all",[0,1]]]]}"#
    );
    let round = world.storage.round;
    let mut read = CircuitCounts::from_kept(stored, round).expect("counts");
    read.metrics_mut().remember(world.storage.replicas.values().copied());
    assert_eq!(read, world.coordinator);

    let earlier = r#"{"version":1,"metrics":[[],[],[3,0,0,0,0]]}"#;
    let mut read = CircuitCounts::from_kept(earlier, round).expect("counts");
    let (figures, _) = read.tell(world.now());
    assert!(figures.say_nothing());
    assert!(read.to_stored().contains("[3,0,0,0,0]"));
    for unread in [r#"{"version":3,"counts":[]}"#, r#"{"version":2,"counts":[7]}"#, "7", ""] {
        assert!(CircuitCounts::from_kept(unread, None).is_err(), "{unread}");
    }
}
