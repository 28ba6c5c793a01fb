//! The catalogue of named scenarios.
//!
//! The first minute of each is the warm-up, in which the isolates start and nothing is measured.
//! Outages begin at its end. The policy is core's default unless the description says otherwise.

use breakwater_core::base::share::Share;
use breakwater_core::base::time::Millis;
use breakwater_core::circuit::policy::{Policy, PolicySpec};

use super::{Entry, Scenario};
use crate::geography::Continent;
use crate::network::Partition;
use crate::time::Micros;
use crate::upstream::{Condition, Phase};

/// The warm-up lasts until 60 s, when outages begin.
const START: Micros = Micros::from_secs(60);
/// Most outages end at 120 s.
const END: Micros = Micros::from_secs(120);
/// Most scenarios end at 200 s.
const LENGTH: Micros = Micros::from_secs(200);

/// Where visitors may get copies, these are at hand for 75 % of the requests.
const COPIES: f64 = 0.75;

/// All named scenarios.
pub const CATALOGUE: [Entry; 22] = [
    entry("healthy", "nothing happens for four minutes", healthy),
    entry("noisy", "0.1 % of the answers are errors, for three minutes", || {
        always(Condition::Failing(0.001))
    }),
    entry("dead", "for 90 s nothing comes back: calls end by their time-out of 10 s", dead),
    entry("refused", "for a minute every call fails within one round trip", refused),
    entry("slow", "for a minute calls take 3 s more; 50 % slower than 2 s in 10 s trip", slow),
    entry("flapping", "20 s down, 20 s up, three times", flapping),
    entry("region", "for a minute calls from the next continent fail, the others do not", region),
    entry(
        "errors",
        "30 % of the answers are errors, for three minutes; `failure_rate = 50%`",
        || {
            let failure_rate = Some(Share::from_basis_points(5_000));
            let policy = policy(PolicySpec { failure_rate, ..PolicySpec::default() });
            Scenario { policy, ..always(Condition::Failing(0.3)) }
        },
    ),
    entry(
        "streaks",
        "the same, but with core's default policy, which also counts runs of 5",
        || always(Condition::Failing(0.3)),
    ),
    entry(
        "recovering",
        "refused for a minute, then a fifth of the capacity, growing over a minute; `ramp = 1m`",
        || {
            let ramp = Some(Millis::from_secs(60));
            let policy = policy(PolicySpec { ramp, ..PolicySpec::default() });
            Scenario { policy, ..recovering() }
        },
    ),
    entry("herd", "the same without a ramp", recovering),
    entry("partition", "refused, while the next continent is cut off from the object", partition),
    entry("evictions", "refused, while the object is evicted every 10 s", evictions),
    entry("deploy", "refused, and after 20 s of it all isolates are replaced at once", deploy),
    entry("lossy", "refused, while 20 % of all messages are lost", lossy),
    entry("skew", "refused, while clocks are off by up to 30 s", skew),
    entry("no-cache", "refused, while the colos' caches keep nothing, as on workers.dev", no_cache),
    entry("hang", "for a minute no call is answered; copies at hand for 75 % of requests", hang),
    entry("hang-30s", "the same, with a time-out of 30 s instead of 10 s", || Scenario {
        call_timeout: Millis::from_secs(30),
        ..hang()
    }),
    entry("slow-5s", "for a minute calls take 5 s more, and all succeed; copies as before", || {
        with_copies(Condition::Slow(Micros::from_secs(5)))
    }),
    entry("brownout", "for a minute half the capacity, 10 % errors; copies as before", || {
        with_copies(Condition::Brownout { capacity: 0.5, failing: 0.1 })
    }),
    entry("heavy-tail", "always p50 60 ms, p99 3 s, 1 % of calls 20 s; copies as before", || {
        Scenario { copies: COPIES, ..always(Condition::HeavyTail) }
    }),
];

const fn entry(name: &'static str, about: &'static str, build: fn() -> Scenario) -> Entry {
    Entry { name, about, build }
}

fn quiet(length: Micros) -> Scenario {
    Scenario { warm_up: START, ..Scenario::quiet(length) }
}

fn healthy() -> Scenario {
    quiet(Micros::from_secs(300))
}

fn always(condition: Condition) -> Scenario {
    let length = Micros::from_secs(240);
    let phase = Phase { from: Micros(0), until: length, continent: None, condition };
    Scenario { phases: vec![phase], ..quiet(length) }
}

const fn phase(from: Micros, until: Micros, condition: Condition) -> Phase {
    Phase { from, until, continent: None, condition }
}

fn dead() -> Scenario {
    let phase = phase(START, Micros::from_secs(150), Condition::Hanging);
    Scenario { phases: vec![phase], ..quiet(Micros::from_secs(230)) }
}

fn refused() -> Scenario {
    Scenario { phases: vec![phase(START, END, Condition::Refusing)], ..quiet(LENGTH) }
}

fn slow() -> Scenario {
    let rate = Some(Share::from_basis_points(5_000));
    let spec = PolicySpec {
        consecutive_failures: Some(5),
        failure_rate: rate,
        slow_call_rate: rate,
        slow_call: Some(Millis::from_secs(2)),
        window: Some(Millis::from_secs(10)),
        ..PolicySpec::default()
    };
    let phase = phase(START, END, Condition::Slow(Micros::from_secs(3)));
    Scenario { phases: vec![phase], policy: policy(spec), ..quiet(LENGTH) }
}

fn flapping() -> Scenario {
    let down = |n: u64| {
        let from = START + Micros::from_secs(40 * n);
        phase(from, from + Micros::from_secs(20), Condition::Refusing)
    };
    Scenario { phases: (0..3).map(down).collect(), ..quiet(Micros::from_secs(240)) }
}

fn region() -> Scenario {
    let phase = phase(START, END, Condition::Refusing);
    let phase = Phase { continent: Some(Continent::Next), ..phase };
    Scenario { phases: vec![phase], ..quiet(LENGTH) }
}

fn recovering() -> Scenario {
    let back = END + Micros::from_secs(60);
    let phases = vec![
        phase(START, END, Condition::Refusing),
        phase(END, back, Condition::Recovering(0.2, 1.2)),
    ];
    Scenario { phases, ..quiet(Micros::from_secs(280)) }
}

fn partition() -> Scenario {
    let from = START.since(Micros::from_secs(10));
    let until = END + Micros::from_secs(10);
    let mut scenario = refused();
    scenario.network_faults.partitions =
        vec![Partition { continent: Continent::Next, from, until }];
    scenario
}

fn evictions() -> Scenario {
    let at = |n: u64| START + Micros::from_secs(5 + 10 * n);
    Scenario { evictions: (0..10).map(at).collect(), ..refused() }
}

fn deploy() -> Scenario {
    Scenario { deploys: vec![(START + Micros::from_secs(20), None)], ..refused() }
}

fn lossy() -> Scenario {
    let mut scenario = refused();
    scenario.network_faults.loss = 0.2;
    scenario
}

fn skew() -> Scenario {
    Scenario { skew_ms: 30_000, ..refused() }
}

fn no_cache() -> Scenario {
    Scenario { has_cache: false, ..refused() }
}

fn with_copies(condition: Condition) -> Scenario {
    Scenario { phases: vec![phase(START, END, condition)], copies: COPIES, ..quiet(LENGTH) }
}

fn hang() -> Scenario {
    with_copies(Condition::Hanging)
}

/// Builds a policy. The specifications in this file are constant and valid; a test builds all of
/// them.
fn policy(spec: PolicySpec) -> Policy {
    Policy::try_from(spec).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_what_its_scenario_says() {
        let named = |name| Entry::named(name).unwrap().scenario().policy;
        assert!(named("slow").slow_calls.is_some());
        assert_eq!(named("recovering").ramp, Millis::from_secs(60));
        assert_eq!(named("errors").consecutive_failures, None);
        assert_eq!(named("herd"), Policy::default());
    }

    #[test]
    fn names_are_not_used_twice() {
        for entry in CATALOGUE {
            let count = CATALOGUE.iter().filter(|other| other.name == entry.name).count();
            assert_eq!(count, 1, "{}", entry.name);
        }
    }
}
