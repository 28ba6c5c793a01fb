//! The prober of one dependency: asks it at its interval, by alarm, and keeps what it found.
//! Nothing that visitors do has it asked.

use std::cell::{Cell, OnceCell, RefCell};

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::dependency::{BODY_MAX, Dependency, DependencyAnswer, redacted};
use breakwater_core::watch::health::{Findings, Measurement, Status};
use breakwater_platform::bindings;
use breakwater_platform::object::{
    self, FetchError, FetchedBody, ObjectAlarm, ObjectError, ObjectResult, Store, fetch_within,
};
use breakwater_platform::prober::{ProberRequest, ProberService};
use breakwater_platform::{clock, site};
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Env, State};

use crate::faults;

/// What a prober keeps: the dependency's name, since an alarm does not say it, and the findings.
const NAME: &str = "name";
const FINDINGS: &str = "findings";

/// The durable half of one dependency.
#[wasm_bindgen]
pub struct DependencyDo {
    state: State,
    env: Env,
    store: OnceCell<Store>,
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
        Self {
            state: state.into(),
            env,
            store: OnceCell::new(),
            findings: RefCell::new(None),
            probing: Cell::new(None),
        }
    }

    /// Does what it is asked.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn fetch(&self, body: String) -> Result<web_sys::Response, JsValue> {
        object::respond(&body, async |name: String, request: ProberRequest| {
            faults::fail_object_if_asked(&self.env).await?;
            let Some(dependency) = known(&name) else { return Err(ObjectError::NoSuch(name)) };
            let store = self.store()?;
            if store.get::<String>(NAME)?.as_ref() != Some(&name) {
                store.put(NAME, &name)?;
            }
            request.serve(&Prober { object: self, dependency }).await
        })
        .await
    }

    /// Probes, and arms the next alarm.
    ///
    /// # Errors
    /// What went wrong; the platform then tries again.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        self.handle_alarm().await.map_err(|error| error.to_string().into())
    }
}

/// The object, and the dependency that it is for.
struct Prober<'a> {
    object: &'a DependencyDo,
    dependency: &'static Dependency,
}

impl ProberService for Prober<'_> {
    async fn findings(&self) -> ObjectResult<Findings> {
        let found = self.object.load()?;
        if found.measured_at().is_some() {
            return Ok(found);
        }
        self.object.round(self.dependency).await?;
        self.object.load()
    }

    async fn round(&self) -> ObjectResult<Option<(Status, Timestamp)>> {
        self.object.round(self.dependency).await?;
        let found = self.object.load()?;
        Ok(found.measured_at().map(|at| (found.status(), at)))
    }
}

impl DependencyDo {
    async fn handle_alarm(&self) -> ObjectResult<()> {
        let name: Option<String> = self.store()?.get(NAME)?;
        let Some(dependency) = name.as_deref().and_then(known) else {
            // A deploy has removed the dependency; its object has nothing left to do.
            return Ok(());
        };
        self.alarm_clock().arm_for_retry().await?;
        faults::fail_object_if_asked(&self.env).await?;
        self.round(dependency).await
    }

    /// Probes if that is due, and arms the alarm for when it is next.
    async fn round(&self, dependency: &Dependency) -> ObjectResult<()> {
        let mut findings = self.load()?;
        let now = clock::now();
        if findings.is_due(dependency.every, now) && !dependency.is_probing(self.probing.get(), now)
        {
            self.probing.set(Some(now));
            let found = probe(&self.env, dependency).await;
            self.probing.set(None);
            findings.record(found, clock::now());
            self.store()?.put(FINDINGS, &findings)?;
            *self.findings.borrow_mut() = Some(findings.clone());
        }
        Ok(self.alarm_clock().set(Some(findings.due_at(dependency.every))).await?)
    }

    /// The findings in memory or as they were stored. Those of another version are not guessed at:
    /// the next probe makes new ones.
    fn load(&self) -> ObjectResult<Findings> {
        let mut held = self.findings.borrow_mut();
        if let Some(findings) = &*held {
            return Ok(findings.clone());
        }
        let stored = self.store()?.get(FINDINGS)?;
        Ok(held.insert(stored.unwrap_or_else(|| Findings::none_since(clock::now()))).clone())
    }

    /// The store, which is opened once per load of the object.
    fn store(&self) -> ObjectResult<&Store> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let store = Store::open(self.state.storage().sql(), &[], "")?;
        Ok(self.store.get_or_init(|| store))
    }

    fn alarm_clock(&self) -> ObjectAlarm {
        ObjectAlarm::of(self.state.storage())
    }
}

fn known(name: &str) -> Option<&'static Dependency> {
    site().dependencies.iter().find(|dependency| dependency.name == name)
}

async fn probe(env: &Env, dependency: &Dependency) -> Vec<Measurement> {
    let variable = |name: &str| bindings::variable(env.as_ref(), name);
    let secret = dependency.secret.as_ref().and_then(|name| variable(name.as_str()));
    let request = match dependency.request(secret.as_deref()) {
        Ok(request) => request,
        Err(unset) => return unset.measurements(),
    };
    let url = faults::dependency(env.as_ref(), &dependency.name, request.url);
    let fields = request.fields.iter().map(|(name, value)| (*name, value.as_ref()));
    let begun = clock::now();
    let body_max = Some(BODY_MAX as u32);
    let fetched =
        fetch_within(&url, "", request.method, fields, body_max, dependency.timeout).await;
    let took = clock::now().since(begun);
    match fetched {
        Ok(fetched) => match fetched.body {
            FetchedBody::Whole(body) => {
                let body = body.to_vec();
                let body = redacted(&body, secret.as_deref());
                dependency
                    .read(DependencyAnswer::Answered { status: fetched.status, body: &body }, took)
            }
            FetchedBody::TooLong | FetchedBody::Unread => {
                dependency.read(DependencyAnswer::TooLong { status: fetched.status }, took)
            }
        },
        Err(FetchError::TimedOut) => dependency.read(DependencyAnswer::TimedOut, took),
        Err(FetchError::Failed(_)) => dependency.read(DependencyAnswer::Disconnected, took),
    }
}
