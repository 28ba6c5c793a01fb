//! What the site's object keeps in SQLite.

use breakwater_core::json;
use breakwater_core::operator::{EVENTS_MAX, EVENTS_SHOWN};
use breakwater_core::standing::Standing;
use serde::Deserialize;
use worker::{Result, SqlStorage, SqlStorageValue};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
";

pub(super) struct Store {
    sql: SqlStorage,
}

#[derive(Deserialize)]
struct Row {
    json: String,
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

    /// Latest first.
    pub(super) fn events(&self) -> Result<Vec<String>> {
        let query = "SELECT json FROM events ORDER BY id DESC LIMIT ?";
        let rows: Vec<Row> = self.sql.exec(query, Some(vec![number(EVENTS_SHOWN)]))?.to_array()?;
        Ok(rows.into_iter().map(|row| row.json).collect())
    }
}

fn number(value: u32) -> SqlStorageValue {
    SqlStorageValue::Integer(value.into())
}
