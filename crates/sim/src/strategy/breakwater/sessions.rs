//! The steps of replicas' sessions, as the Worker carries them out after an answer.

use breakwater_core::circuit::fleet::{self, REPORT_TIMEOUT, Report};

use super::{Asked, Breakwater, FleetStage, Reply, Sight, Step, Watch};
use crate::isolate::Life;
use crate::time::Micros;

/// Least and most that reading or writing a colo's cache takes.
const CACHE: (Micros, Micros) = (Micros::from_ms(1), Micros::from_ms(3));
/// The network's second copy of a report is late by up to this.
const ECHO_MAX: Micros = Micros::from_secs(3);

/// What isolates wait for.
#[derive(Debug)]
pub(super) struct Sessions {
    /// The latest request of each isolate, and whether its reply is waited for.
    asking: Vec<(u32, bool)>,
}

impl Sessions {
    pub(super) fn new(isolates: usize) -> Self {
        Self { asking: vec![(0, false); isolates] }
    }

    pub(super) fn forget(&mut self, isolate: u32) {
        self.asking[isolate as usize].1 = false;
    }

    /// Which of the isolate's requests this is, and whether it still waited for the one before.
    fn ask(&mut self, isolate: u32) -> (u32, bool) {
        let (attempt, waits) = &mut self.asking[isolate as usize];
        *attempt += 1;
        (*attempt, std::mem::replace(waits, true))
    }

    /// Whether that request was waited for; it is no longer.
    fn settle(&mut self, isolate: u32, attempt: u32) -> bool {
        let (latest, waits) = &mut self.asking[isolate as usize];
        let settles = *waits && *latest == attempt;
        *waits &= !settles;
        settles
    }
}

impl<W: Watch> Breakwater<W> {
    /// Begins a session where one is due.
    pub(super) fn talk_if_due(&mut self, stage: &mut FleetStage, life: Life) {
        let now = stage.clock(life.isolate);
        if self.replicas[life.isolate as usize].begin_session(now) {
            self.go_on(stage, life);
        }
    }

    /// Something that a session waited for.
    pub(super) fn handle_session(&mut self, stage: &mut FleetStage, step: Step) {
        match step {
            Step::Wake(life) if self.lives(stage, life) => self.go_on(stage, life),
            Step::Looked(life) if self.lives(stage, life) => self.look(stage, life),
            Step::Noted(life, note) => {
                let colo = stage.geography.isolates[life.isolate as usize];
                self.shelves.leave(colo, note, stage.now);
                self.wake(stage, life);
            }
            Step::Kept(life, kept, lasts_ms) => {
                let colo = stage.geography.isolates[life.isolate as usize];
                self.shelves.keep(colo, *kept, lasts_ms, stage.now);
                self.wake(stage, life);
            }
            Step::Replied(asked, reply) => self.hear(stage, *asked, reply),
            Step::GaveUp(life, attempt, sequence) => {
                let lives = stage.isolates.is_alive(life, stage.now);
                if lives && self.sessions.settle(life.isolate, attempt) {
                    self.lose(stage, life, sequence, fleet::Loss::Unknown);
                }
            }
            Step::Wake(_)
            | Step::Looked(_)
            | Step::Arrived(_)
            | Step::Served(..)
            | Step::Unheld(..)
            | Step::Alarm(_)
            | Step::Probed(..)
            | Step::Ordered(_) => {}
        }
    }

    fn wake(&mut self, stage: &mut FleetStage, life: Life) {
        if self.lives(stage, life) {
            self.go_on(stage, life);
        }
    }

    /// Whether the isolate lives, and the platform has not cut its event short.
    fn lives(&self, stage: &mut FleetStage, life: Life) -> bool {
        stage.isolates.is_alive(life, stage.now) && !stage.is_cut_short()
    }

    /// Carries out the session's next step, if there is one.
    fn go_on(&mut self, stage: &mut FleetStage, life: Life) {
        let (random, now) = (stage.random(), stage.clock(life.isolate));
        let Some(step) = self.replicas[life.isolate as usize].next_step(random, now) else {
            return;
        };
        let cache = stage.between(CACHE.0, CACHE.1);
        match step {
            fleet::Step::Sleep(span) => stage.after(Micros::from(span), Step::Wake(life)),
            fleet::Step::Look => stage.after(cache, Step::Looked(life)),
            fleet::Step::Note(note) => stage.after(cache, Step::Noted(life, note)),
            fleet::Step::Keep(kept, lasts) => {
                stage.after(cache, Step::Kept(life, Box::new(kept), lasts.get()));
            }
            fleet::Step::Send(report) => self.send(stage, life, report),
        }
    }

    fn look(&mut self, stage: &mut FleetStage, life: Life) {
        let colo = stage.geography.isolates[life.isolate as usize];
        let (kept, note) = self.shelves.look(colo, stage.now);
        let (random, clock) = (stage.random(), stage.clock(life.isolate));
        let isolate = life.isolate;
        let replica = &mut self.replicas[isolate as usize];
        let verdict = kept.as_ref().map(|kept| &kept.verdict);
        self.watch.see(stage.now, Sight::Learning { isolate, replica, verdict, clock });
        replica.handle_found(&stage.policy, kept, note, random, clock);
        self.watch
            .see(stage.now, Sight::Learned { isolate, replica, verdict, is_own: false, clock });
        self.go_on(stage, life);
    }

    fn send(&mut self, stage: &mut FleetStage, life: Life, report: Report) {
        let isolate = life.isolate;
        let (attempt, is_second) = self.sessions.ask(isolate);
        self.watch.see(stage.now, Sight::Sent { isolate, report: &report, is_second });
        let gave_up = Step::GaveUp(life, attempt, report.sequence);
        stage.after(Micros::from(REPORT_TIMEOUT), gave_up);
        let colo = stage.geography.colo(isolate);
        let asked = Asked { life, attempt, report, is_echo: false };
        let Some(way) = stage.network.travel(colo, stage.now) else { return };
        stage.after(way, Step::Arrived(Box::new(asked)));
        if stage.network.duplicates(stage.now) {
            let late = stage.between(Micros(0), ECHO_MAX);
            stage.after(way + late, Step::Arrived(Box::new(Asked { is_echo: true, ..asked })));
        }
    }

    fn hear(&mut self, stage: &mut FleetStage, asked: Asked, reply: Reply) {
        let (life, isolate) = (asked.life, asked.life.isolate);
        let lives = stage.isolates.is_alive(life, stage.now);
        if !lives || !self.sessions.settle(isolate, asked.attempt) {
            return;
        }
        let sequence = asked.report.sequence;
        match reply {
            Err(loss) => self.lose(stage, life, sequence, loss),
            Ok(verdict) => {
                let (random, clock) = (stage.random(), stage.clock(isolate));
                let replica = &mut self.replicas[isolate as usize];
                let verdict = Some(&verdict);
                self.watch.see(stage.now, Sight::Learning { isolate, replica, verdict, clock });
                if let Some(verdict) = verdict.copied() {
                    replica.handle_verdict(&stage.policy, sequence, verdict, random, clock);
                }
                self.watch.see(
                    stage.now,
                    Sight::Learned { isolate, replica, verdict, is_own: true, clock },
                );
                self.wake(stage, life);
            }
        }
    }

    fn lose(&mut self, stage: &mut FleetStage, life: Life, sequence: u32, loss: fleet::Loss) {
        let (random, now) = (stage.random(), stage.clock(life.isolate));
        self.replicas[life.isolate as usize].handle_lost(sequence, loss, random, now);
        self.wake(stage, life);
    }
}
