//! The metrics' words for what the rooms of core decide. [`telemetry`](crate::telemetry) may not
//! use those rooms, so the values of its labels are mapped here. No branch here decides anything.

use alloc::vec::Vec;

use crate::base::budget::{Importance, Ledger, Resource};
use crate::base::id::CircuitId;
use crate::base::time::{Millis, Timestamp};
use crate::cache::snapshot::{Keeper, RoundTally};
use crate::circuit::breaker::{Rejected, State};
use crate::circuit::outcome::Outcome;
use crate::site::binding;
use crate::site::config::{Site, WatchRules};
use crate::site::degrade::Source;
use crate::site::monitoring::{HeldWork, MonitorHost, WatchedCheck};
use crate::telemetry::metrics::{
    AnsweredBy, BudgetGauge, CallLabel, ChannelGauge, CheckGauge, CheckLabel, CircuitLabel,
    CircuitLabels, DeliveryLabel, FetchLabel, HeldGauge, MessageLabel, MetricsLayout, ObjectLabel,
    ObservationLabel, RejectionLabel, RouteLabels, SnapshotGauges, WorkTotals,
};
use crate::watch::alert::AlertKind;
use crate::watch::alert::outbox::{DeadReason, DeliveryEnd};
use crate::watch::monitor::{CheckResult, CheckState};

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

/// What an observation found.
pub const fn observation(result: CheckResult) -> ObservationLabel {
    match result {
        CheckResult::Up => ObservationLabel::Up,
        CheckResult::Degraded => ObservationLabel::Degraded,
        CheckResult::Down => ObservationLabel::Down,
    }
}

/// What an alert says.
pub const fn message(kind: AlertKind) -> MessageLabel {
    match kind {
        AlertKind::Opened => MessageLabel::Opened,
        AlertKind::Updated => MessageLabel::Updated,
        AlertKind::Resolved => MessageLabel::Resolved,
        AlertKind::Test => MessageLabel::Test,
    }
}

/// How an attempt ended, and what [`handle_end`](crate::watch::alert::outbox::Outbox::handle_end)
/// said of it.
pub const fn delivery(end: &DeliveryEnd, dead: Option<DeadReason>) -> DeliveryLabel {
    match (end, dead) {
        (DeliveryEnd::Delivered, _) => DeliveryLabel::Delivered,
        (_, Some(_)) => DeliveryLabel::Dead,
        (DeliveryEnd::Gone | DeliveryEnd::Refused { .. } | DeliveryEnd::Failed { .. }, None) => {
            DeliveryLabel::Failed
        }
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

/// What there is of snapshots.
pub fn snapshots(keeper: &Keeper) -> SnapshotGauges {
    let mut gauges = SnapshotGauges::default();
    for entry in keeper.known().entries() {
        let number = match (&entry.held, &entry.refused) {
            (Some(_), None) => &mut gauges.kept,
            (Some(_), Some(_)) => &mut gauges.refused,
            (None, _) => &mut gauges.missing,
        };
        *number += 1;
    }
    gauges.last_round = keeper.tally().map(|tally| tally.ended);
    gauges
}

/// The checks, in the order of the site file.
pub fn checks<'a>(rules: &'a WatchRules, host: &MonitorHost) -> Vec<CheckGauge<'a>> {
    let checks = rules.checks.iter().zip(host.checks());
    let label = |watched: &WatchedCheck| check_label(watched.monitor.state());
    checks.map(|(check, it)| CheckGauge { name: &check.name, state: label(it) }).collect()
}

const fn check_label(state: CheckState) -> CheckLabel {
    match state {
        CheckState::Pending => CheckLabel::Pending,
        CheckState::Unknown => CheckLabel::Unknown,
        CheckState::Down => CheckLabel::Down,
        CheckState::Degraded => CheckLabel::Degraded,
        CheckState::Up => CheckLabel::Up,
    }
}

/// The channels, in the order of the site file.
pub fn channels<'a>(
    rules: &'a WatchRules,
    host: &MonitorHost,
    now: Timestamp,
) -> Vec<ChannelGauge<'a>> {
    let outbox = host.outbox();
    let gauge = |name: &'a str| {
        let pending = || outbox.pending().filter(|it| it.key.channel == name);
        let dead = outbox.dead_letters().filter(|it| it.delivery.key.channel == name);
        let oldest = pending().map(|it| now.since(it.added_at)).max();
        ChannelGauge {
            name,
            pending: pending().count() as u64,
            dead: dead.count() as u64,
            oldest: oldest.unwrap_or(Millis::ZERO),
        }
    };
    rules.channels.iter().map(|channel| gauge(&channel.name)).collect()
}

/// What an object may spend, of each resource that it has a budget of.
pub fn budgets(
    object: &'static str,
    ledger: &Ledger,
    now: Timestamp,
) -> impl Iterator<Item = BudgetGauge> {
    let gauge = move |resource: Resource| BudgetGauge {
        object,
        resource,
        limit: ledger.budget().0[resource],
        left: ledger.left(resource, now),
    };
    Resource::ALL.into_iter().map(gauge).filter(|gauge| gauge.limit > 0)
}

/// What the monitor's budget has put off.
pub fn held(work: &HeldWork) -> Vec<HeldGauge> {
    let HeldWork { checks, deliveries, notices, reports, refreshes } = *work;
    let checks = Importance::ALL.into_iter().zip(checks).map(|(importance, times)| {
        let name = match importance {
            Importance::Low => "checks_low",
            Importance::Normal => "checks_normal",
            Importance::High => "checks_high",
            Importance::Critical => "checks_critical",
        };
        HeldGauge { name, times: times.into() }
    });
    let others = [
        ("deliveries", deliveries),
        ("notices", notices),
        ("reports", reports),
        ("refreshes", refreshes),
    ];
    checks.chain(others.map(|(name, times)| HeldGauge { name, times: times.into() })).collect()
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
        for state in [
            CheckState::Pending,
            CheckState::Unknown,
            CheckState::Down,
            CheckState::Degraded,
            CheckState::Up,
        ] {
            assert_eq!(check_label(state).as_str(), state.as_str());
        }
    }

    #[test]
    fn an_attempt_that_ends_in_a_dead_letter_is_dead_whatever_ended_it() {
        assert_eq!(delivery(&DeliveryEnd::Gone, Some(DeadReason::Gone)), DeliveryLabel::Dead);
        assert_eq!(delivery(&DeliveryEnd::Delivered, None), DeliveryLabel::Delivered);
        assert_eq!(delivery(&DeliveryEnd::Gone, None), DeliveryLabel::Failed);
    }
}
