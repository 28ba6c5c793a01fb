//! The command that asks what a check asks, for a POSIX shell.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::base::redaction::Redactor;
use crate::base::time::Millis;
use crate::watch::check::errand::registry_request;
use crate::watch::check::{
    CheckFieldValue, CheckKind, CheckRequest, FlowStep, FlowTemplate, TemplatePart,
};

/// What asks the same as a check in a POSIX shell: `curl`, `nc` for a connection, or
/// `openssl` for a certificate. A secret of
/// the site file is the variable of its name. One that was written where it does not belong is
/// replaced, and the shell does not put it back. Nothing asks for a heartbeat.
pub fn command_of(kind: &CheckKind, timeout: Millis, redactor: &Redactor) -> Option<String> {
    let seconds = timeout.as_secs_ceil().max(1);
    // Quotes would cut a secret into pieces that are not recognised, so they come last.
    let quoted = |text: &str| quoted(&redactor.text(text));
    if let CheckKind::Websocket { request, .. } = kind {
        return Some(curl(&opening(request), seconds, &quoted).replacen(
            "curl",
            "curl --http1.1",
            1,
        ));
    }
    if let Some(request) = kind.request() {
        return Some(curl(&request, seconds, &quoted));
    }
    match kind {
        CheckKind::Tcp { host, port } => {
            Some(format!("nc -v -z -w {seconds} {} {port}", quoted(host)))
        }
        CheckKind::Tls { host, port, .. } => {
            let (to, name) = (quoted(&format!("{host}:{port}")), quoted(host));
            Some(format!(
                "openssl s_client -connect {to} -servername {name} </dev/null 2>/dev/null | \
                 openssl x509 -noout -enddate -issuer -subject"
            ))
        }
        CheckKind::Domain(question) => {
            let base = question.rdap.as_deref().unwrap_or_default();
            Some(curl(&registry_request(question, base), seconds, &quoted))
        }
        // What was captured is known to the step that failed: `command_of_step` has its command.
        CheckKind::Flow(_)
        | CheckKind::Http(_)
        | CheckKind::Dns { .. }
        | CheckKind::Websocket { .. }
        | CheckKind::Heartbeat { .. } => None,
    }
}

/// The request that opens a WebSocket. The key is the example of RFC 6455 §1.3; any will do.
fn opening(request: &CheckRequest) -> CheckRequest {
    let mut opening = request.clone();
    for (name, value) in [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ] {
        opening.fields.push((name.into(), CheckFieldValue::Plain(value.into())));
    }
    opening
}

/// What asks the same as a step of a flow. Its placeholders are variables of their names, and so
/// are its cookies, `$cookies`.
pub(super) fn command_of_step(step: &FlowStep, has_cookies: bool, redactor: &Redactor) -> String {
    let quoted = |text: &str| quoted(&redactor.text(text));
    let filled = |before: &str, template: &FlowTemplate| {
        let mut word = String::new();
        let mut before = before;
        for part in template.parts() {
            match part {
                TemplatePart::Text(text) => {
                    word.push_str(&quoted(&[before, text].concat()));
                }
                TemplatePart::Captured(name) => word.push_str(&variable(before, name)),
                TemplatePart::Secret(name) => word.push_str(&variable(before, name.as_str())),
            }
            before = "";
        }
        word
    };
    let has_body = step.body.is_some();
    let mut words = beginning(&step.method, has_body, step.timeout.as_secs_ceil().max(1), &quoted);
    if step.follows_redirects {
        words.push("--location".into());
    }
    words.push("--globoff".into());
    for (name, value) in &step.fields {
        let is_empty = value.parts().is_empty();
        words.push(match is_empty {
            true => format!("--header {}", quoted(&format!("{name};"))),
            false => format!("--header {}", filled(&format!("{name}: "), value)),
        });
    }
    if has_cookies {
        words.push("--cookie \"$cookies\"".into());
    }
    if let Some(body) = &step.body {
        if !step.fields.iter().any(|(name, _)| name == "content-type") {
            words.push(PLAIN_BODY.into());
        }
        words.push(format!("--data-raw {}", filled("", body)));
    }
    words.push(filled("", &step.url));
    words.join(" ")
}

/// A variable of the shell behind a text that is known.
fn variable(before: &str, name: &str) -> String {
    let before = if before.is_empty() { String::new() } else { quoted(before) };
    format!("{before}\"${name}\"")
}

/// The platform says this of a text, and curl would say that it is a form.
const PLAIN_BODY: &str = "--header 'content-type: text/plain;charset=UTF-8'";

/// The words that each command begins with.
fn beginning(
    method: &str,
    has_body: bool,
    seconds: u64,
    quoted: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let mut words = Vec::from(["curl".into()]);
    match method {
        // With `--request HEAD`, curl would wait for a body that does not come.
        "HEAD" => words.push("--head".into()),
        method => {
            words.push("--include".into());
            if method != "GET" || has_body {
                words.push(format!("--request {}", quoted(method)));
            }
        }
    }
    words.push(format!("--max-time {seconds}"));
    words
}

fn curl(request: &CheckRequest, seconds: u64, quoted: &dyn Fn(&str) -> String) -> String {
    let mut words = beginning(&request.method, request.body.is_some(), seconds, quoted);
    if request.follows_redirects {
        words.push("--location".into());
    }
    // Brackets and braces stand for several URLs otherwise.
    if request.url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".into());
    }
    words.extend(request.fields.iter().map(|(name, value)| header(name, value, quoted)));
    if let Some(body) = &request.body {
        let has_type = request.fields.iter().any(|(name, _)| name == "content-type");
        if !has_type {
            words.push(PLAIN_BODY.into());
        }
        words.push(format!("--data-raw {}", quoted(body)));
    }
    words.push(quoted(&request.url));
    words.join(" ")
}

fn header(name: &str, value: &CheckFieldValue, quoted: &dyn Fn(&str) -> String) -> String {
    match value {
        // With a colon and nothing behind it, curl would leave the field out.
        CheckFieldValue::Plain(value) if value.is_empty() => {
            format!("--header {}", quoted(&format!("{name};")))
        }
        CheckFieldValue::Plain(value) => {
            format!("--header {}", quoted(&format!("{name}: {value}")))
        }
        CheckFieldValue::Secret { prefix, name: secret } => {
            // The name of a secret is a name of the shell too; its value may hold anything.
            let before = quoted(&format!("{name}: {prefix}"));
            format!("--header {before}\"${}\"", secret.as_str())
        }
    }
}

/// A text as one word of a POSIX shell (POSIX.1-2024, XCU 2.2.2). A word holds no NUL, so that it
/// is left out.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', r"'\''"))
}
