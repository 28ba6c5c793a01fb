//! The site: its configuration, and what is decided about each request and each operator's order.

pub mod access;
pub mod binding;
pub mod budget;
pub mod closed;
pub mod compiled;
pub mod config;
pub mod cors;
pub mod degrade;
pub mod figures;
pub mod forwarding;
pub mod guard;
pub mod health;
pub mod live;
pub mod metrics;
pub mod monitoring;
pub mod needs;
pub mod operator;
pub mod operator_path;
pub mod page;
pub mod request;
pub mod resolve;
mod snapshots;
pub mod standing;
pub mod status;
pub mod wire;
