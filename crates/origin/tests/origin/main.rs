//! The reference backend on the wire: real TCP, real bytes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arrivals;
mod bad_faults;
mod breakers;
mod caching;
#[path = "../client/mod.rs"]
mod client;
mod counts;
mod echo;
mod faults;
mod process;
mod shop;
mod shutdown;
mod stream;
mod support;
mod websocket;
