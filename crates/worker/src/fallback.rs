//! The answer that Breakwater makes itself when nothing better is at hand.

use breakwater_core::degrade::{Fallback, Form, Source, Trouble};
use breakwater_core::maintenance::Closed;
use breakwater_core::page::{fill, hole};
use breakwater_core::rfc3339::Shown;
use breakwater_core::time::Millis;
use breakwater_core::{fields, locale, page};
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::api::Problem;
use crate::visit::Visit;
use crate::{answer, clock, edge};

/// Breakwater's own pages in one language, put together by the build.
struct Pages {
    locale: &'static str,
    fallback: &'static str,
    maintenance: &'static str,
    banner: &'static str,
    units: [&'static str; 3],
}

/// One for each of the site's languages, in their order.
static PAGES: &[Pages] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page asks nobody for anything, whatever should get into it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
    img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// 503 as a page or a problem, or a redirect to the status page; or a problem that tells the visitor
/// what is wrong with the request. `origin`: the time spent waiting for the upstream, if it was asked.
pub(crate) fn answer(
    visit: &Visit,
    trouble: Trouble,
    origin: Option<Millis>,
) -> Result<Response, JsValue> {
    let headers = visit.request.headers();
    let form = if trouble.is_visitors() {
        Form::Problem
    } else {
        visit.target.route.degrade.fallback.form(headers.get("accept")?.as_deref())
    };
    let retry_after = trouble.retry_after().as_secs_ceil();
    let mut lines = String::new();
    let (status, body) = match form {
        Form::Page => {
            let pages = pages(headers.get("accept-language")?.as_deref());
            fields::push(&mut lines, "content-type", "text/html; charset=utf-8");
            fields::push(&mut lines, "content-language", pages.locale);
            fields::push(&mut lines, "content-security-policy", POLICY);
            (503, Some(filled(visit, pages.fallback, retry_after)))
        }
        Form::Problem => {
            fields::push(&mut lines, "content-type", Problem::CONTENT_TYPE);
            (trouble.status().0, Some(problem(visit, trouble, retry_after).to_json()))
        }
        Form::Redirect => {
            fields::push(&mut lines, "content-type", "text/plain; charset=utf-8");
            fields::push(&mut lines, "location", &status_url());
            (302, None)
        }
    };
    fields::push(&mut lines, "cache-control", "no-store");
    if form != Form::Redirect && !trouble.is_visitors() {
        fields::push(&mut lines, "retry-after", &retry_after.to_string());
    }
    let body = body.filter(|_| visit.method != "HEAD").map_or(JsValue::NULL, JsValue::from);
    let label = visit.label(visit.target, Source::Fallback, origin, None, clock::now());
    answer::made(status, &lines, &body, label)
}

/// 503 for a visitor whom the site is closed to.
pub(crate) fn maintenance(visit: &Visit, closed: Closed<'_>) -> Result<Response, JsValue> {
    let headers = visit.request.headers();
    let form = visit.target.route.degrade.fallback.form(headers.get("accept")?.as_deref());
    let now = clock::now();
    let retry_after = closed.retry_after(now).as_secs_ceil();
    let message = closed.message.unwrap_or_default();
    let mut lines = String::new();
    // Whoever wants no page gets a problem: the status page knows no more of it.
    let body = if form == Form::Page {
        let pages = pages(headers.get("accept-language")?.as_deref());
        fields::push(&mut lines, "content-type", "text/html; charset=utf-8");
        fields::push(&mut lines, "content-language", pages.locale);
        fields::push(&mut lines, "content-security-policy", POLICY);
        let until = Shown(closed.until).to_string();
        let is_get = matches!(visit.method.as_str(), "GET" | "HEAD");
        let seconds = if is_get { retry_after } else { 0 }.to_string();
        let holes = [
            (hole::RETRY_AFTER, &*seconds),
            (hole::REQUEST_ID, &visit.trace.request_id),
            (hole::MESSAGE, message),
            (hole::UNTIL, &until),
            (hole::UNTIL_SHOWN, &until),
        ];
        fill(pages.maintenance, &holes)
    } else {
        fields::push(&mut lines, "content-type", Problem::CONTENT_TYPE);
        let detail = if message.is_empty() { "the site is being worked on" } else { message };
        let problem = Problem::new(503, "Service Unavailable", detail.into());
        Problem {
            retry_after: Some(retry_after),
            request_id: Some(visit.trace.request_id.clone()),
            ..problem
        }
        .to_json()
    };
    fields::push(&mut lines, "cache-control", "no-store");
    fields::push(&mut lines, "retry-after", &retry_after.to_string());
    let body = Some(body).filter(|_| visit.method != "HEAD").map_or(JsValue::NULL, JsValue::from);
    let label = visit.label(visit.target, Source::Maintenance, None, None, now);
    answer::made(503, &lines, &body, label)
}

/// What tells a visitor that a page is a copy of this age; nothing for whoever asked for no page, or
/// where the site wants none.
pub(crate) fn banner(visit: &Visit, age: Millis) -> Result<Option<String>, JsValue> {
    let headers = visit.request.headers();
    let asked = Fallback::Auto.form(headers.get("accept")?.as_deref());
    if !edge::site().banner || asked != Form::Page {
        return Ok(None);
    }
    let pages = pages(headers.get("accept-language")?.as_deref());
    Ok(Some(fill(pages.banner, &[(hole::AGE, &page::age(pages.units, age))])))
}

/// The pages in the visitor's language.
fn pages(accept_language: Option<&str>) -> &'static Pages {
    &PAGES[locale::lookup(&edge::site().locales, accept_language)]
}

/// The page repeats a request by itself only where that repeats nothing else: zero seconds tell
/// it not to.
fn filled(visit: &Visit, template: &str, retry_after: u64) -> String {
    let retry_after = if matches!(visit.method.as_str(), "GET" | "HEAD") { retry_after } else { 0 };
    fill(
        template,
        &[
            (hole::RETRY_AFTER, &retry_after.to_string()),
            (hole::REQUEST_ID, &visit.trace.request_id),
        ],
    )
}

fn problem(visit: &Visit, trouble: Trouble, retry_after: u64) -> Problem {
    let (status, title) = trouble.status();
    Problem {
        title: title.into(),
        status,
        detail: Some(trouble.to_string()),
        upstream: Some(visit.target.upstream.name.clone()),
        retry_after: Some(retry_after).filter(|_| !trouble.is_visitors()),
        request_id: Some(visit.trace.request_id.clone()),
    }
}

fn status_url() -> String {
    match &edge::site().status_host {
        Some(host) => format!("https://{host}/"),
        None => "/status".into(),
    }
}
