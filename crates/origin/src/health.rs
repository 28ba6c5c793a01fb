//! The health of the backend: the latest measurements of its dependencies, and what the process
//! knows about itself.
//!
//! Each dependency is measured in the background at an interval. A request for health measures
//! nothing and waits for nothing. What the process knows about itself is current in each answer.

mod disk;
mod memory;
mod postgres;
mod redis;
mod storage;
mod watch;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakwater_core::base::time::Millis;
use breakwater_core::watch::health::{
    Component, ComponentKind, Detail, Findings, Group, HealthName, HealthReport, Known,
    Measurement, RESPONSE_TIME, Service, Status,
};
use rustls::ClientConfig;
use tokio::sync::watch::Sender;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::warn;

use self::watch::{Probe, Schedule, watch};
use crate::clock;
use crate::http_client::HttpClient;
use crate::lock::lock;
use crate::log::{SERVICE, VERSION};
use crate::settings::Settings;

/// Facts that the process knows about itself are at most 1 s old.
const AT_ONCE: Millis = Millis::from_secs(1);
const UTILIZATION: &str = "utilization";

/// The health of the backend.
pub(crate) struct Health {
    schedule: Schedule,
    watched: Vec<Watched>,
    own: Vec<Own>,
    measuring: Mutex<JoinSet<()>>,
    stop: Sender<bool>,
}

/// A component that is measured in the background, if it is configured.
struct Watched {
    component: Component,
    state: State,
}

enum State {
    Measured(Arc<Mutex<Findings>>),
    /// The variable that configures it.
    NotConfigured(&'static str),
}

/// A component whose state the process knows without a measurement.
struct Own {
    component: Component,
    measure: Box<dyn Fn() -> Vec<Measurement> + Send + Sync>,
    is_detail: bool,
}

/// An answer about health.
pub(crate) struct Answer {
    pub(crate) status: Status,
    /// The document, in `application/health+json`.
    pub(crate) body: String,
}

impl Health {
    /// Starts to measure what the settings name.
    pub(crate) fn start(
        settings: &Settings,
        client: &HttpClient,
        database_tls: ClientConfig,
    ) -> Self {
        let schedule = Schedule { every: settings.health_interval, limit: settings.health_timeout };
        let mut health = Self {
            schedule,
            watched: Vec::new(),
            own: Vec::new(),
            measuring: Mutex::default(),
            stop: Sender::new(false),
        };
        let limit = schedule.limit;
        // The one that the shop is of no use without, so that traffic must not come either.
        let database = health.component("database", ComponentKind::Datastore, true, RESPONSE_TIME);
        match settings.database.clone() {
            Some(config) => {
                health.watch(database, postgres::Postgres::new(config, database_tls, limit));
            }
            None => health.miss_component(database, "DATABASE_URL"),
        }
        let redis = health.component("redis", ComponentKind::Datastore, false, RESPONSE_TIME);
        match settings.redis.clone() {
            Some(info) => health.watch(redis, redis::Redis::new(info)),
            None => health.miss_component(redis, "REDIS_URL"),
        }
        let storage = health.component("storage", ComponentKind::Datastore, false, RESPONSE_TIME);
        match settings.storage.clone() {
            Some(it) => health.watch(storage, storage::Storage::new(it, client.clone(), limit)),
            None => health.miss_component(storage, "STORAGE_URL"),
        }
        let memory = health.component("memory", ComponentKind::System, false, UTILIZATION);
        health.watch(memory, memory::Memory::new());
        let disk = health.component("disk", ComponentKind::System, false, UTILIZATION);
        health.watch(disk, disk::Disk::new(settings.data_dir.clone(), settings.disk_limits));
        health
    }

    /// Adds a component that the process knows without a measurement. One that traffic needs is
    /// critical.
    pub(crate) fn tell(
        &mut self,
        name: &str,
        kind: ComponentKind,
        group: Group,
        measure: impl Fn() -> Vec<Measurement> + Send + Sync + 'static,
    ) {
        let critical = group != Group::All;
        let name = HealthName::fitting(name);
        let measures = HealthName::fitting("state");
        let component = Component { name, kind, critical, every: AT_ONCE, group, measures };
        self.own.push(Own { component, measure: Box::new(measure), is_detail: false });
    }

    /// Adds such a component that only operators see.
    pub(crate) fn tell_operators(
        &mut self,
        name: &str,
        kind: ComponentKind,
        measure: impl Fn() -> Vec<Measurement> + Send + Sync + 'static,
    ) {
        self.tell(name, kind, Group::All, measure);
        if let Some(own) = self.own.last_mut() {
            own.is_detail = true;
        }
    }

    /// Adds a component that is missing because `variable` is not set.
    pub(crate) fn miss(&mut self, name: &str, kind: ComponentKind, variable: &'static str) {
        let component = self.component(name, kind, false, "state");
        self.miss_component(component, variable);
    }

    /// Answers from the latest findings.
    pub(crate) fn answer(&self, group: Group, detail: Detail) -> Answer {
        let now = clock::now();
        let is_asked = |own: &&Own| {
            group.holds(own.component.group) && (!own.is_detail || detail == Detail::Operator)
        };
        let own = self.own.iter().filter(is_asked).map(|own| {
            let mut findings = Findings::none_since(now);
            findings.record((own.measure)(), now);
            (&own.component, Ok(findings))
        });
        let watched = self.watched.iter().map(|watched| {
            let state = match &watched.state {
                State::Measured(findings) => Ok(lock(findings).clone()),
                State::NotConfigured(variable) => Err(format!("{variable} is not set")),
            };
            (&watched.component, state)
        });
        let known: Vec<_> = watched.chain(own).collect();
        let known = known.iter().map(|(component, state)| match state {
            Ok(findings) => (*component, Known::Measured(findings)),
            Err(how) => (*component, Known::NotConfigured(how)),
        });
        let report = HealthReport::new(group, known, now);
        let body = report.to_json(Service { id: SERVICE, version: VERSION }, detail);
        Answer { status: report.status(), body }
    }

    /// Stops all measurements, closes the connections, and returns whether that was in time.
    pub(crate) async fn close(&self, limit: Duration) -> bool {
        self.stop.send_replace(true);
        let mut measuring = std::mem::take(&mut *lock(&self.measuring));
        let closed = timeout(limit, async { while measuring.join_next().await.is_some() {} }).await;
        if closed.is_err() {
            warn!(event = "dependencies.not_closed", "connections to dependencies are left open");
        }
        closed.is_ok()
    }

    fn component(
        &self,
        name: &str,
        kind: ComponentKind,
        critical: bool,
        measures: &str,
    ) -> Component {
        Component {
            name: HealthName::fitting(name),
            kind,
            critical,
            every: clock::millis(self.schedule.every),
            group: if critical { Group::Ready } else { Group::All },
            measures: HealthName::fitting(measures),
        }
    }

    fn watch(&mut self, component: Component, probe: impl Probe) {
        let findings = Arc::new(Mutex::new(Findings::none_since(clock::now())));
        let name = component.name.to_string();
        let task = watch(name, probe, self.schedule, Arc::clone(&findings), self.stop.subscribe());
        lock(&self.measuring).spawn(task);
        self.watched.push(Watched { component, state: State::Measured(findings) });
    }

    fn miss_component(&mut self, component: Component, variable: &'static str) {
        self.watched.push(Watched { component, state: State::NotConfigured(variable) });
    }
}
