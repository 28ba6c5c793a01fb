//! What a probe is asked to test.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::Value;

use crate::watch::check::{Check, CheckFieldValue, CheckKind, CheckRequest};

/// The test that a check is, as the first members of an object in JSON, if Globalping has one of
/// the kind.
pub(super) fn of(check: &Check) -> Option<String> {
    let (kind, target, options) = match &check.kind {
        CheckKind::Http(request) => http(request)?,
        CheckKind::Tls { host, port, .. } => {
            let request = r#"{"method":"HEAD","path":"/"}"#;
            ("http", host.as_str(), https(*port, request))
        }
        CheckKind::Tcp { host, port } => {
            let options = format!(r#"{{"protocol":"TCP","port":{port},"packets":1}}"#);
            ("ping", host.as_str(), options)
        }
        CheckKind::Dns { name, record, .. } => {
            let options = format!(r#"{{"query":{{"type":"{}"}}}}"#, record.as_str());
            ("dns", name.as_str(), options)
        }
        CheckKind::Domain(_)
        | CheckKind::Websocket { .. }
        | CheckKind::Heartbeat { .. }
        | CheckKind::Flow(_) => return None,
    };
    // An address of IPv6 is written without its brackets.
    let target = quoted(target.trim_start_matches('[').trim_end_matches(']'));
    Some(format!(r#""type":"{kind}","target":{target},"measurementOptions":{options}"#))
}

fn http(request: &CheckRequest) -> Option<(&'static str, &str, String)> {
    let rest = request.url.strip_prefix("https://")?;
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // A colon in brackets is one of IPv6.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().ok()?),
        Some(_) | None => (authority, 443),
    };
    let mut fields: Vec<String> = Vec::new();
    for (name, value) in &request.fields {
        match value {
            CheckFieldValue::Plain(value) => {
                fields.push(format!("{}:{}", quoted(name), quoted(value)));
            }
            CheckFieldValue::Secret { .. } => return None,
        }
    }
    let asked = format!(
        r#"{{"method":"{}","path":{},"query":{},"headers":{{{}}}}}"#,
        request.method,
        quoted(path),
        quoted(query),
        fields.join(",")
    );
    Some(("http", host, https(port, &asked)))
}

fn https(port: u16, request: &str) -> String {
    format!(r#"{{"protocol":"HTTPS","port":{port},"request":{request}}}"#)
}

/// A text in JSON.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
