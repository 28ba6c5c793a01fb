//! The metrics' words for what the rooms of core decide, what the objects of the control plane tell
//! for a scrape, and the page of all that.
//!
//! [`telemetry`](crate::telemetry) may not use the other rooms, so the values of its labels are
//! mapped here.

mod scraped;
mod told;

pub use scraped::{ANSWER_WITHIN, ScrapedNumbers};
pub use told::{
    BudgetTold, ChannelTold, CircuitMetrics, MonitorMetrics, ObjectiveTold, SiteMetrics,
};

use crate::base::id::CircuitId;
use crate::cache::snapshot::RoundTally;
use crate::circuit::breaker::{Rejected, State};
use crate::circuit::outcome::Outcome;
use crate::site::binding;
use crate::site::config::Site;
use crate::site::degrade::Source;
use crate::telemetry::metrics::{
    AnsweredBy, CallLabel, CircuitLabel, CircuitLabels, FetchLabel, MetricsLayout, ObjectLabel,
    RejectionLabel, RouteLabels, WorkTotals,
};

/// The labels of the site's routes and circuits.
pub fn layout(site: &Site) -> MetricsLayout {
    let upstream = |index: usize| site.upstreams.get(index).map(|it| it.name.clone());
    let routes = site.routes.iter().map(|route| RouteLabels {
        route: alloc::format!("{}", route.pattern),
        upstream: upstream(route.upstream).unwrap_or_default(),
        circuit: CircuitId::new(route.circuit),
    });
    let circuits = site.circuits.iter().map(|circuit| CircuitLabels {
        circuit: circuit.name.clone(),
        upstream: upstream(circuit.upstream).unwrap_or_default(),
    });
    MetricsLayout::new(routes, circuits)
}

/// Who answered, by the ladder's word.
pub const fn answered_by(source: Source) -> AnsweredBy {
    match source {
        Source::Origin => AnsweredBy::Origin,
        Source::Backup => AnsweredBy::Backup,
        Source::Cache => AnsweredBy::Cache,
        Source::Stale => AnsweredBy::Stale,
        Source::Snapshot => AnsweredBy::Snapshot,
        Source::Maintenance => AnsweredBy::Maintenance,
        Source::Fallback => AnsweredBy::Fallback,
    }
}

/// The binding by which objects of a kind are reached.
pub const fn binding_of(object: ObjectLabel) -> &'static str {
    match object {
        ObjectLabel::Coordinator => binding::UPSTREAMS,
        ObjectLabel::Site => binding::SITE,
        ObjectLabel::Monitor => binding::MONITOR,
        ObjectLabel::Dependency => binding::DEPENDENCIES,
        ObjectLabel::Prober => binding::PROBES,
    }
}

/// How a call counted.
pub const fn call_end(outcome: Outcome) -> CallLabel {
    match outcome {
        Outcome::Success => CallLabel::Success,
        Outcome::Failure => CallLabel::Failure,
        Outcome::Ignored => CallLabel::Ignored,
        Outcome::Throttled => CallLabel::Throttled,
        Outcome::Exhausted => CallLabel::Exhausted,
    }
}

/// Why a call was not admitted.
pub const fn rejection(rejected: Rejected) -> RejectionLabel {
    match rejected {
        Rejected::Open { .. } => RejectionLabel::Open,
        Rejected::ForcedOpen => RejectionLabel::ForcedOpen,
        Rejected::Probing => RejectionLabel::Probing,
        Rejected::Ramping => RejectionLabel::Ramping,
        Rejected::Full => RejectionLabel::Full,
    }
}

/// The state of a circuit.
pub const fn circuit_label(state: State) -> CircuitLabel {
    match state {
        State::Closed => CircuitLabel::Closed,
        State::Open => CircuitLabel::Open,
        State::HalfOpen => CircuitLabel::HalfOpen,
        State::ForcedOpen => CircuitLabel::ForcedOpen,
        State::ForcedClosed => CircuitLabel::ForcedClosed,
        State::MetricsOnly => CircuitLabel::MetricsOnly,
    }
}

/// Counts the snapshots of a round that has ended.
pub fn count_round(work: &mut WorkTotals, tally: &RoundTally) {
    let RoundTally { written, unchanged, refused, left, held, .. } = *tally;
    for (became, number) in [
        (FetchLabel::Written, written),
        (FetchLabel::Unchanged, unchanged),
        (FetchLabel::Refused, refused),
        (FetchLabel::Left, left),
        (FetchLabel::Held, held),
    ] {
        work.count_fetches(became, number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The field `Breakwater`, events and the operators' API use the same words.
    #[test]
    fn labels_have_the_words_of_what_they_name() {
        for source in [
            Source::Origin,
            Source::Backup,
            Source::Cache,
            Source::Stale,
            Source::Snapshot,
            Source::Maintenance,
            Source::Fallback,
        ] {
            assert_eq!(answered_by(source).as_str(), source.as_str());
        }
        for state in [
            State::Closed,
            State::Open,
            State::HalfOpen,
            State::ForcedOpen,
            State::ForcedClosed,
            State::MetricsOnly,
        ] {
            assert_eq!(circuit_label(state).as_str(), state.as_str());
        }
    }
}
