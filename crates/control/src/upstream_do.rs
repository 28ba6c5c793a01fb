//! The coordinator's object: it reads the clock, loads, hands events to core's [`Host`], and
//! carries out what the host says.
//!
//! There is one object per circuit. Its input gate holds other events while storage is busy, and
//! its output gate holds replies until what they tell is written. Other events come in while a
//! probe or a reply waits; the host knows what they mean.

mod counts;
mod figures;
mod history;
mod probe;
mod replies;
mod store;

use std::cell::{OnceCell, RefCell};

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::breaker::Transition;
use breakwater_core::circuit::fleet::{CircuitRules, Delta, Host, HostEffect, Report, Verdict};
use breakwater_core::site::config::{Circuit, Upstream};
use breakwater_core::site::figures::{ReportedFigures, RoundFigures};
use breakwater_core::site::operator::{Operator, Order, Ordered};
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_core::telemetry::sentry::SentryFault;
use breakwater_core::watch::health;
use breakwater_platform::bindings::ExecutionContext;
use breakwater_platform::circuit_view::{
    CircuitHistory, CircuitMetrics, CircuitOrders, CircuitState,
};
use breakwater_platform::coordinator::{CoordinatorRequest, CoordinatorService};
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::object::{self, ObjectError, ObjectResult};
use breakwater_platform::timer::sleep;
use breakwater_platform::{clock, log, sentry, site};
use futures::future::{self, Either};
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Env, State};

use crate::{faults, random};
use counts::KeptCounts;
use figures::KeptFigures;
use replies::PendingReplies;
use store::CoordinatorStore;

/// The durable half of one circuit.
#[wasm_bindgen]
pub struct UpstreamDo {
    state: State,
    ctx: ExecutionContext,
    env: Env,
    store: OnceCell<CoordinatorStore>,
    /// Empty until the first event, and after one that failed: the next one loads what was stored.
    host: RefCell<Option<Host>>,
    replies: PendingReplies,
    figures: KeptFigures,
    counts: KeptCounts,
}

/// What the site says about the object's circuit.
#[derive(Clone, Copy)]
struct CircuitDefinition {
    id: CircuitId,
    circuit: &'static Circuit,
    upstream: &'static Upstream,
}

impl CircuitDefinition {
    fn find(name: &str) -> Option<Self> {
        let site = site();
        let index = site.circuits.iter().position(|circuit| circuit.name == name)?;
        let circuit = &site.circuits[index];
        let upstream = site.upstreams.get(circuit.upstream)?;
        Some(Self { id: CircuitId::new(index), circuit, upstream })
    }

    fn rules(self) -> CircuitRules<'static> {
        CircuitRules { policy: &self.circuit.policy, has_probe: self.upstream.probe.is_some() }
    }
}

#[wasm_bindgen]
impl UpstreamDo {
    /// The object in memory, as the platform makes it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self {
            ctx: JsValue::from(state.clone()).unchecked_into(),
            state: state.into(),
            env,
            store: OnceCell::new(),
            host: RefCell::new(None),
            replies: PendingReplies::default(),
            figures: KeptFigures::default(),
            counts: KeptCounts::default(),
        }
    }

    /// Answers a request.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn fetch(&self, body: String) -> Result<web_sys::Response, JsValue> {
        object::respond(&body, async |name: String, request: CoordinatorRequest| {
            self.or_forget(self.answer(name, request).await)
        })
        .await
    }

    /// Does what is due, and arms the next alarm.
    ///
    /// # Errors
    /// What went wrong; the platform then tries again.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        let done = self.or_forget(self.handle_alarm().await);
        done.map_err(|error| error.to_string().into())
    }
}

/// The object, loaded, and the circuit that it is for.
struct LoadedCoordinator<'a> {
    object: &'a UpstreamDo,
    store: &'a CoordinatorStore,
    known: CircuitDefinition,
}

impl CoordinatorService for LoadedCoordinator<'_> {
    async fn report(&self, report: Report, figures: ReportedFigures) -> ObjectResult<Verdict> {
        let Self { object, store, known } = *self;
        let delta = report.delta;
        object.count(store, &figures)?;
        let verdict = object.report(store, known, report).await?;
        object.figures.record(store, &delta, &ReportedFigures::default(), clock::now());
        Ok(verdict)
    }

    async fn count(&self, figures: ReportedFigures) -> ObjectResult<()> {
        let Self { object, store, .. } = *self;
        object.count(store, &figures)
    }

    async fn metrics(&self) -> ObjectResult<CircuitMetrics> {
        let Self { object, store, .. } = *self;
        let totals = object.counts.totals(store)?;
        object.with_host(|host| {
            let coordinator = host.coordinator();
            let replicas = coordinator.replicas(clock::now()) as u64;
            CircuitMetrics { state: coordinator.state(), replicas, totals }
        })
    }

    async fn round(&self) -> ObjectResult<RoundFigures> {
        let Self { object, store, known } = *self;
        let figures = object.counts.tell(store, clock::now())?;
        let done = object.round(store, known).await;
        if done.is_err()
            && let Err(error) = object.counts.take_back(store, &figures)
        {
            let message = format_args!("what a failed round took is lost: {error}");
            log::error(LogEvent::FiguresLost, &[], message);
        }
        done.map(|()| figures)
    }

    async fn follow(&self, order: Order, by: Operator) -> ObjectResult<CircuitOrders> {
        let Self { object, store, known } = *self;
        object.order(store, known, &order, by).await?;
        object.orders(store, known, clock::now())
    }

    async fn orders(&self) -> ObjectResult<CircuitOrders> {
        self.object.orders(self.store, self.known, clock::now())
    }

    async fn view(&self) -> ObjectResult<CircuitState> {
        self.object.view(self.store, self.known, clock::now())
    }

    async fn history(&self) -> ObjectResult<CircuitHistory> {
        self.object.history(self.store, self.known, clock::now())
    }
}

impl UpstreamDo {
    async fn answer(&self, name: String, request: CoordinatorRequest) -> ObjectResult<String> {
        faults::fail_object_if_asked(&self.env).await?;
        let Some(known) = CircuitDefinition::find(&name) else {
            return Err(ObjectError::NoSuch(name));
        };
        let store = self.store()?;
        store.remember_circuit(&known.circuit.name)?;
        self.load(store, known).await?;
        request.serve(&LoadedCoordinator { object: self, store, known }).await
    }

    async fn handle_alarm(&self) -> ObjectResult<()> {
        let store = self.store()?;
        let name = store.circuit()?;
        let Some(known) = name.as_deref().and_then(CircuitDefinition::find) else {
            // A deployment has removed the circuit; its object has nothing left to do.
            return Ok(());
        };
        self.load(store, known).await?;
        let now = clock::now();
        let probe = self.with_host(|host| host.handle_alarm(known.rules(), now))?;
        // The alarm of a retry is set by now.
        self.carry_out(store, known).await?;
        faults::fail_object_if_asked(&self.env).await?;
        self.probe_if_due(store, known, probe).await
    }

    async fn round(&self, store: &CoordinatorStore, known: CircuitDefinition) -> ObjectResult<()> {
        let now = clock::now();
        self.figures.store_if_changed(store, now);
        let is_due = health::is_probe_due(store.last_probe()?, now);
        let probe = self.with_host(|host| host.handle_round(known.rules(), is_due, now))?;
        self.carry_out(store, known).await?;
        self.probe_if_due(store, known, probe).await
    }

    /// Adds an isolate's figures. A report whose figures are not stored is not answered, so that
    /// they come again; those that were added are not added again.
    fn count(&self, store: &CoordinatorStore, figures: &ReportedFigures) -> ObjectResult<()> {
        if figures.is_unread {
            let message = format_args!("figures beside a report were not read");
            log::warn(LogEvent::FiguresLost, &[], message);
        }
        let now = clock::now();
        if self.counts.merge(store, figures, now)? {
            self.figures.record(store, &Delta::default(), figures, now);
            // An object's isolate has what makes envelopes.
            for text in &figures.reports {
                sentry::keep(text);
            }
        }
        Ok(())
    }

    /// Applies a report, and waits with the reply where core holds it.
    async fn report(
        &self,
        store: &CoordinatorStore,
        known: CircuitDefinition,
        report: Report,
    ) -> ObjectResult<Verdict> {
        let (random, now) = (random::draw(), clock::now());
        let rules = known.rules();
        let receipt = self.with_host(|host| host.handle_report(rules, &report, random, now))?;
        let mut reply = self.replies.expect(receipt.ticket);
        self.carry_out(store, known).await?;
        let mut hold = receipt.hold;
        let given = loop {
            let Some(span) = hold else { break reply.await };
            match future::select(reply, Box::pin(sleep(span))).await {
                Either::Left((given, _)) => break given,
                Either::Right(((), still_held)) => {
                    reply = still_held;
                    let (ticket, now) = (receipt.ticket, clock::now());
                    hold = self.with_host(|host| host.handle_hold_over(rules, ticket, now))?;
                    self.carry_out(store, known).await?;
                }
            }
        };
        given.map_err(|_| lost("the coordinator failed while it held a reply"))
    }

    /// Follows an operator's order.
    async fn order(
        &self,
        store: &CoordinatorStore,
        known: CircuitDefinition,
        order: &Order,
        by: Operator,
    ) -> ObjectResult<()> {
        let now = clock::now();
        store.add_order(&Ordered::new(order, by, now))?;
        let policy = &known.circuit.policy;
        self.with_host(|host| host.handle_order(|it| order.give_to(it, policy, now)))?;
        self.carry_out(store, known).await
    }

    /// Carries out all effects that the host has.
    async fn carry_out(
        &self,
        store: &CoordinatorStore,
        known: CircuitDefinition,
    ) -> ObjectResult<()> {
        let storage = self.state.storage();
        let next = || self.with_host(|host| host.poll_effect(known.rules(), clock::now()));
        while let Some(effect) = next()? {
            match effect {
                HostEffect::SaveState(state) => store.save(&state)?,
                HostEffect::SaveReplica(replica) => store.save_replica(&replica)?,
                HostEffect::ForgetReplicas { before } => {
                    store.forget_replicas(before, clock::now())?;
                }
                HostEffect::Log(transition) => {
                    store.add_transition(transition)?;
                    self.counts.count_transition(store, known.id, transition.to);
                    self.tell_monitor(known, transition);
                }
                HostEffect::Reply(ticket, verdict) => self.replies.give(ticket, verdict),
                HostEffect::Arm(at) => storage.set_alarm(clock::alarm_time(at)).await?,
                HostEffect::Disarm => storage.delete_alarm().await?,
            }
        }
        Ok(())
    }

    /// Tells the monitor of a transition, and by it the consoles. Nothing waits for that: the
    /// monitor learns of it from its next observation too.
    fn tell_monitor(&self, known: CircuitDefinition, transition: Transition) {
        let Transition { from, to, reason, .. } = transition;
        let (name, from_state, to_state) = (&known.circuit.name, from.as_str(), to.as_str());
        log::warn(
            LogEvent::CircuitTurned,
            &[
                LogAttribute::CircuitName.text(name),
                LogAttribute::Upstream.text(&known.upstream.name),
                LogAttribute::Circuit.text(to_state),
            ],
            format_args!("circuit {name}: from {from_state} to {to_state}"),
        );
        sentry::fault(SentryFault::CircuitTransition {
            circuit: name,
            upstream: &known.upstream.name,
            from: from_state,
            to: to_state,
            reason: reason.as_str(),
        });
        let (env, upstream) = (self.env.clone(), known.upstream.name.clone());
        self.ctx.in_background(async move {
            let monitor = MonitorClient::of(&env);
            let circuit = known.circuit.name.clone();
            if let Err(error) = monitor.circuit_turned(upstream, circuit, from, to).await {
                log::error(
                    LogEvent::MonitorFailed,
                    &[LogAttribute::CircuitName.text(&known.circuit.name)],
                    format_args!("circuit {}: the monitor: {error}", known.circuit.name),
                );
            }
        });
    }

    /// The storage. Its tables are made once in the object's life.
    fn store(&self) -> ObjectResult<&CoordinatorStore> {
        let sql = self.state.storage().sql();
        let store = match self.store.get() {
            Some(store) => store,
            None => {
                let opened = CoordinatorStore::open(sql.clone())?;
                self.store.get_or_init(|| opened)
            }
        };
        faults::damage_if_asked(&self.env, &sql, &store::JOURNALS)?;
        Ok(store)
    }

    /// Loads the host, unless it is in memory.
    async fn load(&self, store: &CoordinatorStore, known: CircuitDefinition) -> ObjectResult<()> {
        if self.host.borrow().is_some() {
            return Ok(());
        }
        let alarm = self.state.storage().get_alarm().await?;
        let mut host = self.host.borrow_mut();
        // Another event may have loaded it meanwhile.
        if host.is_none() {
            let alarm = alarm.map(|ms| Timestamp::from_millis(ms.unsigned_abs()));
            *host = Some(store.load(&known.circuit.policy, alarm)?);
        }
        Ok(())
    }

    fn with_host<T>(&self, work: impl FnOnce(&mut Host) -> T) -> ObjectResult<T> {
        match self.host.borrow_mut().as_mut() {
            Some(host) => Ok(work(host)),
            None => Err(lost("the coordinator was lost when another event failed")),
        }
    }

    /// Forgets what is in memory if an event failed, since it may differ from what is stored.
    fn or_forget<T>(&self, done: ObjectResult<T>) -> ObjectResult<T> {
        if done.is_err() {
            self.host.take();
            self.replies.drop_all();
        }
        done
    }
}

fn lost(why: &str) -> ObjectError {
    ObjectError::Storage(why.into())
}
