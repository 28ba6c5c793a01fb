//! Alerts: what is sent to each service, what the service makes of it, and what its answer means.

mod channels;
mod inhibition;
mod payload;
mod payload_judge;
mod payload_limits;
mod payload_secrets;
