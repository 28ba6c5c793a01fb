//! The site's own object: standing orders, the history of what operators did, and the keeper of
//! the snapshots. Reads the clock, loads, calls core, stores.
//!
//! There is one of it, and no visitor waits on it. Waiting for the bucket or for upstreams lets
//! other events in: the keeper takes jobs that overlap with each other and with purges.

mod budget;
mod consoles;
mod job;
mod metrics;
mod mirror;
mod sessions;
mod standing;
mod stored;
mod telling;

use std::cell::{Cell, OnceCell, RefCell};

use breakwater_core::base::budget::Ledger;
use breakwater_core::base::json;
use breakwater_core::cache::snapshot::{
    Coverage, Discovered, Keeper, NextJob, SETTLE_TICK, SETTLE_TICKS_MAX,
};
use breakwater_core::site::metrics::SiteMetrics;
use breakwater_core::site::operator::{
    EVENTS_SHOWN, Event, LoginAttempt, LoginProblem, MaintenanceSchedule, Operator,
    OperatorSession, SessionHash, SiteOrder,
};
use breakwater_core::site::standing::{SiteState, TooMany};
use breakwater_core::site::status::PublicStatus;
use breakwater_core::telemetry::log::LogEvent;
use breakwater_core::watch::maintenance::Window;
use breakwater_platform::bucket::Bucket;
use breakwater_platform::log;
use breakwater_platform::object::{self, Json, ObjectError, ObjectResult, Store};
use breakwater_platform::site_object::{SiteRequest, SiteService};
use breakwater_platform::timer::sleep;
use breakwater_platform::{clock, site};
use futures::stream::{FuturesUnordered, StreamExt};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Env, State};

use crate::api::{self, Followed, MaintenanceView, SessionsView, SnapshotsView};
use crate::faults;

use self::sessions::SessionKeeper;

/// The durable half of the site.
#[wasm_bindgen]
pub struct SiteDo {
    state: State,
    /// The same as the data plane takes it.
    ctx: JsValue,
    env: Env,
    store: OnceCell<Store>,
    standing: RefCell<Option<SiteState>>,
    schedule: RefCell<Option<MaintenanceSchedule>>,
    keeper: RefCell<Option<Keeper>>,
    ledger: RefCell<Option<Ledger>>,
    sessions: SessionKeeper,
    /// Whether the status page's copy is being written.
    mirrors: Cell<bool>,
}

#[wasm_bindgen]
impl SiteDo {
    /// The object in memory, as the platform makes it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self {
            ctx: state.clone().into(),
            state: state.into(),
            env,
            store: OnceCell::new(),
            standing: RefCell::new(None),
            schedule: RefCell::new(None),
            keeper: RefCell::new(None),
            ledger: RefCell::new(None),
            sessions: SessionKeeper::default(),
            mirrors: Cell::new(false),
        }
    }

    /// Does what it is asked.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn fetch(&self, body: String) -> Result<web_sys::Response, JsValue> {
        object::respond(&body, async |_name: String, request: SiteRequest| {
            faults::fail_object_if_asked(&self.env).await?;
            request.serve(self).await
        })
        .await
    }
}

impl SiteService for SiteDo {
    async fn follow(&self, order: SiteOrder, by: Operator) -> ObjectResult<Result<Json, TooMany>> {
        let is_purge = matches!(order, SiteOrder::Purge { .. } | SiteOrder::PurgeTags { .. });
        let purges = is_purge && self.keeps_snapshots();
        let (store, now) = (self.store()?, clock::now());
        let (mut standing, mut schedule) = (self.standing_now()?, self.schedule_now()?);
        let file = &site().maintenance;
        let lifted = match schedule.follow(&order, &mut standing, file, now) {
            Ok(lifted) => lifted,
            Err(error @ TooMany) => return Ok(Err(error)),
        };
        self.keep(&standing, &schedule)?;
        // Copies are out of reach by now, whatever becomes of the bucket.
        let loaded = if purges { self.load().await } else { Ok(()) };
        let snapshots = match &order {
            SiteOrder::Purge { pattern, .. } if purges && loaded.is_ok() => {
                self.with(|keeper| keeper.purge(pattern, now))
            }
            SiteOrder::PurgeTags { tags, .. } if purges && loaded.is_ok() => {
                self.with(|keeper| keeper.purge_tags(tags, now))
            }
            SiteOrder::Purge { .. }
            | SiteOrder::PurgeTags { .. }
            | SiteOrder::Maintenance { .. }
            | SiteOrder::Series { .. }
            | SiteOrder::LiftMaintenance { .. } => 0,
        };
        let snapshots = u32::try_from(snapshots).unwrap_or(u32::MAX);
        let event = Event::of_site_order(&order, snapshots, lifted, by, now);
        store.add(stored::EVENTS, &event)?;
        self.tell_consoles(serde_json::to_string(&event)?);
        loaded?;
        match order {
            SiteOrder::Maintenance { .. }
            | SiteOrder::Series { .. }
            | SiteOrder::LiftMaintenance { .. } => {
                self.tell_monitor();
            }
            SiteOrder::Purge { .. } | SiteOrder::PurgeTags { .. } => {}
        }
        if purges {
            self.sweep().await?;
            self.publish().await?;
            self.settle().await?;
        }
        shown(&Followed::new(event, (&standing, &schedule), site(), now)).map(Ok)
    }

    async fn show_maintenance(&self) -> ObjectResult<Json> {
        let now = clock::now();
        let (standing, schedule) = self.refreshed(now)?;
        shown(&MaintenanceView::of(site(), (&standing, &schedule), now))
    }

    async fn show_events(&self) -> ObjectResult<Json> {
        Ok(Json(api::events(&self.store()?.latest_json(stored::EVENTS, EVENTS_SHOWN)?)))
    }

    async fn show_snapshots(&self) -> ObjectResult<Json> {
        self.load().await?;
        let now = clock::now();
        shown(&self.with(|keeper| SnapshotsView::of(site(), keeper, now)))
    }

    async fn record(&self, event: Json) -> ObjectResult<()> {
        self.store()?.add_json(stored::EVENTS, &event.0)?;
        self.tell_consoles(event.0);
        Ok(())
    }

    async fn standing(&self) -> ObjectResult<SiteState> {
        Ok(self.refreshed(clock::now())?.0)
    }

    async fn announced(&self) -> ObjectResult<(SiteState, Vec<Window>)> {
        let (standing, schedule) = self.refreshed(clock::now())?;
        Ok((standing, schedule.windows_ahead(clock::now())))
    }

    async fn discover(&self, pages: Vec<Discovered>) -> ObjectResult<()> {
        if self.keeps_snapshots() {
            // The isolate that told of them does not do so again: they outlive this object's
            // memory.
            self.store()?.add(stored::SIGHTINGS, &pages)?;
            self.load().await?;
            self.with(|keeper| keeper.see(site(), &pages, clock::now()));
        }
        Ok(())
    }

    /// Makes a round, if there is anything to keep and none is under way.
    async fn round(&self) -> ObjectResult<()> {
        if !self.keeps_snapshots() {
            return Ok(());
        }
        self.load().await?;
        let site = site();
        let mut ledger = self.ledger()?;
        if !self.with(|keeper| keeper.begin_round(site, &mut ledger, clock::now())) {
            return Ok(());
        }
        // It is stored before anything is fetched that was drawn for.
        self.keep_ledger(ledger)?;
        if self.with(|keeper| keeper.tally()).is_some_and(|tally| tally.held > 0) {
            self.tell_of_held_refreshes();
        }
        // What is no longer kept goes first, so that it can be fetched again.
        self.sweep().await?;
        let bucket = self.bucket()?;
        let mut flying = FuturesUnordered::new();
        loop {
            match self.with(|keeper| keeper.next_job(site, clock::now())) {
                NextJob::Job(job) => flying.push(job::run(self, &bucket, job)),
                // Nothing flies here: the flights are an earlier round's, which takes care of them.
                NextJob::Wait if flying.next().await.is_none() => break,
                NextJob::Wait => {}
                NextJob::Done => break,
            }
        }
        self.sweep().await?;
        let tally = self.with(|keeper| keeper.tally());
        self.count_round(tally)?;
        // A quiet round changes nothing that anybody would read.
        if let Some(tally) = tally.filter(|tally| tally.planned > 0 || tally.deleted > 0) {
            self.publish().await?;
            let tally = serde_json::to_string(&tally)?;
            log::info(LogEvent::SnapshotsKept, &[], format_args!("snapshots: {tally}"));
        }
        Ok(())
    }

    async fn mirror(&self, status: PublicStatus) -> ObjectResult<bool> {
        mirror::renew(self, &status).await
    }

    async fn coverage(&self) -> ObjectResult<Coverage> {
        self.load().await?;
        let rules = &site().snapshots;
        Ok(self.with(|keeper| keeper.known().coverage(rules, clock::now())))
    }

    async fn begin_session(&self, login: LoginAttempt) -> ObjectResult<Result<(), LoginProblem>> {
        self.sessions.begin(self.store()?, login, clock::now())
    }

    async fn look_up_session(&self, hash: SessionHash) -> ObjectResult<Option<OperatorSession>> {
        self.sessions.look_up(self.store()?, &hash, clock::now())
    }

    async fn end_session(&self, hash: SessionHash, by: Operator) -> ObjectResult<bool> {
        self.sessions.end(self.store()?, &hash, by, clock::now())
    }

    async fn revoke_session(
        &self,
        name: String,
        by: Operator,
    ) -> ObjectResult<Option<SessionHash>> {
        self.sessions.revoke(self.store()?, &name, by, clock::now())
    }

    async fn metrics(&self) -> ObjectResult<SiteMetrics> {
        self.metrics_now().await
    }

    async fn show_sessions(&self) -> ObjectResult<Json> {
        let now = clock::now();
        self.sessions.with(self.store()?, |sessions| shown(&SessionsView::of(sessions, now)))?
    }
}

impl SiteDo {
    /// The store, which is opened once per load of the object.
    fn store(&self) -> ObjectResult<&Store> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let sql = self.state.storage().sql();
        let store = Store::open(sql.clone(), &stored::JOURNALS, sessions::TABLE)?;
        faults::damage_if_asked(&self.env, &sql, &stored::JOURNALS)?;
        Ok(self.store.get_or_init(|| store))
    }

    fn bucket(&self) -> ObjectResult<Bucket> {
        Bucket::of(&self.env).map_err(failed)
    }

    /// What was being written when a purge came is deleted when it has been written.
    async fn settle(&self) -> ObjectResult<()> {
        for _ in 0..SETTLE_TICKS_MAX {
            if !self.with(|keeper| keeper.is_settling()) {
                break;
            }
            sleep(SETTLE_TICK).await;
        }
        self.sweep().await
    }

    /// Whether there are snapshots; without rules there may be some left from before.
    fn keeps_snapshots(&self) -> bool {
        !site().snapshots.list.is_empty() || self.keeper.borrow().is_some()
    }

    /// Reads the manifest, unless that was done.
    async fn load(&self) -> ObjectResult<()> {
        if self.keeper.borrow().is_some() {
            return Ok(());
        }
        let manifest = self.bucket()?.manifest().await.map_err(failed)?;
        let told = self.store()?.all::<Vec<Discovered>>(stored::SIGHTINGS)?;
        let pages: Vec<Discovered> = told.read.into_iter().flatten().collect();
        let mut keeper = self.keeper.borrow_mut();
        // Another event may have been faster.
        keeper.get_or_insert_with(|| {
            let mut keeper = manifest.map_or_else(Keeper::default, Keeper::restore);
            keeper.see(site(), &pages, clock::now());
            keeper
        });
        Ok(())
    }

    /// Deletes what is to be deleted.
    async fn sweep(&self) -> ObjectResult<()> {
        let paths = self.with(|keeper| keeper.deletions().to_vec());
        if paths.is_empty() {
            return Ok(());
        }
        self.bucket()?.delete(&paths).await.map_err(failed)?;
        self.with(|keeper| keeper.handle_deleted(&paths));
        Ok(())
    }

    /// Writes the manifest, which then has what isolates told.
    async fn publish(&self) -> ObjectResult<()> {
        let store = self.store()?;
        let told = store.last_number(stored::SIGHTINGS)?;
        let text = self.with(|keeper| keeper.manifest(clock::now()).to_text());
        let text = text.map_err(|error| ObjectError::Bucket(error.to_string()))?;
        self.bucket()?.put_manifest(text).await.map_err(failed)?;
        Ok(store.remove_up_to(stored::SIGHTINGS, told)?)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Keeper) -> T) -> T {
        work(self.keeper.borrow_mut().get_or_insert_default())
    }
}

fn shown<T: Serialize>(value: &T) -> ObjectResult<Json> {
    Ok(Json(json::indented(&serde_json::to_string(value)?)))
}

fn failed(error: JsValue) -> ObjectError {
    ObjectError::Bucket(format!("{error:?}"))
}
