//! What visitors got while something was wrong.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use super::MonitorHost;
use crate::base::time::{Millis, Timestamp};
use crate::site::config::WatchRules;
use crate::watch::check::{Check, TrafficSource};
use crate::watch::incident::{EdgeShares, Incident, TimelineKind};

/// How long the monitor's round waits for what the coordinators tell of visitors, in milliseconds:
/// 15 s, which is half again as long as a probe of an upstream that hangs.
pub const ANSWERS_WAIT: Millis = Millis::from_secs(15);
/// Rounds whose answers are remembered: an incident has as many minutes until it is confirmed. What
/// visitors got before is not told of one that took longer.
const ROUNDS_KEPT: usize = 15;
/// How often a timeline tells what visitors got while an incident lasts: each ten minutes.
const TOLD_EVERY: Millis = Millis::from_secs(600);

/// What visitors got of late, as the isolates' reports tell: a minute late at most, and lost with
/// the monitor's memory. It decides nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct RecentAnswers {
    /// By the time of the round, with the upstream whose routes were asked for.
    rounds: VecDeque<(Timestamp, Vec<(String, EdgeShares)>)>,
}

impl RecentAnswers {
    fn add(&mut self, answers: Vec<(String, EdgeShares)>, now: Timestamp) {
        if self.rounds.len() >= ROUNDS_KEPT {
            self.rounds.pop_front();
        }
        self.rounds.push_back((now, answers));
    }

    /// What visitors got from then on, of what a check is about, as far as rounds have told.
    pub(super) fn since(&self, check: &Check, since: Timestamp) -> Option<EdgeShares> {
        let rounds = self.rounds.iter().filter(|(at, _)| *at > since);
        let mut sum = EdgeShares::default();
        rounds.for_each(|(_, answers)| sum.add(&of_check(answers, check)));
        // Reports come a minute late, so that none says nothing yet.
        (sum.total() > 0).then_some(sum)
    }
}

impl MonitorHost {
    /// Takes what visitors got since the last round, by the upstream whose routes they asked for.
    /// The round itself follows.
    pub fn handle_answers(
        &mut self,
        rules: &WatchRules,
        answers: Vec<(String, EdgeShares)>,
        now: Timestamp,
    ) {
        if answers.is_empty() {
            return;
        }
        if rules.status.visitors {
            self.end_hours(rules, now);
            answers.iter().for_each(|(_, shares)| self.site_hour.add_visitors(shares));
        }
        let concerned: Vec<(String, EdgeShares)> = self
            .incidents
            .iter()
            .filter(|incident| incident.is_open())
            .filter_map(|incident| {
                let evidence = incident.evidence()?;
                let check = rules.check(&evidence.check)?;
                let more = of_check(&answers, check);
                (more.total() > 0).then(|| (incident.id().into(), more))
            })
            .collect();
        for (id, more) in concerned {
            let Some(incident) = self.incidents.get_mut(&id) else { continue };
            incident.add_answers(&more);
            if is_due(incident, now) {
                incident.tell_answers(now);
            }
        }
        self.recent_answers.add(answers, now);
    }
}

/// What visitors got of what a check is about: of its upstream's routes, or of all.
fn of_check(answers: &[(String, EdgeShares)], check: &Check) -> EdgeShares {
    let upstream = match &check.traffic {
        Some(TrafficSource::Upstream(name)) => Some(name),
        Some(TrafficSource::Dependency(_)) | None => None,
    };
    let mut sum = EdgeShares::default();
    for (name, shares) in answers {
        if upstream.is_none_or(|upstream| upstream == name) {
            sum.add(shares);
        }
    }
    sum
}

fn is_due(incident: &Incident, now: Timestamp) -> bool {
    let entries = incident.timeline().entries().iter();
    let mut told = entries.rev().filter(|it| matches!(it.kind, TimelineKind::Visitors { .. }));
    told.next().is_none_or(|told| told.at + TOLD_EVERY <= now)
}
