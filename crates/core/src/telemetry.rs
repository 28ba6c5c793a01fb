//! What operators and their tools are told of the work as it happens.

pub mod log;
pub mod metrics;
pub mod sentry;
