//! Random policies, with openings so short that a case of a few minutes has many of them.

use breakwater_core::base::share::Share;
use breakwater_core::base::time::Millis;
use breakwater_core::circuit::policy::{Mode, Policy, PolicySpec};
use fastrand::Rng;

/// An opening of a random policy lasts at most 15,000 ms, before jitter.
const OPEN_MAX_MS: u64 = 15_000;

/// Draws a random policy.
pub(super) fn draw(rng: &mut Rng) -> Policy {
    let probes = rng.u32(1..=5);
    let has_slow = rng.u8(..5) == 0;
    let by_calls = rng.u8(..3) == 0;
    let open_for = rng.u64(500..=8_000);
    let spec = PolicySpec {
        consecutive_failures: rng.bool().then(|| rng.u32(1..=8)),
        failure_rate: rng.bool().then(|| Share::from_basis_points(rng.u16(500..=9_500))),
        slow_call_rate: has_slow.then(|| Share::from_basis_points(rng.u16(500..=9_500))),
        slow_call: has_slow.then(|| Millis::new(rng.u64(1_000..=2_500))),
        window: (!by_calls).then(|| Millis::new(rng.u64(2_000..=120_000))),
        window_calls: by_calls.then(|| rng.u32(5..=200)),
        minimum_calls: Some(rng.u32(1..=30)),
        open_for: Some(Millis::new(open_for)),
        backoff: Some(1.0 + rng.f64() * 2.0),
        open_for_max: Some(Millis::new(rng.u64(open_for..=OPEN_MAX_MS))),
        jitter: Some(Share::from_basis_points(rng.u16(..5_000))),
        probes: Some(probes),
        probe_successes: Some(rng.u32(1..=probes)),
        probe_timeout: Some(Millis::new(rng.u64(1_000..=8_000))),
        ramp: Some(Millis::new(if rng.bool() { rng.u64(..5_000) } else { 0 })),
        mode: (rng.u8(..20) == 0).then_some(Mode::MetricsOnly),
        ..PolicySpec::default()
    };
    Policy::try_from(spec).unwrap_or_default()
}

/// The longest time that a fleet with this policy may take to recover after faults end, beyond the
/// time that the protocol takes: the opening that has just begun, another one due to a late report
/// from before, and the permits that were lost at the end of each.
pub(super) fn recovery_time(policy: &Policy) -> Millis {
    let opening = policy.open_for_max.get();
    let opening = opening + opening * u64::from(policy.jitter.basis_points()) / 10_000;
    Millis::new(3 * opening + 3 * policy.probe_timeout.get() + policy.ramp.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_random_policy_is_refused() {
        let default = Policy::default();
        assert!((0..1_000).all(|seed| draw(&mut Rng::with_seed(seed)) != default));
    }
}
