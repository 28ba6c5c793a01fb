//! What the tests of several crates share, and `cargo xtask dev`, `bench` and `conformance` with
//! them.
//!
//! It runs processes on this machine: a bundle in workerd ([`Stack`]), the reference backend
//! ([`Origin`]), PostgreSQL and Redis ([`servers`]), sites of other people's software ([`sites`]).
//! With the feature `http` it also has what is on either side of the Worker in a test: upstreams
//! that answer as the test says ([`Scripted`], [`verbatim`], [`RawUpstream`]), and visitors
//! ([`Client`], [`RawVisitor`]). With `receivers` it knows what the services that alerts go to
//! refuse ([`receivers`]).
//!
//! It builds nothing and installs nothing: `cargo xtask` does, and says where the result is. It
//! depends on no other crate of the workspace, so that a change there compiles nothing here again.

#[cfg(feature = "http")]
mod client;
#[cfg(feature = "http")]
mod listener;
mod node;
mod origin;
pub mod place;
mod port;
#[cfg(feature = "http")]
mod raw;
#[cfg(feature = "receivers")]
pub mod receivers;
pub mod run;
#[cfg(feature = "http")]
mod scripted;
pub mod servers;
mod service;
pub mod sites;
mod stack;
#[cfg(feature = "http")]
pub mod verbatim;

#[cfg(feature = "http")]
pub use client::{Answer, Client, Request};
#[cfg(feature = "http")]
pub use listener::Listener;
pub use node::Node;
pub use origin::Origin;
pub use port::{PortError, check_port, port_is_free};
#[cfg(feature = "http")]
pub use raw::{Manner, RawAnswer, RawUpstream, RawVisitor};
#[cfg(feature = "http")]
pub use scripted::{Reply, Scripted, Seen};
pub use service::{Log, Reach, Service};
pub use stack::{Stack, StackOptions};
