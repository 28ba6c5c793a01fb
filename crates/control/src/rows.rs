//! Rows of JSON that an object keeps in SQLite.

use breakwater_core::base::json;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A row.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) json: String,
}

/// What could be read of several rows. One that another version wrote, or that is damaged, must not
/// take the others along; it stays where it is.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    pub(crate) read: Vec<T>,
    /// How many could not be read.
    pub(crate) unread: u32,
}

impl<T: DeserializeOwned> Rows<T> {
    pub(crate) fn read(rows: &[Row], table: &str) -> Self {
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
        Self { read, unread }
    }
}

/// Reports rows that cannot be read, once in the life of an isolate: views are asked for often.
pub(crate) fn report(table: &str, unread: u32, error: &dyn std::fmt::Display) {
    thread_local! {
        static REPORTED: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    REPORTED.with_borrow_mut(|reported| {
        if reported.iter().all(|known| known != table) {
            worker::console_error!(
                "rows of `{table}` that cannot be read are left out: {unread}, {error}"
            );
            reported.push(table.to_owned());
        }
    });
}
