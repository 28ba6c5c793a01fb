//! The locations of colos, and their distances to the Durable Object and the upstream.
//!
//! Most visitors of a shop live near it, and a Durable Object is created near its first caller, so
//! the object and the upstream both stand on the home continent. [`Spread::Shop`] models such a
//! shop:
//!
//! | continent | colos | traffic | one way to the object | one way to the upstream |
//! |---|---|---|---|---|
//! | home | 40 % | 80 % | 2–20 ms | 2–20 ms |
//! | next | 35 % | 14 % | 35–60 ms | 35–60 ms |
//! | far | 25 % | 6 % | 70–130 ms | 70–130 ms |
//!
//! [`Spread::Uniform`] has the same colos, but gives each the same traffic. It models a site with
//! visitors all over the world, and is the hardest case, since most isolates are then far from the
//! object.
//!
//! Isolates are spread over the colos in proportion to traffic, so each sees about the same rate.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use crate::rng::uniform;
use crate::time::Micros;

/// A third of the world, by its distance from the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Continent {
    /// The continent of the shop, its upstream and the Durable Object.
    Home,
    /// A continent an ocean away.
    Next,
    /// A continent on the other side of the world.
    Far,
}

impl Continent {
    /// All continents, nearest first.
    pub const ALL: [Self; 3] = [Self::Home, Self::Next, Self::Far];

    /// The code by which Cloudflare would name the continent, two letters.
    pub const fn letters(self) -> &'static str {
        match self {
            Self::Home => "EU",
            Self::Next => "NA",
            Self::Far => "OC",
        }
    }

    /// The continent's share of the colos, in percent.
    const fn colos(self) -> u64 {
        match self {
            Self::Home => 40,
            Self::Next => 35,
            Self::Far => 25,
        }
    }

    /// The continent's share of a shop's traffic, in percent.
    const fn traffic(self) -> u64 {
        match self {
            Self::Home => 80,
            Self::Next => 14,
            Self::Far => 6,
        }
    }

    /// The least and the greatest distance in one direction, in milliseconds.
    const fn distance(self) -> (u64, u64) {
        match self {
            Self::Home => (2, 20),
            Self::Next => (35, 60),
            Self::Far => (70, 130),
        }
    }
}

/// The distribution of traffic over the continents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// Most traffic comes from the home continent.
    #[default]
    Shop,
    /// Each colo has the same traffic.
    Uniform,
}

/// One of Cloudflare's data centres.
#[derive(Clone, Copy, Debug)]
pub struct Colo {
    /// The continent that it is on.
    pub continent: Continent,
    /// The time that a message takes to the Durable Object.
    pub to_object: Micros,
    /// The time that a call takes to the upstream, one way.
    pub to_upstream: Micros,
}

/// The colos, and the isolates in them.
#[derive(Clone, Debug)]
pub struct Geography {
    /// The colos, home first.
    pub colos: Vec<Colo>,
    /// The colo of each isolate.
    pub isolates: Vec<u16>,
}

impl Geography {
    /// Lays out `colos` colos and distributes `isolates` isolates over them.
    pub fn new(spread: Spread, colos: u16, isolates: u32, rng: &mut Rng) -> Self {
        let total = u64::from(colos.max(1));
        let mut placed: Vec<Colo> = Vec::new();
        let mut weights: Vec<f64> = Vec::new();
        let mut share = 0;
        for continent in Continent::ALL {
            let first = placed.len();
            share += continent.colos();
            // The home continent has a colo even if there is only one.
            let upto = (total * share).div_ceil(100);
            let (low, high) = continent.distance();
            let (low, high) = (Micros::from_ms(low), Micros::from_ms(high));
            while (placed.len() as u64) < upto {
                let to_object = uniform(rng, low, high);
                let to_upstream = uniform(rng, low, high);
                placed.push(Colo { continent, to_object, to_upstream });
            }
            let here = placed.len() - first;
            let weight = match spread {
                Spread::Shop => continent.traffic() as f64 / here.max(1) as f64,
                Spread::Uniform => 1.0,
            };
            weights.resize(placed.len(), weight);
        }
        let isolates = spread_over(&weights, isolates);
        Self { colos: placed, isolates }
    }

    /// The colo of an isolate.
    pub fn colo(&self, isolate: u32) -> Colo {
        self.colos[usize::from(self.isolates[isolate as usize])]
    }
}

/// The index of a weight for each isolate, in proportion to the weights.
fn spread_over(weights: &[f64], isolates: u32) -> Vec<u16> {
    let total: f64 = weights.iter().sum();
    let (mut colo, mut reached) = (0, weights[0]);
    (0..isolates)
        .map(|isolate| {
            let at = (f64::from(isolate) + 0.5) / f64::from(isolates) * total;
            while reached < at && colo + 1 < weights.len() {
                colo += 1;
                reached += weights[colo];
            }
            colo as u16
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn isolates_at(continent: Continent, spread: Spread) -> usize {
        let rng = &mut Rng::with_seed(1);
        let geography = Geography::new(spread, 300, 3_000, rng);
        (0..3_000).filter(|&isolate| geography.colo(isolate).continent == continent).count()
    }

    #[test]
    fn isolates_are_where_the_traffic_is() {
        assert_eq!(isolates_at(Continent::Home, Spread::Shop), 2_400);
        assert_eq!(isolates_at(Continent::Far, Spread::Shop), 180);
        assert_eq!(isolates_at(Continent::Home, Spread::Uniform), 1_200);
    }

    #[test]
    fn a_world_of_one_colo_is_home() {
        let geography = Geography::new(Spread::Shop, 1, 5, &mut Rng::with_seed(1));
        assert_eq!(geography.colos.len(), 1);
        assert_eq!(geography.colo(4).continent, Continent::Home);
    }
}
