//! The values of labels that do not come from the site file. Each list is closed, and its order is
//! part of the forms that travel and are stored: a new value is added at the end of a list, with a
//! new version of those forms.

/// Declares the values of one label.
macro_rules! label_values {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The value of the label.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

label_values! {
    /// Who answered a request: the rung of the ladder that served it, or what came before any rung.
    AnsweredBy {
        /// The upstream that the route names.
        Origin = "origin",
        /// The upstream that stands in for it.
        Backup = "backup",
        /// A stored response that is fresh.
        Cache = "cache",
        /// A stored response that is stale.
        Stale = "stale",
        /// A snapshot.
        Snapshot = "snapshot",
        /// Breakwater, since nothing better was at hand.
        Fallback = "fallback",
        /// Breakwater, which took the request to deliver it later.
        Queued = "queued",
        /// Breakwater, since the site is being worked on.
        Maintenance = "maintenance",
        /// Breakwater, which refused the request before it had a route.
        Refused = "refused",
        /// Breakwater, on a path of its own: operators, health, the public status.
        Own = "own",
    }
}

label_values! {
    /// How a call to an upstream counted.
    CallLabel {
        /// The upstream did its work.
        Success = "success",
        /// The upstream is sick, as far as the call could tell.
        Failure = "failure",
        /// The call says nothing about the upstream.
        Ignored = "ignored",
        /// The upstream asked for a pause.
        Throttled = "throttled",
        /// The quota is used up.
        Exhausted = "exhausted",
    }
}

label_values! {
    /// Why a circuit did not admit a call.
    RejectionLabel {
        /// The circuit is open.
        Open = "open",
        /// An operator holds it open.
        ForcedOpen = "forced_open",
        /// It is half open, and its probes are out.
        Probing = "probing",
        /// It has just closed, and admits a growing share.
        Ramping = "ramping",
        /// The bulkhead is full.
        Full = "full",
    }
}

label_values! {
    /// The state of a circuit.
    CircuitLabel {
        /// Calls pass.
        Closed = "closed",
        /// Calls are rejected.
        Open = "open",
        /// A few calls pass.
        HalfOpen = "half_open",
        /// An operator has calls rejected.
        ForcedOpen = "forced_open",
        /// An operator has calls admitted.
        ForcedClosed = "forced_closed",
        /// Calls are counted, and none is rejected.
        MetricsOnly = "metrics_only",
    }
}

label_values! {
    /// The kind of a Durable Object that was called.
    ObjectLabel {
        /// The coordinator of a circuit.
        Coordinator = "coordinator",
        /// The site's object.
        Site = "site",
        /// The monitor.
        Monitor = "monitor",
        /// The prober of a dependency.
        Dependency = "dependency",
        /// The prober of a place.
        Prober = "prober",
    }
}

label_values! {
    /// The state of a check.
    CheckLabel {
        /// It has not been observed by enough places yet.
        Pending = "pending",
        /// It has not been observed lately.
        Unknown = "unknown",
        /// It is down.
        Down = "down",
        /// It is degraded.
        Degraded = "degraded",
        /// It is up.
        Up = "up",
    }
}

label_values! {
    /// What one observation of a check found.
    ObservationLabel {
        /// All is well.
        Up = "up",
        /// It answered, but not well.
        Degraded = "degraded",
        /// It did not answer as expected.
        Down = "down",
    }
}

label_values! {
    /// What an alert says.
    MessageLabel {
        /// An incident was opened.
        Opened = "opened",
        /// There is news of an incident.
        Updated = "updated",
        /// An incident is over.
        Resolved = "resolved",
        /// An operator tries a channel.
        Test = "test",
    }
}

label_values! {
    /// How an attempt to deliver an alert ended.
    DeliveryLabel {
        /// It arrived.
        Delivered = "delivered",
        /// It failed, and is tried again.
        Failed = "failed",
        /// It became a dead letter.
        Dead = "dead",
    }
}

label_values! {
    /// What became of a snapshot that was due.
    FetchLabel {
        /// A page was written.
        Written = "written",
        /// The page is what is kept already.
        Unchanged = "unchanged",
        /// The answer was refused, or there was none.
        Refused = "refused",
        /// The page was left, since its upstream was sick or the time was up.
        Left = "left",
        /// The budget held it back.
        Held = "held",
    }
}
