//! Alerts: what people are told, by which channels, and how it is made sure that it arrives.

mod channel;
mod inhibition;
mod message;
pub mod outbox;
mod payload;
mod quiet;

pub use channel::{AlertChannel, CHANNELS_MAX, ChannelAddress, ChannelKind, WEBHOOK_SECRETS_MAX};
pub use inhibition::{INHIBITIONS_MAX, Inhibition, InhibitionSubject, Inhibitor};
pub use message::{Alert, AlertKind, AlertedIncident};
pub use payload::{
    DeliveryAnswer, EmailAlert, EmailAnswer, EmailFields, EmailListFields, HttpAlert, PrepareError,
    PreparedAlert,
};
pub(crate) use payload::{line, lines, signed_request};
pub use quiet::{MinuteOfDay, QuietHours};
