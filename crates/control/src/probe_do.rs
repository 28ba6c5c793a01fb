//! The prober of one place: makes checks there when the monitor says so, and keeps nothing.
//!
//! The platform lets an event have six connections at a time
//! (developers.cloudflare.com/workers/platform/limits), so that is how many checks are made at
//! once.

use breakwater_core::base::fields;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::time::{Millis, Timestamp};
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
use crate::requests::{Answered, OwnRequest, connect_to, converse, send};
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
        if let Some(errand) = CheckErrand::begin(check, place, begun) {
            return self.run(check, place, errand).await;
        }
        let found = match (&check.kind, check.kind.request()) {
            (CheckKind::Websocket { request, send }, _) => {
                return self.converse(check, place, request, send.as_deref()).await;
            }
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
        Some(self.judged(check, place, &received.answer(), now))
    }

    /// What an answer says of a check, with evidence.
    fn judged(
        &self,
        check: &Check,
        place: &str,
        answer: &CheckAnswer<'_>,
        now: Timestamp,
    ) -> CheckObservation {
        let mut observation = check.observe(answer);
        let evidence = check.evidence(&observation, answer, place, &self.redactor(check), now);
        observation.evidence = evidence.map(Box::new);
        observation
    }

    /// Opens a WebSocket, and listens for what the check waits for.
    async fn converse(
        &self,
        check: &Check,
        place: &str,
        request: &CheckRequest,
        text: Option<&str>,
    ) -> Option<CheckObservation> {
        let begun = clock::now();
        let (lines, url) = self.prepared(check, request)?;
        let own = OwnRequest { body: text, ..own_request(request, &url, &lines) };
        let conversation = match converse(&self.ctx, own, check.timeout).await {
            Ok(conversation) => conversation,
            Err(error) => {
                let now = clock::now();
                let received = Received::new(Err(error), now.since(begun));
                return Some(self.judged(check, place, &received.answer(), now));
            }
        };
        if let Some(refusal) = conversation.refusal() {
            let now = clock::now();
            let received = Received::new(Ok(Some(refusal)), now.since(begun));
            return Some(self.judged(check, place, &received.answer(), now));
        }
        let (mut heard, mut last, mut error) = (0, None, None);
        while check.wants_message(heard, last.as_deref()) {
            let left = (begun + check.timeout).since(clock::now());
            match conversation.next(left).await {
                Ok(Some(message)) => (heard, last) = (heard + 1, Some(message)),
                Ok(None) => break,
                Err(late) => {
                    error = Some(late);
                    break;
                }
            }
        }
        conversation.close();
        let now = clock::now();
        let took = now.since(begun);
        let body = last.unwrap_or_default();
        let answer = match (heard, error) {
            (0, Some(_)) => CheckAnswer::TimedOut,
            (0, None) if check.wants_message(0, None) => CheckAnswer::Disconnected { took },
            _ => CheckAnswer::Answered(CheckedAnswer {
                status: 101,
                fields: fields::Fields::new(""),
                body: &body,
                size: body.len() as u64,
                is_cut: false,
                url: &request.url,
                took,
            }),
        };
        Some(self.judged(check, place, &answer, now))
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
        let (lines, url) = self.prepared(check, request)?;
        let request = own_request(request, &url, &lines);
        Some(send(&self.ctx, request, within).await.map(Some))
    }

    /// The fields of a request with the values of their secrets, and its URL; or says in the log
    /// why it cannot be sent.
    fn prepared(&self, check: &Check, request: &CheckRequest) -> Option<(String, String)> {
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
        let url = match request.path_on(&site().host) {
            Some(_) => request.url.clone(),
            None => faults::check(&self.env, &check.name, &request.url),
        };
        Some((lines, url))
    }
}

/// A request of a check as it is sent, to this URL and with these fields.
fn own_request<'a>(request: &'a CheckRequest, url: &'a str, fields: &'a str) -> OwnRequest<'a> {
    OwnRequest {
        is_own: request.path_on(&site().host).is_some(),
        url,
        method: &request.method,
        fields,
        body: request.body.as_deref(),
        follows_redirects: request.follows_redirects,
        body_max: CHECK_BODY_MAX as u32,
        size_max: CHECK_SIZE_MAX,
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
