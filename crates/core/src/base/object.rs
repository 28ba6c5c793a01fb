//! Limits that all Durable Objects share.

use super::time::Millis;

/// How far ahead an object sets its alarm before the work of an alarm begins: 30 s. If that work is
/// cut short, the alarm comes again then. It is longer than the work of any alarm takes.
pub const RETRY_ALARM_AFTER: Millis = Millis::from_secs(30);
