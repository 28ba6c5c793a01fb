//! The round of each minute: every circuit's coordinator probes its upstream if that is due, every
//! dependency's prober the dependency, and the snapshots that are due are fetched.

use breakwater_platform::coordinator::CoordinatorClient;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::prober::ProberClient;
use breakwater_platform::site;
use breakwater_platform::site_object::SiteClient;
use futures::future;
use worker::Env;

use crate::join_all;
use crate::watch_rules::rules;

/// Runs the round. One coordinator's failure is reported and keeps no other from its round.
pub(crate) async fn run(env: &Env) {
    let rounds = site().circuits.iter().map(|circuit| async move {
        let done = CoordinatorClient::named(env, &circuit.name).round().await;
        if let Err(error) = done {
            worker::console_error!("round of circuit {}: {error}", circuit.name);
        }
    });
    let probes = site().dependencies.iter().map(|dependency| async move {
        if let Err(error) = ProberClient::named(env, &dependency.name).round().await {
            worker::console_error!("round of dependency {}: {error}", dependency.name);
        }
    });
    let (rounds, probes) = (join_all::join_all(rounds), join_all::join_all(probes));
    future::join4(rounds, probes, snapshots(env), monitor(env)).await;
}

/// The monitor is woken by its alarm; this arms it again if that was lost.
async fn monitor(env: &Env) {
    if rules().checks.is_empty() {
        return;
    }
    if let Err(error) = MonitorClient::of(env).round().await {
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
