//! What the monitor keeps in SQLite.
//!
//! A row that is written is billed whatever its size, so a batch of observations is one row, and
//! the state of the checks of a group is one row too. Tables without row ids have their key in the
//! row itself; with an index of its own each row would count twice
//! (developers.cloudflare.com/durable-objects/platform/pricing).

mod subscribers;

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::monitoring::{MonitorWrite, RECENT_DAYS, StoredMonitoring, day_of};
use breakwater_platform::object::Store;
use serde::Deserialize;
use worker::{Result, SqlStorage, SqlStorageValue};

/// The tables.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS checks (number INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS observations (
        number INTEGER, at INTEGER, place TEXT, json TEXT NOT NULL,
        PRIMARY KEY (number, at, place)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hours (
        number INTEGER, hour INTEGER, json TEXT NOT NULL,
        PRIMARY KEY (number, hour)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS days (day INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS incidents (
        id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS alerts (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS subscribers (
        id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS campaigns (
        id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;";
/// The names of single values: the outbox, the budget's ledger, the hour that runs, and the
/// maintenance that was announced.
const OUTBOX: &str = "outbox";
const LEDGER: &str = "ledger";
const HOUR: &str = "hour";
const ANNOUNCED: &str = "announced";
/// The names of what is kept of objectives.
const OBJECTIVES: &str = "objectives";
const OBJECTIVE_HOURS: &str = "objective-hours";
/// The name of what was done, for the metrics.
const WORK: &str = "work";
/// The names of the book of subscribers and of the key of their tokens.
const SUBSCRIPTIONS: &str = "subscriptions";
const SUBSCRIPTION_KEY: &str = "subscription-key";

/// What the monitor keeps.
pub(super) struct MonitorStore(Store);

#[derive(Deserialize)]
struct NumberedRow {
    number: u32,
    json: String,
}

#[derive(Deserialize)]
struct NamedRow {
    id: String,
    json: String,
}

impl MonitorStore {
    pub(super) fn open(sql: SqlStorage) -> Result<Self> {
        Store::open(sql, &[], SCHEMA).map(Self)
    }

    pub(super) fn load(&self, now: Timestamp) -> Result<StoredMonitoring> {
        let sql = self.0.sql();
        let groups: Vec<NumberedRow> =
            sql.exec("SELECT number, json FROM checks ORDER BY number", None)?.to_array()?;
        let named = |table: &str| -> Result<Vec<(String, String)>> {
            let query = format!("SELECT id, json FROM {table}");
            let rows: Vec<NamedRow> = sql.exec(&query, None)?.to_array()?;
            Ok(rows.into_iter().map(|row| (row.id, row.json)).collect())
        };
        Ok(StoredMonitoring {
            groups: groups.into_iter().map(|row| (row.number, row.json)).collect(),
            incidents: named("incidents")?,
            alerts: named("alerts")?,
            outbox: self.0.get_json(OUTBOX)?,
            ledger: self.0.get_json(LEDGER)?,
            days: self.days_before(day_of(now) + 1, RECENT_DAYS)?,
            hour: self.0.get_json(HOUR)?,
            announced: self.0.get_json(ANNOUNCED)?,
            subscriptions: self.0.get_json(SUBSCRIPTIONS)?,
            subscription_key: self.0.get_json(SUBSCRIPTION_KEY)?,
            campaigns: named("campaigns")?,
            objectives: self.0.get_json(OBJECTIVES)?,
            objective_hours: self.0.get_json(OBJECTIVE_HOURS)?,
            work: self.0.get_json(WORK)?,
        })
    }

    /// The latest days of the history before this one, at most `most` of them.
    pub(super) fn days_before(&self, day: u32, most: usize) -> Result<Vec<(u32, String)>> {
        let query = "SELECT day AS number, json FROM days WHERE day < ? ORDER BY day DESC LIMIT ?";
        let values = vec![whole(day), SqlStorageValue::Integer(most as i64)];
        let rows: Vec<NumberedRow> = self.0.sql().exec(query, Some(values))?.to_array()?;
        Ok(rows.into_iter().map(|row| (row.number, row.json)).collect())
    }

    pub(super) fn carry_out(&self, write: &MonitorWrite) -> Result<()> {
        match write {
            MonitorWrite::SaveGroup { group, json } => self.run(
                "INSERT INTO checks (number, json) VALUES (?, ?)
                 ON CONFLICT (number) DO UPDATE SET json = excluded.json",
                vec![whole(*group), text(json)],
            ),
            MonitorWrite::PutAside { name, text } => self.0.put_json(name, text),
            MonitorWrite::ForgetGroups { from } => {
                self.run("DELETE FROM checks WHERE number >= ?", vec![whole(*from)])
            }
            // Of two arrays that are not empty, this makes one.
            MonitorWrite::AddObservations { group, at, place, json } => self.run(
                "INSERT INTO observations (number, at, place, json) VALUES (?, ?, ?, ?)
                 ON CONFLICT (number, at, place) DO UPDATE
                 SET json = substr(json, 1, length(json) - 1) || ',' || substr(excluded.json, 2)",
                vec![whole(*group), time(*at), text(place), text(json)],
            ),
            MonitorWrite::AddHour { group, hour, json } => self.run(
                "INSERT OR REPLACE INTO hours (number, hour, json) VALUES (?, ?, ?)",
                vec![whole(*group), time(*hour), text(json)],
            ),
            MonitorWrite::SaveDay { day, json } => self.run(
                "INSERT OR REPLACE INTO days (day, json) VALUES (?, ?)",
                vec![whole(*day), text(json)],
            ),
            MonitorWrite::SaveHour(json) => self.0.put_json(HOUR, json),
            MonitorWrite::SaveAnnounced(json) => self.0.put_json(ANNOUNCED, json),
            MonitorWrite::SaveObjectives(json) => self.0.put_json(OBJECTIVES, json),
            MonitorWrite::SaveObjectiveHours(json) => self.0.put_json(OBJECTIVE_HOURS, json),
            MonitorWrite::SaveWork(json) => self.0.put_json(WORK, json),
            MonitorWrite::ForgetBefore { observations, hours, days } => {
                self.forget_before("observations", "at", *observations)?;
                self.forget_before("hours", "hour", *hours)?;
                self.run("DELETE FROM days WHERE day < ?", vec![whole(*days)])
            }
            MonitorWrite::SaveIncident { id, json } => self.put("incidents", id, json),
            MonitorWrite::ForgetIncident { id } => self.remove("incidents", id),
            MonitorWrite::SaveAlert { id, json } => self.put("alerts", id, json),
            MonitorWrite::ForgetAlert { id } => self.remove("alerts", id),
            MonitorWrite::SaveOutbox(json) => self.0.put_json(OUTBOX, json),
            MonitorWrite::SaveLedger(json) => self.0.put_json(LEDGER, json),
            MonitorWrite::SaveSubscriber { id, json } => self.put("subscribers", id, json),
            MonitorWrite::ForgetSubscriber { id } => self.remove("subscribers", id),
            MonitorWrite::SaveCampaign { id, json } => self.put("campaigns", id, json),
            MonitorWrite::ForgetCampaign { id } => self.remove("campaigns", id),
            MonitorWrite::SaveSubscriptions(json) => self.0.put_json(SUBSCRIPTIONS, json),
            MonitorWrite::SaveSubscriptionKey(json) => self.0.put_json(SUBSCRIPTION_KEY, json),
        }
    }

    /// Deletes the rows of a table whose time, which stands in this column, is before that.
    ///
    /// The key begins with the group, so a search by time alone would read the whole table, and
    /// rows that are read are billed. This steps from each group to the next by the key, and so
    /// reads some six rows of each group, and those that it deletes. It asks the table for its
    /// groups: the site may have fewer than when the rows were written.
    fn forget_before(&self, table: &str, column: &str, before: Timestamp) -> Result<()> {
        let query = format!(
            "WITH RECURSIVE present (number) AS (
                SELECT min(number) FROM {table}
                UNION ALL
                SELECT (SELECT min(number) FROM {table} AS later
                        WHERE later.number > present.number)
                FROM present WHERE present.number IS NOT NULL)
             DELETE FROM {table}
             WHERE number IN (SELECT number FROM present) AND {column} < ?"
        );
        self.run(&query, vec![time(before)])
    }

    fn put(&self, table: &str, id: &str, json: &str) -> Result<()> {
        let query = format!("INSERT OR REPLACE INTO {table} (id, json) VALUES (?, ?)");
        self.run(&query, vec![text(id), text(json)])
    }

    fn remove(&self, table: &str, id: &str) -> Result<()> {
        self.run(&format!("DELETE FROM {table} WHERE id = ?"), vec![text(id)])
    }

    fn run(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<()> {
        self.0.sql().exec(query, Some(values)).map(drop)
    }
}

fn text(value: &str) -> SqlStorageValue {
    value.into()
}

fn whole(value: u32) -> SqlStorageValue {
    SqlStorageValue::Integer(value.into())
}

/// Milliseconds since 1970 are below 2^53, so JavaScript's numbers hold them.
fn time(value: Timestamp) -> SqlStorageValue {
    SqlStorageValue::Float(value.as_millis() as f64)
}
