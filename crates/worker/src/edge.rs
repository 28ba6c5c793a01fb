//! What an isolate remembers between requests: the site, a replica of each circuit, and the
//! calls under way. All of it is a cache; losing it loses nothing that matters.

use std::cell::RefCell;
use std::sync::LazyLock;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::stored::{
    CacheKey, Demand, KEEP_EVERY, REFRESH_EVERY, REVALIDATE_EVERY, Throttle,
};
use breakwater_core::circuit::breaker::{Rejected, State};
use breakwater_core::circuit::fleet::{
    CallKind, FleetPermit, Kept, Loss, Note, Place, Replica, Step, Verdict,
};
use breakwater_core::circuit::latency::Histogram;
use breakwater_core::circuit::outcome::{Completion, Dialect, Ended, Outcome};
use breakwater_core::circuit::retry::{self, RetryBudget};
use breakwater_core::site::config::{Circuit, Route, Upstream};
use breakwater_core::site::degrade::{Attempts, BodyWatch, LastAttempt, NextAttempt, Target};
use breakwater_core::site::forwarding;
use breakwater_core::site::resolve::Owner;
use breakwater_platform::SITE;
pub(crate) use breakwater_platform::site;
use fastrand::Rng;

use crate::clock;
use crate::examined::Examined;

thread_local! {
    static EDGE: RefCell<Edge> = RefCell::new(Edge::new());
}

struct Edge {
    replicas: Vec<Replica>,
    /// One per circuit: how long the calls took whose durations no report has carried yet.
    latencies: Vec<Histogram>,
    /// One per circuit.
    bodies: Vec<BodyWatch>,
    /// One per upstream.
    budgets: Vec<RetryBudget>,
    random: Rng,
    store_throttle: Throttle,
    revalidate_throttle: Throttle,
    refresh_throttle: Throttle,
    demand: Demand,
}

impl Edge {
    fn new() -> Self {
        // Drawn at the first request: the platform has no randomness before.
        let seed = (js_sys::Math::random() * 2f64.powi(53)) as u64;
        let mut random = Rng::with_seed(seed);
        let replica = |circuit: &Circuit| Replica::new(random.u64(..), None, &circuit.policy);
        let replicas = SITE.circuits.iter().map(replica).collect();
        Self {
            replicas,
            latencies: vec![Histogram::new(); SITE.circuits.len()],
            bodies: vec![BodyWatch::default(); SITE.circuits.len()],
            budgets: vec![RetryBudget::default(); SITE.upstreams.len()],
            random,
            store_throttle: Throttle::new(KEEP_EVERY),
            revalidate_throttle: Throttle::new(REVALIDATE_EVERY),
            refresh_throttle: Throttle::new(REFRESH_EVERY),
            demand: Demand::new(),
        }
    }
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination {
    pub(crate) route: &'static Route,
    pub(crate) upstream: &'static Upstream,
    /// Index of the circuit.
    pub(crate) circuit: usize,
}

/// Whether there may be copies of this path.
pub(crate) fn keeps_copies(path: &str) -> bool {
    match SITE.resolve(path).map(|resolved| resolved.owner) {
        Ok(Owner::Route(route)) => SITE.routes[route].store_rules().stores(),
        Ok(Owner::Operators | Owner::Health(_)) | Err(_) => false,
    }
}

/// The target of the route with this index.
pub(crate) fn target(route: usize) -> Destination {
    let route = &SITE.routes[route];
    Destination { route, upstream: &SITE.upstreams[route.upstream], circuit: route.circuit }
}

impl Destination {
    /// The same for a call to the upstream itself, or to the one that stands in for it.
    pub(crate) fn of(self, whom: Target) -> Self {
        match (whom, self.route.backup) {
            (Target::Backup, Some(backup)) => {
                let upstream = &SITE.upstreams[backup];
                Self { upstream, circuit: upstream.circuit, ..self }
            }
            (Target::Origin, _) | (Target::Backup, None) => self,
        }
    }
}

/// Our name in `Via` (RFC 9110 §7.6.3).
pub(crate) fn pseudonym() -> &'static str {
    static PSEUDONYM: LazyLock<String> = LazyLock::new(|| forwarding::pseudonym(&SITE.host));
    &PSEUDONYM
}

/// Our member of `Via`.
pub(crate) fn via() -> &'static str {
    static VIA: LazyLock<String> = LazyLock::new(|| forwarding::via(&SITE.host));
    &VIA
}

/// The right to make one call, with the circuit that gave it. One that is dropped unrecorded, as
/// where something throws on the way, goes back and counts nowhere: a permit that is kept would
/// hold a half-open circuit, or a place in the bulkhead, until its lease ends.
#[must_use = "a permit that is dropped is given back, and its call counts nowhere"]
pub(crate) struct Permit {
    circuit: usize,
    /// Nothing once it was recorded.
    permit: Option<FleetPermit>,
    examined: Examined,
}

/// Asks the replica of a circuit whether a call may be made.
pub(crate) fn acquire(
    circuit: usize,
    kind: CallKind,
    limit: Millis,
    now: Timestamp,
) -> Result<Permit, Rejected> {
    let policy = &SITE.circuits[circuit].policy;
    let permit = with(|edge| edge.replicas[circuit].try_acquire(policy, kind, limit, now))?;
    Ok(Permit { circuit, permit: Some(permit), examined: Examined::default() })
}

impl Permit {
    /// The call is to be judged by this beginning of its answer's body too.
    pub(crate) fn hear(&mut self, examined: Examined) {
        self.examined = examined;
    }

    /// Tells the replica how the call ended, and counts how long it took if it got an answer:
    /// without one that is how long somebody waited.
    pub(crate) fn record(mut self, dialect: Dialect, ended: Ended, took: Millis, now: Timestamp) {
        let circuit = &SITE.circuits[self.circuit];
        let judged = dialect.examine(circuit.policy.count, ended, self.examined.body(), took);
        if judged.cause.needs_operator() {
            worker::console_warn!("circuit {}: {}", circuit.name, judged.cause);
        }
        self.give_back(judged.completion, now);
        if matches!(ended, Ended::Answered { .. }) {
            with(|edge| edge.latencies[self.circuit].record(took));
        }
    }

    fn give_back(&mut self, call: Completion, now: Timestamp) {
        let Some(permit) = self.permit.take() else { return };
        with(|edge| {
            let (policy, random) = (&SITE.circuits[self.circuit].policy, edge.random.u32(..));
            edge.replicas[self.circuit].record(policy, permit, call, random, now);
        });
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.permit.is_some() {
            let (outcome, took) = (Outcome::Ignored, Millis::ZERO);
            self.give_back(Completion { outcome, took, retry_after: None }, clock::now());
        }
    }
}

/// How long calls took since the last time that this was asked; nothing if there were none.
pub(crate) fn take_latencies(circuit: usize) -> Option<Histogram> {
    let taken = with(|edge| std::mem::take(&mut edge.latencies[circuit]));
    (!taken.is_empty()).then_some(taken)
}

/// Takes back what has not arrived.
pub(crate) fn return_latencies(circuit: usize, taken: &Histogram) {
    with(|edge| edge.latencies[circuit].merge(taken));
}

/// The state of a circuit, as this isolate sees it.
pub(crate) fn state(circuit: usize, now: Timestamp) -> State {
    with(|edge| edge.replicas[circuit].state(now))
}

/// Whether an operator has every call of a circuit passed on as it is.
pub(crate) fn is_bypassed(circuit: usize, now: Timestamp) -> bool {
    with(|edge| edge.replicas[circuit].is_bypassed(now))
}

/// Whether the replica of a circuit has something to say or to learn; if so it has begun to.
pub(crate) fn begin_session(circuit: usize, now: Timestamp) -> bool {
    with(|edge| edge.replicas[circuit].begin_session(now))
}

/// Tells a replica where this isolate is.
pub(crate) fn set_place(circuit: usize, continent: Option<&str>) {
    with(|edge| edge.replicas[circuit].set_place(continent.and_then(Place::parse)));
}

/// What the replica of a circuit does next.
pub(crate) fn next_step(circuit: usize, now: Timestamp) -> Option<Step> {
    with(|edge| {
        let random = edge.random.u32(..);
        edge.replicas[circuit].next_step(random, now)
    })
}

/// Hands the replica what the colo's cache held.
pub(crate) fn handle_found(circuit: usize, kept: Option<Kept>, note: Option<Note>, now: Timestamp) {
    with(|edge| {
        let (policy, random) = (&SITE.circuits[circuit].policy, edge.random.u32(..));
        edge.replicas[circuit].handle_found(policy, kept, note, random, now);
    });
}

/// Hands the coordinator's reply to the replica.
pub(crate) fn handle_verdict(circuit: usize, sequence: u32, verdict: Verdict, now: Timestamp) {
    with(|edge| {
        let (policy, random) = (&SITE.circuits[circuit].policy, edge.random.u32(..));
        edge.replicas[circuit].handle_verdict(policy, sequence, verdict, random, now);
    });
}

/// Tells the replica that a report got no reply.
pub(crate) fn handle_lost(circuit: usize, sequence: u32, loss: Loss, now: Timestamp) {
    with(|edge| {
        let random = edge.random.u32(..);
        edge.replicas[circuit].handle_lost(sequence, loss, random, now);
    });
}

/// Whether the body of an answer that passes through is watched to its end.
pub(crate) fn watches_body(circuit: usize, now: Timestamp) -> bool {
    with(|edge| {
        let state = edge.replicas[circuit].state(now);
        edge.bodies[circuit].watches(state, now)
    })
}

/// A body broke off by the upstream's doing.
pub(crate) fn body_broke(circuit: usize, now: Timestamp) {
    with(|edge| edge.bodies[circuit].handle_break(now));
}

/// The next of the calls for one request; the first if there is no last.
pub(crate) fn next_call(
    calls: &mut Attempts<'_>,
    last: Option<LastAttempt>,
    upstream: usize,
    now: Timestamp,
) -> NextAttempt {
    with(|edge| {
        let (random, budget) = (edge.random.u32(..), &mut edge.budgets[upstream]);
        match last {
            None => calls.first(budget, now),
            Some(last) => calls.next(last, budget, random, now),
        }
    })
}

/// Takes note that a page is asked for, and returns whether it was asked for before.
pub(crate) fn take_note(key: &CacheKey) -> bool {
    with(|edge| edge.demand.take_note(key))
}

/// A place in the budget of retries for a call of ours for which no visitor waits.
pub(crate) struct Spare {
    upstream: usize,
    call: Option<retry::Call>,
}

impl Spare {
    /// Takes one until `deadline`, if there is room beside the calls under way.
    pub(crate) fn take(route: &Route, deadline: Timestamp, now: Timestamp) -> Option<Self> {
        let (upstream, policy) = (route.upstream, route.retry.unwrap_or_default());
        let call = with(|edge| edge.budgets[upstream].acquire_spare(&policy, deadline, now))?;
        Some(Self { upstream, call: Some(call) })
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            with(|edge| edge.budgets[self.upstream].release(call, clock::now()));
        }
    }
}

/// Takes note that a page is requested without cookies and returns true, if that is due.
pub(crate) fn try_take_refresh(key: &CacheKey, now: Timestamp) -> bool {
    with(|edge| edge.refresh_throttle.try_take(key, "", now))
}

/// Whether a stale copy is to be renewed now; if so, it is taken as renewed.
pub(crate) fn try_take_revalidation(key: &CacheKey, now: Timestamp) -> bool {
    with(|edge| edge.revalidate_throttle.try_take(key, "", now))
}

/// What copies show was changed: what was done with them lately is void.
pub(crate) fn forget_copy(key: &CacheKey) {
    with(|edge| {
        edge.store_throttle.forget(key);
        edge.refresh_throttle.forget(key);
    });
}

/// Whether an answer is to be kept as a copy now; if so, it is taken as kept.
pub(crate) fn try_take_store(key: &CacheKey, validator: &str, now: Timestamp) -> bool {
    with(|edge| edge.store_throttle.try_take(key, validator, now))
}

/// 128 and 64 random bits, for a trace and a span in it.
pub(crate) fn draw_ids() -> (u128, u64) {
    with(|edge| (edge.random.u128(..), edge.random.u64(..)))
}

/// A number uniform over all of `u32`.
pub(crate) fn draw() -> u32 {
    with(|edge| edge.random.u32(..))
}

/// Does something while nothing else can reach what the isolate remembers.
#[cfg(feature = "dev")]
pub(crate) fn while_borrowed(work: impl FnOnce()) {
    with(|_| work());
}

fn with<T>(work: impl FnOnce(&mut Edge) -> T) -> T {
    EDGE.with_borrow_mut(work)
}
