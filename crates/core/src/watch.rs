//! Observation: the health of the parts of a service, what it depends on, checks that are made on
//! purpose, and maintenance.

pub mod alert;
pub mod check;
pub mod dependency;
pub mod health;
pub mod incident;
pub mod maintenance;
pub mod monitor;
pub mod severity;
