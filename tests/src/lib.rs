//! The foundation of the end-to-end tests: the reference backend and the real bundle in workerd,
//! one of each per test, and a client that hides nothing.
//!
//! `cargo xtask test` builds what is needed and names it in the environment.

mod access;
mod blame;
mod browser;
mod dependencies;
mod mail;
mod mcp;
mod metrics;
mod readers;
mod sentry;
pub mod sites;
mod storage;
mod upstash;
mod webhooks;
mod world;

pub use breakwater_testing::{
    Answer, Client, Manner, RawAnswer, RawUpstream, RawVisitor, Reply, Request, Scripted, Seen,
    receivers, verbatim,
};

pub use access::AccessTeam;
pub use blame::{SICK, assert_unblamed};
pub use browser::{assets, operate, screenshot, visit};
pub use dependencies::{BACKEND_TOKEN, DEPENDENCIES, SUPABASE_KEY, UPSTASH_TOKEN, well};
pub use mail::mail_read_in_python;
pub use mcp::{McpEra, McpSession};
pub use metrics::metrics_read_in_python;
pub use readers::{read_in_python, read_on_node};
pub use sentry::normalised;
pub use storage::Storage;
pub use upstash::Upstash;
pub use webhooks::{verified_in_python, verified_on_node};
pub use world::{
    CHECKOUT_KEY, World, circuit_becomes, circuit_becomes_within, eventually, eventually_within,
    setting,
};
