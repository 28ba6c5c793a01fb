//! The round of each minute: every circuit's coordinator probes its upstream if that is due, every
//! dependency's prober the dependency, and the snapshots that are due are fetched.

use std::cell::RefCell;

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::figures::RoundFigures;
use breakwater_core::site::monitoring::ANSWERS_WAIT;
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_core::telemetry::sentry::{CheckInStatus, ReportSchedule};
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

/// What a circuit's coordinator tells, by the name of the upstream.
type ToldByCircuit = (String, RoundFigures);
/// What a prober found last, by the name of the dependency.
type FoundByProber = (String, Status, Timestamp);

/// Runs the round. One coordinator's failure is reported and keeps no other from its round. Each
/// part checks in when it has ended. Of one that is cut off there is no check-in, which Sentry
/// notices.
pub(crate) async fn run(env: &Env) {
    let begun = clock::now();
    let asked = async {
        let found = RefCell::new(Vec::new());
        let others = probers(env, false, &found);
        let (first, others) = future::join(circuits_probers_and_monitor(env, begun), others).await;
        check_in(ReportSchedule::Round, first && others, begun);
    };
    future::join(asked, snapshots(env, begun)).await;
    // Then the monitor knows what this round has found.
    let copying = clock::now();
    if let Some(is_done) = copies::round(env, begun).await {
        check_in(ReportSchedule::StatusCopies, is_done, copying);
    }
}

/// Tells Sentry how the part of a schedule went.
fn check_in(schedule: ReportSchedule, is_done: bool, begun: Timestamp) {
    let took = clock::now().since(begun);
    sentry::check_in(schedule.slug(), CheckInStatus::of_end(is_done), took);
}

/// The rounds of coordinators and of the probers of dependencies that are published, and the
/// monitor's, which is told what visitors got, what counts for objectives, and what probers found.
/// Returns whether each coordinator and prober could be asked.
async fn circuits_probers_and_monitor(env: &Env, begun: Timestamp) -> bool {
    let (told, found) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let mut rounds = Box::pin(future::join(circuits(env, &told), probers(env, true, &found)));
    let asked = timer::within(&mut rounds, ANSWERS_WAIT).await;
    let first = monitor(env, told.take(), found.take());
    let ((circuits, probers), is_told) = if let Some(asked) = asked {
        (asked, first.await)
    } else {
        let (is_told, asked) = future::join(first, rounds).await;
        // A prober that waits for a service which hangs comes late each time, and so may the
        // coordinator of an upstream which hangs: what it counted is just what objectives need.
        let (told, found): (Vec<ToldByCircuit>, _) = (told.take(), found.take());
        let is_news = !found.is_empty() || told.iter().any(|(_, it)| !it.say_nothing());
        (asked, if is_news { monitor(env, told, found).await && is_told } else { is_told })
    };
    if rules().needs_monitor() {
        check_in(ReportSchedule::Monitor, is_told, begun);
    }
    circuits && probers
}

/// The rounds of the probers of dependencies that are published, or of the others. Returns whether
/// each could be asked.
async fn probers(env: &Env, are_published: bool, found: &RefCell<Vec<FoundByProber>>) -> bool {
    let names = site().dependencies.iter().map(|dependency| &dependency.name);
    let names = names.filter(|name| rules().publishes_dependency(name) == are_published);
    let rounds = names.map(|name| async move {
        let asked = ProberClient::named(env, name).round().await;
        let is_asked = asked.is_ok();
        match asked {
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
        is_asked
    });
    join_all::join_all(rounds).await.into_iter().all(|is_asked| is_asked)
}

/// The rounds of coordinators. Returns whether each could be asked.
async fn circuits(env: &Env, told: &RefCell<Vec<ToldByCircuit>>) -> bool {
    let rounds = site().circuits.iter().map(|circuit| async move {
        let asked = CoordinatorClient::named(env, &circuit.name).round().await;
        let is_asked = asked.is_ok();
        match asked {
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
        is_asked
    });
    join_all::join_all(rounds).await.into_iter().all(|is_asked| is_asked)
}

/// The monitor is woken by its alarm; this arms it again if that was lost. Returns whether it could
/// be told, if it is needed.
async fn monitor(env: &Env, told: Vec<ToldByCircuit>, found: Vec<FoundByProber>) -> bool {
    if !rules().needs_monitor() {
        return true;
    }
    let round = MonitorClient::of(env).round(told, found).await;
    if let Err(error) = &round {
        log::error(LogEvent::MonitorFailed, &[], format_args!("round of the monitor: {error}"));
    }
    round.is_ok()
}

/// The round of the snapshots is the site's object's: rounds come one at a time there.
async fn snapshots(env: &Env, begun: Timestamp) {
    if site().snapshots.list.is_empty() {
        return;
    }
    let round = SiteClient::of(env).round().await;
    check_in(ReportSchedule::Snapshots, round.is_ok(), begun);
    if let Err(error) = round {
        log::error(LogEvent::SnapshotsFailed, &[], format_args!("round of the snapshots: {error}"));
    }
}
