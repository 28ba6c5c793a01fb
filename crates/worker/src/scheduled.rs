//! The round of each minute: every circuit's coordinator probes its upstream if that is due, every
//! dependency's prober the dependency, and the snapshots that are due are fetched.

use futures::future;
use worker::Env;

use crate::dependency_do;
use crate::edge;
use crate::fleet_link::{self, What};
use crate::join_all;
use crate::site_link::{self, Asked};

/// Runs the round. One coordinator's failure is reported and keeps no other from its round.
pub(crate) async fn run(env: &Env) {
    let rounds = edge::site().circuits.iter().map(|circuit| async move {
        let done = fleet_link::ask::<()>(env, &circuit.name, What::Round).await;
        if let Err(error) = done {
            worker::console_error!("round of circuit {}: {error}", circuit.name);
        }
    });
    let probes = edge::site().dependencies.iter().map(|dependency| async move {
        if let Err(error) = dependency_do::round(env, dependency).await {
            worker::console_error!("round of dependency {}: {error}", dependency.name);
        }
    });
    future::join3(join_all::join_all(rounds), join_all::join_all(probes), snapshots(env)).await;
}

/// The round of the snapshots is the site's object's: rounds come one at a time there.
async fn snapshots(env: &Env) {
    if edge::site().snapshots.list.is_empty() {
        return;
    }
    match site_link::ask(env, Asked::Round, "").await {
        Ok(reply) if reply.status == 200 => {}
        Ok(reply) => worker::console_error!("round of the snapshots: {}", reply.text),
        Err(error) => worker::console_error!("round of the snapshots: {error}"),
    }
}
