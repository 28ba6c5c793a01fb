//! How the site's own object is asked: about what operators order for the whole site, its history,
//! and its snapshots.

use breakwater_core::cache::snapshot::{Coverage, Discovered};
use breakwater_core::site::binding;
use breakwater_core::site::metrics::SiteMetrics;
use breakwater_core::site::operator::{
    LoginAttempt, LoginProblem, Operator, OperatorSession, SessionHash, SiteOrder,
};
use breakwater_core::site::standing::{SiteState, TooMany};
use breakwater_core::site::status::PublicStatus;
use breakwater_core::watch::maintenance::Window;
use worker::Env;

use crate::object::Json;

/// The object's only name.
const NAME: &str = "site";

crate::protocol! {
    /// Asks the site's object.
    SiteClient asks SiteService with SiteRequest at binding::SITE;

    /// Follows an operator's order. Returns what was done and what holds, as operators see it, when
    /// it holds: a purge when the snapshots are gone.
    Follow = follow(order: SiteOrder, by: Operator) -> Result<Json, TooMany>;

    /// Returns when the site is worked on, as operators see it.
    ShowMaintenance = show_maintenance() -> Json;

    /// Returns the latest of the history, as operators see it.
    ShowEvents = show_events() -> Json;

    /// Returns which snapshots there are, as operators see it.
    ShowSnapshots = show_snapshots() -> Json;

    /// Adds an event to the history.
    Record = record(event: Json) -> ();

    /// Returns what every isolate must know.
    Standing = standing() -> SiteState;

    /// Returns the same, and the times of maintenance by rules that strangers are told of.
    Announced = announced() -> (SiteState, Vec<Window>);

    /// Takes note of pages that visitors got.
    Discover = discover(pages: Vec<Discovered>) -> ();

    /// Makes the round of the snapshots.
    Round = round() -> ();

    /// Renews the status page's copies in other places, as far as that is due.
    Mirror = mirror(status: PublicStatus) -> bool;

    /// Returns how well the site's pages are kept.
    Coverage = coverage() -> Coverage;

    /// Begins a session, if the token was right, and judges how many logins of the client failed.
    BeginSession = begin_session(attempt: LoginAttempt) -> Result<(), LoginProblem>;

    /// Returns a session that is used, if it lasts.
    LookUpSession = look_up_session(hash: SessionHash) -> Option<OperatorSession>;

    /// Ends a session. Returns whether there was one.
    EndSession = end_session(hash: SessionHash, by: Operator) -> bool;

    /// Ends the session of this name. Returns what is kept of its id, if there was one.
    RevokeSession = revoke_session(name: String, by: Operator) -> Option<SessionHash>;

    /// Returns the sessions that last, as operators see them.
    ShowSessions = show_sessions() -> Json;

    /// Returns what a scrape wants to know.
    Metrics = metrics() -> SiteMetrics;
}

impl<'a> SiteClient<'a> {
    /// The site's object.
    pub const fn of(env: &'a Env) -> Self {
        Self::named(env, NAME)
    }
}
