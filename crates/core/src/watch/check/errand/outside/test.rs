//! What a probe is asked to test.

use serde_json::{Map, Value, json};

use crate::watch::check::{Check, CheckFieldValue, CheckKind, CheckRequest};

/// The test that a check is, if Globalping has one of the kind.
pub(super) fn of(check: &Check) -> Option<Value> {
    match &check.kind {
        CheckKind::Http(request) => http(request),
        CheckKind::Tls { host, port, .. } => Some(json!({
            "type": "http",
            "target": bare(host),
            "measurementOptions": {
                "protocol": "HTTPS",
                "port": port,
                "request": { "method": "HEAD", "path": "/" },
            },
        })),
        CheckKind::Tcp { host, port } => Some(json!({
            "type": "ping",
            "target": bare(host),
            "measurementOptions": { "protocol": "TCP", "port": port, "packets": 1 },
        })),
        CheckKind::Dns { name, record, .. } => Some(json!({
            "type": "dns",
            "target": name,
            "measurementOptions": { "query": { "type": record.as_str() } },
        })),
        CheckKind::Domain(_) | CheckKind::Websocket { .. } | CheckKind::Heartbeat { .. } => None,
    }
}

fn http(request: &CheckRequest) -> Option<Value> {
    let rest = request.url.strip_prefix("https://")?;
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // A colon in brackets is one of IPv6.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().ok()?),
        Some(_) | None => (authority, 443),
    };
    let plain = |value: &CheckFieldValue| match value {
        CheckFieldValue::Plain(value) => Some(Value::from(value.as_str())),
        CheckFieldValue::Secret { .. } => None,
    };
    let fields = request.fields.iter().map(|(name, value)| Some((name.clone(), plain(value)?)));
    let fields: Map<_, _> = fields.collect::<Option<_>>()?;
    Some(json!({
        "type": "http",
        "target": bare(host),
        "measurementOptions": {
            "protocol": "HTTPS",
            "port": port,
            "request": { "method": request.method, "path": path, "query": query, "headers": fields },
        },
    }))
}

/// A host without the brackets of an address of IPv6.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}
