//! The names of events.

use core::fmt;

/// Declares the events, each with its name and what docs say of it.
macro_rules! events {
    ($($(#[$about:meta])* $event:ident => $name:literal,)*) => {
        /// What happened. Its name stays the same while the body's words may change, so rules and
        /// searches go by the name. `docs/reference/logs.md` lists all of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum LogEvent {
            $($(#[$about])* $event,)*
        }

        impl LogEvent {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$event,)*];

            /// The name, which begins with `breakwater.`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$event => concat!("breakwater.", $name),)*
                }
            }
        }
    };
}

events! {
    /// A visitor's request was answered.
    RequestAnswered => "request.answered",
    /// A request could not be sent to its upstream: the platform refused it.
    RequestUnsent => "request.unsent",
    /// A page went out without the banner that says that it is a stored one.
    BannerSkipped => "answer.banner_skipped",
    /// An answer went out without all of its labels.
    LabelsSkipped => "answer.labels_skipped",
    /// An upstream's answer leads visitors back to where they are.
    RedirectLoops => "answer.redirect_loops",
    /// The body of an answer could not be read, so it was judged by its status alone.
    BodyUnjudged => "answer.body_unjudged",
    /// An upstream closes idle connections before the platform stops using them.
    IdleTooShort => "upstream.idle_too_short",
    /// The colo's cache did not do what it was asked for.
    CacheFailed => "cache.failed",
    /// A circuit changed its state.
    CircuitTurned => "circuit.turned",
    /// An upstream answered in a way that only an operator can put right, such as a refused key.
    OperatorNeeded => "circuit.operator_needed",
    /// A circuit's coordinator could not be asked.
    CoordinatorFailed => "coordinator.failed",
    /// An isolate got no verdict on a circuit, so its own breaker decides.
    VerdictLost => "fleet.verdict_lost",
    /// Figures that an isolate reported, or that were stored, could not be read.
    FiguresLost => "fleet.figures_lost",
    /// A wasm instance broke, and another was started.
    InstanceBroken => "instance.broken",
    /// No wasm instance could be started.
    InstanceMissing => "instance.missing",
    /// Rust failed without breaking its instance.
    InstanceFailed => "instance.failed",
    /// While Rust could not answer, the upstream could not be reached either.
    FailOpenFailed => "fail_open.failed",
    /// What operators ordered is not known to an isolate.
    OrdersUnknown => "orders.unknown",
    /// Something that was stored could not be read.
    StoredUnread => "storage.unread",
    /// A round of snapshots was made.
    SnapshotsKept => "snapshots.kept",
    /// A snapshot was not made or not stored, or their keeper could not be asked.
    SnapshotsFailed => "snapshots.failed",
    /// A dependency's prober could not be asked.
    ProberFailed => "prober.failed",
    /// The monitor could not do something, or could not be asked.
    MonitorFailed => "monitor.failed",
    /// A check could not be made.
    CheckFailed => "check.failed",
    /// A place from which checks are made did not answer.
    PlaceFailed => "place.failed",
    /// An alert could not be handed over.
    DeliveryFailed => "delivery.failed",
    /// The dead man's switch was not called.
    SwitchFailed => "dead_mans_switch.failed",
    /// A console was not told of something.
    ConsoleUntold => "console.untold",
    /// The public status is not known.
    StatusUnknown => "status.unknown",
    /// The public status was not copied to where it is read from in trouble.
    StatusUncopied => "status.uncopied",
    /// A mirror of the status page was not written.
    MirrorFailed => "mirror.failed",
    /// What a subscriber asked for was not done.
    SubscriptionFailed => "subscription.failed",
    /// Errors could not be reported to Sentry.
    ReportsFailed => "reports.failed",
    /// Operators could not be told apart by Cloudflare Access.
    AccessFailed => "access.failed",
    /// An operator's session could not be stored or read.
    SessionFailed => "session.failed",
    /// An order is not in the site's history.
    HistoryFailed => "history.failed",
    /// Something that a test counts; only in a bundle for development.
    Noted => "development.noted",
}

impl fmt::Display for LogEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_the_form_of_opentelemetry() {
        for (index, event) in LogEvent::ALL.iter().enumerate() {
            let name = event.as_str();
            let is_word = |word: &str| {
                word.starts_with(|c: char| c.is_ascii_lowercase())
                    && word.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
            };
            assert!(name.split('.').all(is_word), "{name}");
            let others = &LogEvent::ALL[index + 1..];
            assert!(others.iter().all(|other| other.as_str() != name), "{name} is there twice");
        }
    }
}
