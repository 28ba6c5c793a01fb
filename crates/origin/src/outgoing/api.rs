//! An API, its breaker, and the calls through it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response};
use breakwater_core::base::time::Millis;
use breakwater_core::circuit::breaker::{Breaker, Permit, State, lease_for};
use breakwater_core::circuit::outcome::{self, Cause, Completion, Dialect, Ended, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};
use breakwater_core::watch::health::{CircuitFacts, Measurement, Status, circuits};
use bytes::Bytes;
use tracing::{info, warn};

use super::CallError;
use crate::clock;
use crate::http_client::{HttpClient, NoAnswer};
use crate::lock::lock;
use crate::settings;

/// An answer has at most 8 MiB; images are the largest.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// The facts about an API that do not depend on settings.
pub(super) struct Preset {
    pub(super) name: &'static str,
    pub(super) variable: &'static str,
    pub(super) dialect: Dialect,
    pub(super) consecutive_failures: u32,
    pub(super) open_for: Millis,
}

impl Preset {
    fn policy(&self) -> Policy {
        let spec = PolicySpec {
            consecutive_failures: Some(self.consecutive_failures),
            open_for: Some(self.open_for),
            ..PolicySpec::default()
        };
        // A test proves that all presets are valid policies.
        Policy::try_from(spec).unwrap_or_default()
    }
}

/// An API and its breaker. Clones share both.
#[derive(Clone)]
pub(crate) struct Api(Arc<Inner>);

struct Inner {
    preset: Preset,
    policy: Policy,
    breaker: Mutex<Breaker>,
    settings: Option<settings::Api>,
    client: HttpClient,
    limit: Duration,
}

/// A request to an API, without its base.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: &'static str,
    /// The fields that carry our key, each with the words in front of the key.
    pub(crate) key_fields: &'static [(&'static str, &'static str)],
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Bytes,
}

impl Api {
    pub(super) fn new(
        preset: Preset,
        settings: Option<settings::Api>,
        client: HttpClient,
        limit: Duration,
    ) -> Self {
        let policy = preset.policy();
        let breaker = Mutex::new(Breaker::new(&policy));
        Self(Arc::new(Inner { preset, policy, breaker, settings, client, limit }))
    }

    /// The name of the API.
    pub(crate) fn name(&self) -> &'static str {
        self.0.preset.name
    }

    /// The variable that configures the address, if it is not set.
    pub(super) fn missing(&self) -> Option<&'static str> {
        self.0.settings.is_none().then_some(self.0.preset.variable)
    }

    /// Makes a call, unless the circuit rejects it. The outcome counts even if the caller has gone
    /// away meanwhile.
    ///
    /// # Errors
    /// Returns [`CallError`] unless the API answered with success.
    pub(crate) async fn call(&self, call: Call) -> Result<Response<Bytes>, CallError> {
        let inner = Arc::clone(&self.0);
        let Some(request) = inner.request(call) else {
            return Err(CallError::NotConfigured { variable: inner.preset.variable });
        };
        let permit = inner.admit()?;
        // If the task panics or a shutdown ends it, the lease takes the permit back.
        tokio::spawn(async move { inner.make(request, permit).await }).await.unwrap_or(Err(
            CallError::Failed { cause: Cause::Disconnected, status: None, retry_after: None },
        ))
    }

    /// The API's entry in the health report.
    pub(super) fn measurements(&self) -> Vec<Measurement> {
        let breaker = lock(&self.0.breaker);
        let facts = CircuitFacts {
            route: None,
            state: breaker.state(),
            tally: breaker.tally(clock::now()),
            latency: None,
            answers: None,
        };
        let mut measurements = circuits(&[facts]);
        let run = u64::from(breaker.failures_in_a_row());
        measurements
            .push(Measurement::new("failuresInARow", Status::Pass).with_number(run, "calls"));
        measurements
    }
}

impl Inner {
    /// The request as it is sent, or `None` if the address is not configured.
    fn request(&self, call: Call) -> Option<Request<Body>> {
        let settings = self.settings.as_ref()?;
        let mut request =
            Request::builder().method(call.method).uri(format!("{}{}", settings.base, call.target));
        if let Some(key) = &settings.key {
            for (field, before) in call.key_fields {
                request = request.header(*field, format!("{before}{}", key.expose()));
            }
        }
        if let Some(content_type) = call.content_type {
            request = request.header("content-type", content_type);
        }
        request.body(Body::from(call.body)).ok()
    }

    fn admit(&self) -> Result<Permit, CallError> {
        let lease = lease_for(clock::millis(self.limit));
        let mut breaker = lock(&self.breaker);
        breaker.try_acquire(&self.policy, lease, clock::now()).map_err(|rejected| {
            let (state, retry_after) = (breaker.state(), rejected.retry_after());
            CallError::Rejected { state, retry_after }
        })
    }

    async fn make(
        &self,
        request: Request<Body>,
        permit: Permit,
    ) -> Result<Response<Bytes>, CallError> {
        let path = request.uri().path().to_owned();
        let start = Instant::now();
        let answered = self.client.send(request, MAX_ANSWER_BYTES, self.limit).await;
        let took = clock::millis(start.elapsed());
        let (ended, body) = match &answered {
            Ok(response) => {
                let status = response.status().as_u16();
                let wants_body = self.preset.dialect.wants_body(status, &path);
                let body = if wants_body {
                    outcome::Body::whole(response.body())
                } else {
                    outcome::Body::UNREAD
                };
                let retry_after = self.named_wait(status, response.headers());
                (Ended::Answered { status, retry_after }, body)
            }
            Err(NoAnswer::TimedOut) => (Ended::TimedOut, outcome::Body::UNREAD),
            Err(NoAnswer::Disconnected) => (Ended::Disconnected, outcome::Body::UNREAD),
        };
        let judged = self.preset.dialect.examine(self.policy.count, ended, body, took);
        self.record(permit, judged.completion, judged.cause);
        match (answered, judged.cause) {
            (Ok(response), Cause::Answered) => Ok(response),
            (answered, cause) => {
                let status = answered.ok().map(|response| response.status().as_u16());
                Err(CallError::Failed { cause, status, retry_after: judged.completion.retry_after })
            }
        }
    }

    fn named_wait(&self, status: u16, fields: &HeaderMap) -> Option<Millis> {
        let field = |name: &'static str| fields.get(name)?.to_str().ok();
        self.preset.dialect.named_wait(status, field, clock::now())
    }

    fn record(&self, permit: Permit, call: Completion, cause: Cause) {
        /// The presets have no jitter, so this value has no effect.
        const RANDOM: u32 = 0;
        let name = self.preset.name;
        let mut breaker = lock(&self.breaker);
        let before = breaker.state();
        breaker.record(&self.policy, permit, call, RANDOM, clock::now());
        let state = breaker.state();
        drop(breaker);
        if call.outcome != Outcome::Success {
            warn!(
                event = "api.failed",
                upstream = name,
                cause = cause.as_str(),
                took_ms = call.took.get(),
                "{name}: {cause}"
            );
        }
        match state {
            _ if state == before => {}
            State::Open => {
                warn!(event = "circuit.changed", upstream = name, %state, "the circuit of {name} opens");
            }
            State::Closed
            | State::HalfOpen
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => {
                info!(event = "circuit.changed", upstream = name, %state, "the circuit of {name} is {state}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GEMINI, REMOVEBG, SUPABASE};

    #[test]
    fn presets_are_policies() {
        for (preset, failures, open_for) in
            [(GEMINI, 5, 60_000), (REMOVEBG, 3, 300_000), (SUPABASE, 10, 30_000)]
        {
            let policy = preset.policy();
            assert_eq!(policy.consecutive_failures, Some(failures), "{}", preset.name);
            assert_eq!(policy.open_for.get(), open_for, "{}", preset.name);
            assert_eq!(policy.failure_rate, None, "{}", preset.name);
        }
    }
}
