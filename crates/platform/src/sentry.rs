//! What is to be reported to Sentry. It is handed to the entry as a short text, since the module
//! that answers visitors has no room for what makes envelopes, and the control plane sends it (its
//! `reports.rs`). Without `[sentry]` in the site file nothing happens.

use std::cell::Cell;

use breakwater_core::base::time::Millis;
use breakwater_core::base::trace::Trace;
use breakwater_core::telemetry::log::{LogEvent, LogSeverity};
use breakwater_core::telemetry::sentry::{
    CheckInStatus, RepeatGate, ReportClass, ReportFact, SentryFault, is_log_reported, issue_hash,
    log_fact,
};
use wasm_bindgen::prelude::*;

use crate::clock;
use crate::site::site;

#[wasm_bindgen(raw_module = "./reports.ts")]
extern "C" {
    /// Keeps a text that [`ReportFact`] reads until it is sent, behind the event that is under way.
    /// It never throws.
    fn report(fact: &str);
    /// Keeps a text that can wait, until the control plane is there or [`take_kept`] takes
    /// it along. It returns whether there was room, and never throws.
    #[wasm_bindgen(js_name = keep)]
    fn keep_text(text: &str) -> bool;
    /// Takes the texts that wait.
    #[wasm_bindgen(js_name = takeKept)]
    fn take_texts() -> Vec<String>;
}

thread_local! {
    // A copy that is written back whole: a kill in the middle of the work leaves nothing borrowed.
    static GATE: Cell<RepeatGate> = const { Cell::new(RepeatGate::new()) };
}

/// Whether anything is reported.
pub fn is_on() -> bool {
    site().sentry.is_some()
}

/// Keeps a text that [`ReportedText`] reads, and that can wait. Returns whether there was room.
///
/// [`ReportedText`]: breakwater_core::telemetry::sentry::ReportedText
pub fn keep(text: &str) -> bool {
    keep_text(text)
}

/// Takes the texts that wait in this isolate, so that they travel to where the control plane is.
pub fn take_kept() -> Vec<String> {
    if is_on() { take_texts() } else { Vec::new() }
}

/// Keeps a line of the log, if it is one that is sent.
pub(crate) fn line(severity: LogSeverity, event: LogEvent, line: &str) {
    if is_log_reported(severity, event) && is_on() {
        keep(&log_fact(line));
    }
}

/// Reports a fault that belongs to no visitor's request.
#[cold]
pub fn fault(fault: SentryFault<'_>) {
    if is_on() {
        tell(ReportFact::of(fault, clock::now()));
    }
}

/// Reports a fault of a visitor's request.
#[cold]
pub fn fault_of_request(fault: SentryFault<'_>, method: &str, trace: &Trace) {
    if is_on() {
        let fact = ReportFact::of(fault, clock::now());
        tell(ReportFact { method, traceparent: &trace.traceparent, ..fact });
    }
}

/// Reports a fact, unless the same was reported a short while ago: an upstream that fails all who
/// ask for it must not cost a text for each of them.
fn tell(fact: ReportFact<'_>) {
    let ReportFact { class, subject, part, said, to, number, .. } = fact;
    let key = issue_hash([class, subject, part, said, to], number);
    let mut gate = GATE.get();
    let admitted = gate.admit(key, clock::now());
    GATE.set(gate);
    if let Some(left_out) = admitted {
        report(&ReportFact { left_out: left_out.into(), ..fact }.to_lines());
    }
}

/// Reports how the work of a schedule went.
pub fn check_in(schedule: &str, status: CheckInStatus, took: Millis) {
    if is_on() {
        let (class, said) = (ReportClass::CheckIn.as_str(), status.as_str());
        let number = took.get();
        let nothing = ReportFact::parse("");
        report(&ReportFact { class, subject: schedule, said, number, ..nothing }.to_lines());
    }
}
