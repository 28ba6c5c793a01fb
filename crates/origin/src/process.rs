//! The process's knowledge of itself, and its end after a panic.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic;
use std::sync::Arc;
use std::time::Instant;

use breakwater_core::watch::health::{ComponentKind, Group, Measurement, Status};
use tokio::sync::watch;
use tracing::error;

use crate::health::Health;
use crate::server::{Phase, Site};

/// Adds the server to the health report and, for operators, the process.
pub(crate) fn show_in(health: &mut Health, phase: watch::Receiver<Phase>, site: &Arc<Site>) {
    // The answer itself is the evidence: a process that answers needs no restart.
    health.tell("process", ComponentKind::System, Group::Live, || {
        vec![Measurement::new("state", Status::Pass).with_state("running")]
    });
    health.tell("server", ComponentKind::Component, Group::Ready, move || {
        let measured = |status, state| Measurement::new("state", status).with_state(state);
        vec![match *phase.borrow() {
            Phase::Serving => measured(Status::Pass, "serving"),
            Phase::Leaving | Phase::Draining | Phase::Closed => {
                measured(Status::Fail, "stopping").because("it is shutting down")
            }
        }]
    });
    let (start, site) = (Instant::now(), Arc::clone(site));
    health.tell_operators("requests", ComponentKind::System, move || {
        let number = |name, number: u64, unit| {
            Measurement::new(name, Status::Pass).with_number(number, unit)
        };
        vec![
            number("uptime", start.elapsed().as_secs(), "s"),
            number("received", site.requests.received(), "requests"),
            number("inFlight", site.in_flight.open() as u64, "requests"),
            number("connections", site.connections.open() as u64, "connections"),
        ]
    });
}

/// Reports panics in any thread as fatal, and signals each through the returned receiver. A thread
/// that panicked may have left work half done, so the process must end in good order and say so.
pub fn report_panics() -> watch::Receiver<bool> {
    let (panicked, receiver) = watch::channel(false);
    panic::set_hook(Box::new(move |info| {
        let message = info.payload_as_str().unwrap_or("something that is no text");
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = Backtrace::capture();
        let is_captured = backtrace.status() == BacktraceStatus::Captured;
        let stacktrace = is_captured.then(|| backtrace.to_string());
        error!(
            event = "panic",
            fatal = true,
            exception.message = message,
            exception.stacktrace = stacktrace,
            code.location = place,
            "panicked at {place}: {message}"
        );
        panicked.send_replace(true);
    }));
    receiver
}
