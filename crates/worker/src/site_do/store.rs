//! What the site's object keeps in SQLite.

use breakwater_core::base::json;
use breakwater_core::cache::snapshot::{Discovered, TOLD_KEPT_MAX};
use breakwater_core::site::operator::{EVENTS_MAX, EVENTS_SHOWN};
use breakwater_core::site::standing::Standing;
use serde::de::IgnoredAny;
use worker::{Result, SqlStorage, SqlStorageValue};

use crate::rows::{self, Row, Rows};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS sightings (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
";
/// What is shown of the past, and what the manifest does not have yet.
pub(super) const TABLES: &[&str] = &["events", "sightings"];

pub(super) struct Store {
    sql: SqlStorage,
}

impl Store {
    pub(super) fn open(sql: SqlStorage) -> Result<Self> {
        sql.exec(SCHEMA, None)?;
        Ok(Self { sql })
    }

    /// The standing orders. Should they be of another version, nothing is purged that was not, and
    /// the error says so: forgetting them would bring purged copies back.
    pub(super) fn standing(&self) -> Result<Standing> {
        let query = "SELECT json FROM kept WHERE name = 'standing'";
        let rows: Vec<Row> = self.sql.exec(query, None)?.to_array()?;
        match rows.first() {
            Some(row) => Ok(json::read(&row.json)?),
            None => Ok(Standing::default()),
        }
    }

    pub(super) fn save_standing(&self, standing: &Standing) -> Result<()> {
        let query = "INSERT INTO kept (name, json) VALUES ('standing', ?)
            ON CONFLICT (name) DO UPDATE SET json = excluded.json";
        self.sql.exec(query, Some(vec![serde_json::to_string(standing)?.into()]))?;
        Ok(())
    }

    /// Keeps an event, as it is shown.
    pub(super) fn add_event(&self, json: &str) -> Result<()> {
        self.sql.exec("INSERT INTO events (json) VALUES (?)", Some(vec![json.into()]))?;
        let trim = "DELETE FROM events WHERE id <= (SELECT MAX(id) FROM events) - ?";
        self.sql.exec(trim, Some(vec![number(EVENTS_MAX)]))?;
        Ok(())
    }

    /// Latest first, as they are kept. What is no JSON would spoil all of it, and is left out.
    pub(super) fn events(&self) -> Result<Rows<String>> {
        let query = "SELECT json FROM events ORDER BY id DESC LIMIT ?";
        let rows: Vec<Row> = self.sql.exec(query, Some(vec![number(EVENTS_SHOWN)]))?.to_array()?;
        let all = rows.len();
        let is_json = |row: &Row| {
            let read = json::read::<IgnoredAny>(&row.json);
            read.map_err(|error| rows::report("events", 1, &error)).is_ok()
        };
        let read: Vec<String> = rows.into_iter().filter(is_json).map(|row| row.json).collect();
        let unread = u32::try_from(all - read.len()).unwrap_or(u32::MAX);
        Ok(Rows { read, unread })
    }

    /// Keeps what an isolate told of pages until the manifest has it.
    pub(super) fn add_sightings(&self, json: &str) -> Result<()> {
        self.sql.exec("INSERT INTO sightings (json) VALUES (?)", Some(vec![json.into()]))?;
        let trim = "DELETE FROM sightings WHERE id <= (SELECT MAX(id) FROM sightings) - ?";
        self.sql.exec(trim, Some(vec![number(TOLD_KEPT_MAX)]))?;
        Ok(())
    }

    /// In the order in which they were told.
    pub(super) fn sightings(&self) -> Result<Vec<Discovered>> {
        let query = "SELECT json FROM sightings ORDER BY id";
        let rows: Vec<Row> = self.sql.exec(query, None)?.to_array()?;
        let told: Rows<Vec<Discovered>> = Rows::read(&rows, "sightings");
        Ok(told.read.into_iter().flatten().collect())
    }

    /// The number of the last telling so far, zero if there is none.
    pub(super) fn last_told(&self) -> Result<f64> {
        let query = "SELECT CAST(COALESCE(MAX(id), 0) AS TEXT) AS json FROM sightings";
        let rows: Vec<Row> = self.sql.exec(query, None)?.to_array()?;
        Ok(rows.first().and_then(|row| row.json.parse().ok()).unwrap_or_default())
    }

    /// What was told up to here is in the manifest.
    pub(super) fn forget_sightings(&self, last: f64) -> Result<()> {
        let last = vec![SqlStorageValue::Float(last)];
        self.sql.exec("DELETE FROM sightings WHERE id <= ?", Some(last))?;
        Ok(())
    }
}

fn number(value: u32) -> SqlStorageValue {
    SqlStorageValue::Integer(value.into())
}
