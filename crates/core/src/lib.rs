//! Every decision that Breakwater makes, and nothing else.
//!
//! The crate contains no networking code, reads no clock and draws no random numbers: `now` and
//! jitter are parameters, and each decision is returned as a value. The Worker, the simulator, the
//! command line and the npm package share the crate, so a property that was proved in a simulated
//! fleet also holds at the edge.
//!
//! The crate neither sends requests nor stores anything. It does not log, and it does not panic.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "toml"))]
extern crate std;

pub mod base;
pub mod cache;
pub mod circuit;
pub mod site;
pub mod telemetry;
pub mod watch;
