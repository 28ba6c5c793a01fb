//! The world around a strategy: what every strategy meets in the same way.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::fleet::CallKind;
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::Policy;
use fastrand::Rng;

use crate::agenda::Agenda;
use crate::chance::{Subject, stream};
use crate::geography::{Colo, Geography};
use crate::isolate::{Isolates, Life};
use crate::meter::Meter;
use crate::network::Network;
use crate::scenario::Trial;
use crate::time::Micros;
use crate::upstream::Upstream;

/// As a route's lease has it.
const TELLING_TIME: Millis = Millis::from_secs(5);

/// The longest time to stay away that an upstream names.
const NAMED_MAX: Millis = Millis::from_secs(20);

/// A visitor whose request an isolate has, and who waits.
#[derive(Clone, Copy, Debug)]
pub struct Guest {
    /// The isolate.
    pub life: Life,
    /// Where it is.
    pub colo: Colo,
    /// When the visitor came.
    pub came: Micros,
    /// See [`Upstream::answer`].
    pub luck: u64,
}

/// A call to the upstream that has ended.
#[derive(Debug)]
pub struct Call<P> {
    /// The isolate that made it.
    pub life: Life,
    /// The right by which it was made.
    pub permit: P,
    /// How it ended.
    pub completion: Completion,
    /// Whether it met an outage.
    pub met_outage: bool,
}

/// What happens.
#[derive(Debug)]
pub enum Event<P, E> {
    /// A call to the upstream ends.
    Ended(Call<P>),
    /// The Durable Object is evicted.
    Evict,
    /// A new version replaces all isolates, and with it may come a new policy.
    Deploy(Option<Box<Policy>>),
    /// A matter of the strategy's own.
    Own(E),
}

/// The world: time, places, the network, the upstream, and what is written down.
#[derive(Debug)]
pub struct Stage<P, E> {
    /// The time.
    pub now: Micros,
    /// What is to happen.
    pub agenda: Agenda<Event<P, E>>,
    /// Where all is.
    pub geography: Geography,
    /// Who lives.
    pub isolates: Isolates,
    /// Carries messages.
    pub network: Network,
    /// What the fleet stands in front of.
    pub upstream: Upstream,
    /// Counts.
    pub meter: Meter,
    /// What the breakers are told.
    pub policy: Policy,
    /// The time-out of a call to the upstream.
    pub limit: Millis,
    /// Whether the colos' caches keep anything.
    pub has_cache: bool,
    /// Whether the upstream has a path that the coordinator probes.
    pub has_probe: bool,
    /// The object's clock is ahead by up to this, and by another amount after each eviction.
    pub object_skew_ms: u32,
    /// The share of steps after an answer that the platform cuts short.
    pub cut_short: f64,
    unsafe_share: f64,
    throttled_share: f64,
    calls: Rng,
    jitter: Rng,
    clocks: Rng,
}

impl<P, E> Stage<P, E> {
    /// The stage as a trial has it.
    pub fn new(trial: &Trial) -> Self {
        let Trial { scenario, isolates, colos, rps, spread, seed } = trial;
        let stream = |subject| stream(*seed, subject);
        let mut network = stream(Subject::Network);
        let geography = Geography::new(*spread, *colos, *isolates, &mut network);
        let upstream = Upstream::new(scenario.spells.clone(), f64::from(*rps));
        let mut agenda = Agenda::default();
        for &at in &scenario.evictions {
            agenda.put(at, Event::Evict);
        }
        for (at, policy) in &scenario.deploys {
            agenda.put(*at, Event::Deploy(policy.clone().map(Box::new)));
        }
        let births = stream(Subject::Births);
        let mut clocks = stream(Subject::Clocks);
        let isolate_clocks = clocks.fork();
        Self {
            now: Micros(0),
            agenda,
            geography,
            isolates: Isolates::new(
                *isolates,
                scenario.mean_life,
                scenario.skew_ms,
                births,
                isolate_clocks,
            ),
            network: Network::new(scenario.weather.clone(), network),
            upstream,
            meter: Meter::new(scenario.warm_up),
            policy: scenario.policy.clone(),
            limit: scenario.limit,
            has_cache: scenario.has_cache,
            has_probe: scenario.has_probe,
            object_skew_ms: scenario.skew_ms,
            cut_short: scenario.cut_short,
            unsafe_share: scenario.unsafe_share,
            throttled_share: scenario.throttled_share,
            calls: stream(Subject::Calls),
            jitter: stream(Subject::Jitter),
            clocks,
        }
    }

    /// Has something of the strategy's own happen after a span.
    pub fn after(&mut self, span: Micros, event: E) {
        self.agenda.put(self.now + span, Event::Own(event));
    }

    /// Lets a visitor's call through to the upstream.
    pub fn admit(&mut self, guest: Guest, permit: P) {
        self.count(guest, true);
        let reply = self.upstream.answer(guest.colo, guest.luck, self.now);
        let limit = Micros::from(self.limit);
        let outcome = if reply.took >= limit { Outcome::Failure } else { reply.outcome };
        let took = reply.took.min(limit);
        let is_out = self.upstream.is_out(guest.colo.continent, self.now);
        self.meter.begin(self.now, reply.met_outage, is_out);
        let took_ms = Millis::new(took.as_ms());
        let named = self.draw_named_time();
        let outcome = if named.is_some() { Outcome::Throttled } else { outcome };
        let completion = Completion { outcome, took: took_ms, retry_after: named };
        let met_outage = reply.met_outage;
        let call = Call { life: guest.life, permit, completion, met_outage };
        self.agenda.put(self.now + took, Event::Ended(call));
    }

    /// The kind of the next visitor's call.
    pub fn draw_kind(&mut self) -> CallKind {
        let is_unsafe = self.unsafe_share > 0.0 && self.calls.f64() < self.unsafe_share;
        if is_unsafe { CallKind::Unsafe } else { CallKind::Safe }
    }

    /// How long the upstream asks all to stay away, if it does.
    fn draw_named_time(&mut self) -> Option<Millis> {
        let is_throttled = self.throttled_share > 0.0
            && !self.network.is_calm(self.now)
            && self.calls.f64() < self.throttled_share;
        is_throttled.then(|| Millis::new(self.calls.u64(1_000..=NAMED_MAX.get())))
    }

    /// Turns a visitor away.
    pub fn reject(&mut self, guest: Guest) {
        self.count(guest, false);
    }

    /// How long a call may take to tell what became of it: its time-out, and the time that the
    /// Worker's routes add for the telling.
    pub fn lease(&self) -> Millis {
        Millis::new(self.limit.get() + TELLING_TIME.get())
    }

    /// Whether the platform ends an event that works after its answer.
    pub fn is_cut_short(&mut self) -> bool {
        self.cut_short > 0.0
            && !self.network.is_calm(self.now)
            && self.jitter.f64() < self.cut_short
    }

    /// Calls the upstream's probe path from where the object is: whether it passed, and when that
    /// is known.
    pub fn probe(&mut self) -> (bool, Micros) {
        let home = self.geography.colos[0];
        let luck = u64::from(self.random()) << 32 | u64::from(self.random());
        let reply = self.upstream.answer(home, luck, self.now);
        let limit = Micros::from(self.limit);
        let passed = reply.outcome == Outcome::Success && reply.took < limit;
        (passed, reply.took.min(limit))
    }

    /// Uniform over all of `u32`, for core's jitter.
    pub fn random(&mut self) -> u32 {
        self.jitter.u32(..)
    }

    /// A span of the strategy's own kind of chance.
    pub fn between(&mut self, low: Micros, high: Micros) -> Micros {
        crate::chance::between(&mut self.jitter, low, high)
    }

    /// What an isolate's clock shows.
    pub fn clock(&self, isolate: u32) -> Timestamp {
        self.isolates.clock(isolate, self.now)
    }

    /// What the clock of the object's next machine is ahead, in milliseconds.
    pub fn draw_object_clock(&mut self) -> i64 {
        let skew = i64::from(self.object_skew_ms);
        self.clocks.i64(-skew..=skew)
    }

    fn count(&mut self, guest: Guest, admitted: bool) {
        let continent = guest.colo.continent;
        let is_out = self.upstream.is_out(continent, self.now);
        let was_out = is_out || self.upstream.was_out(continent, self.now);
        self.meter.decide(self.now, guest.came, is_out, was_out, admitted);
    }
}
