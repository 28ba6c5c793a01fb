//! The families of the page, in the order in which they are written.
//!
//! A name ends in its unit, which is a base unit (seconds, ratio). Names are without the suffix of
//! their samples: a counter's are called `…_total`.

/// The kind of a family, by OpenMetrics' names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyKind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts by bounds, with their sum.
    Histogram,
    /// Texts that do not change while the Worker runs.
    Info,
    /// States of which one holds.
    StateSet,
}

impl FamilyKind {
    /// The type in OpenMetrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Info => "info",
            Self::StateSet => "stateset",
        }
    }
}

/// A family of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricFamily {
    /// Its name, without the suffix of its samples.
    pub name: &'static str,
    /// Its kind.
    pub kind: FamilyKind,
    /// Its unit, with which the name ends.
    pub unit: Option<&'static str>,
    /// The names of its labels; a state set has its own name besides, a histogram `le`.
    pub labels: &'static [&'static str],
    /// What it is, in one sentence without quotes and backslashes.
    pub help: &'static str,
}

/// Declares the families, and the list of all.
macro_rules! families {
    ($(
        $constant:ident = $name:literal $kind:ident $unit:expr,
            [$($label:literal),*],
            $help:literal;
    )+) => {
        $(
            pub(super) static $constant: MetricFamily = MetricFamily {
                name: $name,
                kind: FamilyKind::$kind,
                unit: $unit,
                labels: &[$($label),*],
                help: $help,
            };
        )+

        /// All families.
        pub static FAMILIES: &[&MetricFamily] = &[$(&$constant,)+];
    };
}

families! {
    BUILD = "breakwater_build" Info None, ["version", "commit"],
        "The build that answers.";
    NUMBERS_AGE = "breakwater_numbers_age_seconds" Gauge Some("seconds"), [],
        "The age of the oldest numbers on this page. It is zero while every object answers.";
    REQUESTS = "breakwater_requests" Counter None, ["route", "upstream", "source"],
        "Requests, by who answered them.";
    ERRORS = "breakwater_request_errors" Counter None, ["route", "upstream", "source"],
        "Requests that were answered with a status from 500 on.";
    REQUEST_DURATION = "breakwater_request_duration_seconds" Histogram Some("seconds"),
        ["route", "upstream"],
        "The time from the arrival of a request until its answer begins.";
    CALLS = "breakwater_calls" Counter None, ["circuit", "upstream", "outcome"],
        "Calls to upstreams, by how they count for the circuit.";
    CALL_DURATION = "breakwater_call_duration_seconds" Histogram Some("seconds"),
        ["circuit", "upstream"],
        "The time of calls to upstreams that got an answer.";
    RETRIES = "breakwater_retries" Counter None, ["circuit", "upstream"],
        "Calls that repeat a failed one.";
    REJECTIONS = "breakwater_rejections" Counter None, ["circuit", "upstream", "reason"],
        "Calls that a circuit did not admit.";
    CIRCUIT_STATE = "breakwater_circuit_state" StateSet None, ["circuit", "upstream"],
        "The state of a circuit, as its coordinator has it.";
    TRANSITIONS = "breakwater_circuit_transitions" Counter None, ["circuit", "upstream", "to"],
        "Changes of the state of a circuit, by the new state.";
    REPLICAS = "breakwater_circuit_replicas" Gauge None, ["circuit", "upstream"],
        "Isolates that a coordinator has heard of lately.";
    SNAPSHOTS = "breakwater_snapshots" Gauge None, ["state"],
        "Paths of which a snapshot is to be kept.";
    SNAPSHOT_FETCHES = "breakwater_snapshot_fetches" Counter None, ["result"],
        "Snapshots that were due, by what became of them.";
    SNAPSHOT_ROUND = "breakwater_snapshot_round_timestamp_seconds" Gauge Some("seconds"), [],
        "When the last round of snapshots ended, in seconds since the Unix epoch.";
    CHECKS = "breakwater_checks" Gauge None, ["state"],
        "Checks, by their state.";
    CHECK_DOWN = "breakwater_check_down" Gauge None, ["check"],
        "Whether a check is down.";
    OBSERVATIONS = "breakwater_check_observations" Counter None, ["result"],
        "Observations of checks, by what they found.";
    ALERTS = "breakwater_alerts" Counter None, ["type"],
        "Alerts that were made, whatever the number of channels.";
    DELIVERIES = "breakwater_deliveries" Counter None, ["end"],
        "Attempts to deliver an alert to a channel, by how they ended.";
    OUTBOX_PENDING = "breakwater_outbox_pending" Gauge None, ["channel"],
        "Deliveries that wait.";
    OUTBOX_DEAD = "breakwater_outbox_dead" Gauge None, ["channel"],
        "Dead letters that are kept.";
    OUTBOX_OLDEST = "breakwater_outbox_oldest_seconds" Gauge Some("seconds"), ["channel"],
        "How long the oldest delivery that waits has waited.";
    OUTBOX_DROPPED = "breakwater_outbox_dropped" Counter None, [],
        "Dead letters that were dropped, since there were too many.";
    QUEUE_ITEMS = "breakwater_queue_items" Gauge None, ["queue"],
        "Items that wait for their turn.";
    QUEUE_OLDEST = "breakwater_queue_oldest_seconds" Gauge Some("seconds"), ["queue"],
        "How long the oldest item that waits has waited.";
    OBJECT_CALLS = "breakwater_object_calls" Counter None, ["object"],
        "Calls of Durable Objects.";
    BUDGET_LIMIT = "breakwater_budget_limit" Gauge None, ["object", "resource"],
        "The most that an object may spend of a resource within an hour.";
    BUDGET_LEFT = "breakwater_budget_left" Gauge None, ["object", "resource"],
        "What an object may spend of a resource at once, at most half of the limit.";
    BUDGET_USED = "breakwater_budget_used_ratio" Gauge Some("ratio"), ["object", "resource"],
        "The used share of what an object may spend at once.";
    WORK_HELD = "breakwater_work_held" Counter None, ["work"],
        "How often the budget has put work off.";
    OBJECTIVE_LEFT = "breakwater_objective_budget_left_ratio" Gauge Some("ratio"), ["objective"],
        "The share of the error budget that is left, negative when it is overspent.";
    OBJECTIVE_FIRES = "breakwater_objective_fires" Gauge None, ["objective", "severity"],
        "Whether a burn-rate rule of an objective fires.";
}
