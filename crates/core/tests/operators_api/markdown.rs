//! The page for readers.

use std::fmt::Write as _;

use breakwater_core::site::operator::{API, Access, Endpoint, Member, Operation, Role, ValueForm};

const HEAD: &str = "\
# Operators' API

<!-- Made by `cargo xtask reference` from crates/core/src/site/operator/api/table.rs. -->

All endpoints stand below `/_breakwater/`, on every host of the site. A request proves its role by
a token, by the cookie of a session, or by Cloudflare Access, in this order
([guide](../guide/operators.md)); one that proves nothing gets 401, and one whose role is too low
gets 403, which names both roles. `viewer` sees, `responder` also acts, `admin` also does what
concerns other people; each may do what those before it may.

| role | secret for `Authorization: Bearer` | `by` in the history |
|---|---|---|
| `admin` | `ADMIN_TOKEN` | `token` |
| `responder` | `RESPONDER_TOKEN` | `token:responder` |
| `viewer` | `VIEWER_TOKEN` | `token:viewer` |

The bearer of the secret `PURGE_TOKEN`, `token:purge` in the history, may purge, and nothing else.

A write that a browser sends also needs the site's own `Origin` and the field `Breakwater-Request:
1`, or it gets 403; with a session or Access, a write without `Origin` gets 403 as well, and so
does a read whose `Sec-Fetch-Site` is `cross-site`. A request that came in clear over a public
network gets 403 too. Bodies and answers are JSON, but for the metrics. An error is a problem
(RFC 9457) that says what is allowed: 404 for a path that there is not, or that names something that
there is not, 405 for a method that the path does not take. An endpoint that takes `GET` takes
`HEAD` too. The same API as an OpenAPI document:
[operators-api.openapi.json](operators-api.openapi.json).

A job reports below `/_breakwater/heartbeats/`, with the token of its own check: the secret that
`token` names in the site file. That token opens nothing else, and no operators' token opens a
heartbeat. While the secret is not set, its reports get 401. A report is taken by `POST`, `GET` and
`HEAD` alike.

| endpoint | what it does | access |
|---|---|---|
";

const TAIL: &str = "
[README.md](../../README.md) and the [runbooks](../runbooks/README.md) show the endpoints in use.
";

pub(crate) fn page() -> String {
    let mut page = String::from(HEAD);
    for endpoint in API {
        let Endpoint { method, path, about, access, role, .. } = endpoint;
        let about = about.split(". ").next().unwrap_or_default().trim_end_matches('.');
        let access = match (role, access) {
            (Role::Operator(rank), Access::Read) => format!("{rank}, read"),
            (Role::Operator(rank), Access::Write) => format!("{rank}, write"),
            (Role::Operator(rank), Access::Session) => format!("{rank}, own session"),
            (Role::Anyone, _) => "anyone, own session".into(),
            (Role::Heartbeat, _) => "the job, write".into(),
        };
        writeln!(page, "| `{method} {path}` | {about} | {access} |")
            .expect("a string takes every text");
    }
    for endpoint in API {
        let Endpoint { operation, method, path, about, body, answer, errors, .. } = endpoint;
        write!(page, "\n## `{method} {path}`\n\n{about}\n").expect("a string takes every text");
        if !body.is_empty() {
            page += "\nThe body is an object:\n\n";
            page += &members(body);
        }
        page += if operation == Operation::Listen {
            "\nThe answer is 101, and each message is an object:\n\n"
        } else if operation == Operation::ShowMetrics {
            "\nThe answer is 200 with the page of [metrics](metrics.md).\n"
        } else {
            "\nThe answer is 200 with an object:\n\n"
        };
        if !answer.is_empty() {
            page += &members(answer);
        }
        if !errors.is_empty() {
            page.push('\n');
        }
        for status in errors {
            writeln!(page, "- {status}: {}", meaning(*status)).expect("a string takes every text");
        }
    }
    page + TAIL
}

fn members(members: &[Member]) -> String {
    let mut table = String::from("| member | value | |\n|---|---|---|\n");
    for Member { name, form, required, about } in members {
        let optional = if *required { "" } else { ", optional" };
        writeln!(table, "| `{name}` | {}{optional} | {about} |", value(*form))
            .expect("a string takes every text");
    }
    table
}

fn value(form: ValueForm) -> &'static str {
    match form {
        ValueForm::Text => "text",
        ValueForm::Duration => "duration such as `30m`",
        ValueForm::Time => "time such as `2026-12-24T20:00:00Z`",
        ValueForm::Pattern => "pattern such as `/products/*`",
        ValueForm::Override => "`forced_open`, `forced_closed`, `metrics_only` or `auto`",
        ValueForm::Severity => "`P0`, `P1`, `P2` or `P3`",
        ValueForm::OpenState => "`investigating`, `identified` or `monitoring`",
        ValueForm::Flag => "`true` or `false`",
        ValueForm::Count => "whole number",
        ValueForm::List => "array of objects",
        ValueForm::Texts => "array of texts",
        ValueForm::Object => "object",
        ValueForm::Impacts => "object of texts",
    }
}

/// What an error of an endpoint means.
pub(crate) fn meaning(status: u16) -> &'static str {
    match status {
        400 => "the body cannot be read, and the problem names the member and what it takes",
        404 => "there is none of that name",
        426 => "the request is no handshake of a WebSocket",
        429 => "there were too many of them, and `Retry-After` says when to come again",
        409 => "it does not go with what there is, and the problem says why",
        502 => {
            "an object of Breakwater's could not be asked; sending a write again is safe unless \
             the problem says otherwise"
        }
        _ => unreachable!("an error without a meaning: {status}"),
    }
}
