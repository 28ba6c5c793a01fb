//! The prober of one dependency: asks it at its interval, by alarm, and keeps what it found.
//! Nothing that visitors do has it asked.

use breakwater_core::site::needs;
use std::cell::{Cell, RefCell};
use std::time::Duration;

use breakwater_core::base::json;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::dependency::{Answer, BODY_MAX, Dependency, redacted};
use breakwater_core::watch::health::{Findings, Measurement};
use futures::future::{self, Either};
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit, RequestRedirect};
use worker::worker_sys::DurableObjectState;
use worker::{Delay, Env, Result, State};

use crate::exchange::milliseconds;
use crate::objects::{self, Reply};
use crate::{clock, edge, faults, platform};

/// The binding of the probers.
const NAMESPACE: &str = needs::DEPENDENCIES;
/// What a prober keeps: the dependency's name, since an alarm does not say it, and the findings.
const NAME: &str = "name";
const FINDINGS: &str = "findings";
/// The alarm is set this far ahead before work begins, in case the work is cut short.
const RETRY_ALARM_AFTER: Millis = Millis::from_secs(30);

/// What a prober is asked.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// What it found last.
    Findings,
    /// To probe if that is due, and to arm the alarm.
    Round,
}

#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    dependency: String,
    what: What,
}

/// What the prober of a dependency found last.
pub(crate) async fn findings(env: &Env, dependency: &Dependency) -> Result<Findings> {
    ask(env, dependency, What::Findings).await
}

/// Has the prober of a dependency make its round.
pub(crate) async fn round(env: &Env, dependency: &Dependency) -> Result<()> {
    ask::<Findings>(env, dependency, What::Round).await.map(|_| ())
}

async fn ask<T: for<'de> Deserialize<'de>>(
    env: &Env,
    dependency: &Dependency,
    what: What,
) -> Result<T> {
    let asked = Asked { dependency: dependency.name.clone(), what };
    let body = serde_json::to_string(&asked)?;
    objects::ask(env, NAMESPACE, &dependency.name, "", &body).await?.read()
}

/// The durable half of one dependency.
#[wasm_bindgen]
pub struct DependencyDo {
    state: State,
    env: Env,
    findings: RefCell<Option<Findings>>,
    /// When the probe that is under way began: others that come meanwhile are told what was found
    /// last.
    probing: Cell<Option<Timestamp>>,
}

#[wasm_bindgen]
impl DependencyDo {
    /// The object in memory, as the platform makes it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        let (findings, probing) = (RefCell::new(None), Cell::new(None));
        Self { state: state.into(), env, findings, probing }
    }

    /// Says what it is asked.
    ///
    /// # Errors
    /// What the caller is thrown.
    pub async fn fetch(
        &self,
        _path: String,
        body: String,
    ) -> std::result::Result<web_sys::Response, JsValue> {
        objects::reply(self.answer(&body).await)
    }

    /// Probes, and arms the next alarm.
    ///
    /// # Errors
    /// What went wrong; the platform then tries again.
    pub async fn alarm(&self) -> std::result::Result<(), JsValue> {
        Ok(self.handle_alarm().await?)
    }
}

impl DependencyDo {
    async fn answer(&self, body: &str) -> Result<Reply> {
        faults::fail_object_if_asked(&self.env).await?;
        let asked: Asked = json::read(body)?;
        let Some(dependency) = known(&asked.dependency) else {
            return Ok(Reply::error(404, "no such dependency"));
        };
        let storage = self.state.storage();
        let name: Option<String> = storage.get(NAME).await?;
        if name.as_deref() != Some(&dependency.name) {
            storage.put(NAME, &dependency.name).await?;
        }
        match asked.what {
            What::Findings if self.load().await?.measured_at().is_some() => {}
            // Also when it is asked for the first time, as right after a deploy.
            What::Findings | What::Round => self.round(dependency).await?,
        }
        Ok(Reply::ok(serde_json::to_string(&self.load().await?)?))
    }

    async fn handle_alarm(&self) -> Result<()> {
        let name: Option<String> = self.state.storage().get(NAME).await?;
        let Some(dependency) = name.as_deref().and_then(known) else {
            // A deploy has removed the dependency; its object has nothing left to do.
            return Ok(());
        };
        let ahead = clock::now() + RETRY_ALARM_AFTER;
        self.state.storage().set_alarm(clock::alarm_time(ahead)).await?;
        faults::fail_object_if_asked(&self.env).await?;
        self.round(dependency).await
    }

    /// Probes if that is due, and arms the alarm for when it is next.
    async fn round(&self, dependency: &Dependency) -> Result<()> {
        let mut findings = self.load().await?;
        let now = clock::now();
        if findings.is_due(dependency.every, now) && !dependency.is_probing(self.probing.get(), now)
        {
            self.probing.set(Some(now));
            let found = probe(&self.env, dependency).await;
            self.probing.set(None);
            findings.record(found, clock::now());
            self.state.storage().put(FINDINGS, serde_json::to_string(&findings)?).await?;
            *self.findings.borrow_mut() = Some(findings.clone());
        }
        let at = findings.due_at(dependency.every).max(clock::now());
        self.state.storage().set_alarm(clock::alarm_time(at)).await
    }

    /// The findings in memory or as they were stored. Those of another version are not guessed at:
    /// the next probe makes new ones.
    async fn load(&self) -> Result<Findings> {
        let held = self.findings.borrow().clone();
        if let Some(findings) = held {
            return Ok(findings);
        }
        let stored: Option<String> = self.state.storage().get(FINDINGS).await?;
        let stored = stored.and_then(|text| json::read(&text).ok());
        let findings = stored.unwrap_or_else(|| Findings::none_since(clock::now()));
        *self.findings.borrow_mut() = Some(findings.clone());
        Ok(findings)
    }
}

fn known(name: &str) -> Option<&'static Dependency> {
    edge::site().dependencies.iter().find(|dependency| dependency.name == name)
}

async fn probe(env: &Env, dependency: &Dependency) -> Vec<Measurement> {
    let variable = |name: &str| platform::variable(env.as_ref(), name);
    let secret = dependency.secret.as_ref().and_then(|name| variable(name.as_str()));
    let request = match dependency.request(secret.as_deref()) {
        Ok(request) => request,
        Err(unset) => return unset.measurements(),
    };
    let url = faults::dependency(env.as_ref(), &dependency.name, request.url);
    let fields = request.fields.iter().map(|(name, value)| (*name, value.as_ref()));
    let begun = clock::now();
    let asked = ask_it(&url, request.method, fields, dependency.timeout, begun).await;
    let took = clock::now().since(begun);
    match &asked {
        Ok(Some((status, Some(body)))) => {
            let body = redacted(body, secret.as_deref());
            dependency.read(Answer::Answered { status: *status, body: &body }, took)
        }
        Ok(Some((status, None))) => dependency.read(Answer::TooLong { status: *status }, took),
        Ok(None) => dependency.read(Answer::TimedOut, took),
        Err(_) => dependency.read(Answer::Disconnected, took),
    }
}

/// The status, and the body if it is not too long; nothing if they did not come in time.
async fn ask_it<'a>(
    url: &str,
    method: &str,
    fields: impl Iterator<Item = (&'a str, &'a str)>,
    timeout: Millis,
    begun: Timestamp,
) -> std::result::Result<Option<(u16, Option<Vec<u8>>)>, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in fields {
        headers.set(name, value)?;
    }
    let abort = AbortController::new()?;
    let init = RequestInit::new();
    init.set_method(method);
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort.signal()));
    let request = web_sys::Request::new_with_str(url)?;
    let left = || Delay::from(Duration::from_millis((begun + timeout).since(clock::now()).get()));
    let call = JsFuture::from(platform::fetch(&request, &init));
    let response: web_sys::Response = match future::select(call, left()).await {
        Either::Left((response, _)) => response?.unchecked_into(),
        Either::Right(_) => {
            abort.abort();
            return Ok(None);
        }
    };
    let reading = platform::read_whole(&response, BODY_MAX as u32, milliseconds(timeout))?;
    let read = match future::select(JsFuture::from(reading.result()), left()).await {
        Either::Left((read, _)) => read?,
        Either::Right(_) => {
            abort.abort();
            return Ok(None);
        }
    };
    let body = platform::property(&read, "whole").dyn_into::<Uint8Array>();
    // Whatever is left of it is not read.
    abort.abort();
    Ok(Some((response.status(), body.ok().map(|whole| whole.to_vec()))))
}
