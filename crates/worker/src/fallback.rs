//! The answer that Breakwater makes itself when nothing better is at hand.

use breakwater_core::degrade::{Form, Source, Trouble};
use breakwater_core::fields;
use breakwater_core::time::Millis;
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::api::Problem;
use crate::visit::Visit;
use crate::{answer, clock, edge};

const PAGE: &str = include_str!("../../../www/fallback.html");

/// 503 as a page or a problem, or a redirect to the status page. `origin`: the time spent
/// waiting for the upstream, if it was asked.
pub(crate) fn answer(
    visit: &Visit,
    trouble: Trouble,
    origin: Option<Millis>,
) -> Result<Response, JsValue> {
    let accept = visit.request.headers().get("accept")?;
    let form = visit.target.route.degrade.fallback.form(accept.as_deref());
    let retry_after = trouble.retry_after().as_secs_ceil();
    let (status, content_type, body) = match form {
        Form::Page => (503, "text/html; charset=utf-8", Some(page(visit, retry_after))),
        Form::Problem => {
            (503, Problem::CONTENT_TYPE, Some(problem(visit, trouble, retry_after).to_json()))
        }
        Form::Redirect => (302, "text/plain; charset=utf-8", None),
    };
    let mut lines = String::new();
    fields::push(&mut lines, "content-type", content_type);
    fields::push(&mut lines, "cache-control", "no-store");
    if form == Form::Redirect {
        fields::push(&mut lines, "location", &status_url());
    } else {
        fields::push(&mut lines, "retry-after", &retry_after.to_string());
    }
    let body = body.filter(|_| visit.method != "HEAD").map_or(JsValue::NULL, JsValue::from);
    let label = visit.label(visit.target, Source::Fallback, origin, None, clock::now());
    answer::made(status, &lines, &body, label)
}

/// The page repeats a request by itself only where that repeats nothing else: zero seconds tell
/// it not to. Without a status page it shows no link to one.
fn page(visit: &Visit, retry_after: u64) -> String {
    let retry_after = if matches!(visit.method.as_str(), "GET" | "HEAD") { retry_after } else { 0 };
    let status_url = edge::site().status_host.as_ref().map(|_| status_url()).unwrap_or_default();
    PAGE.replace("{{site}}", &escaped(&edge::site().name))
        .replace("{{status_url}}", &escaped(&status_url))
        .replace("{{retry_after}}", &retry_after.to_string())
        .replace("{{request_id}}", &visit.trace.request_id)
}

fn problem(visit: &Visit, trouble: Trouble, retry_after: u64) -> Problem {
    Problem {
        title: "Service Unavailable".into(),
        status: 503,
        detail: Some(trouble.to_string()),
        upstream: Some(visit.target.upstream.name.clone()),
        retry_after: Some(retry_after),
        request_id: Some(visit.trace.request_id.clone()),
    }
}

fn status_url() -> String {
    match &edge::site().status_host {
        Some(host) => format!("https://{host}/"),
        None => "/status".into(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;")
}
