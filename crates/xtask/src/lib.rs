//! `cargo xtask`: everything that is done to Breakwater rather than by it.
//!
//! It sets up the tools that are missing ([`tools`]), builds the Worker's bundle ([`bundle`]), runs
//! it in workerd ([`stack`]) beside the reference backend ([`origin`]), and runs all tests. The end
//! to end tests use the same [`stack::Stack`] and [`origin::Origin`] as `cargo xtask dev` does.
//!
//! It knows no policy: what the Worker does is none of its business, and no other crate but the
//! tests depends on it.

mod bench;
mod browser;
mod conformance;
mod deploy;
mod entry;
mod imports;
mod lock_version;
mod purity;
mod run;
mod service;
mod steps;
mod tally;

pub mod args;
pub mod bundle;
pub mod ci;
pub mod command;
pub mod http;
pub mod origin;
pub mod place;
pub mod progress;
pub mod servers;
pub mod stack;
pub mod tools;

pub use service::Log;
