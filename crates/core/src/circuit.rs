//! Circuit breaking: how calls end, when a circuit opens, and how a fleet of isolates agrees on it.

pub mod backoff;
pub mod breaker;
pub mod fleet;
pub mod latency;
mod lease;
pub mod outcome;
pub mod policy;
mod ramp;
pub mod retry;
pub mod window;
