//! The round of each minute: every circuit's coordinator probes its upstream if that is due, and
//! the snapshots that are due are fetched.

use futures::future;
use worker::Env;

use crate::edge;
use crate::fleet_link::{self, What};
use crate::site_link::{self, Asked};

/// Runs the round. One coordinator's failure is reported and keeps no other from its round.
pub(crate) async fn run(env: &Env) {
    let rounds = edge::site().circuits.iter().map(|circuit| async move {
        let done = fleet_link::ask::<()>(env, &circuit.name, What::Round).await;
        if let Err(error) = done {
            worker::console_error!("round of circuit {}: {error}", circuit.name);
        }
    });
    future::join(future::join_all(rounds), snapshots(env)).await;
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
