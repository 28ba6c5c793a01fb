//! Every decision that Breakwater makes, and nothing else.
//!
//! The crate contains no networking code, reads no clock and draws no random
//! numbers: `now` and jitter are parameters, and what it decides comes out as
//! values. The Worker, the simulator, the command line and the npm package
//! share it, so that what was proved in a simulated fleet holds at the edge.
//!
//! What does this crate not do? It neither sends requests nor stores anything,
//! it does not log, and it does not panic.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "toml"))]
extern crate std;

pub mod backoff;
pub mod breaker;
mod calendar;
pub mod config;
pub mod copy;
pub mod cors;
pub mod degrade;
pub mod dependency;
pub mod fields;
pub mod fleet;
pub mod forwarding;
pub mod freshness;
pub mod guard;
pub mod health;
pub mod http_date;
pub mod json;
pub mod latency;
mod lease;
pub mod locale;
pub mod location;
pub mod maintenance;
pub mod needs;
pub mod negotiation;
pub mod operator;
pub mod outcome;
pub mod page;
pub mod path;
pub mod policy;
pub mod purge;
mod ramp;
pub mod retry;
pub mod rfc3339;
pub mod share;
pub mod snapshot;
pub mod standing;
mod steady;
pub mod time;
pub mod trace;
mod window;
pub mod wire;

pub use window::Tally;
