//! The upstream: how it answers, and what befalls it.

use breakwater_core::circuit::outcome::Outcome;

use crate::geography::{Colo, Continent};
use crate::time::Micros;

/// Least time that the upstream works on a call.
const WORK_MIN: Micros = Micros::from_ms(20);
/// Mean of what it works beyond that.
const WORK_MORE: Micros = Micros::from_ms(30);
/// How long an answer takes that only says no.
const REFUSAL: Micros = Micros::from_ms(1);
/// What a recovering upstream can serve at once after a pause, as a share of a second's worth.
const BURST: f64 = 0.1;

/// How the upstream is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Condition {
    /// It answers.
    Well,
    /// Nothing comes back; calls end by the time-out of the route.
    Hanging,
    /// It refuses connections: failures within one round trip.
    Refusing,
    /// Every call takes so much longer.
    Slow(Micros),
    /// This share of its answers are errors. No outage: it is judged well.
    Failing(f64),
    /// It can serve this share of the normal load at first, growing to the other one at the end of
    /// the spell, and refuses what is beyond.
    Recovering(f64, f64),
}

/// A condition for a while.
#[derive(Clone, Copy, Debug)]
pub struct Spell {
    /// From when.
    pub from: Micros,
    /// Until when.
    pub until: Micros,
    /// For calls from which continent; all if none is named.
    pub continent: Option<Continent>,
    /// How it is.
    pub condition: Condition,
}

/// How a call ends, if the caller waits long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// From the call until its end.
    pub took: Micros,
    /// What it was.
    pub outcome: Outcome,
    /// Whether the caller met an outage: it failed, or was slow, because of one.
    pub met_outage: bool,
}

/// The upstream.
#[derive(Clone, Debug)]
pub struct Upstream {
    spells: Vec<Spell>,
    /// Calls per second that are normal.
    normal: f64,
    /// What it can still serve while it recovers, in calls, and as of when.
    spare: (f64, Micros),
}

impl Upstream {
    /// An upstream to which these things happen, the first that fits being what holds, and that is
    /// well otherwise. `normal` is its usual load in calls per second.
    pub const fn new(spells: Vec<Spell>, normal: f64) -> Self {
        Self { spells, normal, spare: (0.0, Micros(0)) }
    }

    /// How it is for calls from a continent.
    pub fn condition(&self, continent: Continent, now: Micros) -> Condition {
        self.spell(continent, now).map_or(Condition::Well, |spell| spell.condition)
    }

    /// Whether there is an outage for calls from a continent.
    pub fn is_out(&self, continent: Continent, now: Micros) -> bool {
        is_outage(self.condition(continent, now))
    }

    /// Whether a continent has met an outage so far, or meets one.
    pub fn was_out(&self, continent: Continent, now: Micros) -> bool {
        self.outages(continent).any(|spell| spell.from <= now)
    }

    /// When the first outage begins and the last one ends, for anybody.
    pub fn outage(&self) -> Option<(Micros, Micros)> {
        let outages = || Continent::ALL.into_iter().flat_map(|place| self.outages(place));
        let from = outages().map(|spell| spell.from).min()?;
        outages().map(|spell| spell.until).max().map(|until| (from, until))
    }

    /// What becomes of a call from that colo. `luck` is uniform over all of `u64` and is the
    /// visitor's own, so that it does not depend on whom else is admitted.
    pub fn answer(&mut self, colo: Colo, luck: u64, now: Micros) -> Reply {
        let travel = colo.to_upstream + colo.to_upstream;
        let well =
            Reply { took: travel + work(luck), outcome: Outcome::Success, met_outage: false };
        let refused = Reply { took: travel + REFUSAL, outcome: Outcome::Failure, met_outage: true };
        let Some(spell) = self.spell(colo.continent, now).copied() else { return well };
        match spell.condition {
            Condition::Well => well,
            Condition::Hanging => Reply { took: Micros::NEVER, ..refused },
            Condition::Refusing => refused,
            Condition::Slow(more) => Reply { took: well.took + more, met_outage: true, ..well },
            Condition::Failing(share) => {
                let fails = (luck & u64::from(u32::MAX)) as f64 / f64::from(u32::MAX) < share;
                let outcome = if fails { Outcome::Failure } else { Outcome::Success };
                Reply { outcome, ..well }
            }
            Condition::Recovering(from, to) => {
                let gone = now.since(spell.from).0 as f64 / spell.until.since(spell.from).0 as f64;
                let rate = self.normal * (from + (to - from) * gone);
                let (spare, at) = self.spare;
                let spare = (spare + rate * now.since(at).as_secs()).min((rate * BURST).max(1.0));
                let serves = spare >= 1.0;
                self.spare = (if serves { spare - 1.0 } else { spare }, now);
                if serves { well } else { refused }
            }
        }
    }

    fn spell(&self, continent: Continent, now: Micros) -> Option<&Spell> {
        self.spells.iter().find(|spell| {
            now >= spell.from
                && now < spell.until
                && spell.continent.is_none_or(|place| place == continent)
        })
    }

    fn outages(&self, continent: Continent) -> impl Iterator<Item = &Spell> {
        self.spells.iter().filter(move |spell| {
            is_outage(spell.condition) && spell.continent.is_none_or(|place| place == continent)
        })
    }
}

/// Whether it is one: a share of errors and a slow recovery are not.
const fn is_outage(condition: Condition) -> bool {
    match condition {
        Condition::Hanging | Condition::Refusing | Condition::Slow(_) => true,
        Condition::Well | Condition::Failing(_) | Condition::Recovering(..) => false,
    }
}

/// How long the upstream works on a call, by the upper half of its luck.
fn work(luck: u64) -> Micros {
    let share = (luck >> 32) as f64 / (f64::from(u32::MAX) + 1.0);
    WORK_MIN + WORK_MORE.times(-(1.0 - share).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLO: Colo = Colo {
        continent: Continent::Home,
        to_object: Micros::from_ms(5),
        to_upstream: Micros::from_ms(10),
    };

    #[test]
    fn a_recovering_upstream_serves_what_it_can() {
        let condition = Condition::Recovering(0.1, 0.1);
        let until = Micros::from_secs(100);
        let spell = Spell { from: Micros(0), until, continent: None, condition };
        let mut upstream = Upstream::new(vec![spell], 1_000.0);
        let served = (0..10_000)
            .filter(|ms| upstream.answer(COLO, 0, Micros::from_ms(*ms)).outcome == Outcome::Success)
            .count();
        assert!((990..=1_010).contains(&served), "{served} of 1,000 in 10 s");
    }

    #[test]
    fn an_outage_of_one_continent_is_none_elsewhere() {
        let spell = Spell {
            from: Micros(5),
            until: Micros(9),
            continent: Some(Continent::Far),
            condition: Condition::Refusing,
        };
        let upstream = Upstream::new(vec![spell], 1.0);
        assert!(upstream.is_out(Continent::Far, Micros(5)));
        assert!(!upstream.is_out(Continent::Far, Micros(9)));
        assert!(upstream.was_out(Continent::Far, Micros(9)));
        assert!(!upstream.was_out(Continent::Home, Micros(9)));
        assert_eq!(upstream.outage(), Some((Micros(5), Micros(9))));
    }
}
