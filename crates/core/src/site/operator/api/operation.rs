//! What can be asked for.

use crate::site::needs::PURGE_TOKEN;

/// What an operator, or a job, can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Show every upstream with its circuits.
    ShowUpstreams,
    /// Show what became of an upstream's circuits.
    ShowHistory,
    /// Set or lift an override of an upstream's circuits.
    SetOverride,
    /// Show the orders that hold for each circuit.
    ShowBypass,
    /// Let everything pass, and judge nothing.
    SetBypass,
    /// End that.
    LiftBypass,
    /// Show the snapshots.
    ShowSnapshots,
    /// End copies and snapshots.
    Purge,
    /// Show when the site is worked on.
    ShowMaintenance,
    /// Tell visitors that the site is being worked on.
    OrderMaintenance,
    /// End that.
    LiftMaintenance,
    /// Show what operators did.
    ShowEvents,
    /// Show what the site file says.
    ShowConfiguration,
    /// Be told what happens.
    Listen,
    /// Show the checks.
    ShowChecks,
    /// Show one check.
    ShowCheck,
    /// Have a check made now.
    RunCheck,
    /// Try a check that the site file does not have.
    TestCheck,
    /// Have a check not made for a while.
    PauseCheck,
    /// End that.
    LiftPause,
    /// Report that a job has succeeded.
    ReportSuccess,
    /// Report that a job has begun.
    ReportStart,
    /// Report that a job has failed.
    ReportFailure,
    /// Report the code with which a job has ended.
    ReportExit,
    /// Show the incidents.
    ShowIncidents,
    /// Open an incident by hand.
    OpenIncident,
    /// Show an incident with its timeline.
    ShowIncident,
    /// Tell what is new about an incident.
    UpdateIncident,
    /// Replace a text of an incident.
    EditIncident,
    /// End an incident.
    ResolveIncident,
    /// Say that an incident is not over.
    ReopenIncident,
    /// Take an incident on.
    AcknowledgeIncident,
    /// Write something down for other operators.
    AddNote,
    /// Write down what was found out about an incident.
    WritePostmortem,
    /// Show what is left of the budget.
    ShowBudget,
    /// Show the objectives, and what is left of their error budgets.
    ShowObjectives,
    /// Show numbers for Prometheus.
    ShowMetrics,
    /// Show who asks.
    ShowSession,
    /// Exchange a token for a session.
    BeginSession,
    /// End the session of the one who asks.
    EndSession,
    /// Show all sessions.
    ShowSessions,
    /// End a session of someone else.
    RevokeSession,
    /// Show the channels and what is on its way to them.
    ShowAlerts,
    /// Send a test to a channel.
    TestChannel,
    /// Send a dead letter again.
    ResendAlert,
    /// Show those who are told of the public status.
    ShowSubscribers,
    /// Show the subscriber of an address.
    FindSubscriber,
    /// Delete a subscriber.
    ForgetSubscriber,
}

impl Operation {
    /// The secret whose bearer may ask for this operation, and for nothing else.
    pub fn own_secret(self) -> Option<&'static str> {
        (self == Self::Purge).then_some(PURGE_TOKEN)
    }

    /// The name that programs use: of the operation in the OpenAPI document, of its tool, and of
    /// an event that tells of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ShowUpstreams => "show_upstreams",
            Self::SetOverride => "set_override",
            Self::ShowBypass => "show_bypass",
            Self::SetBypass => "set_bypass",
            Self::LiftBypass => "lift_bypass",
            Self::ShowSnapshots => "show_snapshots",
            Self::Purge => "purge",
            Self::ShowMaintenance => "show_maintenance",
            Self::OrderMaintenance => "order_maintenance",
            Self::LiftMaintenance => "lift_maintenance",
            Self::ShowEvents => "show_events",
            Self::ShowChecks => "show_checks",
            Self::ShowCheck => "show_check",
            Self::RunCheck => "run_check",
            Self::TestCheck => "test_check",
            Self::PauseCheck => "pause_check",
            Self::LiftPause => "lift_pause",
            Self::ReportSuccess => "report_success",
            Self::ReportStart => "report_start",
            Self::ReportFailure => "report_failure",
            Self::ReportExit => "report_exit",
            Self::ShowIncidents => "show_incidents",
            Self::OpenIncident => "open_incident",
            Self::ShowIncident => "show_incident",
            Self::UpdateIncident => "update_incident",
            Self::EditIncident => "edit_incident",
            Self::ResolveIncident => "resolve_incident",
            Self::ReopenIncident => "reopen_incident",
            Self::AcknowledgeIncident => "acknowledge_incident",
            Self::AddNote => "add_note",
            Self::WritePostmortem => "write_postmortem",
            Self::ShowBudget => "show_budget",
            Self::ShowObjectives => "show_objectives",
            Self::ShowMetrics => "show_metrics",
            Self::ShowHistory => "show_history",
            Self::ShowConfiguration => "show_configuration",
            Self::Listen => "listen",
            Self::ShowSession => "show_session",
            Self::BeginSession => "begin_session",
            Self::EndSession => "end_session",
            Self::ShowSessions => "show_sessions",
            Self::RevokeSession => "revoke_session",
            Self::ShowAlerts => "show_alerts",
            Self::TestChannel => "test_channel",
            Self::ResendAlert => "resend_alert",
            Self::ShowSubscribers => "show_subscribers",
            Self::FindSubscriber => "find_subscriber",
            Self::ForgetSubscriber => "forget_subscriber",
        }
    }
}
