//! End to end: real HTTP through the real bundle in workerd to the real backend.

mod circuit;
mod copies;
mod fail_open;
mod fallback;
mod fleet;
mod forwarding;
mod operators;
mod orders;
mod restart;
mod site_file;
