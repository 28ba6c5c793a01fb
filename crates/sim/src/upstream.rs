//! The upstream: its answers and its outages.

mod backlog;
mod work;

use breakwater_core::circuit::outcome::Outcome;
use serde::{Deserialize, Serialize};

use crate::geography::{Colo, Continent};
use crate::rng::{Property, share_of};
use crate::time::Micros;
use backlog::Backlog;

/// A refusal takes the upstream 1 ms.
const REFUSAL: Micros = Micros::from_ms(1);
/// After a pause a recovering upstream can serve a burst of 10 % of the calls that it serves in a
/// second.
const BURST: f64 = 0.1;

/// The condition of the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It answers every call.
    Healthy,
    /// It never answers, so calls end by their time-out.
    Hanging,
    /// It refuses connections, so calls fail within one round trip.
    Refusing,
    /// Every call takes longer by this span.
    Slow(Micros),
    /// This share of its answers are errors. That is no outage: the upstream counts as well.
    Failing(f64),
    /// It serves the first share of the normal load at the start of the phase and the second share
    /// at its end, with linear growth between, and refuses calls beyond that.
    Recovering(f64, f64),
    /// It answers every call, but its times have a heavy tail: half of the calls take it at most
    /// 60 ms, 1 % longer than 3 s, and these take 20 s. That is no outage: it is always so.
    HeavyTail,
    /// It serves less than the normal load, one call after the other. Calls wait for each other,
    /// and a call that would wait for longer than 5 s is refused.
    Brownout {
        /// The load that it serves, as a share of the normal load.
        capacity: f64,
        /// The share of its answers that are errors.
        failing: f64,
    },
}

impl Condition {
    /// Whether it is an outage: a share of errors, a slow recovery and a heavy tail are not.
    pub const fn is_outage(self) -> bool {
        match self {
            Self::Hanging | Self::Refusing | Self::Slow(_) | Self::Brownout { .. } => true,
            Self::Healthy | Self::Failing(_) | Self::Recovering(..) | Self::HeavyTail => false,
        }
    }
}

/// A condition with a beginning and an end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// The time at which the phase begins.
    pub from: Micros,
    /// The time at which it ends.
    pub until: Micros,
    /// The continent whose calls meet the condition; `None` for all continents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continent: Option<Continent>,
    /// The condition.
    pub condition: Condition,
}

/// The end of a call, if the caller waits long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The time from the start of the call to its end.
    pub took: Micros,
    /// The outcome.
    pub outcome: Outcome,
    /// Whether the call failed or was slow because of an outage.
    pub met_outage: bool,
}

/// The upstream that the fleet protects.
#[derive(Clone, Debug)]
pub struct Upstream {
    phases: Vec<Phase>,
    /// The normal load in calls per second.
    normal: f64,
    /// The calls that it can still serve while it recovers, and the time at which that was so.
    credit: (f64, Micros),
    /// The calls that wait for each other in a brownout.
    backlog: Backlog,
}

impl Upstream {
    /// Creates an upstream with these phases. The first phase that fits a call decides; without one
    /// the upstream is healthy. `normal` is its usual load in calls per second.
    pub const fn new(phases: Vec<Phase>, normal: f64) -> Self {
        Self { phases, normal, credit: (0.0, Micros(0)), backlog: Backlog::new() }
    }

    /// The condition for calls from a continent.
    pub fn condition(&self, continent: Continent, now: Micros) -> Condition {
        self.phase(continent, now).map_or(Condition::Healthy, |phase| phase.condition)
    }

    /// Whether there is an outage for calls from a continent.
    pub fn has_outage(&self, continent: Continent, now: Micros) -> bool {
        self.condition(continent, now).is_outage()
    }

    /// Whether there is or was an outage for calls from a continent.
    pub fn had_outage(&self, continent: Continent, now: Micros) -> bool {
        self.outages(continent).any(|phase| phase.from <= now)
    }

    /// The times at which an outage ends and no other one holds, each with the start of the next
    /// outage after it, if there is one.
    pub fn mendings(&self) -> Vec<(Micros, Option<Micros>)> {
        let outages = || self.phases.iter().filter(|phase| phase.condition.is_outage());
        let mut ends: Vec<Micros> = outages().map(|phase| phase.until).collect();
        ends.sort_unstable();
        ends.dedup();
        ends.retain(|&at| !outages().any(|phase| phase.from <= at && at < phase.until));
        let next = |at| outages().map(|phase| phase.from).filter(|&from| from > at).min();
        ends.into_iter().map(|at| (at, next(at))).collect()
    }

    /// When the first outage of any continent begins and the last one ends.
    pub fn outage(&self) -> Option<(Micros, Micros)> {
        let outages = || Continent::ALL.into_iter().flat_map(|continent| self.outages(continent));
        let from = outages().map(|phase| phase.from).min()?;
        outages().map(|phase| phase.until).max().map(|until| (from, until))
    }

    /// Decides the end of a call from a colo. `seed` is uniform over all of `u64` and belongs to
    /// the visitor, so the result does not depend on which other visitors are admitted.
    pub fn answer(&mut self, colo: Colo, seed: u64, now: Micros) -> Reply {
        let transmit = colo.to_upstream + colo.to_upstream;
        let healthy = Reply {
            took: transmit + work::usual(seed),
            outcome: Outcome::Success,
            met_outage: false,
        };
        let refused =
            Reply { took: transmit + REFUSAL, outcome: Outcome::Failure, met_outage: true };
        let Some(phase) = self.phase(colo.continent, now).copied() else { return healthy };
        match phase.condition {
            Condition::Healthy => healthy,
            Condition::Hanging => Reply { took: Micros::NEVER, ..refused },
            Condition::Refusing => refused,
            Condition::Slow(more) => {
                Reply { took: healthy.took + more, met_outage: true, ..healthy }
            }
            Condition::Failing(share) => {
                let fails = (seed & u64::from(u32::MAX)) as f64 / f64::from(u32::MAX) < share;
                let outcome = if fails { Outcome::Failure } else { Outcome::Success };
                Reply { outcome, ..healthy }
            }
            Condition::Recovering(from, to) => {
                let elapsed =
                    now.since(phase.from).0 as f64 / phase.until.since(phase.from).0 as f64;
                let rate = self.normal * (from + (to - from) * elapsed);
                let (credit, at) = self.credit;
                let credit = (credit + rate * now.since(at).as_secs()).min((rate * BURST).max(1.0));
                let serves = credit >= 1.0;
                self.credit = (if serves { credit - 1.0 } else { credit }, now);
                if serves { healthy } else { refused }
            }
            Condition::HeavyTail => Reply { took: transmit + work::heavy_tail(seed), ..healthy },
            Condition::Brownout { capacity, failing } => {
                let Some(delay) = self.backlog.enqueue(self.normal * capacity, now) else {
                    return refused;
                };
                let fails = share_of(seed, Property::Fails) < failing;
                Reply {
                    took: healthy.took + delay,
                    outcome: if fails { Outcome::Failure } else { Outcome::Success },
                    met_outage: fails || delay > Micros(0),
                }
            }
        }
    }

    fn phase(&self, continent: Continent, now: Micros) -> Option<&Phase> {
        self.phases.iter().find(|phase| {
            now >= phase.from
                && now < phase.until
                && phase.continent.is_none_or(|of| of == continent)
        })
    }

    fn outages(&self, continent: Continent) -> impl Iterator<Item = &Phase> {
        self.phases.iter().filter(move |phase| {
            phase.condition.is_outage() && phase.continent.is_none_or(|of| of == continent)
        })
    }
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
        let phase = Phase { from: Micros(0), until, continent: None, condition };
        let mut upstream = Upstream::new(vec![phase], 1_000.0);
        let served = (0..10_000)
            .filter(|ms| upstream.answer(COLO, 0, Micros::from_ms(*ms)).outcome == Outcome::Success)
            .count();
        assert!((990..=1_010).contains(&served), "{served} of 1,000 in 10 s");
    }

    #[test]
    fn a_brownout_delays_calls_and_then_refuses_them() {
        let condition = Condition::Brownout { capacity: 0.5, failing: 0.0 };
        let until = Micros::from_secs(100);
        let phase = Phase { from: Micros(0), until, continent: None, condition };
        let mut upstream = Upstream::new(vec![phase], 1_000.0);
        let mut replies = (0..20_000).map(|ms| upstream.answer(COLO, 0, Micros::from_ms(ms)));
        let first = replies.next().unwrap();
        assert_eq!((first.outcome, first.met_outage), (Outcome::Success, false));
        let rest: Vec<Reply> = replies.collect();
        let longest = rest.iter().map(|reply| reply.took).max().unwrap();
        assert!(longest > Micros::from_secs(5) && longest < Micros::from_ms(5_100), "{longest}");
        let refused = |calls: &[Reply]| {
            calls.iter().filter(|reply| reply.outcome == Outcome::Failure).count()
        };
        // Each second brings two seconds of work, so the wait grows by a second each second. Once
        // it is too long, half of the calls are too many.
        assert_eq!(refused(&rest[..4_990]), 0);
        let later = refused(&rest[10_000..]);
        assert!((4_900..5_100).contains(&later), "{later}");
    }

    #[test]
    fn an_upstream_with_a_heavy_tail_answers_all_calls_and_has_no_outage() {
        let condition = Condition::HeavyTail;
        let until = Micros::from_secs(1);
        let phase = Phase { from: Micros(0), until, continent: None, condition };
        let mut upstream = Upstream::new(vec![phase], 1.0);
        let reply = upstream.answer(COLO, 1, Micros(0));
        assert_eq!((reply.outcome, reply.met_outage), (Outcome::Success, false));
        assert_eq!(upstream.outage(), None);
    }

    #[test]
    fn the_upstream_is_mended_when_its_last_outage_ends() {
        let phase = |from, until, condition| Phase {
            from: Micros(from),
            until: Micros(until),
            continent: None,
            condition,
        };
        let phases = vec![
            phase(1, 3, Condition::Refusing),
            phase(2, 4, Condition::Hanging),
            phase(4, 6, Condition::Recovering(0.1, 1.0)),
            phase(7, 9, Condition::Refusing),
        ];
        let mendings = Upstream::new(phases, 1.0).mendings();
        assert_eq!(mendings, [(Micros(4), Some(Micros(7))), (Micros(9), None)]);
    }

    #[test]
    fn an_outage_of_one_continent_is_none_elsewhere() {
        let phase = Phase {
            from: Micros(5),
            until: Micros(9),
            continent: Some(Continent::Far),
            condition: Condition::Refusing,
        };
        let upstream = Upstream::new(vec![phase], 1.0);
        assert!(upstream.has_outage(Continent::Far, Micros(5)));
        assert!(!upstream.has_outage(Continent::Far, Micros(9)));
        assert!(upstream.had_outage(Continent::Far, Micros(9)));
        assert!(!upstream.had_outage(Continent::Home, Micros(9)));
        assert_eq!(upstream.outage(), Some((Micros(5), Micros(9))));
    }
}
