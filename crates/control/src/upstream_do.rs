//! The coordinator's shell: reads the clock, loads, calls core, stores, arms the alarm.
//!
//! One object per circuit. Its input gate holds other events while storage is busy, and its
//! output gate holds replies until what they tell is written; a probe in between lets other
//! events in, so core is asked again afterwards what the probe still means.

mod held;
mod latencies;
mod probe;
mod store;

use std::cell::RefCell;

use breakwater_core::base::json;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::fleet::{Action, Answer, Coordinator, Report, Verdict};
use breakwater_core::site::config::{Circuit, Upstream};
use breakwater_core::site::operator::{Operator, Order, Ordered};
use breakwater_core::watch::health;
use breakwater_platform::coordinator::{Asked, What};
use breakwater_platform::objects::{self, Reply};
use breakwater_platform::{clock, site};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Env, Result, State};

use crate::api::{CircuitOrders, CircuitState, Latency};
use crate::{faults, random};
use held::HeldReplies;
use latencies::Latencies;
use store::Store;

/// The alarm is set this far ahead before work begins, in case the work is cut short.
const RETRY_ALARM_AFTER: Millis = Millis::from_secs(30);

/// The durable half of one circuit.
#[wasm_bindgen]
pub struct UpstreamDo {
    state: State,
    env: Env,
    coordinator: RefCell<Option<Loaded>>,
    held: HeldReplies,
    latencies: Latencies,
}

/// The coordinator in memory, and as it is stored.
struct Loaded {
    coordinator: Coordinator,
    stored: String,
}

#[wasm_bindgen]
impl UpstreamDo {
    /// The object in memory, as the platform makes it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self {
            state: state.into(),
            env,
            coordinator: RefCell::new(None),
            held: HeldReplies::default(),
            latencies: Latencies::default(),
        }
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

    /// Does what is due, and arms the next alarm.
    ///
    /// # Errors
    /// What went wrong; the platform then tries again.
    pub async fn alarm(&self) -> std::result::Result<(), JsValue> {
        Ok(self.handle_alarm().await?)
    }
}

impl UpstreamDo {
    async fn answer(&self, body: &str) -> Result<Reply> {
        faults::fail_object_if_asked(&self.env).await?;
        let asked: Asked = json::read(body)?;
        let store = self.store()?;
        let Some((circuit, upstream)) = known(&asked.circuit) else {
            return Ok(Reply::error(404, "no such circuit"));
        };
        store.remember_circuit(&circuit.name)?;
        match asked.what {
            What::Report(report) => {
                let verdict = self.report(&store, circuit, upstream, report).await?;
                if let Some(calls) = &asked.latencies {
                    self.latencies.record(&store, calls, clock::now());
                }
                self.arm(&store, circuit, upstream).await?;
                reply(&verdict)
            }
            What::Round => {
                store.remember_round(clock::now())?;
                store.forget_replicas(Coordinator::gone_before(clock::now()))?;
                self.latencies.store_if_changed(&store, clock::now());
                if health::is_probe_due(store.last_probe()?, clock::now()) {
                    self.probe(&store, circuit, upstream).await?;
                }
                self.arm(&store, circuit, upstream).await?;
                reply(&())
            }
            What::Order { order, by } => {
                self.order(&store, circuit, &order, by)?;
                self.arm(&store, circuit, upstream).await?;
                reply(&self.orders(&store, circuit, clock::now())?)
            }
            What::Orders => reply(&self.orders(&store, circuit, clock::now())?),
            What::View => reply(&self.view(&store, circuit, clock::now())?),
        }
    }

    async fn handle_alarm(&self) -> Result<()> {
        let store = self.store()?;
        let name = store.circuit()?;
        let Some((circuit, upstream)) = name.as_deref().and_then(known) else {
            // A deploy has removed the circuit; its object has nothing left to do.
            return Ok(());
        };
        let storage = self.state.storage();
        storage.set_alarm(clock::alarm_time(clock::now() + RETRY_ALARM_AFTER)).await?;
        faults::fail_object_if_asked(&self.env).await?;
        let now = clock::now();
        let action = self.change(&store, circuit, |coordinator| {
            coordinator.handle_timeout(&circuit.policy, now)
        })?;
        if action == Some(Action::Probe) {
            self.probe(&store, circuit, upstream).await?;
        }
        self.arm(&store, circuit, upstream).await
    }

    fn store(&self) -> Result<Store> {
        let sql = self.state.storage().sql();
        let store = Store::open(sql.clone())?;
        faults::damage_if_asked(&self.env, &sql, &store::JOURNALS)?;
        Ok(store)
    }

    /// Takes a report. The reply waits where core says so: until the state changes or time is up.
    async fn report(
        &self,
        store: &Store,
        circuit: &Circuit,
        upstream: &Upstream,
        report: Report,
    ) -> Result<Verdict> {
        let has_probe = upstream.probe.is_some();
        let (random, now) = (random::draw(), clock::now());
        let (answer, replica) = self.change(store, circuit, |coordinator| {
            let policy = &circuit.policy;
            let answer = coordinator.handle_report(policy, &report, has_probe, random, now);
            (answer, coordinator.replica(report.replica))
        })?;
        if let Some(replica) = replica {
            store.save_replica(&replica)?;
        }
        match answer {
            Answer::Now(verdict) => Ok(verdict),
            Answer::Hold(span) => {
                self.held.wait(span).await;
                let now = clock::now();
                self.change(store, circuit, |coordinator| {
                    coordinator.verdict(&circuit.policy, report.replica, has_probe, now)
                })
            }
        }
    }

    /// Follows an operator's order.
    fn order(&self, store: &Store, circuit: &Circuit, order: &Order, by: Operator) -> Result<()> {
        let now = clock::now();
        store.add_order(&Ordered::new(order, by, now))?;
        self.change(store, circuit, |coordinator| order.give_to(coordinator, &circuit.policy, now))
    }

    /// Lets core work on the coordinator, and stores what changed: a row written costs more than
    /// a comparison.
    fn change<T>(
        &self,
        store: &Store,
        circuit: &Circuit,
        work: impl FnOnce(&mut Coordinator) -> T,
    ) -> Result<T> {
        let mut held = self.coordinator.borrow_mut();
        // Taken out: should anything fail, the next event loads what was stored.
        let mut loaded = match held.take() {
            Some(loaded) => loaded,
            None => Loaded { coordinator: store.load(&circuit.policy)?, stored: String::new() },
        };
        let generation = loaded.coordinator.generation();
        let done = work(&mut loaded.coordinator);
        if loaded.coordinator.generation() != generation {
            self.held.release();
            for transition in loaded.coordinator.take_transitions() {
                store.add_transition(transition)?;
            }
        }
        let stored = serde_json::to_string(&loaded.coordinator.snapshot())?;
        if stored != loaded.stored {
            store.save(&stored)?;
            loaded.stored = stored;
        }
        *held = Some(loaded);
        Ok(done)
    }

    /// Probes the upstream, keeps the result, and tells the coordinator.
    async fn probe(&self, store: &Store, circuit: &Circuit, upstream: &Upstream) -> Result<()> {
        let over = faults::upstream(&self.env, &upstream.name);
        let origin = over.as_deref().unwrap_or(upstream.origin.as_str());
        let passed = match &upstream.probe {
            Some(path) => {
                let (dialect, count) = (upstream.dialect, circuit.policy.count);
                let result = probe::run(origin, path, dialect, count).await;
                store.add_probe(&result)?;
                result.passed
            }
            // Without a path to ask, the deadline itself lets permits out.
            None => return Ok(()),
        };
        let random = random::draw();
        let now = clock::now();
        self.change(store, circuit, |coordinator| {
            coordinator.handle_probe(&circuit.policy, passed, random, now);
        })
    }

    /// Sets the alarm to when core wants to be asked.
    async fn arm(&self, store: &Store, circuit: &Circuit, upstream: &Upstream) -> Result<()> {
        let now = clock::now();
        let has_probe = upstream.probe.is_some();
        let next = self.change(store, circuit, |coordinator| {
            coordinator.poll_timeout(&circuit.policy, has_probe, now)
        })?;
        let storage = self.state.storage();
        match (next, storage.get_alarm().await?) {
            (None, None) => Ok(()),
            (None, Some(_)) => storage.delete_alarm().await,
            // It is due: the alarm that is set comes at once, or is at work on it.
            (Some(at), Some(_)) if at <= now => Ok(()),
            (Some(at), Some(set)) if at.as_millis() as i64 == set => Ok(()),
            (Some(at), _) => storage.set_alarm(clock::alarm_time(at.max(now))).await,
        }
    }

    fn view(&self, store: &Store, circuit: &Circuit, now: Timestamp) -> Result<CircuitState> {
        let (transitions, probes) = (store.transitions()?, store.probes()?);
        let latency = self.latencies.percentiles(store, now)?.map(Latency::from);
        let (orders, in_force) = (store.orders()?, self.orders(store, circuit, now)?);
        let last_round = store.last_round()?;
        self.change(store, circuit, |coordinator| {
            let tally = coordinator.tally(now);
            CircuitState {
                name: circuit.name.clone(),
                state: coordinator.state(),
                generation: coordinator.generation(),
                retry_after_ms: coordinator.retry_after(now).map(Millis::get),
                calls: tally.calls,
                failures: tally.failures,
                slow_calls: tally.slow_calls,
                last_round,
                replicas: coordinator.replicas(now),
                latency,
                unread: transitions.unread + probes.unread + orders.unread,
                transitions: transitions.read,
                probes: probes.read,
                orders: orders.read,
                chosen: in_force.chosen,
                bypass: in_force.bypass,
            }
        })
    }

    fn orders(&self, store: &Store, circuit: &Circuit, now: Timestamp) -> Result<CircuitOrders> {
        let (chosen, bypass) = (store.last_override()?, store.last_bypass()?);
        self.change(store, circuit, |coordinator| {
            let in_force = coordinator.orders(now);
            CircuitOrders {
                name: circuit.name.clone(),
                state: coordinator.state(),
                chosen: chosen.filter(|_| in_force.chosen.is_some()),
                bypass: bypass.filter(|_| in_force.bypass_until.is_some()),
            }
        })
    }
}

fn known(name: &str) -> Option<(&'static Circuit, &'static Upstream)> {
    let site = site();
    let circuit = site.circuits.iter().find(|circuit| circuit.name == name)?;
    Some((circuit, site.upstreams.get(circuit.upstream)?))
}

fn reply<T: Serialize>(value: &T) -> Result<Reply> {
    Ok(Reply::ok(serde_json::to_string(value)?))
}
