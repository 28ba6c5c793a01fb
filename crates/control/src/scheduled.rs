//! The round of each minute: every circuit's coordinator probes its upstream if that is due, every
//! dependency's prober the dependency, and the snapshots that are due are fetched.

use std::cell::RefCell;

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::figures::RoundFigures;
use breakwater_core::site::monitoring::ANSWERS_WAIT;
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_core::telemetry::sentry::CheckInStatus;
use breakwater_core::watch::health::Status;
use breakwater_platform::coordinator::CoordinatorClient;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::prober::ProberClient;
use breakwater_platform::site_object::SiteClient;
use breakwater_platform::{clock, log, sentry, site, timer};
use futures::future;
use worker::Env;

use crate::join_all;
use crate::status::copies;
use crate::watch_rules::rules;

/// The round's name at Sentry.
const ROUND: &str = "breakwater-round";

/// What a circuit's coordinator tells, by the name of the upstream.
type ToldByCircuit = (String, RoundFigures);
/// What a prober found last, by the name of the dependency.
type FoundByProber = (String, Status, Timestamp);

/// Runs the round. One coordinator's failure is reported and keeps no other from its round.
pub(crate) async fn run(env: &Env) {
    let begun = clock::now();
    let found = RefCell::new(Vec::new());
    let others = probers(env, false, &found);
    future::join3(circuits_probers_and_monitor(env), others, snapshots(env)).await;
    // Then the monitor knows what this round has found.
    copies::round(env).await;
    // Of a round that is cut off there is none, which Sentry notices.
    sentry::check_in(ROUND, CheckInStatus::Ok, clock::now().since(begun));
}

/// The rounds of coordinators and of the probers of dependencies that are published, and the
/// monitor's, which is told what visitors got, what counts for objectives, and what probers found.
async fn circuits_probers_and_monitor(env: &Env) {
    let (told, found) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let mut rounds = Box::pin(future::join(circuits(env, &told), probers(env, true, &found)));
    let is_late = timer::within(&mut rounds, ANSWERS_WAIT).await.is_none();
    let first = monitor(env, told.take(), found.take());
    if is_late {
        future::join(first, rounds).await;
        // A prober that waits for a service which hangs comes late each time, and so may the
        // coordinator of an upstream which hangs: what it counted is just what objectives need.
        let (told, found): (Vec<ToldByCircuit>, _) = (told.take(), found.take());
        if !found.is_empty() || told.iter().any(|(_, figures)| !figures.say_nothing()) {
            monitor(env, told, found).await;
        }
    } else {
        first.await;
    }
}

/// The rounds of the probers of dependencies that are published, or of the others.
async fn probers(env: &Env, are_published: bool, found: &RefCell<Vec<FoundByProber>>) {
    let names = site().dependencies.iter().map(|dependency| &dependency.name);
    let names = names.filter(|name| rules().publishes_dependency(name) == are_published);
    let rounds = names.map(|name| async move {
        match ProberClient::named(env, name).round().await {
            Ok(told) => {
                let told = told.map(|(status, at)| (name.clone(), status, at));
                found.borrow_mut().extend(told);
            }
            Err(error) => log::error(
                LogEvent::ProberFailed,
                &[LogAttribute::Dependency.text(name)],
                format_args!("round of dependency {name}: {error}"),
            ),
        }
    });
    join_all::join_all(rounds).await;
}

async fn circuits(env: &Env, told: &RefCell<Vec<ToldByCircuit>>) {
    let rounds = site().circuits.iter().map(|circuit| async move {
        match CoordinatorClient::named(env, &circuit.name).round().await {
            Ok(figures) => {
                if figures.is_unread {
                    log::warn(
                        LogEvent::FiguresLost,
                        &[LogAttribute::CircuitName.text(&circuit.name)],
                        format_args!("round of circuit {}: figures were not read", circuit.name),
                    );
                }
                let upstream = site().upstreams.get(circuit.upstream);
                told.borrow_mut().extend(upstream.map(|it| (it.name.clone(), figures)));
            }
            Err(error) => log::error(
                LogEvent::CoordinatorFailed,
                &[LogAttribute::CircuitName.text(&circuit.name)],
                format_args!("round of circuit {}: {error}", circuit.name),
            ),
        }
    });
    join_all::join_all(rounds).await;
}

/// The monitor is woken by its alarm; this arms it again if that was lost.
async fn monitor(env: &Env, told: Vec<ToldByCircuit>, found: Vec<FoundByProber>) {
    if !rules().needs_monitor() {
        return;
    }
    if let Err(error) = MonitorClient::of(env).round(told, found).await {
        log::error(LogEvent::MonitorFailed, &[], format_args!("round of the monitor: {error}"));
    }
}

/// The round of the snapshots is the site's object's: rounds come one at a time there.
async fn snapshots(env: &Env) {
    if site().snapshots.list.is_empty() {
        return;
    }
    if let Err(error) = SiteClient::of(env).round().await {
        log::error(LogEvent::SnapshotsFailed, &[], format_args!("round of the snapshots: {error}"));
    }
}
