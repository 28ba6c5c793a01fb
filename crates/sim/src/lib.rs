//! A deterministic simulation of a fleet: colos, isolates, a Durable Object, an upstream, visitors.
//!
//! It runs scenarios on a virtual clock, in microseconds, with the same core code as the Worker,
//! and measures what each way to protect an upstream achieves. All randomness comes from a seed:
//! the same seed gives the same run, down to the last message, and all strategies meet the same
//! visitors and the same isolate lifetimes.
//!
//! What does this crate not do? It measures no machine time and knows nothing of HTTP. It models
//! neither visitors who return nor limits of the platform beyond those that it names.

pub mod args;
pub mod arrivals;
pub mod campaign;
pub mod durable_object;
pub mod event_queue;
pub mod geography;
pub mod isolate;
pub mod metrics;
pub mod network;
mod parallel;
pub mod plot;
pub mod recorder;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod simulation;
pub mod strategy;
pub mod swarm;
pub mod time;
pub mod upstream;
pub mod waits;
pub mod world;
