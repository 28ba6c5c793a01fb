//! Subscribers in SQLite: thousands, of whom a request needs one and a batch a few.

use breakwater_core::site::monitoring::SubscriberQuery;
use breakwater_core::watch::subscription::SubscriberId;
use worker::{Result, SqlStorageValue};

use super::{MonitorStore, NamedRow, text};

impl MonitorStore {
    /// What is stored of a subscriber.
    pub(in crate::monitor_do) fn subscriber(&self, id: &SubscriberId) -> Result<Option<String>> {
        let rows = self.named_rows("WHERE id = ?", vec![text(id.as_str())])?;
        Ok(rows.into_iter().next().map(|(_, json)| json))
    }

    /// What the host asks for, in the order of the ids. Each is found by its key, so that no other
    /// row is read.
    pub(in crate::monitor_do) fn subscribers(
        &self,
        query: &SubscriberQuery,
    ) -> Result<Vec<(String, String)>> {
        match query {
            SubscriberQuery::Page { after, before, limit } => {
                let values = vec![text(after), text(before), super::whole(*limit)];
                self.named_rows("WHERE id > ? AND id < ? ORDER BY id LIMIT ?", values)
            }
            SubscriberQuery::Ids(ids) => {
                let places = vec!["?"; ids.len()].join(", ");
                let values = ids.iter().map(|id| text(id.as_str())).collect();
                self.named_rows(&format!("WHERE id IN ({places}) ORDER BY id"), values)
            }
        }
    }

    fn named_rows(
        &self,
        condition: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<(String, String)>> {
        let query = format!("SELECT id, json FROM subscribers {condition}");
        let rows: Vec<NamedRow> = self.0.sql().exec(&query, Some(values))?.to_array()?;
        Ok(rows.into_iter().map(|row| (row.id, row.json)).collect())
    }
}
