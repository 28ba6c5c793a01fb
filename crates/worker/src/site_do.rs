//! The site's own object: standing orders, the history of what operators did, and the keeper of
//! the snapshots. Reads the clock, loads, calls core, stores.
//!
//! There is one of it, and no visitor waits on it. Waiting for the bucket or for upstreams lets
//! other events in: the keeper takes jobs that overlap with each other and with purges.

mod job;
mod store;

use std::cell::RefCell;
use std::time::Duration;

use breakwater_core::base::json;
use breakwater_core::base::time::Millis;
use breakwater_core::cache::snapshot::{Discovered, Keeper, NextJob};
use breakwater_core::site::operator::{Event, Operator, OrderError, SiteOrder};
use breakwater_core::site::standing::{Standing, TooMany};
use futures::stream::{FuturesUnordered, StreamExt};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Delay, Env, Error, Result, State};

use crate::api::{self, Followed, MaintenanceView, SnapshotsView};
use crate::bucket::Bucket;
use crate::objects::{self, Reply};
use crate::site_link::Asked;
use crate::{clock, edge, faults, operators};
use store::Store;

/// How often a purge looks whether what was being written when it came is gone too.
const SETTLE_TICK: Millis = Millis::from_secs(1);
/// How long it looks: longer than any write lasts.
const SETTLE_TICKS: u32 = 20;

/// The durable half of the site.
#[wasm_bindgen]
pub struct SiteDo {
    state: State,
    env: Env,
    standing: RefCell<Option<Standing>>,
    keeper: RefCell<Option<Keeper>>,
}

#[wasm_bindgen]
impl SiteDo {
    /// The object in memory, as the platform makes it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        let (standing, keeper) = (RefCell::new(None), RefCell::new(None));
        Self { state: state.into(), env, standing, keeper }
    }

    /// Says or does what it is asked.
    ///
    /// # Errors
    /// What the caller is thrown.
    pub async fn fetch(
        &self,
        path: String,
        body: String,
    ) -> std::result::Result<web_sys::Response, JsValue> {
        objects::reply(self.answer(&path, &body).await)
    }
}

impl SiteDo {
    async fn answer(&self, path: &str, body: &str) -> Result<Reply> {
        faults::fail_object_if_asked(&self.env).await?;
        let store = self.store()?;
        let Some(asked) = Asked::of(path) else {
            return Ok(Reply::error(404, "nothing is there"));
        };
        if let Some(order) = operators::site::read(asked, body.as_bytes()).map_err(unread)? {
            return self.order(&store, &order, Operator::Token).await;
        }
        match asked {
            Asked::ShowMaintenance => {
                let standing = self.standing(&store)?;
                shown(&MaintenanceView::of(edge::site(), &standing, clock::now()))
            }
            Asked::Record => {
                store.add_event(body)?;
                Ok(Reply::ok(""))
            }
            Asked::ShowEvents => Ok(Reply::ok(api::events(&store.events()?))),
            Asked::Standing => Ok(Reply::ok(serde_json::to_string(&self.standing(&store)?)?)),
            Asked::See => {
                if self.keeps_snapshots() {
                    let sightings: Vec<Discovered> = json::read(body)?;
                    // Who told them tells them no more: they outlive this object's memory.
                    store.add_sightings(body)?;
                    self.load().await?;
                    self.with(|keeper| keeper.see(edge::site(), &sightings, clock::now()));
                }
                Ok(Reply::ok(""))
            }
            Asked::Round => {
                self.round().await?;
                Ok(Reply::ok(""))
            }
            Asked::ShowSnapshots => {
                self.load().await?;
                let now = clock::now();
                shown(&self.with(|keeper| SnapshotsView::of(edge::site(), keeper, now)))
            }
            Asked::Coverage => {
                self.load().await?;
                let rules = &edge::site().snapshots;
                let coverage = self.with(|keeper| keeper.known().coverage(rules, clock::now()));
                Ok(Reply::ok(coverage.to_string()))
            }
            // These are orders, which were followed above.
            Asked::Purge | Asked::Maintenance | Asked::LiftMaintenance => Ok(Reply::ok("")),
        }
    }

    fn store(&self) -> Result<Store> {
        let sql = self.state.storage().sql();
        let store = Store::open(sql.clone())?;
        faults::damage_if_asked(&self.env, &sql, store::TABLES)?;
        Ok(store)
    }

    /// Follows an operator's order, and answers when it holds: a purge when the snapshots are
    /// gone.
    async fn order(&self, store: &Store, order: &SiteOrder, by: Operator) -> Result<Reply> {
        let purges = matches!(order, SiteOrder::Purge { .. }) && self.keeps_snapshots();
        let now = clock::now();
        let mut standing = self.standing(store)?;
        let lifted = match order.give_to(&mut standing, &edge::site().maintenance, now) {
            Ok(lifted) => lifted,
            Err(error @ TooMany) => return Ok(Reply::error(409, error.to_string())),
        };
        store.save_standing(&standing)?;
        *self.standing.borrow_mut() = Some(standing.clone());
        // Copies are out of reach by now, whatever becomes of the bucket.
        let loaded = if purges { self.load().await } else { Ok(()) };
        let snapshots = match order {
            SiteOrder::Purge { pattern, .. } if purges && loaded.is_ok() => {
                self.with(|keeper| keeper.purge(pattern, now))
            }
            SiteOrder::Purge { .. }
            | SiteOrder::Maintenance { .. }
            | SiteOrder::LiftMaintenance { .. } => 0,
        };
        let snapshots = u32::try_from(snapshots).unwrap_or(u32::MAX);
        let event = Event::of_site_order(order, snapshots, lifted, by, now);
        store.add_event(&serde_json::to_string(&event)?)?;
        loaded?;
        if purges {
            self.sweep().await?;
            self.publish().await?;
            self.settle().await?;
        }
        shown(&Followed::new(event, &standing, edge::site(), now))
    }

    /// What was being written when a purge came is deleted when it has been written.
    async fn settle(&self) -> Result<()> {
        for _ in 0..SETTLE_TICKS {
            if !self.with(|keeper| keeper.is_settling()) {
                break;
            }
            Delay::from(Duration::from_millis(SETTLE_TICK.get())).await;
        }
        self.sweep().await
    }

    /// Makes a round, if there is anything to keep and none is under way.
    async fn round(&self) -> Result<()> {
        if !self.keeps_snapshots() {
            return Ok(());
        }
        self.load().await?;
        let site = edge::site();
        if !self.with(|keeper| keeper.begin_round(site, clock::now())) {
            return Ok(());
        }
        // What is no longer kept goes first, so that it can be fetched anew.
        self.sweep().await?;
        let bucket = Bucket::of(&self.env).map_err(thrown)?;
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
        // A quiet round changes nothing that anybody would read.
        if let Some(tally) = tally.filter(|tally| tally.planned > 0 || tally.deleted > 0) {
            self.publish().await?;
            worker::console_log!("snapshots: {}", serde_json::to_string(&tally)?);
        }
        Ok(())
    }

    /// Whether there are snapshots; without rules there may be some left from before.
    fn keeps_snapshots(&self) -> bool {
        !edge::site().snapshots.list.is_empty() || self.keeper.borrow().is_some()
    }

    /// Reads the manifest, unless that was done.
    async fn load(&self) -> Result<()> {
        if self.keeper.borrow().is_some() {
            return Ok(());
        }
        let bucket = Bucket::of(&self.env).map_err(thrown)?;
        let manifest = bucket.manifest().await.map_err(thrown)?;
        let sightings = self.store()?.sightings()?;
        let mut keeper = self.keeper.borrow_mut();
        // Another event may have been faster.
        keeper.get_or_insert_with(|| {
            let mut keeper = manifest.map_or_else(Keeper::default, Keeper::restore);
            keeper.see(edge::site(), &sightings, clock::now());
            keeper
        });
        Ok(())
    }

    /// Deletes what is to be deleted.
    async fn sweep(&self) -> Result<()> {
        let paths = self.with(|keeper| keeper.deletions().to_vec());
        if paths.is_empty() {
            return Ok(());
        }
        Bucket::of(&self.env).map_err(thrown)?.delete(&paths).await.map_err(thrown)?;
        self.with(|keeper| keeper.handle_deleted(&paths));
        Ok(())
    }

    /// Writes the manifest, which then has what isolates told.
    async fn publish(&self) -> Result<()> {
        let store = self.store()?;
        let told = store.last_told()?;
        let text = self.with(|keeper| keeper.manifest(clock::now()).to_text());
        let text = text.map_err(|error| Error::RustError(error.to_string()))?;
        Bucket::of(&self.env).map_err(thrown)?.put_manifest(text).await.map_err(thrown)?;
        store.forget_sightings(told)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Keeper) -> T) -> T {
        work(self.keeper.borrow_mut().get_or_insert_default())
    }

    fn standing(&self, store: &Store) -> Result<Standing> {
        match &*self.standing.borrow() {
            Some(standing) => Ok(standing.clone()),
            None => store.standing(),
        }
    }
}

fn shown<T: Serialize>(value: &T) -> Result<Reply> {
    Ok(Reply::ok(json::indented(&serde_json::to_string(value)?)))
}

fn unread(error: OrderError) -> Error {
    Error::RustError(error.to_string())
}

fn thrown(error: JsValue) -> Error {
    error.into()
}
