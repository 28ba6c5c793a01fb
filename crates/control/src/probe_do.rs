//! The prober of one place: makes checks there when the monitor says so, and keeps nothing.
//!
//! The platform lets an event have six connections at a time
//! (developers.cloudflare.com/workers/platform/limits), so that is how many checks are made at
//! once. A flow asks one thing after another, so that it has one connection too.

mod answered;
mod errand;
mod flow;
mod socket;

use breakwater_core::base::fields;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::time::Millis;
use breakwater_core::site::operator::CheckTest;
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_core::watch::check::{
    CHECK_BODY_MAX, CHECK_CONNECTIONS, CHECK_SIZE_MAX, Check, CheckAnswer, CheckErrand,
    CheckFieldValue, CheckKind, CheckObservation, CheckRequest, path_on,
};
use breakwater_platform::bindings::{is_timeout, variable};
use breakwater_platform::log;
use breakwater_platform::object::{self, ObjectError, ObjectResult};
use breakwater_platform::place_prober::{PlaceProberRequest, PlaceProberService};
use breakwater_platform::{clock, site};
use futures::stream::{self, StreamExt as _};
use wasm_bindgen::prelude::*;
use worker::Env;
use worker::worker_sys::DurableObjectState;

use crate::faults;
use crate::requests::{OwnRequest, connect_to, send};
use crate::watch_rules::rules;
use answered::AnswerRead;

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
        let made = stream::iter(checks.iter().filter_map(|name| rules().check(name)))
            .map(|check| self.observe(&place, check, Answers::AsTheyAre))
            .buffer_unordered(CHECK_CONNECTIONS);
        Ok(made.filter_map(async |found| found).collect().await)
    }

    async fn test(&self, place: String, body: String) -> ObjectResult<Option<CheckObservation>> {
        let test = CheckTest::parse(body.as_bytes(), site(), rules());
        let test = test.map_err(|error| ObjectError::Request(error.to_string()))?;
        Ok(self.observe(&place, test.check(), Answers::WithoutSecrets).await)
    }
}

/// How answers are judged.
#[derive(Clone, Copy, Debug)]
enum Answers {
    /// As they are.
    AsTheyAre,
    /// With the values of secrets replaced, for a check that stands in no file.
    WithoutSecrets,
}

impl Answers {
    fn shown(self, read: AnswerRead, redactor: &Redactor) -> AnswerRead {
        match self {
            Self::AsTheyAre => read,
            Self::WithoutSecrets => read.without_secrets(redactor),
        }
    }
}

/// What a request came to that was not answered.
fn failure(error: &JsValue, took: Millis) -> CheckAnswer<'static> {
    if is_timeout(error) { CheckAnswer::TimedOut } else { CheckAnswer::Disconnected { took } }
}

fn redactor(secrets: &[(String, String)]) -> Redactor {
    Redactor::new(secrets.iter().map(|(name, value)| (&**name, &**value)))
}

impl ProbeDo {
    /// What a check finds; nothing where it cannot be made through no fault of what it asks.
    async fn observe(
        &self,
        place: &str,
        check: &Check,
        answers: Answers,
    ) -> Option<CheckObservation> {
        let secrets = self.secrets(check)?;
        if let Some(errand) = CheckErrand::begin(check, place, clock::now()) {
            return self.run_errand((place, check), errand, secrets, answers).await;
        }
        if let CheckKind::Flow(steps) = &check.kind {
            return Some(self.run_flow((place, check, steps), secrets, answers).await);
        }
        let redactor = redactor(&secrets);
        let begun = clock::now();
        let found = match (&check.kind, check.kind.request()) {
            (CheckKind::Websocket { request, send }, _) => {
                let lines = lines(request, &secrets);
                let opening = OwnRequest { body: send.as_deref(), ..own_request(request, &lines) };
                self.converse(check, opening, (answers, &redactor)).await.map(Some)
            }
            (_, Some(request)) => {
                let read = self.ask(check, &request, &secrets, check.timeout).await;
                read.map(|read| Some(answers.shown(read, &redactor)))
            }
            (CheckKind::Tcp { host, port }, None) => {
                connect_to(host, *port, check.timeout).await.map(|()| None)
            }
            // A job reports by itself.
            (
                CheckKind::Heartbeat { .. }
                | CheckKind::Http(_)
                | CheckKind::Dns { .. }
                | CheckKind::Domain(_)
                | CheckKind::Tls { .. }
                | CheckKind::Flow(_),
                None,
            ) => return None,
        };
        let now = clock::now();
        let took = now.since(begun);
        let answer = match &found {
            Ok(None) => CheckAnswer::Connected { took },
            Ok(Some(read)) => CheckAnswer::Answered(read.answer(took)),
            Err(error) => failure(error, took),
        };
        Some(check.with_evidence(check.observe(&answer), &answer, place, &redactor, now))
    }

    /// Names and values of the secrets that the check is asked with, or says in the log which one
    /// is not set.
    fn secrets(&self, check: &Check) -> Option<Vec<(String, String)>> {
        check.secrets().map(|name| self.secret(check, name)).collect()
    }

    /// Name and value of a secret, or says in the log that it is not set.
    fn secret(&self, check: &Check, name: &SecretName) -> Option<(String, String)> {
        let value = variable(self.env.as_ref(), name.as_str());
        if value.is_none() {
            log::error(
                LogEvent::CheckFailed,
                &[LogAttribute::Check.text(&check.name)],
                format_args!("check {}: the secret {} is not set", check.name, name.as_str()),
            );
        }
        Some((name.as_str().to_owned(), value?))
    }

    async fn ask(
        &self,
        check: &Check,
        request: &CheckRequest,
        secrets: &[(String, String)],
        limit: Millis,
    ) -> Result<AnswerRead, JsValue> {
        let lines = lines(request, secrets);
        self.send(check, own_request(request, &lines), limit).await
    }

    /// Sends a request of a check, to the site itself the way of a visitor's.
    async fn send(
        &self,
        check: &Check,
        request: OwnRequest<'_>,
        limit: Millis,
    ) -> Result<AnswerRead, JsValue> {
        let (is_own, url) = self.way(check, request.url);
        let request = OwnRequest { is_own, url: &url, ..request };
        send(&self.ctx, request, limit).await.map(|answered| AnswerRead::of(&answered))
    }

    /// Whether a URL is one of the site itself, and the URL that is asked.
    fn way(&self, check: &Check, url: &str) -> (bool, String) {
        match path_on(url, &site().host) {
            Some(_) => (true, url.to_owned()),
            None => (false, faults::check(&self.env, &check.name, url)),
        }
    }
}

/// The fields of a request with the values of their secrets, a line each.
fn lines(request: &CheckRequest, secrets: &[(String, String)]) -> String {
    let mut lines = String::new();
    for (name, value) in &request.fields {
        match value {
            CheckFieldValue::Plain(value) => fields::push(&mut lines, name, value),
            CheckFieldValue::Secret { prefix, name: secret } => {
                let set = secrets.iter().find(|(known, _)| known == secret.as_str());
                let value = set.map_or("", |(_, value)| value);
                fields::push(&mut lines, name, &[prefix, value].concat());
            }
        }
    }
    lines
}

/// A request of a check with these fields, before it is known which way it goes.
fn own_request<'a>(request: &'a CheckRequest, lines: &'a str) -> OwnRequest<'a> {
    OwnRequest {
        is_own: false,
        url: &request.url,
        method: &request.method,
        fields: lines,
        body: request.body.as_deref(),
        follows_redirects: request.follows_redirects,
        body_max: CHECK_BODY_MAX as u32,
        size_max: CHECK_SIZE_MAX,
    }
}
