//! The network between colos and the Durable Object.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use crate::geography::{Colo, Continent};
use crate::rng::exponential;
use crate::time::Micros;

/// The faults of the network.
#[derive(Clone, Debug, Default)]
pub struct NetworkFaults {
    /// The share of messages that are lost, in each direction.
    pub loss: f64,
    /// The share of reports that arrive twice.
    pub duplicates: f64,
    /// The mean of an exponential delay that is added to each message; it also reorders messages.
    pub extra_delay: Micros,
    /// The partitions between continents and the object.
    pub partitions: Vec<Partition>,
    /// The time at which all faults end, if they do.
    pub heal_at: Option<Micros>,
}

/// A partition: no message passes between the continent and the object.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// The continent that is cut off.
    pub continent: Continent,
    /// The time at which the partition begins.
    pub from: Micros,
    /// The time at which it ends.
    pub until: Micros,
}

/// Delays and loses messages.
#[derive(Debug)]
pub struct Network {
    faults: NetworkFaults,
    rng: Rng,
}

impl Network {
    /// Creates a network with these faults.
    pub const fn new(faults: NetworkFaults, rng: Rng) -> Self {
        Self { faults, rng }
    }

    /// Sends a message in one direction and returns how long it takes, or `None` if it is lost. It
    /// takes the distance to the object, up to a tenth more, and the delay of the faults.
    pub fn transmit(&mut self, colo: Colo, now: Micros) -> Option<Micros> {
        let took = colo.to_object + colo.to_object.times(self.rng.f64() / 10.0);
        if self.has_healed(now) {
            return Some(took);
        }
        let took = took + exponential(&mut self.rng, self.faults.extra_delay);
        let is_lost = self.rng.f64() < self.faults.loss;
        (!is_lost && !self.is_partitioned(colo.continent, now)).then_some(took)
    }

    /// Draws whether a report is delivered twice.
    pub fn duplicates(&mut self, now: Micros) -> bool {
        self.faults.duplicates > 0.0
            && !self.has_healed(now)
            && self.rng.f64() < self.faults.duplicates
    }

    /// Whether the time of faults is over.
    pub fn has_healed(&self, now: Micros) -> bool {
        self.faults.heal_at.is_some_and(|heal_at| now >= heal_at)
    }

    /// Whether a partition separates a continent from the object.
    pub fn is_partitioned(&self, continent: Continent, now: Micros) -> bool {
        self.faults.partitions.iter().any(|partition| {
            partition.continent == continent && now >= partition.from && now < partition.until
        })
    }
}
