//! The round of each minute: every circuit's coordinator probes its upstream if that is due, every
//! dependency's prober the dependency, and the snapshots that are due are fetched.

use std::cell::RefCell;

use breakwater_core::site::monitoring::ANSWERS_WAIT;
use breakwater_platform::coordinator::{AnswerCounts, CoordinatorClient};
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::prober::ProberClient;
use breakwater_platform::site_object::SiteClient;
use breakwater_platform::{site, timer};
use futures::future;
use worker::Env;

use crate::join_all;
use crate::watch_rules::rules;

/// Runs the round. One coordinator's failure is reported and keeps no other from its round.
pub(crate) async fn run(env: &Env) {
    let probes = site().dependencies.iter().map(|dependency| async move {
        if let Err(error) = ProberClient::named(env, &dependency.name).round().await {
            worker::console_error!("round of dependency {}: {error}", dependency.name);
        }
    });
    let probes = join_all::join_all(probes);
    future::join3(circuits_and_monitor(env), probes, snapshots(env)).await;
}

/// The coordinators' rounds, and the monitor's, which is told what visitors got.
async fn circuits_and_monitor(env: &Env) {
    let answers = RefCell::new(Vec::new());
    let rounds = site().circuits.iter().map(|circuit| {
        let answers = &answers;
        async move {
            match CoordinatorClient::named(env, &circuit.name).round().await {
                Ok(told) => {
                    let upstream = site().upstreams.get(circuit.upstream).zip(told);
                    let told = upstream.map(|(upstream, told)| (upstream.name.clone(), told));
                    answers.borrow_mut().extend(told);
                }
                Err(error) => {
                    worker::console_error!("round of circuit {}: {error}", circuit.name);
                }
            }
        }
    });
    let mut rounds = Box::pin(join_all::join_all(rounds));
    let is_late = timer::within(&mut rounds, ANSWERS_WAIT).await.is_none();
    let monitor = monitor(env, answers.take());
    if is_late {
        future::join(monitor, rounds).await;
    } else {
        monitor.await;
    }
}

/// The monitor is woken by its alarm; this arms it again if that was lost.
async fn monitor(env: &Env, answers: Vec<(String, AnswerCounts)>) {
    if rules().checks.is_empty() {
        return;
    }
    if let Err(error) = MonitorClient::of(env).round(answers).await {
        worker::console_error!("round of the monitor: {error}");
    }
}

/// The round of the snapshots is the site's object's: rounds come one at a time there.
async fn snapshots(env: &Env) {
    if site().snapshots.list.is_empty() {
        return;
    }
    if let Err(error) = SiteClient::of(env).round().await {
        worker::console_error!("round of the snapshots: {error}");
    }
}
