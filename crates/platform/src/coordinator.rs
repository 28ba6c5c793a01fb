//! How the coordinator of a circuit is asked.

use breakwater_core::circuit::fleet::{Report, Verdict};
use breakwater_core::circuit::latency::Histogram;
use breakwater_core::site::needs;
use breakwater_core::site::operator::{Operator, Order};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use worker::Env;

use crate::objects;

/// The binding of the coordinators.
const NAMESPACE: &str = needs::UPSTREAMS;

/// What a coordinator is asked. It carries the circuit's name, since an object cannot know what
/// it was called by when its alarm wakes it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The circuit's name.
    pub circuit: String,
    /// What is asked.
    pub what: What,
    /// How long calls took. It rides along with a report, and is no part of the fleet's protocol.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "if_readable")]
    pub latencies: Option<Histogram>,
}

/// A report must not be lost for what rides along with it.
fn if_readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Histogram>, D::Error> {
    let read = Option::<Histogram>::deserialize(Value::deserialize(deserializer)?);
    Ok(read.unwrap_or_else(|error| {
        worker::console_warn!("latencies not read: {error}");
        None
    }))
}

/// The coordinator's calls.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Take a report and give a [`Verdict`].
    Report(Report),
    /// Probe the upstream if that is due, and arm the alarm.
    Round,
    /// Follow an operator's order and tell what holds.
    Order {
        /// The order.
        order: Order,
        /// Who gave it.
        by: Operator,
    },
    /// Tell operators which orders hold.
    Orders,
    /// Tell operators what is known.
    View,
}

/// Asks the coordinator of a circuit.
///
/// # Errors
/// What the platform throws, or what the coordinator says is wrong.
pub async fn ask<T: for<'de> Deserialize<'de>>(
    env: &Env,
    circuit: &str,
    what: What,
) -> worker::Result<T> {
    send(env, &Asked { circuit: circuit.into(), what, latencies: None }).await
}

/// Sends a report with what rides along with it.
///
/// # Errors
/// As of [`ask`].
pub async fn report(env: &Env, asked: &Asked) -> worker::Result<Verdict> {
    send(env, asked).await
}

async fn send<T: for<'de> Deserialize<'de>>(env: &Env, asked: &Asked) -> worker::Result<T> {
    let body = serde_json::to_string(asked)?;
    objects::ask(env, NAMESPACE, &asked.circuit, "", &body).await?.read()
}
