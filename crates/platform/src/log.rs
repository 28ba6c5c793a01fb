//! The log: the only Rust that writes to the platform's console. `cargo xtask check` refuses any
//! other that does.

use std::cell::Cell;
use std::fmt;

use breakwater_core::base::trace::Trace;
use breakwater_core::telemetry::log::{
    LogAdmission, LogContext, LogEvent, LogField, LogGate, LogLine, LogSeverity,
};
use wasm_bindgen::prelude::*;

use crate::clock;
use crate::sentry;
use crate::site::site;

#[wasm_bindgen]
extern "C" {
    // The platform has the method as the line's own level, by which its tools filter.
    #[wasm_bindgen(js_namespace = console, js_name = debug)]
    fn console_debug(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn console_info(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    fn console_warn(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(line: &str);
}

thread_local! {
    // A copy that is written back whole: a kill in the middle of the work leaves nothing borrowed.
    static GATE: Cell<LogGate> = const { Cell::new(LogGate::new()) };
}

/// Logs something that failed. Nothing of a request may be in `body` but what we say of it
/// ourselves: errors of others are scrubbed, and that is a second line of defence.
pub fn error(event: LogEvent, fields: &[LogField<'_>], body: fmt::Arguments<'_>) {
    write(LogSeverity::Error, event, LogContext::default(), fields, body);
}

/// Logs something that visitors do not notice yet, or that helps itself.
pub fn warn(event: LogEvent, fields: &[LogField<'_>], body: fmt::Arguments<'_>) {
    write(LogSeverity::Warn, event, LogContext::default(), fields, body);
}

/// Logs something that is as it should be.
pub fn info(event: LogEvent, fields: &[LogField<'_>], body: fmt::Arguments<'_>) {
    write(LogSeverity::Info, event, LogContext::default(), fields, body);
}

/// Logs what happened to a visitor's request.
pub fn of_request(
    severity: LogSeverity,
    event: LogEvent,
    trace: &Trace,
    fields: &[LogField<'_>],
    body: fmt::Arguments<'_>,
) {
    write(severity, event, trace.into(), fields, body);
}

/// Admits the line of an answer to a visitor: failures always, others if `random` says that they
/// are of the sample. The line is only put together if it is admitted, since that allocates.
pub fn admit_answer(severity: LogSeverity, random: u32) -> Option<LogAdmission> {
    let rules = &site().logs;
    // Of most requests it is known here that they are not written.
    if !rules.wants_request(severity, random) {
        return None;
    }
    let mut gate = GATE.get();
    let admitted = gate.admit(rules, severity, clock::now());
    GATE.set(gate);
    admitted
}

/// Logs an answer that was admitted.
pub fn answer(
    severity: LogSeverity,
    admission: LogAdmission,
    trace: &Trace,
    fields: &[LogField<'_>],
    body: fmt::Arguments<'_>,
) {
    let event = LogEvent::RequestAnswered;
    let line = LogLine::new(severity, event).admitted(admission).with_all(fields);
    let line = line.to_json(trace.into(), body, clock::now());
    to_console(severity, &line);
    sentry::line(severity, event, &line);
}

/// Logs that something has happened that tests count. No limit leaves it out.
#[cfg(feature = "dev")]
pub fn note(what: &str) {
    let line = LogLine::new(LogSeverity::Debug, LogEvent::Noted);
    let context = LogContext::default();
    to_console(
        LogSeverity::Info,
        &line.to_json(context, format_args!("noted: {what}"), clock::now()),
    );
}

fn write(
    severity: LogSeverity,
    event: LogEvent,
    context: LogContext<'_>,
    fields: &[LogField<'_>],
    body: fmt::Arguments<'_>,
) {
    let now = clock::now();
    let mut gate = GATE.get();
    let admitted = gate.admit(&site().logs, severity, now);
    GATE.set(gate);
    if let Some(admission) = admitted {
        let line = LogLine::new(severity, event).admitted(admission).with_all(fields);
        let line = line.to_json(context, body, now);
        to_console(severity, &line);
        sentry::line(severity, event, &line);
    }
}

fn to_console(severity: LogSeverity, line: &str) {
    match severity {
        LogSeverity::Debug => console_debug(line),
        LogSeverity::Info => console_info(line),
        LogSeverity::Warn => console_warn(line),
        LogSeverity::Error | LogSeverity::Fatal => console_error(line),
    }
}
