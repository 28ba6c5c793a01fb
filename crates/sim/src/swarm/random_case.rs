//! Random cases.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::breaker::Override;
use fastrand::Rng;

use super::case::{Case, Deploy, TimedOrder};
use super::random_policy;
use crate::geography::{Continent, Spread};
use crate::network::Partition;
use crate::rng::{Stream, stream, uniform};
use crate::strategy::Order;
use crate::time::Micros;
use crate::upstream::{Condition, Phase};

/// The final order of a case lasts 220 s.
const FINAL_ORDER: Millis = Millis::from_secs(220);
/// Earlier orders last for at most 30 s.
const ORDER_MAX: Millis = Millis::from_secs(30);

impl Case {
    /// Draws the case of a seed.
    ///
    /// The order of the draws is part of the meaning of a seed: a change makes the seeds in
    /// `regressions.txt` stand for other cases.
    pub fn random(seed: u64) -> Self {
        let rng = &mut stream(seed, Stream::Case);
        let isolates = rng.u32(5..=60);
        let per_minute = [10, 30, 60, 180][rng.usize(..4)];
        let rps = (isolates * per_minute).div_ceil(60);
        let faults_end = uniform(rng, Micros::from_secs(20), Micros::from_secs(90));
        let policy = random_policy::draw(rng);
        let deploys = (0..rng.usize(..3).saturating_sub(rng.usize(..2)))
            .map(|_| {
                let policy = rng.bool().then(|| random_policy::draw(rng));
                Deploy { at: uniform(rng, Micros(0), faults_end), policy }
            })
            .collect();
        let mut orders: Vec<_> = (0..rng.usize(..4).saturating_sub(1))
            .map(|_| {
                let at = uniform(rng, Micros(0), faults_end);
                TimedOrder { at, order: order(rng, ORDER_MAX) }
            })
            .collect();
        orders.sort_by_key(|order| order.at);
        let final_order = (rng.u8(..4) == 0).then(|| final_order(rng));
        let phases = phases(rng, faults_end);
        let (loss, duplicates) = (share(rng), share(rng));
        let extra_delay = if rng.bool() { Micros(0) } else { Micros(rng.u64(..2_000_000)) };
        let (unsafe_share, throttled_share) = unsafe_and_throttled(seed);
        Self {
            seed,
            isolates,
            rps,
            faults_end,
            policy,
            deploys,
            orders,
            final_order,
            phases,
            loss,
            duplicates,
            extra_delay,
            partitions: partitions(rng, faults_end),
            evictions: (0..rng.usize(..7)).map(|_| uniform(rng, Micros(0), faults_end)).collect(),
            call_timeout: Millis::new(rng.u64(1_000..=5_000)),
            mean_lifetime: uniform(rng, Micros::from_secs(20), Micros::from_secs(600)),
            skew_ms: [0, 0, 500, 30_000][rng.usize(..4)],
            has_cache: rng.u8(..10) < 7,
            has_probe: rng.u8(..10) < 7,
            unsafe_share,
            copies: copies(seed),
            throttled_share,
            cut_short: if rng.bool() { 0.0 } else { rng.f64() * 0.1 },
            colos: rng.u16(2..=10),
            spread: if rng.bool() { Spread::Shop } else { Spread::Uniform },
            ends_at: None,
        }
    }
}

/// Draws the shares of unsafe calls and of throttled calls in a quarter of the cases. In the others
/// both are zero, so that the seeds of `regressions.txt` among them stand for the same cases.
fn unsafe_and_throttled(seed: u64) -> (f64, f64) {
    if !matches!(seed % 8, 1 | 3) {
        return (0.0, 0.0);
    }
    let rng = &mut stream(!seed, Stream::Calls);
    ([0.0, 0.3, 0.9, 1.0][rng.usize(..4)], [0.0, 0.01, 0.1][rng.usize(..3)])
}

/// Draws the share of requests with a copy at hand in half of the cases. In the others, among them
/// those of all seeds of `regressions.txt`, there are no copies.
fn copies(seed: u64) -> f64 {
    if !matches!(seed % 16, 1 | 5 | 8..=12 | 15) {
        return 0.0;
    }
    [0.25, 0.75, 0.95, 1.0][stream(seed, Stream::Copies).usize(..4)]
}

fn partitions(rng: &mut Rng, faults_end: Micros) -> Vec<Partition> {
    (0..rng.usize(..3))
        .map(|_| {
            let (from, until) = span(rng, faults_end);
            Partition { continent: continent(rng), from, until }
        })
        .collect()
}

/// No share in half of the cases, and one of up to 30 % in the others.
fn share(rng: &mut Rng) -> f64 {
    if rng.bool() { 0.0 } else { rng.f64() * 0.3 }
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
        0 => Order::Bypass { lasts: None },
        1 => Order::Bypass { lasts: Some(lasts) },
        2 => Order::Override { chosen: None, lasts },
        _ => Order::Override { chosen: Some(chosen(rng)), lasts },
    }
}

fn final_order(rng: &mut Rng) -> Order {
    match rng.u8(..3) {
        0 => Order::Bypass { lasts: Some(FINAL_ORDER) },
        _ => Order::Override { chosen: Some(chosen(rng)), lasts: FINAL_ORDER },
    }
}

fn chosen(rng: &mut Rng) -> Override {
    [Override::ForcedOpen, Override::ForcedClosed, Override::MetricsOnly][rng.usize(..3)]
}
