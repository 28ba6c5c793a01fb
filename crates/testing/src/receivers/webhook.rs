//! Standard Webhooks 1.0.0: the signature is verified by the crate of that name.

use standardwebhooks::Webhook;

use super::form::{body, list, object, one_of, time};
use super::{Came, Fault, Shown};

/// The longest list of checks and the largest body that a receiver reads: a MiB.
const MANY: usize = 1024 * 1024;

pub(super) fn check(came: &Came, secret: &str) -> Result<Shown, Fault> {
    verify(came, secret)?;
    if came.body.len() > MANY {
        return Err(Fault::new(413, "the body has more than a MiB"));
    }
    let body = body(came, &["type", "timestamp", "data"])?;
    let types = ["incident.opened", "incident.updated", "incident.resolved", "test"];
    one_of(&body["type"], "type", &types)?;
    time(&body["timestamp"], "timestamp")?;
    object(&body["data"], "data", &["incident"])?;
    let incident = &body["data"]["incident"];
    const NAMES: [&str; 10] = [
        "id",
        "title",
        "severity",
        "state",
        "since",
        "resolved_at",
        "checks",
        "summary",
        "url",
        "runbook",
    ];
    let found = object(incident, "incident", &NAMES)?;
    if let Some(missing) = NAMES.into_iter().find(|name| !found.contains_key(*name)) {
        return Err(Fault::new(400, format!("incident has no {missing}")));
    }
    one_of(&incident["severity"], "severity", &["P0", "P1", "P2", "P3"])?;
    time(&incident["since"], "since")?;
    if !incident["resolved_at"].is_null() {
        time(&incident["resolved_at"], "resolved_at")?;
    }
    list(&incident["checks"], "checks", 0, MANY)?;
    let links = [&incident["url"], &incident["runbook"]].into_iter();
    Ok(Shown {
        text: NAMES.map(|name| incident[name].as_str().unwrap_or_default()).join("\n"),
        links: links.filter_map(|link| link.as_str()).map(Into::into).collect(),
        mentions: Vec::new(),
        key: incident["id"].as_str().map(Into::into),
    })
}

/// The age is the server's to judge, since here the time is whatever the test says.
fn verify(came: &Came, secret: &str) -> Result<(), Fault> {
    let webhook = Webhook::new(secret).map_err(|error| Fault::new(500, error.to_string()))?;
    let timestamp = came.field("webhook-timestamp");
    let timestamp = timestamp.parse().map_err(|_| Fault::new(400, "no webhook-timestamp"))?;
    let signature = webhook
        .sign(came.field("webhook-id"), timestamp, came.body.as_bytes())
        .map_err(|error| Fault::new(400, error.to_string()))?;
    let mut signatures = came.field("webhook-signature").split(' ');
    match signatures.any(|it| it == signature) {
        true => Ok(()),
        false => Err(Fault::new(401, "no signature is right")),
    }
}
