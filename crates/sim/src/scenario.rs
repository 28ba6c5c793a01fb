//! Scenarios: the faults of a fleet and of its surroundings.

mod catalogue;

pub use catalogue::CATALOGUE;

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::policy::Policy;

use crate::geography::Spread;
use crate::network::NetworkFaults;
use crate::time::Micros;
use crate::upstream::Phase;

/// Isolates live for 600 s on average, unless a scenario says otherwise.
pub const MEAN_LIFETIME: Micros = Micros::from_secs(600);
/// A call to the upstream times out after 10 s, unless a scenario says otherwise.
pub const CALL_TIMEOUT: Millis = Millis::from_secs(10);
/// A visitor for whom a copy is at hand waits for the upstream for at most 2 s.
pub const PATIENCE: Millis = Millis::from_secs(2);

/// A scenario of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name on the command line.
    pub name: &'static str,
    /// A description of what happens in it.
    pub about: &'static str,
    build: fn() -> Scenario,
}

impl Entry {
    /// The scenario with this name.
    pub fn named(name: &str) -> Option<Self> {
        CATALOGUE.into_iter().find(|entry| entry.name == name)
    }

    /// Builds the scenario.
    pub fn scenario(self) -> Scenario {
        (self.build)()
    }
}

/// Everything that happens to a fleet, and the policy of its breakers.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The time at which the scenario ends.
    pub length: Micros,
    /// The span at its start that metrics leave out.
    pub warm_up: Micros,
    /// The phases of the upstream.
    pub phases: Vec<Phase>,
    /// The faults of the network.
    pub network_faults: NetworkFaults,
    /// The times at which the Durable Object is evicted.
    pub evictions: Vec<Micros>,
    /// The times at which all isolates and the object are replaced, perhaps with another policy.
    pub deploys: Vec<(Micros, Option<Policy>)>,
    /// The policy of the breakers.
    pub policy: Policy,
    /// The time-out of a call to the upstream.
    pub call_timeout: Millis,
    /// The share of requests for which a copy is at hand.
    pub copies: f64,
    /// How long a visitor waits for the upstream before a copy serves.
    pub patience: Millis,
    /// The mean lifetime of isolates.
    pub mean_lifetime: Micros,
    /// The largest offset of a clock in either direction, in milliseconds.
    pub skew_ms: u32,
    /// Whether the colos' caches store anything.
    pub has_cache: bool,
    /// Whether the upstream has a path that the coordinator probes.
    pub has_probe: bool,
    /// The share of requests whose method is not safe or that have a body.
    pub unsafe_share: f64,
    /// The share of calls that the upstream answers by asking all clients to stay away, while the
    /// network has faults.
    pub throttled_share: f64,
    /// The share of session steps that the platform ends early, while the network has faults.
    pub cut_short: f64,
}

impl Scenario {
    /// A scenario of this length in which nothing happens.
    pub fn quiet(length: Micros) -> Self {
        Self {
            length,
            warm_up: Micros(0),
            phases: Vec::new(),
            network_faults: NetworkFaults::default(),
            evictions: Vec::new(),
            deploys: Vec::new(),
            policy: Policy::default(),
            call_timeout: CALL_TIMEOUT,
            copies: 0.0,
            patience: PATIENCE,
            mean_lifetime: MEAN_LIFETIME,
            skew_ms: 0,
            has_cache: true,
            has_probe: true,
            unsafe_share: 0.0,
            throttled_share: 0.0,
            cut_short: 0.0,
        }
    }

    /// Has the upstream be mended later by this span, and the scenario end as much later, if it
    /// ends with an outage and what follows it.
    pub fn delay_mending(&mut self, by: Micros) {
        if let Some(phase) = self.phases.last_mut()
            && phase.condition.is_outage()
        {
            phase.until += by;
            self.length += by;
        }
    }
}

/// A scenario, a fleet and a seed: all that a run depends on.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The scenario.
    pub scenario: Scenario,
    /// The number of isolates.
    pub isolates: u32,
    /// The number of colos.
    pub colos: u16,
    /// The number of visitors per second.
    pub rps: u32,
    /// The distribution of visitors over the colos.
    pub spread: Spread,
    /// The seed of all randomness.
    pub seed: u64,
}
