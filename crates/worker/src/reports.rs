//! What of visitors' requests is reported to Sentry.

use breakwater_core::telemetry::sentry::{SentryFault, is_server_error};
use breakwater_platform::sentry;

use crate::exchange::Exchange;
use crate::isolate::Destination;

/// Takes the status with which an upstream answered, and reports an error of its own.
pub(crate) fn answered(visit: &Exchange, target: Destination, status: u16) {
    if is_server_error(status) {
        let (upstream, route) = (target.upstream.name.as_str(), target.route.pattern.as_str());
        let fault = SentryFault::UpstreamError { upstream, route, status };
        sentry::fault_of_request(fault, &visit.method, &visit.trace);
    }
}

/// Reports a coordinator that did not answer in time.
#[cold]
pub(crate) fn no_verdict() {
    sentry::fault(SentryFault::FailedObjectCall {
        object: breakwater_core::site::binding::UPSTREAMS,
        operation: "report",
        error: "timeout",
    });
}
