//! Observation: the health of the parts of a service, what it depends on, checks that are made on
//! purpose, objectives, maintenance, and those who are told of all that.

pub mod alert;
pub mod check;
pub mod component;
pub mod dependency;
pub mod health;
pub mod incident;
pub mod maintenance;
pub mod monitor;
pub mod objective;
pub mod severity;
pub mod subscription;
