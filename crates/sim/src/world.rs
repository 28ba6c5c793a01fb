//! The world around a strategy, which is the same for every strategy.

mod visits;

pub use visits::Admission;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::lease_for;
use breakwater_core::circuit::fleet::CallKind;
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::Policy;
use fastrand::Rng;

use crate::event_queue::EventQueue;
use crate::geography::{Colo, Geography};
use crate::isolate::{Incarnation, Isolates};
use crate::network::Network;
use crate::recorder::Recorder;
use crate::rng::{Stream, stream};
use crate::scenario::Trial;
use crate::time::Micros;
use crate::upstream::Upstream;

/// An upstream that throttles asks clients to stay away for at most 20 s.
const NAMED_MAX: Millis = Millis::from_secs(20);

/// A visitor whose request an isolate holds.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// The isolate's incarnation.
    pub incarnation: Incarnation,
    /// The isolate's colo.
    pub colo: Colo,
    /// The time at which the visitor came.
    pub arrived_at: Micros,
    /// The seed of the visitor's call, see [`Upstream::answer`].
    pub seed: u64,
    /// Whether a copy is at hand that the visitor may get.
    pub has_copy: bool,
}

/// A call to the upstream that has ended.
#[derive(Debug)]
pub struct Call<P> {
    /// The incarnation that made it.
    pub incarnation: Incarnation,
    /// The permit under which it was made.
    pub permit: P,
    /// How it ended.
    pub completion: Completion,
    /// Whether it met an outage.
    pub met_outage: bool,
}

/// The events of a run.
#[derive(Debug)]
pub enum Event<P, E> {
    /// A call to the upstream ends.
    CallEnded(Call<P>),
    /// The Durable Object is evicted.
    Evict,
    /// A new version replaces all isolates and the object, perhaps with a new policy.
    Deploy(Option<Box<Policy>>),
    /// An event of the strategy itself.
    Strategy(E),
}

/// The state of a run that does not belong to the strategy.
#[derive(Debug)]
pub struct World<P, E> {
    /// The current time.
    pub now: Micros,
    /// The future events.
    pub events: EventQueue<Event<P, E>>,
    /// The locations of colos and isolates.
    pub geography: Geography,
    /// The isolates.
    pub isolates: Isolates,
    /// The network between isolates and the object.
    pub network: Network,
    /// The upstream that the fleet protects.
    pub upstream: Upstream,
    /// The counts of the run.
    pub recorder: Recorder,
    /// The policy of the breakers.
    pub policy: Policy,
    /// The time-out of a call to the upstream.
    pub call_timeout: Millis,
    /// How long a visitor waits for the upstream before a copy serves.
    pub patience: Millis,
    /// The share of requests for which a copy is at hand.
    copies: f64,
    /// Whether the colos' caches store anything.
    pub has_cache: bool,
    /// Whether the upstream has a path that the coordinator probes.
    pub has_probe: bool,
    /// The largest offset of the object's clock, in milliseconds; it is drawn again after each
    /// eviction.
    pub object_skew_ms: u32,
    /// The share of session steps that the platform ends early.
    pub cut_short: f64,
    unsafe_share: f64,
    throttled_share: f64,
    calls: Rng,
    jitter: Rng,
    clocks: Rng,
}

impl<P, E> World<P, E> {
    /// Creates the world of a trial at its start.
    pub fn new(trial: &Trial) -> Self {
        let Trial { scenario, isolates, colos, rps, spread, seed } = trial;
        let stream = |subject| stream(*seed, subject);
        let mut network = stream(Stream::Network);
        let geography = Geography::new(*spread, *colos, *isolates, &mut network);
        let upstream = Upstream::new(scenario.phases.clone(), f64::from(*rps));
        let mut events = EventQueue::default();
        for &at in &scenario.evictions {
            events.schedule(at, Event::Evict);
        }
        for (at, policy) in &scenario.deploys {
            events.schedule(*at, Event::Deploy(policy.clone().map(Box::new)));
        }
        let lifetimes = stream(Stream::Lifetimes);
        let mut clocks = stream(Stream::Clocks);
        let isolate_clocks = clocks.fork();
        Self {
            now: Micros(0),
            events,
            geography,
            isolates: Isolates::new(
                *isolates,
                scenario.mean_lifetime,
                scenario.skew_ms,
                lifetimes,
                isolate_clocks,
            ),
            network: Network::new(scenario.network_faults.clone(), network),
            upstream,
            recorder: Recorder::new(scenario.warm_up),
            policy: scenario.policy.clone(),
            call_timeout: scenario.call_timeout,
            patience: scenario.patience,
            copies: scenario.copies,
            has_cache: scenario.has_cache,
            has_probe: scenario.has_probe,
            object_skew_ms: scenario.skew_ms,
            cut_short: scenario.cut_short,
            unsafe_share: scenario.unsafe_share,
            throttled_share: scenario.throttled_share,
            calls: stream(Stream::Calls),
            jitter: stream(Stream::Jitter),
            clocks,
        }
    }

    /// Schedules an event of the strategy after a span.
    pub fn schedule_in(&mut self, span: Micros, event: E) {
        self.events.schedule(self.now + span, Event::Strategy(event));
    }

    /// Draws the kind of the next visitor's call.
    pub fn draw_kind(&mut self) -> CallKind {
        let is_unsafe = self.unsafe_share > 0.0 && self.calls.f64() < self.unsafe_share;
        if is_unsafe { CallKind::Unsafe } else { CallKind::Safe }
    }

    /// Draws how long the upstream asks all clients to stay away, or `None` if it does not.
    fn draw_named_time(&mut self) -> Option<Millis> {
        let is_throttled = self.throttled_share > 0.0
            && !self.network.has_healed(self.now)
            && self.calls.f64() < self.throttled_share;
        is_throttled.then(|| Millis::new(self.calls.u64(1_000..=NAMED_MAX.get())))
    }

    /// The time after which a permit lapses: the time-out of a call, and the time that the Worker's
    /// routes add for reporting the outcome.
    pub fn lease(&self) -> Millis {
        lease_for(self.call_timeout)
    }

    /// Draws whether the platform ends the work after an answer early.
    pub fn is_cut_short(&mut self) -> bool {
        self.cut_short > 0.0
            && !self.network.has_healed(self.now)
            && self.jitter.f64() < self.cut_short
    }

    /// Calls the upstream's probe path from the object's location, for `limit` at most. Returns
    /// whether the probe passed, and how long it took.
    pub fn probe(&mut self, limit: Millis) -> (bool, Micros) {
        let home = self.geography.colos[0];
        let seed = u64::from(self.random()) << 32 | u64::from(self.random());
        let reply = self.upstream.answer(home, seed, self.now);
        self.recorder.record_probe(self.now);
        let limit = Micros::from(limit);
        let passed = reply.outcome == Outcome::Success && reply.took < limit;
        (passed, reply.took.min(limit))
    }

    /// Draws a number uniform over all of `u32`, for core's jitter.
    pub fn random(&mut self) -> u32 {
        self.jitter.u32(..)
    }

    /// Draws a span for a delay of the strategy itself.
    pub fn uniform(&mut self, low: Micros, high: Micros) -> Micros {
        crate::rng::uniform(&mut self.jitter, low, high)
    }

    /// The time that an isolate's clock shows.
    pub fn clock(&self, isolate: u32) -> Timestamp {
        self.isolates.clock(isolate, self.now)
    }

    /// Draws the offset of the object's clock on its next machine, in milliseconds.
    pub fn draw_object_clock(&mut self) -> i64 {
        let skew = i64::from(self.object_skew_ms);
        self.clocks.i64(-skew..=skew)
    }
}
