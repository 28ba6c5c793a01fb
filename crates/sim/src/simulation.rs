//! Runs a trial from its start to its end.

use std::panic::resume_unwind;
use std::thread;

use crate::arrivals::{Arrival, Arrivals};
use crate::metrics::{Metrics, Recovery, recoveries};
use crate::recorder::Recorder;
use crate::rng::{Stream, stream};
use crate::scenario::Trial;
use crate::strategy::{Alone, Breakwater, Kind, PerRequest, Strategy, WorldOf};
use crate::time::Micros;
use crate::world::{Event, Visitor, World};

/// A run of one strategy.
pub struct Simulation<S: Strategy> {
    /// The world around the strategy.
    pub world: WorldOf<S>,
    /// The strategy under test.
    pub strategy: S,
    arrivals: Arrivals,
}

impl<S: Strategy> Simulation<S> {
    /// Creates a run at its start.
    pub fn new(trial: &Trial) -> Self {
        let mut world = World::new(trial);
        let strategy = S::new(&mut world);
        let rng = stream(trial.seed, Stream::Arrivals);
        let arrivals = Arrivals::new(trial.rps, trial.isolates, rng);
        Self { world, strategy, arrivals }
    }

    /// Handles all events before `end`.
    pub fn run_until(&mut self, end: Micros) {
        loop {
            let arrives_at = self.arrivals.next_at();
            if let Some((at, event)) = self.world.events.pop_before(arrives_at.min(end)) {
                self.world.now = at;
                self.handle_event(event);
            } else if arrives_at < end {
                let arrival = self.arrivals.pop();
                self.world.now = arrival.at;
                self.handle_arrival(arrival);
            } else {
                self.world.now = end;
                return;
            }
        }
    }

    fn handle_arrival(&mut self, arrival: Arrival) {
        let Self { world, strategy, .. } = self;
        let (incarnation, started) = world.isolates.admit(arrival.isolate, world.now);
        if let Some(name) = started {
            strategy.handle_start(world, incarnation, name);
            let continent = world.geography.colo(arrival.isolate).continent;
            let has_outage = world.upstream.has_outage(continent, world.now);
            world.recorder.record_isolate_start(has_outage);
        }
        let colo = world.geography.colo(arrival.isolate);
        let Arrival { at: arrived_at, seed, .. } = arrival;
        let has_copy = world.has_copy(seed);
        let visitor = Visitor { incarnation, colo, arrived_at, seed, has_copy };
        strategy.handle_visitor(world, visitor);
    }

    fn handle_event(&mut self, event: Event<S::Permit, S::Event>) {
        let Self { world, strategy, .. } = self;
        match event {
            Event::CallEnded(call) => {
                world.recorder.record_call_end(world.now, call.met_outage);
                if world.isolates.is_alive(call.incarnation, world.now) {
                    strategy.handle_call_end(world, call);
                }
            }
            Event::Evict => strategy.handle_eviction(world),
            Event::Deploy(policy) => {
                if let Some(policy) = policy {
                    world.policy = *policy;
                }
                world.isolates.replace_all(world.now);
                strategy.handle_eviction(world);
            }
            Event::Strategy(event) => strategy.handle_event(world, event),
        }
    }
}

/// The result of a trial with one strategy.
#[derive(Debug)]
pub struct RunResult {
    /// The metrics.
    pub metrics: Metrics,
    /// The recoveries, in the order of the mendings.
    pub recoveries: Vec<Recovery>,
    /// The counts that they were computed from.
    pub recorder: Recorder,
}

/// Runs a trial with each of the strategies, each on a thread of its own.
pub fn run_all(trial: &Trial, kinds: &[Kind]) -> Vec<RunResult> {
    thread::scope(|scope| {
        let threads: Vec<_> =
            kinds.iter().map(|&kind| scope.spawn(move || run(trial, kind))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// Runs a trial with one strategy.
pub fn run(trial: &Trial, kind: Kind) -> RunResult {
    match kind {
        Kind::Alone => run_strategy::<Alone>(trial, kind),
        Kind::PerRequest => run_strategy::<PerRequest>(trial, kind),
        Kind::Breakwater => run_strategy::<Breakwater<()>>(trial, kind),
    }
}

fn run_strategy<S: Strategy>(trial: &Trial, kind: Kind) -> RunResult {
    let mut simulation = Simulation::<S>::new(trial);
    simulation.run_until(trial.scenario.length);
    let recorder = simulation.world.recorder;
    let upstream = &simulation.world.upstream;
    let metrics = Metrics::new(kind, &recorder, upstream, trial);
    RunResult { metrics, recoveries: recoveries(&recorder, upstream), recorder }
}
