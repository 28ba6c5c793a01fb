//! The memory of an isolate between requests: the site, a replica of each circuit, and the calls in
//! flight. All of it can be lost without harm.

mod counting;
mod permit;

use std::cell::RefCell;
use std::sync::LazyLock;

use breakwater_core::base::id::{CircuitId, UpstreamId};
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::stored::{
    CacheKey, Demand, KEEP_EVERY, REFRESH_EVERY, REVALIDATE_EVERY, Throttle,
};
use breakwater_core::circuit::breaker::{Rejected, State};
use breakwater_core::circuit::fleet::{Region, Replica, Session, Suspicion};
use breakwater_core::circuit::latency::LatencyHistory;
use breakwater_core::circuit::policy::Policy;
use breakwater_core::circuit::retry::{self, RetryBudget};
use breakwater_core::site::config::{Circuit, Route, Upstream};
use breakwater_core::site::degrade::{Attempts, BodyWatch, LastAttempt, NextAttempt, Target};
use breakwater_core::site::forwarding;
use breakwater_core::site::resolve::{Owner, SiteHost};
use breakwater_platform::SITE;
pub(crate) use breakwater_platform::site;
use fastrand::Rng;

use self::counting::Counts;
use crate::clock;
pub(crate) use counting::{
    count_answer, count_own, count_preflight, count_refused, count_retry, figures_arrived,
    take_figures,
};
pub(crate) use permit::{CallPurpose, CircuitPermit, acquire, acquire_to_lend};

thread_local! {
    static ISOLATE: RefCell<Isolate> = RefCell::new(Isolate::new());
}

struct Isolate {
    /// One per circuit.
    replicas: Vec<Replica>,
    /// One per route: how long its calls take while all is well.
    histories: Vec<LatencyHistory>,
    counts: Counts,
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

impl Isolate {
    fn new() -> Self {
        // Drawn at the first request: the platform has no randomness before.
        let seed = (js_sys::Math::random() * 2f64.powi(53)) as u64;
        let mut random = Rng::with_seed(seed);
        let replica = |circuit: &Circuit| Replica::new(random.u64(..), None, &circuit.policy);
        let replicas = SITE.circuits.iter().map(replica).collect();
        Self {
            replicas,
            histories: vec![LatencyHistory::default(); SITE.routes.len()],
            counts: Counts::new(&mut random),
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
    /// The place of the route among all.
    pub(crate) index: usize,
    pub(crate) upstream: &'static Upstream,
    pub(crate) circuit: CircuitId,
}

/// Whether there may be copies of this path.
pub(crate) fn keeps_copies(path: &str) -> bool {
    match SITE.resolve(SiteHost::Site, path).map(|resolved| resolved.owner) {
        Ok(Owner::Route(route)) => SITE.routes[route].store_rules().stores(),
        Ok(Owner::Operators | Owner::Health(_) | Owner::Status) | Err(_) => false,
    }
}

/// The target of the route with this index.
pub(crate) fn target(index: usize) -> Destination {
    let route = &SITE.routes[index];
    let circuit = CircuitId::new(route.circuit);
    Destination { route, index, upstream: &SITE.upstreams[route.upstream], circuit }
}

impl Destination {
    /// The same for a call to the upstream itself, or to the one that stands in for it.
    pub(crate) fn of(self, whom: Target) -> Self {
        match (whom, self.route.backup) {
            (Target::Backup, Some(backup)) => {
                let upstream = &SITE.upstreams[backup];
                Self { upstream, circuit: CircuitId::new(upstream.circuit), ..self }
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

/// Whether the calls of a circuit take so long that a visitor who may get a copy does not wait.
pub(crate) fn suspicion(circuit: CircuitId, now: Timestamp) -> Suspicion {
    let policy = &circuit_of(circuit).policy;
    with(|it| it.replicas[circuit.index()].suspicion(policy, now))
}

/// Whether a circuit would reject a call now that has been out for so long, if that is longer than
/// healthy calls of the route take.
pub(crate) fn rejection(
    circuit: CircuitId,
    route: usize,
    out_for: Millis,
    now: Timestamp,
) -> Option<Rejected> {
    let policy = &circuit_of(circuit).policy;
    with(|it| {
        let rejected = it.replicas[circuit.index()].rejection(policy, now)?;
        it.histories[route].is_unusual(out_for).then_some(rejected)
    })
}

/// Takes note that a visitor's patience was over before the call was.
pub(crate) fn handle_impatience(circuit: CircuitId, now: Timestamp) {
    let policy = &circuit_of(circuit).policy;
    with(|it| it.replicas[circuit.index()].handle_impatience(policy, now));
}

/// The state of a circuit, as this isolate sees it.
pub(crate) fn state(circuit: CircuitId, now: Timestamp) -> State {
    with(|it| it.replicas[circuit.index()].state(now))
}

/// Whether an operator has every call of a circuit passed on as it is.
pub(crate) fn is_bypassed(circuit: CircuitId, now: Timestamp) -> bool {
    with(|it| it.replicas[circuit.index()].is_bypassed(now))
}

/// Begins a session of a circuit's replica, if it has something to report or to learn.
pub(crate) fn begin_session(circuit: CircuitId, now: Timestamp) -> Option<Session> {
    with(|it| Session::begin(&mut it.replicas[circuit.index()], now))
}

/// Tells a replica the region of this isolate, by the letters of its continent.
pub(crate) fn set_region(circuit: CircuitId, continent: Option<&str>) {
    with(|it| it.replicas[circuit.index()].set_region(continent.and_then(Region::parse)));
}

/// Lets a session work on its replica, with the circuit's policy and a number uniform over all of
/// `u32`.
pub(crate) fn with_replica<T>(
    circuit: CircuitId,
    work: impl FnOnce(&mut Replica, &Policy, u32) -> T,
) -> T {
    with(|it| {
        let random = it.random.u32(..);
        work(&mut it.replicas[circuit.index()], &circuit_of(circuit).policy, random)
    })
}

/// Whether the body of an answer that passes through is watched to its end.
pub(crate) fn watches_body(circuit: CircuitId, now: Timestamp) -> bool {
    with(|it| {
        let state = it.replicas[circuit.index()].state(now);
        it.bodies[circuit.index()].watches(state, now)
    })
}

/// Notes that a body broke off by the upstream's fault.
pub(crate) fn body_broke(circuit: CircuitId, now: Timestamp) {
    with(|it| it.bodies[circuit.index()].handle_break(now));
}

/// The next of the calls for one request; the first if there is no last.
pub(crate) fn next_call(
    calls: &mut Attempts<'_>,
    last: Option<LastAttempt>,
    upstream: UpstreamId,
    now: Timestamp,
) -> NextAttempt {
    with(|it| {
        let (random, budget) = (it.random.u32(..), &mut it.budgets[upstream.index()]);
        match last {
            None => calls.first(budget, now),
            Some(last) => calls.next(last, budget, random, now),
        }
    })
}

/// Takes note that a page is asked for, and returns whether it was asked for before.
pub(crate) fn take_note(key: &CacheKey) -> bool {
    with(|it| it.demand.take_note(key))
}

/// A slot in the budget of retries, for a call for which no visitor waits.
pub(crate) struct Spare {
    upstream: UpstreamId,
    call: Option<retry::CallInFlight>,
}

impl Spare {
    /// Takes a slot until `deadline`, if there is room beside the calls in flight.
    pub(crate) fn take(route: &Route, deadline: Timestamp, now: Timestamp) -> Option<Self> {
        let upstream = UpstreamId::new(route.upstream);
        let policy = route.retry.unwrap_or_default();
        let call = with(|it| it.budgets[upstream.index()].acquire_spare(&policy, deadline, now))?;
        Some(Self { upstream, call: Some(call) })
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            with(|it| it.budgets[self.upstream.index()].release(call, clock::now()));
        }
    }
}

/// Takes note that a page is requested without cookies and returns true, if that is due.
pub(crate) fn try_take_refresh(key: &CacheKey, now: Timestamp) -> bool {
    with(|it| it.refresh_throttle.try_take(key, "", now))
}

/// Whether a stale copy is to be renewed now; if so, it is taken as renewed.
pub(crate) fn try_take_revalidation(key: &CacheKey, now: Timestamp) -> bool {
    with(|it| it.revalidate_throttle.try_take(key, "", now))
}

/// What copies show was changed: what was done with them lately is void.
pub(crate) fn forget_copy(key: &CacheKey) {
    with(|it| {
        it.store_throttle.forget(key);
        it.refresh_throttle.forget(key);
    });
}

/// Whether an answer is to be kept as a copy now; if so, it is taken as kept.
pub(crate) fn try_take_store(key: &CacheKey, validator: &str, now: Timestamp) -> bool {
    with(|it| it.store_throttle.try_take(key, validator, now))
}

/// 128 and 64 random bits, for a trace and a span in it.
pub(crate) fn draw_ids() -> (u128, u64) {
    with(|it| (it.random.u128(..), it.random.u64(..)))
}

/// A number uniform over all of `u32`.
pub(crate) fn draw() -> u32 {
    with(|it| it.random.u32(..))
}

/// Does something while nothing else can reach the isolate's memory.
#[cfg(feature = "dev")]
pub(crate) fn while_borrowed(work: impl FnOnce()) {
    with(|_| work());
}

fn circuit_of(circuit: CircuitId) -> &'static Circuit {
    &SITE.circuits[circuit.index()]
}

fn with<T>(work: impl FnOnce(&mut Isolate) -> T) -> T {
    ISOLATE.with_borrow_mut(work)
}
