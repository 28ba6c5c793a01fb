//! How the monitor's object is asked: about checks, incidents and alerts.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::site::binding;
use breakwater_core::site::figures::RoundFigures;
use breakwater_core::site::metrics::MonitorMetrics;
use breakwater_core::site::operator::Operator;
use breakwater_core::site::status::PublicStatus;
use breakwater_core::site::status::subscribe::{SubscriptionAction, SubscriptionOutcome};
use breakwater_core::watch::alert::outbox::DeliveryKey;
use breakwater_core::watch::health::Status;
use breakwater_core::watch::incident::{IncidentChange, IncidentError, IncidentOpening};
use breakwater_core::watch::subscription::{Contact, SubscriberId};
use web_sys::Response;
use worker::Env;

use crate::object::{AskError, Json};

/// The object's only name.
const NAME: &str = "monitor";

crate::protocol! {
    /// Asks the monitor's object.
    MonitorClient asks MonitorService with MonitorRequest at binding::MONITOR;

    /// Takes what visitors got and what was counted for objectives since the last round, by the
    /// upstream whose circuits tell of it, and what the probers of dependencies found last, and
    /// does what is due, in case the alarm was lost.
    Round = round(told: Vec<(String, RoundFigures)>, found: Vec<(String, Status, Timestamp)>)
        -> ();

    /// Returns when the last full round ended, as far as the monitor remembers.
    LastRound = last_round() -> Option<Timestamp>;

    /// Returns what strangers may read.
    Status = status() -> PublicStatus;

    /// Takes news of a circuit: it has changed its state.
    CircuitTurned = circuit_turned(upstream: String, circuit: String, from: State, to: State) -> ();

    /// Takes that the site's object has put refreshes of snapshots off, as its budget says.
    RefreshesHeld = refreshes_held() -> ();

    /// Takes the report of a job: that it has succeeded, or why it has not. Returns whether there
    /// is such a check, or how long to wait, since the budget is exceeded.
    Beat = beat(check: String, failure: Option<String>) -> Result<bool, Millis>;

    /// Takes the report of a job that it has begun. Returns the same.
    Start = start(check: String) -> Result<bool, Millis>;

    /// Has a check made now. Returns whether there is such a check.
    RunCheck = run_check(check: String) -> bool;

    /// Admits a check that an operator tries, or returns how long to wait.
    AdmitTest = admit_test() -> Result<(), Millis>;

    /// Has a check not made until then, or made again. Returns whether there is such a check.
    PauseCheck = pause_check(check: String, until: Option<Timestamp>) -> bool;

    /// Returns the checks, as operators see them.
    ShowChecks = show_checks() -> Json;

    /// Returns a check, as operators see it, if there is one of this name.
    ShowCheck = show_check(check: String) -> Option<Json>;

    /// Returns the incidents, as operators see them.
    ShowIncidents = show_incidents() -> Json;

    /// Returns an incident with its timeline, if there is one of this id.
    ShowIncident = show_incident(id: String) -> Option<Json>;

    /// Opens an incident by hand, and returns its id, and what operators see of it.
    OpenIncident = open_incident(opening: IncidentOpening, by: Operator) -> (String, Json);

    /// Has an incident follow an operator, and returns it, if there is one of this id.
    ChangeIncident = change_incident(id: String, change: IncidentChange, by: Operator)
        -> Option<Result<Json, IncidentError>>;

    /// Returns the objectives, as operators see them.
    ShowObjectives = show_objectives() -> Json;

    /// Returns the channels and what is on its way to them.
    ShowAlerts = show_alerts() -> Json;

    /// Returns what is left of the budget, and what it has held back.
    ShowBudget = show_budget() -> Json;

    /// Returns what a scrape wants to know.
    Metrics = metrics() -> MonitorMetrics;

    /// Sends a test to a channel, and returns the message's id, if there is such a channel.
    TestChannel = test_channel(channel: String) -> Option<String>;

    /// Takes that an operator has done something, as the site's history shows it.
    Ordered = ordered(event: Json) -> ();

    /// Sends a dead letter again. Returns whether there is one, and room for it.
    ResendAlert = resend_alert(key: DeliveryKey) -> bool;

    /// Does what a stranger asks of a subscription, and returns what came of it.
    ActOnSubscription = act_on_subscription(action: SubscriptionAction) -> SubscriptionOutcome;

    /// Returns how many subscribers there are and what they are told, and some of them.
    ShowSubscribers = show_subscribers() -> Json;

    /// Returns the subscriber of an address, as operators see it, if there is one.
    FindSubscriber = find_subscriber(contact: Contact) -> Option<Json>;

    /// Deletes what is stored of a subscriber. Returns whether there was anything.
    ForgetSubscriber = forget_subscriber(id: SubscriberId) -> bool;
}

impl<'a> MonitorClient<'a> {
    /// The monitor's object.
    pub const fn of(env: &'a Env) -> Self {
        Self::named(env, NAME)
    }
}

/// Has the monitor's object take the WebSocket of a console, whose operator has to sign in again at
/// `session_ends`. Returns the platform's answer: 101, or any other status if there are as many as
/// there may be.
///
/// # Errors
/// Why there is no answer.
pub async fn connect(env: &Env, session_ends: Option<Timestamp>) -> Result<Response, AskError> {
    crate::object::connect(env, binding::MONITOR, NAME, &session_ends).await
}
