//! What a seed stands for.

use breakwater_core::breaker::Override;
use breakwater_core::fleet::POLL;
use breakwater_core::time::Millis;
use fastrand::Rng;

use super::{micros, policy};
use crate::geography::{Continent, Spread};
use crate::network::{NetworkFaults, Partition};
use crate::rng::{Stream, stream, uniform};
use crate::scenario::{Scenario, Trial};
use crate::strategy::Order;
use crate::time::Micros;
use crate::upstream::{Condition, Phase};

/// What the protocol may take on top of a policy's openings: two polls with their jitter until
/// the last replica has heard, a minute that a replica rests which lost its reports, and a verdict
/// that holds for two polls while nobody confirms it.
const PROTOCOL: Micros = Micros::from_secs(2 * (POLL.get() * 4 / 3) / 1_000 + 60 + 60);
/// After the bound the fleet is watched for so long.
const WATCHED: Micros = Micros::from_secs(20);
/// An order that all must follow lasts so long.
const ORDER: Millis = Millis::from_secs(220);
/// And is watched for so long after its end.
const AFTER_ORDER: Micros = Micros::from_secs(60);

/// A random case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The fleet and what befalls it.
    pub trial: Trial,
    /// What operators order, and when.
    pub orders: Vec<(Micros, Order)>,
    /// From then on nothing befalls it.
    pub faults_end: Micros,
    /// From then on every isolate must be closed and admit all.
    pub stable_from: Micros,
    /// The order that reaches all, and when it is given.
    pub last_order: Option<(Micros, Order)>,
    /// How long that one lasts.
    pub order_lasts: Micros,
}

impl Case {
    /// The case of a seed.
    pub fn new(seed: u64) -> Self {
        let rng = &mut stream(seed, Stream::Case);
        let isolates = rng.u32(5..=60);
        let per_minute = [10, 30, 60, 180][rng.usize(..4)];
        let rps = (isolates * per_minute).div_ceil(60);
        let faults_end = uniform(rng, Micros::from_secs(20), Micros::from_secs(90));
        let policy = policy::draw(rng);
        let deploys: Vec<_> = (0..rng.usize(..3).saturating_sub(rng.usize(..2)))
            .map(|_| {
                let changed = rng.bool().then(|| policy::draw(rng));
                (uniform(rng, Micros(0), faults_end), changed)
            })
            .collect();
        let policies = || deploys.iter().filter_map(|(_, policy)| policy.as_ref());
        let settling = policies().chain([&policy]).map(policy::settling).max();
        let rare = Micros(rare_visits(rps, isolates));
        let stable_from = faults_end + micros(settling.unwrap_or_default()) + PROTOCOL + rare;

        let mut orders: Vec<_> = (0..rng.usize(..4).saturating_sub(1))
            .map(|_| (uniform(rng, Micros(0), faults_end), order(rng, Millis::from_secs(30))))
            .collect();
        orders.sort_by_key(|&(at, _)| at);
        let last_order =
            (rng.u8(..4) == 0).then(|| (stable_from + Micros::from_secs(5), last(rng)));
        orders.extend(last_order);
        let length = match last_order {
            Some((at, _)) => at + micros(ORDER) + AFTER_ORDER,
            None => stable_from + WATCHED,
        };

        let (unsafe_share, throttled_share) = calls(seed);
        let scenario = Scenario {
            phases: phases(rng, faults_end),
            network_faults: network_faults(rng, faults_end),
            evictions: (0..rng.usize(..7)).map(|_| uniform(rng, Micros(0), faults_end)).collect(),
            deploys,
            policy,
            call_timeout: Millis::new(rng.u64(1_000..=5_000)),
            mean_lifetime: uniform(rng, Micros::from_secs(20), Micros::from_secs(600)),
            skew_ms: [0, 0, 500, 30_000][rng.usize(..4)],
            has_cache: rng.u8(..10) < 7,
            has_probe: rng.u8(..10) < 7,
            unsafe_share,
            throttled_share,
            cut_short: if rng.bool() { 0.0 } else { rng.f64() * 0.1 },
            ..Scenario::quiet(length)
        };
        let colos = rng.u16(2..=10);
        let spread = if rng.bool() { Spread::Shop } else { Spread::Uniform };
        let trial = Trial { scenario, isolates, colos, rps, spread, seed };
        Self { trial, orders, faults_end, stable_from, last_order, order_lasts: micros(ORDER) }
    }
}

/// What a visitor's absence may add: half a dozen mean times between two of an isolate's visits,
/// each time that the protocol waits for one, in microseconds.
fn rare_visits(rps: u32, isolates: u32) -> u64 {
    6 * 1_000_000 * u64::from(isolates) / u64::from(rps)
}

/// The shares of calls that are not safe, and of those that are told to stay away, in a quarter of
/// the cases. The others are what they were when seeds among them found something.
fn calls(seed: u64) -> (f64, f64) {
    if !matches!(seed % 8, 1 | 3) {
        return (0.0, 0.0);
    }
    let rng = &mut stream(!seed, Stream::Calls);
    ([0.0, 0.3, 0.9, 1.0][rng.usize(..4)], [0.0, 0.01, 0.1][rng.usize(..3)])
}

fn network_faults(rng: &mut Rng, faults_end: Micros) -> NetworkFaults {
    let mut share = || if rng.bool() { 0.0 } else { rng.f64() * 0.3 };
    let (loss, duplicates) = (share(), share());
    let extra_delay = if rng.bool() { Micros(0) } else { Micros(rng.u64(..2_000_000)) };
    let partitions = (0..rng.usize(..3))
        .map(|_| {
            let (from, until) = span(rng, faults_end);
            Partition { continent: continent(rng), from, until }
        })
        .collect();
    NetworkFaults { loss, duplicates, extra_delay, partitions, heal_at: Some(faults_end) }
}

fn phases(rng: &mut Rng, faults_end: Micros) -> Vec<Phase> {
    (0..rng.usize(..5))
        .map(|_| {
            let (from, until) = span(rng, faults_end);
            let condition = match rng.u8(..6) {
                0 => Condition::Hanging,
                1 => Condition::Slow(Micros::from_ms(rng.u64(500..=4_000))),
                2 => Condition::Failing(rng.f64()),
                3 => Condition::Recovering(rng.f64(), rng.f64() + 0.2),
                _ => Condition::Refusing,
            };
            let continent = (rng.u8(..3) == 0).then(|| continent(rng));
            Phase { from, until, continent, condition }
        })
        .collect()
}

fn span(rng: &mut Rng, end: Micros) -> (Micros, Micros) {
    let (a, b) = (uniform(rng, Micros(0), end), uniform(rng, Micros(0), end));
    (a.min(b), a.max(b))
}

fn continent(rng: &mut Rng) -> Continent {
    Continent::ALL[rng.usize(..3)]
}

fn order(rng: &mut Rng, longest: Millis) -> Order {
    let lasts = Millis::new(rng.u64(1..=longest.get()));
    match rng.u8(..6) {
        0 => Order::Bypass(None),
        1 => Order::Bypass(Some(lasts)),
        2 => Order::Override(None, lasts),
        _ => Order::Override(Some(chosen(rng)), lasts),
    }
}

fn last(rng: &mut Rng) -> Order {
    match rng.u8(..3) {
        0 => Order::Bypass(Some(ORDER)),
        _ => Order::Override(Some(chosen(rng)), ORDER),
    }
}

fn chosen(rng: &mut Rng) -> Override {
    [Override::ForcedOpen, Override::ForcedClosed, Override::MetricsOnly][rng.usize(..3)]
}
