//! What a tool is like, beside what the table of the API says of its operation.

use crate::site::operator::Operation;

/// What a tool is like. The protocol calls the first three hints, by which a client decides when to
/// ask the person whom it works for.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToolTraits {
    /// Whether it takes something away or replaces it, for visitors or for operators.
    pub(super) is_destructive: bool,
    /// Whether using it again at once leaves everything as it is, but for when an order ends.
    pub(super) is_idempotent: bool,
    /// Whether it reaches beyond the site: other services, or people.
    pub(super) is_open: bool,
    /// Whether people are told, whatever its arguments say.
    pub(super) tells: bool,
    /// What makes an end of its order needless. An order that can hold has one otherwise.
    pub(super) ends_by_itself: Option<OtherEnd>,
    /// The list of its answer that may be cut and filtered.
    pub(super) list: Option<AnswerList>,
    /// The members of the body that the site's history keeps, where the operation itself leaves
    /// nothing there.
    pub(super) kept: Option<&'static [&'static str]>,
}

/// What takes the place of `lasts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherEnd {
    /// The order is `auto`, which ends another one.
    Auto,
    /// The member `end`.
    End,
}

/// A list in an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnswerList {
    /// Its name.
    pub(super) name: &'static str,
    /// The members of its elements by which it may be filtered.
    pub(super) keys: &'static [&'static str],
    /// Which of its elements are worth the most.
    pub(super) best: BestEnd,
    /// How many of them are shown, unless the client says otherwise.
    pub(super) shown: Option<usize>,
}

/// The end of a list that is kept when it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BestEnd {
    /// The latest come first.
    First,
    /// The latest come last.
    Last,
}

/// Of the timeline of an incident that was changed, a client is shown the latest five entries: what
/// it has just done, and what that was about.
const TIMELINE_SHOWN: usize = 5;

const TIMELINE: AnswerList =
    AnswerList { name: "timeline", keys: &[], best: BestEnd::Last, shown: None };

impl ToolTraits {
    /// The traits of an operation; none for the reports of jobs and for sessions, which are no
    /// tools: a model shows a token. Nor is there a tool for subscribers, who gave their addresses
    /// to be told of the site, and to no model, or for metrics, which are many and mean little
    /// without those of an hour before.
    pub(super) const fn of(operation: Operation) -> Option<Self> {
        Some(match operation {
            Operation::ShowUpstreams => Self::showing("upstreams", &["name"]),
            Operation::ShowBypass => Self::showing("circuits", &["name"]),
            Operation::ShowSnapshots => Self::showing("snapshots", &["path"]),
            Operation::ShowMaintenance => Self::showing("windows", &[]),
            Operation::ShowEvents => Self::showing("events", &["event"]),
            Operation::ShowChecks => Self::showing("checks", &["name", "state"]),
            Operation::ShowObjectives => Self::showing("objectives", &["name"]),
            Operation::ShowIncidents => Self::showing("incidents", &["state"]),
            Operation::ShowAlerts => Self::showing("pending", &[]),
            Operation::ShowIncident => Self { list: Some(TIMELINE), ..Self::READ },
            Operation::ShowCheck
            | Operation::ShowBudget
            | Operation::ShowHistory
            | Operation::ShowConfiguration => Self::READ,

            Operation::SetOverride => Self { ends_by_itself: Some(OtherEnd::Auto), ..Self::ORDER },
            Operation::OrderMaintenance => {
                Self { ends_by_itself: Some(OtherEnd::End), ..Self::ORDER }
            }
            // Of a series, each one lifts the next time.
            Operation::LiftMaintenance => Self { is_idempotent: false, ..Self::ORDER },
            Operation::SetBypass
            | Operation::LiftBypass
            | Operation::Purge
            | Operation::PauseCheck
            | Operation::LiftPause => Self::ORDER,

            Operation::RunCheck => Self::ADDITION,
            Operation::TestCheck => Self { is_open: true, ..Self::ADDITION },
            Operation::OpenIncident | Operation::ReopenIncident => Self::OF_INCIDENT,
            Operation::ResolveIncident => Self { is_destructive: true, ..Self::OF_INCIDENT },
            Operation::UpdateIncident | Operation::AcknowledgeIncident | Operation::AddNote => {
                Self { kept: Some(&[]), ..Self::OF_INCIDENT }
            }
            Operation::WritePostmortem => {
                Self { is_destructive: true, kept: Some(&[]), ..Self::OF_INCIDENT }
            }
            Operation::EditIncident => {
                Self { is_destructive: true, kept: Some(&["entry"]), ..Self::OF_INCIDENT }
            }
            Operation::TestChannel | Operation::ResendAlert => Self::MESSAGE,

            Operation::ShowSession
            | Operation::Listen
            | Operation::ShowMetrics
            | Operation::BeginSession
            | Operation::EndSession
            | Operation::ShowSessions
            | Operation::RevokeSession
            | Operation::ShowSubscribers
            | Operation::FindSubscriber
            | Operation::ForgetSubscriber
            | Operation::ReportSuccess
            | Operation::ReportStart
            | Operation::ReportFailure
            | Operation::ReportExit => return None,
        })
    }

    /// It adds something, each time that it is used.
    const ADDITION: Self = Self {
        is_destructive: false,
        is_idempotent: false,
        is_open: false,
        tells: false,
        ends_by_itself: None,
        list: None,
        kept: None,
    };
    /// It changes nothing.
    const READ: Self = Self { is_idempotent: true, ..Self::ADDITION };
    /// What visitors get, or what is watched, becomes another one.
    const ORDER: Self = Self { is_destructive: true, is_idempotent: true, ..Self::ADDITION };
    /// It adds to the timeline of an incident, which its answer shows.
    const OF_INCIDENT: Self = Self {
        list: Some(AnswerList { shown: Some(TIMELINE_SHOWN), ..TIMELINE }),
        ..Self::ADDITION
    };
    /// It sends people a message.
    const MESSAGE: Self = Self { tells: true, is_open: true, ..Self::ADDITION };

    const fn showing(name: &'static str, keys: &'static [&'static str]) -> Self {
        let list = AnswerList { name, keys, best: BestEnd::First, shown: None };
        Self { list: Some(list), ..Self::READ }
    }
}
