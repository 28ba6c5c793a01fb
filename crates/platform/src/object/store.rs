//! What an object keeps in SQLite: named values, and journals of rows. All of it is JSON.

use std::fmt::{self, Write as _};

use breakwater_core::base::json;
use breakwater_core::base::stored::StoredForm;
use breakwater_core::telemetry::log::LogEvent;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use worker::{Result, SqlStorage, SqlStorageValue};

use crate::log;

/// A table of rows in the order in which they were added, of which the newest are kept.
#[derive(Clone, Copy, Debug)]
pub struct Journal {
    /// The table's name.
    pub table: &'static str,
    /// Rows that are kept.
    pub rows_max: u32,
}

/// What an object keeps.
#[derive(Debug)]
pub struct Store {
    sql: SqlStorage,
}

/// A row.
#[derive(Deserialize)]
struct Row {
    json: String,
}

/// What could be read of several rows. One that another version wrote, or that is damaged, must not
/// take the others along; it stays where it is.
#[derive(Debug)]
pub struct Rows<T> {
    /// Those that could be read.
    pub read: Vec<T>,
    /// How many could not be read.
    pub unread: u32,
}

impl Store {
    /// Opens the store of an object that has just been loaded, and creates the tables that are not
    /// there yet: that of values, those of the journals, and `more`.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn open(sql: SqlStorage, journals: &[Journal], more: &str) -> Result<Self> {
        let mut schema = String::from(
            "CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, json TEXT NOT NULL);",
        );
        for Journal { table, .. } in journals {
            // Writing to a string cannot fail.
            let _ = write!(
                schema,
                "CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY, json TEXT NOT NULL);"
            );
        }
        schema += more;
        sql.exec(&schema, None)?;
        Ok(Self { sql })
    }

    /// SQLite itself, for tables that are neither values nor journals.
    pub const fn sql(&self) -> &SqlStorage {
        &self.sql
    }

    /// The value of this name, if there is one. One that cannot be read counts as absent, and is
    /// reported.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let kept = self.get_json(name)?.map(|json| json::read(&json));
        Ok(kept.and_then(|read| read.map_err(|error| report(name, 1, &error)).ok()))
    }

    /// The value of this name as it is stored.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn get_json(&self, name: &str) -> Result<Option<String>> {
        let rows = self.rows("SELECT json FROM kept WHERE name = ?", vec![name.into()])?;
        Ok(rows.into_iter().next().map(|row| row.json))
    }

    /// The value of this name in its stored form; the default if there is none. One that cannot be
    /// read is put aside under `unread` and reported, and the default takes its place.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn get_or_put_aside<T: StoredForm + Default>(&self, name: &str, unread: &str) -> Result<T> {
        let Some(json) = self.get_json(name)? else { return Ok(T::default()) };
        match T::from_stored(&json) {
            Ok(value) => Ok(value),
            Err(error) => {
                log::error(
                    LogEvent::StoredUnread,
                    &[],
                    format_args!("stored {name} put aside: {error}"),
                );
                self.put_json(unread, &json)?;
                Ok(T::default())
            }
        }
    }

    /// Stores a value under this name.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn put<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Result<()> {
        self.put_json(name, &serde_json::to_string(value)?)
    }

    /// Stores JSON under this name.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn put_json(&self, name: &str, json: &str) -> Result<()> {
        let query = "INSERT INTO kept (name, json) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET json = excluded.json";
        self.sql.exec(query, Some(vec![name.into(), json.into()]))?;
        Ok(())
    }

    /// Adds a row to a journal, and removes those beyond its bound.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn add<T: Serialize + ?Sized>(&self, journal: Journal, value: &T) -> Result<()> {
        self.add_json(journal, &serde_json::to_string(value)?)
    }

    /// The same with a row of JSON.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn add_json(&self, journal: Journal, json: &str) -> Result<()> {
        let Journal { table, rows_max } = journal;
        let insert = format!("INSERT INTO {table} (json) VALUES (?)");
        self.sql.exec(&insert, Some(vec![json.into()]))?;
        let trim = format!("DELETE FROM {table} WHERE id <= (SELECT MAX(id) FROM {table}) - ?");
        self.sql.exec(&trim, Some(vec![number(rows_max)]))?;
        Ok(())
    }

    /// The newest rows of a journal, this many at most, latest first.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn latest<T: DeserializeOwned>(&self, journal: Journal, count: u32) -> Result<Rows<T>> {
        Ok(read_all(&self.latest_rows(journal, count)?, journal.table))
    }

    /// The same as they are stored. A row that is no JSON is left out.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn latest_json(&self, journal: Journal, count: u32) -> Result<Rows<String>> {
        let rows = self.latest_rows(journal, count)?;
        let all = rows.len();
        let is_json = |row: &Row| {
            let read = json::read::<IgnoredAny>(&row.json);
            read.map_err(|error| report(journal.table, 1, &error)).is_ok()
        };
        let read: Vec<String> = rows.into_iter().filter(is_json).map(|row| row.json).collect();
        let unread = u32::try_from(all - read.len()).unwrap_or(u32::MAX);
        Ok(Rows { read, unread })
    }

    fn latest_rows(&self, journal: Journal, count: u32) -> Result<Vec<Row>> {
        let query = format!("SELECT json FROM {} ORDER BY id DESC LIMIT ?", journal.table);
        self.rows(&query, vec![number(count)])
    }

    /// All rows of a journal, oldest first.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn all<T: DeserializeOwned>(&self, journal: Journal) -> Result<Rows<T>> {
        let query = format!("SELECT json FROM {} ORDER BY id", journal.table);
        Ok(read_all(&self.rows(&query, Vec::new())?, journal.table))
    }

    /// The number of the newest row of a journal, zero if there was none yet.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn last_number(&self, journal: Journal) -> Result<f64> {
        let table = journal.table;
        let query = format!("SELECT CAST(COALESCE(MAX(id), 0) AS TEXT) AS json FROM {table}");
        let rows = self.rows(&query, Vec::new())?;
        Ok(rows.first().and_then(|row| row.json.parse().ok()).unwrap_or_default())
    }

    /// Removes the rows of a journal up to this number.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn remove_up_to(&self, journal: Journal, number: f64) -> Result<()> {
        let query = format!("DELETE FROM {} WHERE id <= ?", journal.table);
        self.sql.exec(&query, Some(vec![SqlStorageValue::Float(number)]))?;
        Ok(())
    }

    /// The rows that a query with one column `json` finds, read.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn query<T: DeserializeOwned>(&self, query: &str, table: &str) -> Result<Rows<T>> {
        Ok(read_all(&self.rows(query, Vec::new())?, table))
    }

    fn rows(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Vec<Row>> {
        self.sql.exec(query, Some(values))?.to_array()
    }
}

fn read_all<T: DeserializeOwned>(rows: &[Row], table: &str) -> Rows<T> {
    let mut read = Vec::with_capacity(rows.len());
    let (mut unread, mut why) = (0, None);
    for row in rows {
        match json::read(&row.json) {
            Ok(value) => read.push(value),
            Err(error) => {
                unread += 1;
                why.get_or_insert(error);
            }
        }
    }
    if let Some(error) = why {
        report(table, unread, &error);
    }
    Rows { read, unread }
}

/// Reports rows that cannot be read, once in the life of an instance: views are asked for often.
fn report(table: &str, unread: u32, error: &dyn fmt::Display) {
    thread_local! {
        static REPORTED: std::cell::RefCell<Vec<String>> =
            const { std::cell::RefCell::new(Vec::new()) };
    }
    REPORTED.with_borrow_mut(|reported| {
        if reported.iter().all(|known| known != table) {
            log::error(
                LogEvent::StoredUnread,
                &[],
                format_args!(
                    "rows of `{table}` that cannot be read are left out: {unread}, {error}"
                ),
            );
            reported.push(table.to_owned());
        }
    });
}

fn number(value: u32) -> SqlStorageValue {
    SqlStorageValue::Integer(value.into())
}
