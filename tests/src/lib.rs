//! The foundation of the end-to-end tests: the reference backend and the real bundle in workerd,
//! one of each per test, and a client that hides nothing.
//!
//! `cargo xtask test` builds what is needed and names it in the environment.

mod blame;
mod browser;
mod dependencies;
mod upstash;
mod webhooks;
mod world;

pub use breakwater_testing::{
    Answer, Client, Manner, RawAnswer, RawUpstream, RawVisitor, Reply, Request, Scripted, Seen,
    verbatim,
};

pub use blame::{SICK, assert_unblamed};
pub use browser::{screenshot, visit};
pub use dependencies::{BACKEND_TOKEN, DEPENDENCIES, SUPABASE_KEY, UPSTASH_TOKEN, well};
pub use upstash::Upstash;
pub use webhooks::verified;
pub use world::{
    World, circuit_becomes, circuit_becomes_within, eventually, eventually_within, setting,
};
