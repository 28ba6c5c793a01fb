//! End to end: real HTTP through the real bundle in workerd to the real backend.

mod blame_matrix;
mod cache;
mod calls;
mod circuit;
mod copies;
mod dependencies;
mod fail_open;
mod fallback;
mod fault_matrix;
mod fleet;
mod forwarding;
mod health;
mod latency;
mod leaks;
mod misbehaviour;
mod operators;
mod orders;
mod restart;
mod rungs;
mod security;
mod site_file;
mod site_orders;
mod snapshots;
mod uploads;
