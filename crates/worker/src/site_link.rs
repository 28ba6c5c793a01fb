//! The way to the site's own object: what operators order for the whole site, its history, and
//! its snapshots.

use breakwater_core::operator::{Event, Operator, SiteOrder};
use breakwater_core::snapshot::Sighting;
use serde::{Deserialize, Serialize};
use worker::{Env, Method, RequestInit, Response};

/// The binding of the object, and its only name.
const NAMESPACE: &str = "SITE";
const NAME: &str = "site";

/// What the object is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Asked {
    /// Tell what stands.
    Standing,
    /// Follow an operator's order.
    Order { order: SiteOrder, by: Operator },
    /// Keep what was done elsewhere in the history.
    Record(Event),
    /// Tell the latest of the history.
    Events,
    /// Make the round of the snapshots.
    Round,
    /// Tell operators which snapshots there are.
    Snapshots,
    /// Take what an isolate saw in public traffic.
    See(Vec<Sighting>),
}

/// Asks the object. The stub is made anew for each call, as it must be after one that failed.
pub(crate) async fn ask<T: for<'de> Deserialize<'de>>(
    env: &Env,
    asked: &Asked,
) -> worker::Result<T> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(serde_json::to_string(asked)?.into()));
    let request = worker::Request::new_with_init("https://site.invalid/", &init)?;
    let stub = env.durable_object(NAMESPACE)?.get_by_name(NAME)?;
    let mut reply: Response = stub.fetch_with_request(request).await?;
    let text = reply.text().await?;
    if reply.status_code() != 200 {
        return Err(worker::Error::RustError(text));
    }
    Ok(serde_json::from_str(&text)?)
}
