//! The prober of one place: makes checks there when the monitor says so, and keeps nothing.
//!
//! The platform lets an event have six connections at a time
//! (developers.cloudflare.com/workers/platform/limits), so that is how many checks are made at
//! once. A flow asks one thing after another, so that it has one connection too.

mod answered;
mod flow;

use breakwater_core::base::fields;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::time::Millis;
use breakwater_core::site::operator::CheckTest;
use breakwater_core::watch::check::{
    CHECK_BODY_MAX, CHECK_CONNECTIONS, CHECK_SIZE_MAX, Check, CheckAnswer, CheckFieldValue,
    CheckKind, CheckObservation, CheckRequest, path_on,
};
use breakwater_platform::bindings::{is_timeout, variable};
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
        let known = |name: &String| rules().checks.iter().find(|check| check.name == *name);
        let made = stream::iter(checks.iter().filter_map(known))
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
        if let CheckKind::Flow(steps) = &check.kind {
            return Some(self.run_flow((place, check, steps), secrets, answers).await);
        }
        let redactor = redactor(&secrets);
        let begun = clock::now();
        let found = match (&check.kind, check.kind.request()) {
            (_, Some(request)) => {
                let read = self.ask(check, &request, &secrets).await;
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
                | CheckKind::Flow(_),
                None,
            ) => return None,
        };
        let now = clock::now();
        let took = now.since(begun);
        let answer = match &found {
            Ok(None) => CheckAnswer::Connected { took },
            Ok(Some(read)) => CheckAnswer::Answered(read.answer(took)),
            Err(error) if is_timeout(error) => CheckAnswer::TimedOut,
            Err(_) => CheckAnswer::Disconnected { took },
        };
        let mut observation = check.observe(&answer);
        let evidence = check.evidence(&observation, &answer, place, &redactor, now);
        observation.evidence = evidence.map(Box::new);
        Some(observation)
    }

    /// Names and values of the secrets that the check is asked with, or says in the log which one
    /// is not set.
    fn secrets(&self, check: &Check) -> Option<Vec<(String, String)>> {
        let mut secrets = Vec::new();
        for name in check.secrets() {
            let Some(value) = variable(self.env.as_ref(), name.as_str()) else {
                worker::console_error!(
                    "check {}: the secret {} is not set",
                    check.name,
                    name.as_str()
                );
                return None;
            };
            secrets.push((name.as_str().to_owned(), value));
        }
        Some(secrets)
    }

    async fn ask(
        &self,
        check: &Check,
        request: &CheckRequest,
        secrets: &[(String, String)],
    ) -> Result<AnswerRead, JsValue> {
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
        let request = OwnRequest {
            is_own: false,
            url: &request.url,
            method: &request.method,
            fields: &lines,
            body: request.body.as_deref(),
            follows_redirects: request.follows_redirects,
            body_max: CHECK_BODY_MAX as u32,
            size_max: CHECK_SIZE_MAX,
        };
        self.send(check, request, check.timeout).await
    }

    /// Sends a request of a check, to the site itself the way of a visitor's.
    async fn send(
        &self,
        check: &Check,
        request: OwnRequest<'_>,
        limit: Millis,
    ) -> Result<AnswerRead, JsValue> {
        let is_own = path_on(request.url, &site().host).is_some();
        let url = match is_own {
            true => request.url.to_owned(),
            false => faults::check(&self.env, &check.name, request.url),
        };
        let request = OwnRequest { is_own, url: &url, ..request };
        send(&self.ctx, request, limit).await.map(|answered| AnswerRead::of(&answered))
    }
}
