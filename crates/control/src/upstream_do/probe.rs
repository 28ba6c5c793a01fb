//! A probe of ours: one request to the path that says whether an upstream works.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::outcome::Dialect;
use breakwater_core::circuit::policy::Count;
use breakwater_core::watch::health;
use breakwater_platform::circuit_view::ProbeResult;
use breakwater_platform::clock;
use breakwater_platform::object::{FetchError, fetch_within};

/// By this an upstream can tell our probes from visitors.
const USER_AGENT: &str = "Breakwater-Probe";

/// The longest body of an answer that a probe reads: 256 KiB, in which most pages fit. An upstream
/// whose answers break off is not well, and of a longer one at most the beginning is read.
const BODY_MAX: u32 = 256 * 1024;

pub(crate) async fn run(
    origin: &str,
    path: &str,
    dialect: Dialect,
    count: Count,
    limit: Millis,
) -> ProbeResult {
    let at = clock::now();
    let fields = [("user-agent", USER_AGENT), ("cache-control", "no-cache")];
    let url = [origin, path].concat();
    let fetched = fetch_within(&url, "GET", fields, Some(BODY_MAX), limit).await;
    let took_ms = clock::now().since(at).get();
    let (status, error) = match fetched {
        Ok(fetched) => (Some(fetched.status), None),
        Err(FetchError::TimedOut) => (None, Some(format!("no answer within {limit}"))),
        Err(FetchError::Failed(message)) => (None, Some(message)),
    };
    let passed = status.is_some_and(|status| health::probe_passes(dialect, count, status));
    ProbeResult { at, passed, took_ms, status, error }
}
