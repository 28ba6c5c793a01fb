//! Plays a trial from its start to its end.

use std::panic::resume_unwind;
use std::thread;

use crate::chance::{Subject, stream};
use crate::figures::Figures;
use crate::meter::Meter;
use crate::scenario::Trial;
use crate::stage::{Event, Guest, Stage};
use crate::strategy::{Alone, Breakwater, Kind, PerRequest, StageOf, Strategy};
use crate::time::Micros;
use crate::visitors::{Visitor, Visitors};

/// A run of one strategy.
pub struct Run<S: Strategy> {
    /// The world.
    pub stage: StageOf<S>,
    /// What is tried.
    pub strategy: S,
    visitors: Visitors,
}

impl<S: Strategy> Run<S> {
    /// A run at its start.
    pub fn new(trial: &Trial) -> Self {
        let mut stage = Stage::new(trial);
        let strategy = S::new(&mut stage);
        let rng = stream(trial.seed, Subject::Visitors);
        let visitors = Visitors::new(trial.rps, trial.isolates, rng);
        Self { stage, strategy, visitors }
    }

    /// Plays all that happens before `end`.
    pub fn play(&mut self, end: Micros) {
        loop {
            let visit = self.visitors.next_at();
            if let Some((at, event)) = self.stage.agenda.take_before(visit.min(end)) {
                self.stage.now = at;
                self.handle(event);
            } else if visit < end {
                let visitor = self.visitors.take();
                self.stage.now = visitor.at;
                self.welcome(visitor);
            } else {
                self.stage.now = end;
                return;
            }
        }
    }

    fn welcome(&mut self, visitor: Visitor) {
        let Self { stage, strategy, .. } = self;
        let (life, born) = stage.isolates.admit(visitor.isolate, stage.now);
        if let Some(name) = born {
            strategy.handle_birth(stage, life, name);
            let continent = stage.geography.colo(visitor.isolate).continent;
            let is_out = stage.upstream.is_out(continent, stage.now);
            stage.meter.count_birth(is_out);
        }
        let colo = stage.geography.colo(visitor.isolate);
        let guest = Guest { life, colo, came: visitor.at, luck: visitor.luck };
        strategy.handle_visitor(stage, guest);
    }

    fn handle(&mut self, event: Event<S::Permit, S::Event>) {
        let Self { stage, strategy, .. } = self;
        match event {
            Event::Ended(call) => {
                stage.meter.end(call.met_outage);
                if stage.isolates.is_alive(call.life, stage.now) {
                    strategy.handle_ended(stage, call);
                }
            }
            Event::Evict => strategy.handle_eviction(stage),
            Event::Deploy(policy) => {
                if let Some(policy) = policy {
                    stage.policy = *policy;
                }
                stage.isolates.replace_all(stage.now);
                strategy.handle_eviction(stage);
            }
            Event::Own(event) => strategy.handle_event(stage, event),
        }
    }
}

/// What came of a trial with one strategy.
#[derive(Debug)]
pub struct Played {
    /// The figures.
    pub figures: Figures,
    /// What they were made from.
    pub meter: Meter,
}

/// Plays a trial with each of the strategies, on as many threads.
pub fn play_all(trial: &Trial, kinds: &[Kind]) -> Vec<Played> {
    thread::scope(|scope| {
        let threads: Vec<_> =
            kinds.iter().map(|&kind| scope.spawn(move || play(trial, kind))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// Plays a trial with one strategy.
pub fn play(trial: &Trial, kind: Kind) -> Played {
    match kind {
        Kind::Alone => play_with::<Alone>(trial, kind),
        Kind::PerRequest => play_with::<PerRequest>(trial, kind),
        Kind::Breakwater => play_with::<Breakwater<()>>(trial, kind),
    }
}

fn play_with<S: Strategy>(trial: &Trial, kind: Kind) -> Played {
    let mut run = Run::<S>::new(trial);
    run.play(trial.scenario.length);
    let meter = run.stage.meter;
    let outage = run.stage.upstream.outage();
    Played { figures: Figures::new(kind, &meter, outage, trial), meter }
}
