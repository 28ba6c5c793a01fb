//! What a coordinator stores in SQLite.

use breakwater_core::base::json;
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::breaker::Transition;
use breakwater_core::circuit::fleet::{
    Coordinator, Host, ORDERS_KEPT_MAX, PROBES_KEPT_MAX, ROWS_SHOWN_MAX, StoredCoordinator,
    StoredReplica, TRANSITIONS_KEPT_MAX,
};
use breakwater_core::circuit::policy::Policy;
use breakwater_core::site::figures::{CircuitCounts, CircuitFigures};
use breakwater_core::site::operator::{OrderName, Ordered};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_core::telemetry::metrics::{MetricsTotals, StoredMetricsReplica};
use breakwater_platform::circuit_view::ProbeResult;
use breakwater_platform::log;
use breakwater_platform::object::{self, Journal, Rows};
use worker::{Result, SqlStorage, SqlStorageValue};

const TRANSITIONS: Journal = Journal { table: "transitions", rows_max: TRANSITIONS_KEPT_MAX };
const PROBES: Journal = Journal { table: "probes", rows_max: PROBES_KEPT_MAX };
const ORDERS: Journal = Journal { table: "orders", rows_max: ORDERS_KEPT_MAX };
/// The journals of the object.
pub(super) const JOURNALS: [Journal; 3] = [TRANSITIONS, PROBES, ORDERS];

/// The name of the figures among the values: they were latencies once.
const FIGURES: &str = "latencies";
/// The name of the counts among the values: they were metrics alone once.
const METRICS: &str = "metrics";

const REPLICAS: &str = "
    CREATE TABLE IF NOT EXISTS replicas (id TEXT PRIMARY KEY, heard INTEGER, json TEXT NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS metrics_replicas
        (id TEXT PRIMARY KEY, heard INTEGER, json TEXT NOT NULL) WITHOUT ROWID;
";

pub(super) struct CoordinatorStore {
    store: object::Store,
}

impl CoordinatorStore {
    pub(super) fn open(sql: SqlStorage) -> Result<Self> {
        Ok(Self { store: object::Store::open(sql, &JOURNALS, REPLICAS)? })
    }

    /// The name of the object's circuit, if it was ever asked about it.
    pub(super) fn circuit(&self) -> Result<Option<String>> {
        self.store.get("circuit")
    }

    pub(super) fn remember_circuit(&self, name: &str) -> Result<()> {
        if self.circuit()?.as_deref() == Some(name) {
            return Ok(());
        }
        self.store.put("circuit", name)
    }

    pub(super) fn remember_round(&self, now: Timestamp) -> Result<()> {
        self.store.put("round", &now)
    }

    /// When the last round was made, if ever.
    pub(super) fn last_round(&self) -> Result<Option<Timestamp>> {
        self.store.get("round")
    }

    /// The coordinator as it was stored, in its host. One that cannot be read is put aside, not
    /// lost, and a new one takes its place: a circuit that starts over beats one that fails every
    /// call.
    pub(super) fn load(&self, policy: &Policy, alarm: Option<Timestamp>) -> Result<Host> {
        let Some(json) = self.store.get_json("coordinator")? else {
            return Ok(Host::new(policy, alarm));
        };
        let replicas = self.replicas()?;
        let read = json::read::<StoredCoordinator>(&json)
            .map_err(|error| error.to_string())
            .and_then(|stored| {
                Coordinator::restore(&stored, replicas, policy).map_err(|error| error.to_string())
            });
        match read {
            Ok(coordinator) => Ok(Host::restored(coordinator, alarm)),
            Err(error) => {
                log::error(
                    LogEvent::StoredUnread,
                    &[],
                    format_args!("stored coordinator put aside: {error}"),
                );
                self.store.put_json("coordinator-unread", &json)?;
                Ok(Host::new(policy, alarm))
            }
        }
    }

    pub(super) fn save(&self, coordinator: &StoredCoordinator) -> Result<()> {
        self.store.put("coordinator", coordinator)
    }

    /// Stores a replica in a row of its own, so that a report costs the same whatever the size of
    /// the fleet.
    pub(super) fn save_replica(&self, replica: &StoredReplica) -> Result<()> {
        let json = serde_json::to_string(replica)?;
        self.save_heard("replicas", replica.id(), replica.last_heard(), json)
    }

    /// Deletes the replicas whose last report came before this time, and those of the metrics,
    /// which are remembered for longer.
    pub(super) fn forget_replicas(&self, before: Timestamp, now: Timestamp) -> Result<()> {
        for (table, before) in
            [("replicas", before), ("metrics_replicas", MetricsTotals::forgotten_before(now))]
        {
            let before = vec![SqlStorageValue::Float(before.as_millis() as f64)];
            let query = format!("DELETE FROM {table} WHERE heard < ?");
            self.store.sql().exec(&query, Some(before))?;
        }
        Ok(())
    }

    /// The stored replicas. A row that cannot be read is left out; its replica's last report could
    /// then count twice.
    fn replicas(&self) -> Result<Vec<StoredReplica>> {
        Ok(self.store.query("SELECT json FROM replicas ORDER BY heard", "replicas")?.read)
    }

    /// The stored figures. If they cannot be read, new ones will soon be there.
    pub(super) fn load_figures(&self) -> Result<CircuitFigures> {
        let Some(json) = self.store.get_json(FIGURES)? else {
            return Ok(CircuitFigures::default());
        };
        Ok(CircuitFigures::from_kept(&json).unwrap_or_else(|error| {
            log::warn(LogEvent::FiguresLost, &[], format_args!("stored figures dropped: {error}"));
            CircuitFigures::default()
        }))
    }

    pub(super) fn save_figures(&self, figures: &CircuitFigures) -> Result<()> {
        self.store.put_json(FIGURES, &figures.to_stored())
    }

    /// The stored counts, without how far each isolate's messages were added. Those that cannot be
    /// read are put aside, and counters start over, which Prometheus takes for a restart.
    pub(super) fn load_counts(&self) -> Result<CircuitCounts> {
        let last_round = self.last_round()?;
        let Some(json) = self.store.get_json(METRICS)? else {
            return Ok(CircuitCounts::new(last_round));
        };
        match CircuitCounts::from_kept(&json, last_round) {
            Ok(counts) => Ok(counts),
            Err(error) => {
                log::error(
                    LogEvent::StoredUnread,
                    &[],
                    format_args!("stored {METRICS} put aside: {error}"),
                );
                self.store.put_json("metrics-unread", &json)?;
                Ok(CircuitCounts::new(last_round))
            }
        }
    }

    pub(super) fn save_counts(&self, counts: &CircuitCounts) -> Result<()> {
        self.store.put_json(METRICS, &counts.to_stored())
    }

    /// How far each isolate's messages were added. A row that cannot be read is left out.
    pub(super) fn metrics_replicas(&self) -> Result<Vec<StoredMetricsReplica>> {
        let query = "SELECT json FROM metrics_replicas ORDER BY heard";
        Ok(self.store.query(query, "metrics_replicas")?.read)
    }

    pub(super) fn save_metrics_replica(&self, replica: StoredMetricsReplica) -> Result<()> {
        let json = serde_json::to_string(&replica)?;
        self.save_heard("metrics_replicas", replica.id(), replica.heard(), json)
    }

    /// Writes the row of a replica.
    fn save_heard(&self, table: &str, id: u64, heard: Timestamp, json: String) -> Result<()> {
        let query = format!(
            "INSERT INTO {table} (id, heard, json) VALUES (?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET heard = excluded.heard, json = excluded.json"
        );
        let heard = SqlStorageValue::Float(heard.as_millis() as f64);
        let id = format!("{id:016x}");
        self.store.sql().exec(&query, Some(vec![id.into(), heard, json.into()]))?;
        Ok(())
    }

    pub(super) fn add_transition(&self, transition: Transition) -> Result<()> {
        self.store.add(TRANSITIONS, &transition)
    }

    /// The latest ones, the latest first.
    pub(super) fn transitions(&self, rows_max: u32) -> Result<Rows<Transition>> {
        self.store.latest(TRANSITIONS, rows_max)
    }

    pub(super) fn add_probe(&self, probe: &ProbeResult) -> Result<()> {
        self.store.add(PROBES, probe)
    }

    /// The latest ones, the latest first.
    pub(super) fn probes(&self) -> Result<Rows<ProbeResult>> {
        self.store.latest(PROBES, ROWS_SHOWN_MAX)
    }

    /// When the upstream was last probed, as far as the latest row can be read.
    pub(super) fn last_probe(&self) -> Result<Option<Timestamp>> {
        let latest: Rows<ProbeResult> = self.store.latest(PROBES, 1)?;
        Ok(latest.read.first().map(|probe| probe.at))
    }

    /// Adds an order to the history, and stores it beside the history too: it may hold for longer
    /// than the history reaches back.
    pub(super) fn add_order(&self, ordered: &Ordered) -> Result<()> {
        match ordered.order {
            OrderName::ForcedOpen | OrderName::ForcedClosed | OrderName::MetricsOnly => {
                self.store.put("override", ordered)?;
            }
            OrderName::Bypass => self.store.put("bypass", ordered)?,
            OrderName::Auto | OrderName::LiftBypass => {}
        }
        self.store.add(ORDERS, ordered)
    }

    /// The latest ones, the latest first.
    pub(super) fn orders(&self, rows_max: u32) -> Result<Rows<Ordered>> {
        self.store.latest(ORDERS, rows_max)
    }

    /// The latest override, whether it holds or not.
    pub(super) fn last_override(&self) -> Result<Option<Ordered>> {
        self.store.get("override")
    }

    /// The latest bypass, whether it holds or not.
    pub(super) fn last_bypass(&self) -> Result<Option<Ordered>> {
        self.store.get("bypass")
    }
}
