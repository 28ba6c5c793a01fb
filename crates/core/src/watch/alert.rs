//! Alerts: what people are told, and how it is made sure that it arrives.

pub mod outbox;
