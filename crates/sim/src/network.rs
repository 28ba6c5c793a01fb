//! How messages fare between colos and the Durable Object.

use fastrand::Rng;

use crate::chance::exponential;
use crate::geography::{Colo, Continent};
use crate::time::Micros;

/// What the network does to messages.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    /// The share of messages that are lost, each way.
    pub loss: f64,
    /// The share of reports that arrive twice.
    pub duplicates: f64,
    /// Mean of what a message is late by on top of its way; so much reorders them.
    pub late_by: Micros,
    /// Continents that are cut off, and when.
    pub cuts: Vec<Cut>,
    /// From when on all is well again, if ever.
    pub calm_from: Option<Micros>,
}

/// A partition: nothing passes between the continent and the object.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// Who is cut off.
    pub continent: Continent,
    /// From when.
    pub from: Micros,
    /// Until when.
    pub until: Micros,
}

/// Delays and loses messages.
#[derive(Debug)]
pub struct Network {
    weather: Weather,
    rng: Rng,
}

impl Network {
    /// A network with that weather.
    pub const fn new(weather: Weather, rng: Rng) -> Self {
        Self { weather, rng }
    }

    /// How long a message takes one way, or nothing if it is lost: the way itself, up to a tenth
    /// more, and what the weather adds.
    pub fn travel(&mut self, colo: Colo, now: Micros) -> Option<Micros> {
        let took = colo.to_object + colo.to_object.times(self.rng.f64() / 10.0);
        if self.is_calm(now) {
            return Some(took);
        }
        let took = took + exponential(&mut self.rng, self.weather.late_by);
        let is_lost = self.rng.f64() < self.weather.loss;
        (!is_lost && !self.is_cut(colo.continent, now)).then_some(took)
    }

    /// Whether a report is delivered twice.
    pub fn duplicates(&mut self, now: Micros) -> bool {
        self.weather.duplicates > 0.0
            && !self.is_calm(now)
            && self.rng.f64() < self.weather.duplicates
    }

    /// Whether the bad weather is over.
    pub fn is_calm(&self, now: Micros) -> bool {
        self.weather.calm_from.is_some_and(|from| now >= from)
    }

    /// Whether a continent is cut off from the object.
    pub fn is_cut(&self, continent: Continent, now: Micros) -> bool {
        let cuts = &self.weather.cuts;
        cuts.iter().any(|cut| cut.continent == continent && now >= cut.from && now < cut.until)
    }
}
