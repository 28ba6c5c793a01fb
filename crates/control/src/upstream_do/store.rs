//! What a coordinator keeps in SQLite.

use breakwater_core::base::json;
use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::breaker::Transition;
use breakwater_core::circuit::fleet::{Coordinator, CoordinatorSnapshot, StoredReplica};
use breakwater_core::circuit::latency::LatencyWindow;
use breakwater_core::circuit::policy::Policy;
use breakwater_core::site::operator::{Name, Ordered};
use serde::de::DeserializeOwned;
use worker::{Result, SqlStorage, SqlStorageValue};

use crate::api::ProbeResult;
use breakwater_platform::object::Journal;

use crate::rows::{self, Row, Rows};

/// Transitions kept: months of a healthy upstream, a day of a flapping one.
const TRANSITIONS_MAX: i32 = 1_000;
/// Probes kept: a day of one each minute.
const PROBES_MAX: i32 = 1_440;
/// Operators' orders kept: years of them, or a script that runs wild for an hour.
const ORDERS_MAX: i32 = 1_000;
/// Of each, what operators are shown.
const SHOWN_MAX: i32 = 20;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS transitions (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS probes (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS replicas (id TEXT PRIMARY KEY, heard INTEGER, json TEXT NOT NULL)
        WITHOUT ROWID;
";

/// What is shown of the past.
pub(super) const JOURNALS: [Journal; 3] = [
    Journal { table: "transitions", rows_max: 1_000 },
    Journal { table: "probes", rows_max: 1_440 },
    Journal { table: "orders", rows_max: 1_000 },
];

pub(crate) struct Store {
    sql: SqlStorage,
}

impl Store {
    pub(crate) fn open(sql: SqlStorage) -> Result<Self> {
        sql.exec(SCHEMA, None)?;
        Ok(Self { sql })
    }

    /// The circuit that the object was asked about, if ever.
    pub(crate) fn circuit(&self) -> Result<Option<String>> {
        self.get("circuit")
    }

    pub(crate) fn remember_circuit(&self, name: &str) -> Result<()> {
        if self.circuit()?.as_deref() == Some(name) {
            return Ok(());
        }
        self.put("circuit", &serde_json::to_string(name)?)
    }

    pub(crate) fn remember_round(&self, now: Timestamp) -> Result<()> {
        self.put("round", &serde_json::to_string(&now)?)
    }

    /// When the last round was made, if ever.
    pub(crate) fn last_round(&self) -> Result<Option<Timestamp>> {
        self.get("round")
    }

    /// The coordinator as it was stored. One that cannot be read is put aside, not lost, and a
    /// new one takes its place: a circuit that starts over beats one that fails every call.
    pub(crate) fn load(&self, policy: &Policy) -> Result<Coordinator> {
        let Some(json) = self.get_raw("coordinator")? else { return Ok(Coordinator::new(policy)) };
        let replicas = self.replicas()?;
        let read = json::read::<CoordinatorSnapshot>(&json)
            .map_err(|error| error.to_string())
            .and_then(|stored| {
                Coordinator::restore(&stored, replicas, policy).map_err(|error| error.to_string())
            });
        match read {
            Ok(coordinator) => Ok(coordinator),
            Err(error) => {
                worker::console_error!("stored coordinator put aside: {error}");
                self.put("coordinator-unread", &json)?;
                Ok(Coordinator::new(policy))
            }
        }
    }

    pub(crate) fn save(&self, coordinator: &str) -> Result<()> {
        self.put("coordinator", coordinator)
    }

    /// What is known of a replica: a row of its own, so that a report costs the same whatever
    /// the size of the fleet.
    pub(crate) fn save_replica(&self, replica: &StoredReplica) -> Result<()> {
        let query = "INSERT INTO replicas (id, heard, json) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET heard = excluded.heard, json = excluded.json";
        let heard = SqlStorageValue::Float(replica.last_heard().as_millis() as f64);
        let json = serde_json::to_string(replica)?;
        let id = format!("{:016x}", replica.id());
        self.sql.exec(query, Some(vec![id.into(), heard, json.into()]))?;
        Ok(())
    }

    /// Deletes the replicas last heard of before this.
    pub(crate) fn forget_replicas(&self, before: Timestamp) -> Result<()> {
        let before = vec![SqlStorageValue::Float(before.as_millis() as f64)];
        self.sql.exec("DELETE FROM replicas WHERE heard < ?", Some(before))?;
        Ok(())
    }

    /// A row that cannot be read is left out: its replica's last report could count twice.
    fn replicas(&self) -> Result<Vec<StoredReplica>> {
        let query = "SELECT json FROM replicas ORDER BY heard";
        let rows: Vec<Row> = self.sql.exec(query, None)?.to_array()?;
        Ok(Rows::read(&rows, "replicas").read)
    }

    /// How long calls took. What cannot be read is figures of the last minutes: new ones come.
    pub(crate) fn load_latencies(&self) -> Result<LatencyWindow> {
        let Some(json) = self.get_raw("latencies")? else { return Ok(LatencyWindow::default()) };
        Ok(json::read(&json).unwrap_or_else(|error| {
            worker::console_warn!("stored latencies dropped: {error}");
            LatencyWindow::default()
        }))
    }

    pub(crate) fn save_latencies(&self, window: &LatencyWindow) -> Result<()> {
        self.put("latencies", &serde_json::to_string(window)?)
    }

    pub(crate) fn add_transition(&self, transition: Transition) -> Result<()> {
        self.add("transitions", &serde_json::to_string(&transition)?, TRANSITIONS_MAX)
    }

    /// Latest first.
    pub(crate) fn transitions(&self) -> Result<Rows<Transition>> {
        self.latest("transitions")
    }

    pub(crate) fn add_probe(&self, probe: &ProbeResult) -> Result<()> {
        self.add("probes", &serde_json::to_string(probe)?, PROBES_MAX)
    }

    /// Latest first.
    pub(crate) fn probes(&self) -> Result<Rows<ProbeResult>> {
        self.latest("probes")
    }

    pub(crate) fn last_probe(&self) -> Result<Option<Timestamp>> {
        Ok(self.probes()?.read.first().map(|probe| probe.at))
    }

    /// An order goes into the history, and is remembered beside it: it may hold for longer than
    /// the history reaches back.
    pub(crate) fn add_order(&self, ordered: &Ordered) -> Result<()> {
        let json = serde_json::to_string(ordered)?;
        match ordered.order {
            Name::ForcedOpen | Name::ForcedClosed | Name::MetricsOnly => {
                self.put("override", &json)?;
            }
            Name::Bypass => self.put("bypass", &json)?,
            Name::Auto | Name::LiftBypass => {}
        }
        self.add("orders", &json, ORDERS_MAX)
    }

    /// Latest first.
    pub(crate) fn orders(&self) -> Result<Rows<Ordered>> {
        self.latest("orders")
    }

    /// The latest override, whether it holds or not.
    pub(crate) fn last_override(&self) -> Result<Option<Ordered>> {
        self.get("override")
    }

    /// The latest bypass, whether it holds or not.
    pub(crate) fn last_bypass(&self) -> Result<Option<Ordered>> {
        self.get("bypass")
    }

    /// Nothing also where it cannot be read, which is reported.
    fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let kept = self.get_raw(name)?.map(|json| json::read(&json));
        Ok(kept.and_then(|read| read.map_err(|error| rows::report(name, 1, &error)).ok()))
    }

    fn get_raw(&self, name: &str) -> Result<Option<String>> {
        let query = "SELECT json FROM kept WHERE name = ?";
        let rows: Vec<Row> = self.sql.exec(query, Some(vec![name.into()]))?.to_array()?;
        Ok(rows.into_iter().next().map(|row| row.json))
    }

    fn put(&self, name: &str, json: &str) -> Result<()> {
        let query = "INSERT INTO kept (name, json) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET json = excluded.json";
        self.sql.exec(query, Some(vec![name.into(), json.into()]))?;
        Ok(())
    }

    fn add(&self, table: &str, json: &str, max: i32) -> Result<()> {
        let insert = format!("INSERT INTO {table} (json) VALUES (?)");
        self.sql.exec(&insert, Some(vec![json.into()]))?;
        let trim = format!("DELETE FROM {table} WHERE id <= (SELECT MAX(id) FROM {table}) - ?");
        self.sql.exec(&trim, Some(vec![SqlStorageValue::from(max)]))?;
        Ok(())
    }

    fn latest<T: DeserializeOwned>(&self, table: &str) -> Result<Rows<T>> {
        let query = format!("SELECT json FROM {table} ORDER BY id DESC LIMIT ?");
        let limit = vec![SqlStorageValue::from(SHOWN_MAX)];
        let rows: Vec<Row> = self.sql.exec(&query, Some(limit))?.to_array()?;
        Ok(Rows::read(&rows, table))
    }
}
