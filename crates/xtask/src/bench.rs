//! Benchmarks: what is compared is run in turn on one machine, and told as ratios.

pub(crate) mod bodies;
pub(crate) mod console;
pub(crate) mod core;
mod cpu;
pub(crate) mod document;
pub(crate) mod edge;
pub(crate) mod fleet;
mod instructions;
mod load;
pub(crate) mod peers;
mod runner;
mod sample;
pub(crate) mod status;
pub(crate) mod telemetry;
pub(crate) mod watch;
