//! What is reported as an event, and which events are one issue.
//!
//! Sentry makes an issue of all events with one fingerprint. Each fault says what its issue is
//! about: the thing that someone has to mend, never a number that differs each time.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use super::event::{SentryEvent, SentryLevel};
use super::exception::{SentryException, SentryFrame};
use super::field::{ReportField, ReportValue};
use super::ids::EventId;
use super::settings::ReportClass;

/// Returns whether an upstream's status is reported: it says that the upstream itself failed (RFC
/// 9110 §15.6).
pub const fn is_server_error(status: u16) -> bool {
    status >= 500
}

/// Something of ours or of an upstream's that went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentryFault<'a> {
    /// A module panicked.
    Panic {
        /// The module: `worker` or `control`.
        plane: &'a str,
        /// What the panic says.
        message: &'a str,
        /// `FILE:LINE:COLUMN`.
        place: &'a str,
    },
    /// The platform killed a module for exceeding its processor time, as its revival found.
    CpuLimitKill {
        /// The module: `worker` or `control`.
        plane: &'a str,
    },
    /// A circuit changed its state.
    CircuitTransition {
        /// The circuit.
        circuit: &'a str,
        /// The upstream.
        upstream: &'a str,
        /// The state before.
        from: &'a str,
        /// The state now.
        to: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// An alert could not be delivered, and is not tried again.
    FailedDelivery {
        /// The channel.
        channel: &'a str,
        /// Why it is not tried again, in the same words each time: they tell issues apart.
        error: &'a str,
        /// How often it was tried.
        attempts: u64,
    },
    /// A Durable Object did not answer.
    FailedObjectCall {
        /// The object's class.
        object: &'a str,
        /// What it was asked for.
        operation: &'a str,
        /// What went wrong, as one word.
        error: &'a str,
    },
    /// An upstream answered with an error of its own.
    UpstreamError {
        /// The upstream.
        upstream: &'a str,
        /// The route's pattern.
        route: &'a str,
        /// The status.
        status: u16,
    },
}

impl SentryFault<'_> {
    /// Returns the class that rules ignore it by.
    pub const fn class(&self) -> ReportClass {
        match self {
            Self::Panic { .. } => ReportClass::Panic,
            Self::CpuLimitKill { .. } => ReportClass::CpuLimitKill,
            Self::CircuitTransition { .. } => ReportClass::CircuitTransition,
            Self::FailedDelivery { .. } => ReportClass::FailedDelivery,
            Self::FailedObjectCall { .. } => ReportClass::FailedObjectCall,
            Self::UpstreamError { .. } => ReportClass::UpstreamError,
        }
    }

    /// Returns the pattern of the route that it happened on.
    pub const fn route(&self) -> Option<&str> {
        match self {
            Self::UpstreamError { route, .. } => Some(route),
            Self::Panic { .. }
            | Self::CpuLimitKill { .. }
            | Self::CircuitTransition { .. }
            | Self::FailedDelivery { .. }
            | Self::FailedObjectCall { .. } => None,
        }
    }

    /// Returns the event that reports it. `random` becomes its id, except that of a panic, which
    /// follows from what the panic says. `at`, trace, request and breadcrumbs are the caller's to
    /// add.
    pub fn event(&self, random: u128) -> SentryEvent {
        let id = match self {
            Self::Panic { message, place, .. } => EventId::of_panic(message, place),
            Self::CpuLimitKill { .. }
            | Self::CircuitTransition { .. }
            | Self::FailedDelivery { .. }
            | Self::FailedObjectCall { .. }
            | Self::UpstreamError { .. } => EventId::of_random(random),
        };
        let mut event = SentryEvent::new(id, self.class(), self.level());
        event.exceptions = vec![self.exception()];
        event.tags = self.tags();
        event.fingerprint = self.fingerprint();
        event.route = self.route().map(String::from);
        event
    }

    fn level(&self) -> SentryLevel {
        match self {
            Self::Panic { .. } | Self::CpuLimitKill { .. } => SentryLevel::Fatal,
            Self::FailedDelivery { .. }
            | Self::FailedObjectCall { .. }
            | Self::UpstreamError { .. } => SentryLevel::Error,
            Self::CircuitTransition { to, .. } => match *to {
                "closed" => SentryLevel::Info,
                _ => SentryLevel::Warning,
            },
        }
    }

    fn exception(&self) -> SentryException {
        let (class, value) = match self {
            Self::Panic { message, .. } => ("Panic", (*message).to_string()),
            Self::CpuLimitKill { plane } => {
                ("CpuLimitKill", format!("the module `{plane}` exceeded its processor time"))
            }
            Self::CircuitTransition { circuit, from, to, reason, .. } => (
                "CircuitTransition",
                format!("the circuit `{circuit}` went from {from} to {to}: {reason}"),
            ),
            Self::FailedDelivery { channel, error, .. } => {
                ("FailedDelivery", format!("the channel `{channel}` took no alert: {error}"))
            }
            Self::FailedObjectCall { object, operation, error } => {
                ("FailedObjectCall", format!("`{object}` did not do `{operation}`: {error}"))
            }
            Self::UpstreamError { upstream, route, status } => {
                ("UpstreamError", format!("`{upstream}` answered {status} on `{route}`"))
            }
        };
        let frames = match self {
            Self::Panic { place, .. } => SentryFrame::parse(place).into_iter().collect(),
            Self::CpuLimitKill { .. }
            | Self::CircuitTransition { .. }
            | Self::FailedDelivery { .. }
            | Self::FailedObjectCall { .. }
            | Self::UpstreamError { .. } => Vec::new(),
        };
        let is_handled = !matches!(self, Self::Panic { .. } | Self::CpuLimitKill { .. });
        SentryException { class: class.into(), value, is_handled, frames }
    }

    fn tags(&self) -> Vec<(ReportField, ReportValue)> {
        let text = |name, text: &str| (name, ReportValue::from(text));
        match self {
            Self::Panic { plane, place, .. } => {
                vec![text(ReportField::Module, plane), text(ReportField::CodePlace, place)]
            }
            Self::CpuLimitKill { plane } => vec![text(ReportField::Module, plane)],
            Self::CircuitTransition { circuit, upstream, from, to, reason } => vec![
                text(ReportField::CircuitName, circuit),
                text(ReportField::Upstream, upstream),
                text(ReportField::CircuitFrom, from),
                text(ReportField::CircuitTo, to),
                text(ReportField::Reason, reason),
            ],
            Self::FailedDelivery { channel, error, attempts } => vec![
                text(ReportField::Channel, channel),
                text(ReportField::ErrorType, error),
                (ReportField::Attempts, (*attempts).into()),
            ],
            Self::FailedObjectCall { object, operation, error } => vec![
                text(ReportField::RpcService, object),
                text(ReportField::RpcMethod, operation),
                text(ReportField::ErrorType, error),
            ],
            Self::UpstreamError { upstream, route, status } => vec![
                text(ReportField::Upstream, upstream),
                text(ReportField::Route, route),
                (ReportField::Status, u64::from(*status).into()),
            ],
        }
    }

    /// Returns what events of one issue have in common. A panic's message holds the numbers of the
    /// day, so that its place alone is the issue; openings and closings of one circuit are two
    /// issues, since only the first is one that someone has to look at.
    pub(super) fn fingerprint(&self) -> Vec<String> {
        let status;
        let parts: &[&str] = match self {
            Self::Panic { place, .. } => &[place],
            Self::CpuLimitKill { plane } => &[plane],
            Self::CircuitTransition { circuit, to, .. } => &[circuit, to],
            Self::FailedDelivery { channel, error, .. } => &[channel, error],
            Self::FailedObjectCall { object, operation, .. } => &[object, operation],
            Self::UpstreamError { upstream, route, status: number } => {
                status = number.to_string();
                &[upstream, route, &status]
            }
        };
        let own = ["breakwater", self.class().as_str()];
        own.iter().chain(parts).map(|part| (*part).to_string()).collect()
    }
}
