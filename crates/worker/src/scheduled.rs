//! The round of each minute: every circuit's coordinator probes its upstream if that is due.

use futures::future;
use worker::Env;

use crate::edge;
use crate::fleet_link::{self, What};

/// Runs the round. One coordinator's failure is reported and keeps no other from its round.
pub(crate) async fn run(env: &Env) {
    let rounds = edge::site().circuits.iter().map(|circuit| async move {
        let done = fleet_link::ask::<()>(env, &circuit.name, What::Round).await;
        if let Err(error) = done {
            worker::console_error!("round of circuit {}: {error}", circuit.name);
        }
    });
    future::join_all(rounds).await;
}
