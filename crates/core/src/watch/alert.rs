//! Alerts: what people are told, by which channels, and how it is made sure that it arrives.

mod channel;
mod message;
pub mod outbox;
mod payload;

pub use channel::{AlertChannel, CHANNELS_MAX, ChannelAddress, ChannelKind, WEBHOOK_SECRETS_MAX};
pub use message::{Alert, AlertKind, AlertedIncident};
pub use payload::{
    DeliveryAnswer, EmailAlert, EmailAnswer, EmailFields, HttpAlert, PrepareError, PreparedAlert,
};
