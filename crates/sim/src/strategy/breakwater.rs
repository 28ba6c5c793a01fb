//! Breakwater: a replica in every isolate, the coordinator in one Durable Object, and colos'
//! caches in between. This is the shell that the Worker is in reality: it carries out core's
//! steps, and decides nothing.

mod host;
mod sessions;
mod shelf;
mod watch;

pub use host::Order;
pub use watch::{Sight, Watch};

use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{FleetPermit, Kept, Note, Place, Replica, Report};
use breakwater_core::circuit::outcome::Outcome;

use super::Strategy;
use crate::isolate::Life;
use crate::stage::{Call, Guest, Stage};
use host::{Host, Reply};
use sessions::Sessions;
use shelf::Shelves;

/// Replicas, a coordinator, and whoever watches them.
#[derive(Debug)]
pub struct Breakwater<W> {
    replicas: Vec<Replica>,
    sessions: Sessions,
    shelves: Shelves,
    host: Host,
    /// Sees all that happens.
    pub watch: W,
}

/// A request to the object: who asks, and the how-manieth of its requests it is.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    life: Life,
    attempt: u32,
    report: Report,
    /// The network's second copy: nobody hears the reply.
    is_echo: bool,
}

/// What happens in this strategy. The rare ones are boxed: calls that end are most of an agenda.
#[derive(Debug)]
pub enum Step {
    /// A session goes on after a sleep or a write.
    Wake(Life),
    /// The colo's cache has been read.
    Looked(Life),
    /// A note has been written.
    Noted(Life, Note),
    /// A verdict has been written, for so many milliseconds.
    Kept(Life, Box<Kept>, u64),
    /// A report arrives at the object.
    Arrived(Box<Asked>),
    /// The object's turn for it, in that life of the object.
    Served(Box<Asked>, u32),
    /// A reply was held back for long enough, in that life of the object.
    Unheld(u64, u32),
    /// A reply arrives.
    Replied(Box<Asked>, Reply),
    /// The isolate waits no longer for a reply.
    GaveUp(Life, u32, u32),
    /// The object's alarm, if it was not set anew.
    Alarm(u64),
    /// The object's probe of the upstream is back, in that life of the object.
    Probed(bool, u32),
    /// An operator orders something.
    Ordered(Order),
}

type FleetStage = Stage<FleetPermit, Step>;

impl<W: Watch> Strategy for Breakwater<W> {
    type Permit = FleetPermit;
    type Event = Step;

    fn new(stage: &mut FleetStage) -> Self {
        let count = stage.isolates.count() as usize;
        let replicas = (0..count).map(|_| Replica::new(0, None, &stage.policy)).collect();
        let colos = stage.geography.colos.len();
        Self {
            replicas,
            sessions: Sessions::new(count),
            shelves: Shelves::new(colos, stage.has_cache),
            host: Host::new(stage.draw_object_clock(), &stage.policy),
            watch: W::default(),
        }
    }

    fn handle_birth(&mut self, stage: &mut FleetStage, life: Life, name: u64) {
        let place = Place::parse(stage.geography.colo(life.isolate).continent.letters());
        self.replicas[life.isolate as usize] = Replica::new(name, place, &stage.policy);
        self.sessions.forget(life.isolate);
        self.watch.see(stage.now, Sight::Born { isolate: life.isolate, name });
    }

    fn handle_visitor(&mut self, stage: &mut FleetStage, guest: Guest) {
        let isolate = guest.life.isolate;
        let now = stage.clock(isolate);
        let lease = stage.lease();
        let kind = stage.draw_kind();
        let replica = &mut self.replicas[isolate as usize];
        let acquired = replica.try_acquire(&stage.policy, kind, lease, now);
        let sight = Sight::Decided { isolate, replica, permit: acquired.as_ref().ok(), clock: now };
        self.watch.see(stage.now, sight);
        match acquired {
            Ok(permit) => stage.admit(guest, permit),
            Err(_) => stage.reject(guest),
        }
        self.talk_if_due(stage, guest.life);
    }

    fn handle_ended(&mut self, stage: &mut FleetStage, call: Call<FleetPermit>) {
        let isolate = call.life.isolate;
        let has_failed = call.completion.outcome == Outcome::Failure;
        let random = if has_failed { stage.random() } else { 0 };
        let now = stage.clock(isolate);
        let replica = &mut self.replicas[isolate as usize];
        let was_open = !has_failed || replica.state(now) == State::Open;
        let is_from_fleet = call.permit.is_from_fleet();
        let (is_probe, generation) = (call.permit.is_probe(), call.permit.generation());
        let (permit, completion) = (call.permit, call.completion);
        replica.record(&stage.policy, permit, completion, random, now);
        if !was_open && replica.state(now) == State::Open {
            let continent = stage.geography.colo(isolate).continent;
            let is_false = !stage.upstream.was_out(continent, stage.now);
            stage.meter.handle_opening(stage.now, is_false);
        }
        let sight = Sight::Recorded {
            isolate,
            replica,
            is_from_fleet,
            is_probe,
            generation,
            completion,
            clock: now,
        };
        self.watch.see(stage.now, sight);
        self.talk_if_due(stage, call.life);
    }

    fn handle_event(&mut self, stage: &mut FleetStage, step: Step) {
        match step {
            Step::Wake(_)
            | Step::Looked(_)
            | Step::Noted(..)
            | Step::Kept(..)
            | Step::Replied(..)
            | Step::GaveUp(..) => self.handle_session(stage, step),
            Step::Arrived(_)
            | Step::Served(..)
            | Step::Unheld(..)
            | Step::Alarm(_)
            | Step::Probed(..)
            | Step::Ordered(_) => self.host.handle(stage, step, &mut self.watch),
        }
    }

    fn handle_eviction(&mut self, stage: &mut FleetStage) {
        self.host.evict(stage, &mut self.watch);
    }
}

impl<W> Breakwater<W> {
    /// The replica in that place, for who checks it.
    pub fn replica(&self, isolate: u32) -> &Replica {
        &self.replicas[isolate as usize]
    }
}
