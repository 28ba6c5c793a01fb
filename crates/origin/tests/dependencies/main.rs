//! The backend with real dependencies: PostgreSQL, Redis, storage, a volume.
//!
//! These tests need the servers' programs, so they are ignored by default. `cargo xtask test` runs
//! them where it finds the programs, and says so where it does not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../client/mod.rs"]
mod client;
mod database;
mod load;
mod redis;
mod secrets;
mod shutdown;
mod storage;
mod volume;
mod watching;
