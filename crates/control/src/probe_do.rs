//! The prober of one place: makes checks there when the monitor says so, and keeps nothing.
//!
//! The platform lets an event have six connections at a time
//! (developers.cloudflare.com/workers/platform/limits), so that is how many checks are made at
//! once.

use breakwater_core::base::fields;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::watch::check::{
    CHECK_BODY_MAX, CHECK_CONNECTIONS, CHECK_SIZE_MAX, Check, CheckAnswer, CheckFieldValue,
    CheckKind, CheckObservation, CheckRequest, CheckedAnswer,
};
use breakwater_platform::bindings::{is_timeout, variable};
use breakwater_platform::object::{self, ObjectResult};
use breakwater_platform::place_prober::{PlaceProberRequest, PlaceProberService};
use breakwater_platform::{clock, site};
use futures::stream::{self, StreamExt as _};
use wasm_bindgen::prelude::*;
use worker::Env;
use worker::worker_sys::DurableObjectState;

use crate::faults;
use crate::requests::{Answered, OwnRequest, connect_to, send};
use crate::watch_rules::rules;

/// The prober of one place.
#[wasm_bindgen]
pub struct ProbeDo {
    ctx: JsValue,
    env: Env,
}

#[wasm_bindgen]
impl ProbeDo {
    /// The object in memory, as the platform makes it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self { ctx: state.into(), env }
    }

    /// Does what it is asked.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn fetch(&self, body: String) -> Result<web_sys::Response, JsValue> {
        object::respond(&body, async |_name: String, request: PlaceProberRequest| {
            faults::fail_object_if_asked(&self.env).await?;
            request.serve(self).await
        })
        .await
    }
}

impl PlaceProberService for ProbeDo {
    async fn make(
        &self,
        place: String,
        checks: Vec<String>,
    ) -> ObjectResult<Vec<CheckObservation>> {
        if faults::place_is_dead(self.env.as_ref(), &place) {
            return std::future::pending().await;
        }
        if let Some(found) = faults::found_at_once(self.env.as_ref(), &checks) {
            return Ok(found);
        }
        let known = |name: &String| rules().checks.iter().find(|check| check.name == *name);
        let made = stream::iter(checks.iter().filter_map(known))
            .map(|check| self.observe(&place, check))
            .buffer_unordered(CHECK_CONNECTIONS);
        Ok(made.filter_map(async |found| found).collect().await)
    }
}

impl ProbeDo {
    /// What a check finds; nothing where it cannot be made through no fault of what it asks.
    async fn observe(&self, place: &str, check: &Check) -> Option<CheckObservation> {
        let begun = clock::now();
        let found = match (&check.kind, check.kind.request()) {
            (_, Some(request)) => self.send(check, &request).await?,
            (CheckKind::Tcp { host, port }, None) => {
                connect_to(host, *port, check.timeout).await.map(|()| None)
            }
            // Its job reports by itself.
            (CheckKind::Heartbeat { .. } | CheckKind::Http(_) | CheckKind::Dns { .. }, None) => {
                return None;
            }
        };
        let now = clock::now();
        let took = now.since(begun);
        let (body, lines, url);
        let answer = match &found {
            Ok(None) => CheckAnswer::Connected { took },
            Ok(Some(answered)) => {
                (body, lines, url) = (answered.body().to_vec(), answered.fields(), answered.url());
                CheckAnswer::Answered(CheckedAnswer {
                    status: answered.status(),
                    fields: fields::Fields::new(&lines),
                    body: &body,
                    size: answered.size() as u64,
                    is_cut: answered.is_cut(),
                    url: &url,
                    took,
                })
            }
            Err(error) if is_timeout(error) => CheckAnswer::TimedOut,
            Err(_) => CheckAnswer::Disconnected { took },
        };
        let mut observation = check.observe(&answer);
        let evidence = check.evidence(&observation, &answer, place, &self.redactor(check), now);
        observation.evidence = evidence.map(Box::new);
        Some(observation)
    }

    /// Knows the secrets that the check is asked with.
    fn redactor(&self, check: &Check) -> Redactor {
        let value = |name: &SecretName| {
            Some((name.as_str().to_owned(), variable(self.env.as_ref(), name.as_str())?))
        };
        let secrets: Vec<(String, String)> = check.secrets().filter_map(value).collect();
        Redactor::new(secrets.iter().map(|(name, value)| (&**name, &**value)))
    }

    /// Sends a request, or says in the log why it cannot be sent.
    async fn send(
        &self,
        check: &Check,
        request: &CheckRequest,
    ) -> Option<Result<Option<Answered>, JsValue>> {
        let mut lines = String::new();
        for (name, value) in &request.fields {
            match value {
                CheckFieldValue::Plain(value) => fields::push(&mut lines, name, value),
                CheckFieldValue::Secret { prefix, name: secret } => {
                    let Some(value) = variable(self.env.as_ref(), secret.as_str()) else {
                        worker::console_error!(
                            "check {}: the secret {} is not set",
                            check.name,
                            secret.as_str()
                        );
                        return None;
                    };
                    fields::push(&mut lines, name, &[prefix, &*value].concat());
                }
            }
        }
        let is_own = request.path_on(&site().host).is_some();
        let url = match is_own {
            true => request.url.clone(),
            false => faults::check(&self.env, &check.name, &request.url),
        };
        let request = OwnRequest {
            is_own,
            url: &url,
            method: &request.method,
            fields: &lines,
            body: request.body.as_deref(),
            follows_redirects: request.follows_redirects,
            body_max: CHECK_BODY_MAX as u32,
            size_max: CHECK_SIZE_MAX,
        };
        Some(send(&self.ctx, request, check.timeout).await.map(Some))
    }
}
