//! The foundation of the end-to-end tests: the reference backend and the real bundle in workerd,
//! one of each per test, and a client that hides nothing.
//!
//! `cargo xtask test` builds what is needed and names it in the environment.

mod blame;
mod browser;
mod client;
mod dependencies;
mod listener;
mod raw;
mod scripted;
mod upstash;
pub mod verbatim;
mod world;

pub use blame::{SICK, assert_unblamed};
pub use browser::{screenshot, visit};
pub use client::{Answer, Client, Request};
pub use dependencies::{BACKEND_TOKEN, DEPENDENCIES, SUPABASE_KEY, UPSTASH_TOKEN, well};
pub use raw::{Manner, RawAnswer, RawUpstream, RawVisitor};
pub use scripted::{Reply, Scripted, Seen};
pub use upstash::Upstash;
pub use world::{World, circuit_becomes, circuit_becomes_within, eventually, eventually_within};
