//! A fleet in a computer: colos, isolates, a Durable Object, an upstream and its visitors.
//!
//! It plays scenarios on a virtual clock, in microseconds, and on the same core code as the
//! Worker, and tells what each way to protect an upstream comes to. All chance comes from a seed:
//! the same seed plays the same run, to the last message, and all strategies meet the same
//! visitors and the same deaths.
//!
//! What does this crate not do? It measures no machine time, knows nothing of HTTP, and models
//! neither the platform's limits beyond those it names nor visitors who come back.

pub mod agenda;
pub mod args;
pub mod chance;
pub mod figures;
pub mod geography;
pub mod isolate;
pub mod meter;
pub mod network;
pub mod object;
pub mod plot;
pub mod report;
pub mod run;
pub mod scenario;
pub mod stage;
pub mod strategy;
pub mod swarm;
pub mod time;
pub mod upstream;
pub mod visitors;
