//! The monitor's object: reads the clock, loads, hands events to core's [`MonitorHost`], and
//! carries out what the host says.
//!
//! There is one of it, and no visitor waits on it. Probers and receivers are asked in tasks of
//! their own, so that a slow one holds up nothing; the platform keeps the object alive meanwhile.
//! What an event changes is stored before anything is sent, since SQLite is written at once and
//! the platform holds back requests until that is confirmed ("output gates").

mod consoles;
mod deliver;
mod loading;
mod notify;
mod probe;
mod store;
mod subscriber_view;
mod subscriptions;
mod tasks;
pub(crate) mod view;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State as CircuitState;
use breakwater_core::site::figures::RoundFigures;
use breakwater_core::site::metrics::MonitorMetrics;
use breakwater_core::site::monitoring::{DependencyFinding, MonitorEffect, MonitorHost};
use breakwater_core::site::operator::{CheckTestLimit, Operator};
use breakwater_core::site::status::subscribe::{SubscriptionAction, SubscriptionOutcome};
use breakwater_core::site::status::{DAYS_SHOWN, PublicStatus};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_core::watch::alert::outbox::DeliveryKey;
use breakwater_core::watch::health::Status;
use breakwater_core::watch::incident::{IncidentChange, IncidentError, IncidentOpening};
use breakwater_core::watch::subscription::{Contact, SubscriberId};
use breakwater_platform::log;
use breakwater_platform::monitor_object::{MonitorRequest, MonitorService};
use breakwater_platform::object::{self, Json, ObjectError, ObjectResult};
use breakwater_platform::site_object::SiteClient;
use breakwater_platform::{clock, site};
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Env, State};

use crate::watch_rules::rules;
use crate::{faults, random};
use consoles::ConsoleSocket;
use store::MonitorStore;

/// The durable half of the watch.
#[wasm_bindgen]
pub struct MonitorDo {
    inner: Rc<Inner>,
}

/// What tasks share with the object.
struct Inner {
    state: State,
    ctx: JsValue,
    env: Env,
    store: OnceCell<MonitorStore>,
    /// Empty until the first event, and after one that failed: the next one loads what was stored.
    host: RefCell<Option<MonitorHost>>,
    /// How many checks operators have tried of late.
    tests: RefCell<CheckTestLimit>,
}

#[wasm_bindgen]
impl MonitorDo {
    /// The object in memory, as the platform makes it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self {
            inner: Rc::new(Inner {
                ctx: state.clone().into(),
                state: state.into(),
                env,
                store: OnceCell::new(),
                host: RefCell::new(None),
                tests: RefCell::default(),
            }),
        }
    }

    /// Does what it is asked.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn fetch(&self, body: String) -> Result<web_sys::Response, JsValue> {
        object::respond(&body, async |_name: String, request: MonitorRequest| {
            faults::fail_object_if_asked(&self.inner.env).await?;
            self.inner.load().await?;
            request.serve(&LoadedMonitor(Rc::clone(&self.inner))).await
        })
        .await
    }

    /// Takes the WebSocket of a console. Returns whether there was room for it.
    ///
    /// # Errors
    /// What went wrong.
    pub async fn take(&self, socket: ConsoleSocket, told: String) -> Result<bool, JsValue> {
        let taken = consoles::take(&self.inner, &socket, &told).await;
        taken.map_err(|error| error.to_string().into())
    }

    /// Does what is due, and arms the next alarm.
    ///
    /// # Errors
    /// What went wrong; the platform then tries again.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        self.inner.handle_alarm().await.map_err(|error| error.to_string().into())
    }
}

/// The object, loaded.
struct LoadedMonitor(Rc<Inner>);

impl MonitorService for LoadedMonitor {
    async fn round(
        &self,
        told: Vec<(String, RoundFigures)>,
        found: Vec<(String, Status, Timestamp)>,
    ) -> ObjectResult<()> {
        let (mut answers, mut counted) = (Vec::new(), Vec::new());
        for (upstream, figures) in told {
            answers.push((upstream, figures.answers));
            counted.extend(figures.objectives);
        }
        let found = found.into_iter().map(|(dependency, status, measured_at)| DependencyFinding {
            dependency,
            status,
            measured_at,
        });
        let found: Vec<_> = found.collect();
        let announced = SiteClient::of(&self.0.env).announced().await;
        // An alarm may have come while the site's object was asked.
        let alarm = self.0.alarm().await?;
        self.0
            .event(|host, random, now| {
                host.alarm_is_set_for(alarm);
                match &announced {
                    Ok((standing, series)) => {
                        host.handle_announced(site(), standing, series, now);
                        host.handle_standing(site(), rules(), standing, random, now);
                    }
                    // What was known holds until its end.
                    Err(error) => log::error(
                        LogEvent::MonitorFailed,
                        &[],
                        format_args!("monitor: orders of the site: {error}"),
                    ),
                }
                host.handle_answers(rules(), answers, now);
                host.handle_findings(rules(), &found, now);
                host.handle_objectives(rules(), &counted, now);
                host.handle_round(rules(), random, now);
            })
            .await
    }

    async fn last_round(&self) -> ObjectResult<Option<Timestamp>> {
        self.0.with_host(|host| host.last_round())
    }

    async fn status(&self) -> ObjectResult<PublicStatus> {
        let now = clock::now();
        let store = self.0.store()?;
        self.0.with_host(|host| {
            if let Some(day) = host.lacks_days_before() {
                for error in host.handle_older_days(&store.days_before(day, DAYS_SHOWN)?, now) {
                    log::error(
                        LogEvent::StoredUnread,
                        &[],
                        format_args!("monitor: what was stored is not read: {error}"),
                    );
                }
            }
            Ok(host.public_status(site(), rules(), now))
        })?
    }

    async fn circuit_turned(
        &self,
        upstream: String,
        circuit: String,
        from: CircuitState,
        to: CircuitState,
    ) -> ObjectResult<()> {
        self.0
            .event(|host, random, now| {
                host.handle_circuit(rules(), &upstream, (&circuit, from, to), random, now);
            })
            .await
    }

    async fn refreshes_held(&self) -> ObjectResult<()> {
        self.0.event(|host, random, now| host.handle_held_refreshes(rules(), random, now)).await
    }

    async fn beat(
        &self,
        check: String,
        failure: Option<String>,
    ) -> ObjectResult<Result<bool, Millis>> {
        self.0
            .event(|host, random, now| host.handle_heartbeat(rules(), &check, failure, random, now))
            .await
    }

    async fn start(&self, check: String) -> ObjectResult<Result<bool, Millis>> {
        self.0.event(|host, _, now| host.handle_start(rules(), &check, now)).await
    }

    async fn run_check(&self, check: String) -> ObjectResult<bool> {
        let hurried = self.0.event(|host, random, now| {
            host.handle_hurry(rules(), |it| it.name == check, random, now)
        });
        Ok(hurried.await? > 0)
    }

    async fn admit_test(&self) -> ObjectResult<Result<(), Millis>> {
        Ok(self.0.tests.borrow_mut().try_admit(clock::now()))
    }

    async fn pause_check(&self, check: String, until: Option<Timestamp>) -> ObjectResult<bool> {
        self.0
            .event(|host, random, now| host.handle_pause(rules(), &check, until, random, now))
            .await
    }

    async fn show_checks(&self) -> ObjectResult<Json> {
        let now = clock::now();
        self.0.with_host(|host| view::checks(rules(), host, now))
    }

    async fn show_check(&self, check: String) -> ObjectResult<Option<Json>> {
        let now = clock::now();
        self.0.with_host(|host| view::check(rules(), host, &check, now))
    }

    async fn show_incidents(&self) -> ObjectResult<Json> {
        self.0.with_host(|host| view::incidents(host))
    }

    async fn show_incident(&self, id: String) -> ObjectResult<Option<Json>> {
        self.0.with_host(|host| host.incident(&id).map(view::incident))
    }

    async fn open_incident(
        &self,
        opening: IncidentOpening,
        by: Operator,
    ) -> ObjectResult<(String, Json)> {
        let by = &*by.shown();
        let id = self
            .0
            .event(|host, random, now| host.handle_opening(rules(), &opening, by, random, now))
            .await?;
        match self.show_incident(id.clone()).await? {
            Some(shown) => Ok((id, shown)),
            None => Err(ObjectError::Storage("the incident that was opened is lost".into())),
        }
    }

    async fn change_incident(
        &self,
        id: String,
        change: IncidentChange,
        by: Operator,
    ) -> ObjectResult<Option<Result<Json, IncidentError>>> {
        let by = &*by.shown();
        let done = self
            .0
            .event(|host, random, now| host.handle_change(rules(), &id, &change, by, random, now));
        Ok(match done.await? {
            None => None,
            Some(Err(error)) => Some(Err(error)),
            Some(Ok(())) => self.show_incident(id).await?.map(Ok),
        })
    }

    async fn show_alerts(&self) -> ObjectResult<Json> {
        self.0.with_host(|host| view::alerts(rules(), host))
    }

    async fn show_budget(&self) -> ObjectResult<Json> {
        let now = clock::now();
        self.0.with_host(|host| view::budget(rules(), host, now))
    }

    async fn show_objectives(&self) -> ObjectResult<Json> {
        let now = clock::now();
        self.0.with_host(|host| view::objectives(rules(), host, now))
    }

    async fn metrics(&self) -> ObjectResult<MonitorMetrics> {
        let now = clock::now();
        self.0.with_host(|host| MonitorMetrics::of(rules(), host, now))
    }

    async fn test_channel(&self, channel: String) -> ObjectResult<Option<String>> {
        self.0.event(|host, random, now| host.handle_test(rules(), &channel, random, now)).await
    }

    async fn ordered(&self, event: Json) -> ObjectResult<()> {
        self.0.event(|host, _, now| host.handle_ordered(&event.0, now)).await
    }

    async fn resend_alert(&self, key: DeliveryKey) -> ObjectResult<bool> {
        self.0.event(|host, random, now| host.handle_resend(rules(), &key, random, now)).await
    }

    async fn act_on_subscription(
        &self,
        action: SubscriptionAction,
    ) -> ObjectResult<SubscriptionOutcome> {
        subscriptions::act(&self.0, action).await
    }

    async fn show_subscribers(&self) -> ObjectResult<Json> {
        subscriptions::show(&self.0)
    }

    async fn find_subscriber(&self, contact: Contact) -> ObjectResult<Option<Json>> {
        subscriptions::find(&self.0, &contact)
    }

    async fn forget_subscriber(&self, id: SubscriberId) -> ObjectResult<bool> {
        subscriptions::forget(&self.0, &id).await
    }
}

impl Inner {
    async fn handle_alarm(self: &Rc<Self>) -> ObjectResult<()> {
        self.load().await?;
        faults::fail_object_if_asked(&self.env).await?;
        self.event(|host, random, now| {
            host.alarm_is_set_for(None);
            host.handle_alarm(rules(), random, now);
        })
        .await
    }

    /// Hands an event to the host, and carries out what comes of it.
    async fn event<T>(
        self: &Rc<Self>,
        handle: impl FnOnce(&mut MonitorHost, u32, Timestamp) -> T,
    ) -> ObjectResult<T> {
        let (random, now) = (random::draw(), clock::now());
        let told = self.with_host(|host| handle(host, random, now))?;
        let done = self.carry_out().await;
        match &done {
            Ok(()) => consoles::tell(self),
            // What is in memory may differ from what is stored.
            Err(_) => drop(self.host.take()),
        }
        done.map(|()| told)
    }

    async fn carry_out(self: &Rc<Self>) -> ObjectResult<()> {
        let store = self.store()?;
        let next = || self.with_host(|host| host.poll_effect(rules()));
        let mut alarm = None;
        let mut tasks = Vec::new();
        while let Some(effect) = next()? {
            match effect {
                MonitorEffect::Store(write) => store.carry_out(&write)?,
                MonitorEffect::Read(query) => subscriptions::read(self, &query)?,
                MonitorEffect::Arm(at) => alarm = Some(at),
                MonitorEffect::Begin(task) => tasks.push(task),
            }
        }
        // Nothing was awaited since the first write, so all of it is stored or none.
        for task in tasks {
            self.begin(task);
        }
        if let Some(at) = alarm {
            let at = at.max(clock::now());
            self.state.storage().set_alarm(clock::alarm_time(at)).await?;
        }
        Ok(())
    }
}
