//! Real PostgreSQL, Redis and Prometheus, started for one test each and stopped with it: on a free
//! port, in a folder of their own, and never anybody else's.
//!
//! What is on `PATH` is used, else what Debian's packages install. PostgreSQL refuses to run as
//! root; as root it runs as the user `postgres`, or as `nobody`.

pub(crate) mod account;
mod freeze;
pub(crate) mod port;
mod postgres;
mod programs;
mod prometheus;
mod redis;
pub(crate) mod scratch;

pub use postgres::Postgres;
pub use programs::{Missing, PACKAGES, Programs};
pub use prometheus::{Prometheus, check_page};
pub use redis::Redis;
