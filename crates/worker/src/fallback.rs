//! The answer that Breakwater makes itself when nothing better is at hand.

use std::sync::LazyLock;

use breakwater_core::base::rfc3339::Shown;
use breakwater_core::base::time::Millis;
use breakwater_core::base::{fields, locale};
use breakwater_core::site::closed::Closed;
use breakwater_core::site::compiled::SitePart;
use breakwater_core::site::cors::PREFLIGHT_VARIES_BY;
use breakwater_core::site::degrade::{Fallback, Form, Source, Trouble, events};
use breakwater_core::site::metrics;
use breakwater_core::site::page;
use breakwater_core::site::page::{Assembled, content_security_policy, fill, hole};
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::site::read_part;
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::exchange::Exchange;
use crate::{answer, clock, cors, isolate};
use breakwater_core::site::wire::Label;

/// One for each of the site's languages, in their order. Read when one is first needed.
static PAGES: LazyLock<Vec<Assembled>> = LazyLock::new(|| read_part(SitePart::Pages));

/// Adds what an answer says of such a page.
fn describe(pages: &Assembled, lines: &mut String) {
    fields::push(lines, "content-type", "text/html; charset=utf-8");
    fields::push(lines, "content-language", &pages.locale);
    let policy = content_security_policy(isolate::site());
    fields::push(lines, "content-security-policy", policy);
}

/// 503 as a page or a problem, for live updates when to come back, or a redirect to the status
/// page; a preflight as the upstream answered it before; or a problem that tells the visitor what
/// is wrong with the request. `origin`: the time spent waiting for the upstream, if it was asked.
pub(crate) fn answer(
    visit: &Exchange,
    trouble: Trouble,
    origin: Option<Millis>,
) -> Result<Response, JsValue> {
    let now = clock::now();
    let label = visit.label(visit.target, Source::Fallback, origin, None, now);
    if let Some(lines) = cors::preflight(visit, now) {
        return preflight(visit, &lines, label);
    }
    let form = if trouble.is_visitors() { Form::Problem } else { form(visit)? };
    let headers = visit.request.headers();
    let retry_after = trouble.retry_after().as_secs_ceil();
    let mut lines = String::new();
    let body = match form {
        Form::Page => {
            let pages = pages(headers.get("accept-language")?.as_deref());
            describe(pages, &mut lines);
            Some(filled(visit, &pages.fallback, retry_after, &[]))
        }
        Form::Problem => {
            fields::push(&mut lines, "content-type", ProblemDetails::CONTENT_TYPE);
            Some(problem(visit, trouble, retry_after).to_json())
        }
        Form::Events => {
            fields::push(&mut lines, "content-type", "text/event-stream");
            Some(events(trouble.retry_after()))
        }
        Form::Redirect => {
            fields::push(&mut lines, "content-type", "text/plain; charset=utf-8");
            // The site file has a redirect only where there is a status page.
            let link = isolate::site().status_link().unwrap_or_default();
            fields::push(&mut lines, "location", &link);
            None
        }
    };
    let status = if form == Form::Problem { trouble.status().0 } else { form.status() };
    if form != Form::Redirect && !trouble.is_visitors() {
        fields::push(&mut lines, "retry-after", &retry_after.to_string());
    }
    finish(visit, status, lines, body, label)
}

fn form(visit: &Exchange) -> Result<Form, JsValue> {
    let accept = visit.request.headers().get("accept")?;
    Ok(visit.target.route.degrade.fallback.form(&visit.method, accept.as_deref()))
}

/// The status of an answer that has no content (RFC 9110 §15.3.5).
const PREFLIGHT_STATUS: u16 = 204;

/// Yes to a preflight.
fn preflight(visit: &Exchange, lines: &str, label: Label<'_>) -> Result<Response, JsValue> {
    let by = metrics::answered_by(label.source);
    isolate::count_preflight(visit.target, by, PREFLIGHT_STATUS, label.total);
    let mut lines = lines.to_owned();
    fields::push(&mut lines, "cache-control", "no-store");
    fields::push(&mut lines, "vary", PREFLIGHT_VARIES_BY);
    answer::made(PREFLIGHT_STATUS, &lines, &JsValue::NULL, label)
}

/// Adds what every answer of ours says. `HEAD` is told what `GET` would be (RFC 9110 §9.3.2).
fn finish(
    visit: &Exchange,
    status: u16,
    mut lines: String,
    body: Option<String>,
    label: Label<'_>,
) -> Result<Response, JsValue> {
    visit.count_answer(label.source, status, visit.arrived + label.total);
    fields::push(&mut lines, "cache-control", "no-store");
    fields::push(&mut lines, "vary", visit.target.route.degrade.fallback.varies_by());
    cors::let_read(visit, &mut lines);
    let body = match body {
        Some(body) if visit.method == "HEAD" => {
            fields::push(&mut lines, "content-length", &body.len().to_string());
            JsValue::NULL
        }
        body => body.map_or(JsValue::NULL, JsValue::from),
    };
    answer::made(status, &lines, &body, label)
}

/// 503 for a visitor while the site is closed.
pub(crate) fn maintenance(visit: &Exchange, closed: Closed<'_>) -> Result<Response, JsValue> {
    let now = clock::now();
    let label = visit.label(visit.target, Source::Maintenance, None, None, now);
    if let Some(lines) = cors::preflight(visit, now) {
        return preflight(visit, &lines, label);
    }
    let form = form(visit)?;
    // There is no redirect: the status page knows no more of it.
    let form = if form == Form::Redirect { Form::Problem } else { form };
    let headers = visit.request.headers();
    let retry_after = closed.retry_after(now).as_secs_ceil();
    let message = closed.message.unwrap_or_default();
    let mut lines = String::new();
    let body = match form {
        Form::Page => {
            let pages = pages(headers.get("accept-language")?.as_deref());
            describe(pages, &mut lines);
            let until = Shown(closed.until).to_string();
            let holes =
                [(hole::MESSAGE, message), (hole::UNTIL, &until), (hole::UNTIL_SHOWN, &until)];
            filled(visit, &pages.maintenance, retry_after, &holes)
        }
        Form::Events => {
            fields::push(&mut lines, "content-type", "text/event-stream");
            events(closed.retry_after(now))
        }
        Form::Problem | Form::Redirect => {
            fields::push(&mut lines, "content-type", ProblemDetails::CONTENT_TYPE);
            let detail = if message.is_empty() { "the site is being worked on" } else { message };
            let problem = ProblemDetails {
                retry_after: Some(retry_after),
                request_id: Some(visit.trace.request_id.clone()),
                trace_id: visit.trace.trace_id().map(str::to_owned),
                ..ProblemDetails::new(form.status(), "Service Unavailable", detail.into())
            };
            problem.to_json()
        }
    };
    fields::push(&mut lines, "retry-after", &retry_after.to_string());
    finish(visit, form.status(), lines, Some(body), label)
}

/// The banner that tells a visitor that a page is a stored response of this age. There is none for
/// a visitor who asked for no page, or where the site wants none.
pub(crate) fn banner(visit: &Exchange, age: Millis) -> Result<Option<String>, JsValue> {
    let headers = visit.request.headers();
    let asked = Fallback::Auto.form(&visit.method, headers.get("accept")?.as_deref());
    let cookie = headers.get("cookie")?;
    let route = visit.target.route;
    if asked != Form::Page || !route.shows_banner(isolate::site(), cookie.as_deref()) {
        return Ok(None);
    }
    let pages = pages(headers.get("accept-language")?.as_deref());
    Ok(Some(fill(&pages.banner, &[(hole::AGE, &page::age(&pages.units, age))])))
}

/// The pages in the visitor's language.
fn pages(accept_language: Option<&str>) -> &'static Assembled {
    &PAGES[locale::lookup(&isolate::site().locales, accept_language)]
}

/// The page repeats a request by itself only where that repeats nothing else: zero seconds tell
/// it not to.
fn filled(visit: &Exchange, template: &str, retry_after: u64, others: &[(&str, &str)]) -> String {
    let retry_after = if matches!(visit.method.as_str(), "GET" | "HEAD") { retry_after } else { 0 };
    let retry_after = retry_after.to_string();
    let usual = [(hole::RETRY_AFTER, &*retry_after), (hole::REQUEST_ID, &*visit.trace.request_id)];
    fill(template, &[&usual[..], others].concat())
}

fn problem(visit: &Exchange, trouble: Trouble, retry_after: u64) -> ProblemDetails {
    let (status, title) = trouble.status();
    ProblemDetails {
        title: title.into(),
        status,
        detail: Some(trouble.to_string()),
        upstream: Some(visit.target.upstream.name.clone()),
        retry_after: Some(retry_after).filter(|_| !trouble.is_visitors()),
        request_id: Some(visit.trace.request_id.clone()),
        trace_id: visit.trace.trace_id().map(str::to_owned),
    }
}
