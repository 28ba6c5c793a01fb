//! A probe of ours: one request to the path that says whether an upstream works.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::fleet::Probe;
use breakwater_core::circuit::policy::Count;
use breakwater_core::site::config::Upstream;
use breakwater_core::site::forwarding;
use breakwater_core::watch::health;
use breakwater_platform::circuit_view::ProbeResult;
use breakwater_platform::object::{FetchError, ObjectResult, fetch_within};
use breakwater_platform::{clock, site};

use super::store::CoordinatorStore;
use super::{CircuitDefinition, UpstreamDo};
use crate::{faults, random};

/// By this an upstream can tell our probes from visitors.
const USER_AGENT: &str = "Breakwater-Probe";

/// The longest body of an answer that a probe reads: 256 KiB, in which most pages fit. An upstream
/// whose answers break off is not well, and of a longer one at most the beginning is read.
const BODY_MAX: u32 = 256 * 1024;

async fn run(
    origin: &str,
    path: &str,
    upstream: &Upstream,
    count: Count,
    limit: Millis,
) -> ProbeResult {
    let at = clock::now();
    let via = forwarding::via(&site().host);
    let fields = [
        ("user-agent", USER_AGENT),
        ("cache-control", "no-cache"),
        ("x-forwarded-host", &site().host),
        ("x-forwarded-proto", "https"),
        ("via", &via),
    ];
    let (url, dialect) = ([origin, path].concat(), upstream.dialect);
    let name = upstream.host.as_deref().unwrap_or_default();
    let fetched = fetch_within(&url, name, "GET", fields, Some(BODY_MAX), limit).await;
    let took_ms = clock::now().since(at).get();
    let (status, error) = match fetched {
        Ok(fetched) => (Some(fetched.status), None),
        Err(FetchError::TimedOut) => (None, Some(format!("no answer within {limit}"))),
        Err(FetchError::Failed(message)) => (None, Some(message)),
    };
    let passed = status.is_some_and(|status| health::probe_passes(dialect, count, status));
    ProbeResult { at, passed, took_ms, status, error }
}

impl UpstreamDo {
    /// Probes the upstream, stores the result, and hands it to the host.
    pub(super) async fn probe_if_due(
        &self,
        store: &CoordinatorStore,
        known: CircuitDefinition,
        probe: Option<Probe>,
    ) -> ObjectResult<()> {
        let CircuitDefinition { circuit, upstream, .. } = known;
        let (Some(probe), Some(path)) = (probe, &upstream.probe) else { return Ok(()) };
        let stand_in = faults::upstream(&self.env, &upstream.name);
        let origin = stand_in.as_deref().unwrap_or(upstream.origin.as_str());
        let count = circuit.policy.count;
        let result = run(origin, path, upstream, count, probe.limit()).await;
        let (random, now) = (random::draw(), clock::now());
        let passed = result.passed;
        if health::is_probe_kept(passed, store.last_probe()?, now) {
            store.add_probe(&result)?;
        }
        self.with_host(|host| host.handle_probe(known.rules(), probe, passed, random, now))?;
        self.carry_out(store, known).await
    }
}
