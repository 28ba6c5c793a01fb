//! The table of all operations. `docs/reference/operators-api.md` and the OpenAPI document beside
//! it are made from it (`cargo xtask reference`).

mod alerts;
mod checks;
mod circuits;
mod console;
mod heartbeats;
mod incidents;
mod objectives;
mod sessions;
mod subscribers;
mod whole_site;

pub(in crate::site::operator) use self::checks::AS_IN_THE_FILE;
use super::{Access, Endpoint, Member, Operation, Role, ValueForm};
use crate::site::access::Rank;

/// All operations, those of one path beside each other.
pub const API: [Endpoint; 48] = [
    circuits::SHOW_UPSTREAMS,
    circuits::SHOW_HISTORY,
    circuits::SET_OVERRIDE,
    circuits::SHOW_BYPASS,
    circuits::SET_BYPASS,
    circuits::LIFT_BYPASS,
    whole_site::SHOW_SNAPSHOTS,
    whole_site::PURGE,
    whole_site::SHOW_MAINTENANCE,
    whole_site::ORDER_MAINTENANCE,
    whole_site::LIFT_MAINTENANCE,
    whole_site::SHOW_EVENTS,
    console::SHOW_CONFIGURATION,
    console::LISTEN,
    whole_site::SHOW_BUDGET,
    whole_site::SHOW_METRICS,
    checks::SHOW_CHECKS,
    checks::TEST_CHECK,
    checks::SHOW_CHECK,
    checks::RUN_CHECK,
    checks::PAUSE_CHECK,
    checks::LIFT_PAUSE,
    heartbeats::REPORT_SUCCESS,
    heartbeats::REPORT_START,
    heartbeats::REPORT_FAILURE,
    heartbeats::REPORT_EXIT,
    objectives::SHOW_OBJECTIVES,
    incidents::SHOW_INCIDENTS,
    incidents::OPEN_INCIDENT,
    incidents::SHOW_INCIDENT,
    incidents::UPDATE_INCIDENT,
    incidents::EDIT_INCIDENT,
    incidents::RESOLVE_INCIDENT,
    incidents::REOPEN_INCIDENT,
    incidents::ACKNOWLEDGE_INCIDENT,
    incidents::ADD_NOTE,
    incidents::WRITE_POSTMORTEM,
    alerts::SHOW_ALERTS,
    alerts::TEST_CHANNEL,
    alerts::RESEND_ALERT,
    sessions::SHOW_SESSION,
    sessions::BEGIN_SESSION,
    sessions::END_SESSION,
    sessions::SHOW_SESSIONS,
    sessions::REVOKE_SESSION,
    subscribers::SHOW_SUBSCRIBERS,
    subscribers::FIND_SUBSCRIBER,
    subscribers::FORGET_SUBSCRIBER,
];

pub(in crate::site::operator) const REASON: Member = Member {
    name: "reason",
    form: ValueForm::Text,
    required: true,
    about: "Why, for the history: 1 to 200 characters in one line.",
};
const REASON_IF_ANY: Member = Member { required: false, ..REASON };
const LASTS: Member = Member {
    name: "lasts",
    form: ValueForm::Duration,
    required: true,
    about: "How long the order holds, from `1s` to `7d`; it lapses by itself.",
};
