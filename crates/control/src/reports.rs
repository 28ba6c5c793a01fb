//! Reports to Sentry: makes envelopes of what both modules and the entry hand over, and sends them.
//!
//! The entry calls this behind an event, one call at a time. What waits, what is dropped, and when
//! Sentry is left alone is core's to say.

use std::cell::{Cell, RefCell};

use breakwater_core::base::fields::{self, Fields};
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::time::Millis;
use breakwater_core::site::needs::Needs;
use breakwater_core::telemetry::log::LogEvent;
use breakwater_core::telemetry::sentry::{
    RepeatGate, ReportedText, Reporting, SentryDsn, SentryItem, SentryQueue, TUNNEL_ANSWER_FIELDS,
    Trail,
};
use breakwater_platform::bindings::{self, variable};
use breakwater_platform::timer::within;
use breakwater_platform::{clock, log, site};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, Request, RequestInit, RequestRedirect, Response};

use crate::watch_rules::rules;
use crate::{random, release};

/// The time in which Sentry has to answer, in milliseconds. No one waits for it but the event that
/// it keeps alive.
pub(crate) const ANSWER_WITHIN: Millis = Millis::from_secs(10);

thread_local! {
    static QUEUE: RefCell<SentryQueue> = RefCell::default();
    static TRAIL: RefCell<Trail> = const { RefCell::new(Trail::new()) };
    static GATE: Cell<RepeatGate> = const { Cell::new(RepeatGate::new()) };
}

/// Takes texts that [`ReportedText`] reads, and sends what waits.
pub(crate) async fn take(facts: Vec<String>, env: JsValue) {
    let Some(settings) = &site().sentry else { return };
    // That the secret is not set is what `doctor` says; a machine for development has none.
    let Some(dsn) = variable(&env, settings.dsn.as_str()) else { return };
    let Ok(dsn) = SentryDsn::parse(&dsn) else {
        let name = settings.dsn.as_str();
        log::error(LogEvent::ReportsFailed, &[], format_args!("the secret {name} is not a DSN"));
        return;
    };
    let redactor = redactor(&env);
    let reporting = Reporting { settings, build: release::name(), redactor: &redactor };
    let mut is_taken = true;
    for fact in &facts {
        let Some(mut text) = ReportedText::read(fact, &site().host, random::id(), admit) else {
            continue;
        };
        TRAIL.with_borrow_mut(|trail| match &mut text.item {
            SentryItem::Log(line) => trail.note(line),
            SentryItem::Event(event) => trail.lead_to(event),
            SentryItem::Transaction(_) | SentryItem::CheckIn(_) => {}
        });
        QUEUE.with_borrow_mut(|queue| {
            queue.record_unrecorded(text.before);
            queue.push(&text.item, reporting, clock::now());
        });
        // All that came in one turn may be more than may wait.
        if QUEUE.with_borrow(SentryQueue::is_filling) {
            is_taken &= send(&dsn).await;
        }
    }
    is_taken &= send(&dsn).await;
    if !is_taken {
        // Once, however many there were: the log has other things to tell meanwhile.
        log::warn(LogEvent::ReportsFailed, &[], format_args!("Sentry did not take all reports"));
    }
}

/// Sends what waits, until there is no answer: what is left is then sent with what comes next.
/// Returns whether all of it was taken.
async fn send(dsn: &SentryDsn) -> bool {
    let mut is_taken = true;
    while let Some(envelope) = QUEUE.with_borrow_mut(|queue| queue.poll_envelope(clock::now())) {
        let answer = post(dsn, &envelope.body).await.ok();
        let told = answer.as_ref().map(|it| (it.status, Fields::new(&it.fields)));
        let now = clock::now();
        is_taken &= QUEUE.with_borrow_mut(|queue| queue.handle_answer(&envelope, told, now));
        if answer.is_none() {
            break;
        }
    }
    is_taken
}

/// How many faults of an issue were left out, unless one was reported a short while ago.
fn admit(issue: u64) -> Option<u32> {
    let mut gate = GATE.get();
    let admitted = gate.admit(issue, clock::now());
    GATE.set(gate);
    admitted
}

/// Knows the values of all secrets that the site file names, so that no report holds one.
fn redactor(env: &JsValue) -> Redactor {
    let secrets = Needs::of(site(), rules()).secrets.into_iter();
    let set: Vec<(String, String)> =
        secrets.filter_map(|it| variable(env, &it.name).map(|value| (it.name, value))).collect();
    Redactor::new(set.iter().map(|(name, value)| (&**name, &**value)))
}

/// How Sentry answered.
pub(crate) struct SentryAnswer {
    pub(crate) status: u16,
    /// Those of its fields that say when to send again, a line each.
    pub(crate) fields: String,
}

/// Posts an envelope. Redirects are not followed: the key is in a field.
///
/// # Errors
/// What the platform throws, or that there was no answer in time.
pub(crate) async fn post(dsn: &SentryDsn, envelope: &[u8]) -> Result<SentryAnswer, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in dsn.fields() {
        headers.set(name, &value)?;
    }
    let abort = AbortController::new()?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort.signal()));
    init.set_body(&Uint8Array::from(envelope));
    let request = Request::new_with_str(&dsn.envelope_url())?;
    let call = JsFuture::from(bindings::fetch(&request, &init));
    let answered = within(call, ANSWER_WITHIN).await;
    let answer = answered.ok_or_else(|| JsValue::from_str("no answer in time")).flatten();
    let answer = answer.and_then(|response| {
        let response: Response = response.unchecked_into();
        let mut lines = String::new();
        for name in TUNNEL_ANSWER_FIELDS {
            if let Some(value) = response.headers().get(name)? {
                fields::push(&mut lines, name, &value);
            }
        }
        Ok(SentryAnswer { status: response.status(), fields: lines })
    });
    // The rest of the body, or the call itself, is not waited for.
    abort.abort();
    answer
}
