//! One breaker for thousands of isolates, as two state machines without I/O.
//!
//! A [`Replica`] lives in every isolate and answers at once from memory; it never waits. A
//! [`Coordinator`] lives in one durable place per circuit. After the visitor has been answered,
//! a replica sends a [`Report`], a delta of what it saw, and gets a [`Verdict`]. So the cost of
//! sharing grows with isolates and transitions, never with requests. Isolates of one colo pass
//! verdicts on through the colo's cache ([`ColoVerdict`]), so that one of them asks for all.
//!
//! Both have a shell without I/O: a [`Session`] is what an isolate does around its replica, and a
//! [`Host`] what the durable object does around its coordinator. The Worker and the simulator
//! execute exactly these.
//!
//! `docs/fleet.md` is the written protocol: what happens on loss, duplication, reordering,
//! restarts, clocks that differ, and deployments.
//!
//! # What holds
//! - A delta counts once: it carries the replica and a sequence, and a sequence that is not
//!   newer than the last one seen changes nothing. So a report without a reply is sent again.
//! - A delta counts for the generation that its calls were made in, or nowhere. Only successes from
//!   after an opening's deadline count in the half-open time that follows.
//! - No absolute times cross machines: a verdict says how long is left. Within a generation a
//!   deadline moves back only where the upstream has named a later time to one of several calls
//!   under way; a replica follows when the one that it knows is over.
//! - A verdict is valid for two poll intervals from its receipt. After that, and whenever the
//!   coordinator cannot be reached, the replica's own breaker decides.
//! - The coordinator opens on the fleet's evidence only: at least [`QUORUM`] replicas that fail, or
//!   all replicas that reported a call, and for consecutive failures in regions that hold half of
//!   the fleet. Below that, each replica's own breaker suffices, and neither one bad machine nor
//!   one region closes the upstream for the others.

mod coordinator;
mod host;
mod kind;
mod limits;
mod message;
mod replica;
mod session;
mod wire;

pub use coordinator::{Action, Coordinator, Orders, ReportReply, StoredCoordinator, StoredReplica};
pub use host::{CircuitRules, Host, HostEffect, Probe, Receipt, Ticket};
pub use kind::CallKind;
pub use limits::{
    HISTORY_SHOWN_MAX, LENT_PERMITS_MAX, ORDERS_KEPT_MAX, PROBES_KEPT_MAX, ROWS_SHOWN_MAX,
    TRANSITIONS_KEPT_MAX,
};
pub use message::{
    ColoSuspicion, ColoVerdict, Delta, Loss, Note, Region, Report, Urgency, Verdict,
};
pub use replica::{CallWatch, FleetPermit, Replica, Suspicion};
pub use session::{ColoEntries, ReportRequest, RequestId, Session, SessionStep};

use crate::base::time::Millis;

/// The number of distinct replicas with a failure that the coordinator needs to open for all.
pub const QUORUM: usize = 3;
/// How often a replica of a closed circuit reports: each 45 s, before up to a third more of jitter.
pub const POLL: Millis = Millis::from_secs(45);
/// The shortest time between two reports of a replica that has failures but no transition: 1 s.
pub const REPORT_GAP: Millis = Millis::from_secs(1);
/// How long a report waits for its reply before it is taken for lost: 5 s.
pub const REPORT_TIMEOUT: Millis = Millis::from_secs(5);
/// When a replica reports again whose next reply the coordinator will hold: after 50 ms. A longer
/// poll says that the reply will come at once, so that the replica is to spread its reports over
/// the whole stagger.
pub(crate) const HELD_POLL: Millis = Millis::new(50);
/// The number of permits beside `probes` that may be out at once while a circuit is half open whose
/// probe has passed, so that no replica without visitors delays a recovery: 15.
pub const EXTRA_PERMITS_MAX: u32 = 15;
/// The time limit of the coordinator's own probe: 10 s. A probe that takes longer fails.
pub const PROBE_TIMEOUT: Millis = Millis::from_secs(10);

/// A random part of a span: `random` is uniform over all of `u32`.
fn share_of(span: Millis, random: u32) -> Millis {
    Millis::new(((u128::from(span.get()) * u128::from(random)) >> 32) as u64)
}
