//! What befalls a fleet.

mod catalogue;

pub use catalogue::CATALOGUE;

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::policy::Policy;

use crate::geography::Spread;
use crate::network::Weather;
use crate::time::Micros;
use crate::upstream::Spell;

/// How long isolates live on average, where a scenario does not say.
pub const MEAN_LIFE: Micros = Micros::from_secs(600);
/// The time-out of a call to the upstream, where a scenario does not say.
pub const LIMIT: Millis = Millis::from_secs(10);

/// A scenario on the list.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name on the command line.
    pub name: &'static str,
    /// What happens.
    pub about: &'static str,
    build: fn() -> Scenario,
}

impl Entry {
    /// The scenario of that name.
    pub fn named(name: &str) -> Option<Self> {
        CATALOGUE.into_iter().find(|entry| entry.name == name)
    }

    /// What happens, in full.
    pub fn scenario(self) -> Scenario {
        (self.build)()
    }
}

/// What befalls a fleet, and what its breakers are told.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// How long it lasts.
    pub length: Micros,
    /// The part at its start that is not counted.
    pub warm_up: Micros,
    /// What befalls the upstream.
    pub spells: Vec<Spell>,
    /// What the network does to messages.
    pub weather: Weather,
    /// When the Durable Object is evicted.
    pub evictions: Vec<Micros>,
    /// When all isolates are replaced, and the object with them; perhaps with another policy.
    pub deploys: Vec<(Micros, Option<Policy>)>,
    /// What the breakers are told.
    pub policy: Policy,
    /// The time-out of a call to the upstream.
    pub limit: Millis,
    /// How long isolates live on average.
    pub mean_life: Micros,
    /// Clocks are off by up to this, in milliseconds, either way.
    pub skew_ms: u32,
    /// Whether the colos' caches keep anything.
    pub has_cache: bool,
    /// Whether the upstream has a path that the coordinator probes.
    pub has_probe: bool,
    /// The share of requests that are not safe, or have a body.
    pub unsafe_share: f64,
    /// The share of calls that the upstream answers by asking all to stay away, while the weather
    /// is not calm.
    pub throttled_share: f64,
    /// The share of steps after an answer that the platform cuts short.
    pub cut_short: f64,
}

impl Scenario {
    /// Nothing happens for so long.
    pub fn quiet(length: Micros) -> Self {
        Self {
            length,
            warm_up: Micros(0),
            spells: Vec::new(),
            weather: Weather::default(),
            evictions: Vec::new(),
            deploys: Vec::new(),
            policy: Policy::default(),
            limit: LIMIT,
            mean_life: MEAN_LIFE,
            skew_ms: 0,
            has_cache: true,
            has_probe: true,
            unsafe_share: 0.0,
            throttled_share: 0.0,
            cut_short: 0.0,
        }
    }
}

/// A scenario, a fleet that it befalls, and a seed.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What happens.
    pub scenario: Scenario,
    /// How many isolates there are.
    pub isolates: u32,
    /// In how many colos.
    pub colos: u16,
    /// Visitors per second.
    pub rps: u32,
    /// How they are spread.
    pub spread: Spread,
    /// What all chance comes from.
    pub seed: u64,
}
