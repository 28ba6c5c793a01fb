//! Observation: the health of the parts of a service, what it depends on, and maintenance.

pub mod dependency;
pub mod health;
pub mod maintenance;
pub mod monitor;
