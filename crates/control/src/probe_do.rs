//! The prober of one place: makes checks there when the monitor says so, and keeps nothing.
//!
//! The platform lets an event have six connections at a time
//! (developers.cloudflare.com/workers/platform/limits), so that is how many checks are made at
//! once.

use breakwater_core::base::fields;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::time::Millis;
use breakwater_core::watch::check::{
    CHECK_BODY_MAX, CHECK_CONNECTIONS, CHECK_SIZE_MAX, Check, CheckAnswer, CheckErrand,
    CheckFieldValue, CheckKind, CheckObservation, CheckRequest, CheckedAnswer, ErrandStep,
};
use breakwater_platform::bindings::{is_timeout, variable};
use breakwater_platform::object::{self, ObjectResult};
use breakwater_platform::place_prober::{PlaceProberRequest, PlaceProberService};
use breakwater_platform::timer::sleep;
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
        if let Some(errand) = CheckErrand::begin(check, place, begun) {
            return self.run(check, place, errand).await;
        }
        let found = match (&check.kind, check.kind.request()) {
            (_, Some(request)) => self.send(check, &request, check.timeout).await?,
            (CheckKind::Tcp { host, port }, None) => {
                connect_to(host, *port, check.timeout).await.map(|()| None)
            }
            // Its job reports by itself.
            (
                CheckKind::Heartbeat { .. }
                | CheckKind::Http(_)
                | CheckKind::Dns { .. }
                | CheckKind::Domain(_)
                | CheckKind::Tls { .. },
                None,
            ) => return None,
        };
        let now = clock::now();
        let received = Received::new(found, now.since(begun));
        let answer = received.answer();
        let mut observation = check.observe(&answer);
        let evidence = check.evidence(&observation, &answer, place, &self.redactor(check), now);
        observation.evidence = evidence.map(Box::new);
        Some(observation)
    }

    /// Sends what an errand asks for, until it ends.
    async fn run(
        &self,
        check: &Check,
        place: &str,
        mut errand: CheckErrand,
    ) -> Option<CheckObservation> {
        loop {
            let asked_at = clock::now();
            match errand.poll(check, place, rules().globalping.as_ref(), asked_at) {
                ErrandStep::Wait(span) => sleep(span).await,
                ErrandStep::Ask { request, within } => {
                    let found = self.send(check, &request, within).await?;
                    let now = clock::now();
                    let received = Received::new(found, now.since(asked_at));
                    let redactor = self.redactor(check);
                    errand.handle_answer(check, place, &received.answer(), &redactor, now);
                }
                ErrandStep::End(Ok(observation)) => return Some(observation),
                ErrandStep::End(Err(why)) => {
                    worker::console_error!("check {} at {place}: {why}", check.name);
                    return None;
                }
            }
        }
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
        within: Millis,
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
        Some(send(&self.ctx, request, within).await.map(Some))
    }
}

/// What came of asking, with the texts that an answer borrows.
struct Received {
    /// An answer, a connection without one, or what the platform threw.
    found: Result<Option<Answered>, JsValue>,
    body: Vec<u8>,
    fields: String,
    url: String,
    took: Millis,
}

impl Received {
    fn new(found: Result<Option<Answered>, JsValue>, took: Millis) -> Self {
        let answered = found.as_ref().ok().and_then(Option::as_ref);
        let (body, fields, url) = answered.map_or_else(Default::default, |answered| {
            (answered.body().to_vec(), answered.fields(), answered.url())
        });
        Self { found, body, fields, url, took }
    }

    fn answer(&self) -> CheckAnswer<'_> {
        match &self.found {
            Ok(None) => CheckAnswer::Connected { took: self.took },
            Ok(Some(answered)) => CheckAnswer::Answered(CheckedAnswer {
                status: answered.status(),
                fields: fields::Fields::new(&self.fields),
                body: &self.body,
                size: answered.size() as u64,
                is_cut: answered.is_cut(),
                url: &self.url,
                took: self.took,
            }),
            Err(error) if is_timeout(error) => CheckAnswer::TimedOut,
            Err(_) => CheckAnswer::Disconnected { took: self.took },
        }
    }
}
