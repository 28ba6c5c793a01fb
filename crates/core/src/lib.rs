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

pub mod base;
pub mod cache;
pub mod circuit;
pub mod site;
pub mod watch;
