//! Endpoints of checks.

use super::{Access, Endpoint, LASTS, Member, Operation, REASON, REASON_IF_ANY, Role, ValueForm};

const CHECK: &[Member] = &[
    Member { name: "name", form: ValueForm::Text, required: true, about: "Its name." },
    Member {
        name: "kind",
        form: ValueForm::Text,
        required: true,
        about: "`http`, `tcp`, `dns` or `heartbeat`.",
    },
    Member {
        name: "state",
        form: ValueForm::Text,
        required: true,
        about: "`pending`, `unknown`, `down`, `degraded` or `up`.",
    },
    Member {
        name: "severity",
        form: ValueForm::Severity,
        required: true,
        about: "How much an incident of it matters.",
    },
    Member {
        name: "is_unsure",
        form: ValueForm::Flag,
        required: true,
        about: "Whether a place has begun to contradict the state, and is asked again soon.",
    },
    Member {
        name: "in_maintenance",
        form: ValueForm::Flag,
        required: true,
        about: "Whether its target is being worked on.",
    },
    Member {
        name: "paused_until",
        form: ValueForm::Time,
        required: false,
        about: "Until when it is not made, by an operator's order.",
    },
    Member {
        name: "incident_since",
        form: ValueForm::Time,
        required: false,
        about: "Since when it is down, while it has an incident.",
    },
    Member {
        name: "resolved_at",
        form: ValueForm::Time,
        required: false,
        about: "When its last incident ended.",
    },
    Member {
        name: "places",
        form: ValueForm::List,
        required: true,
        about: "What each place found last: `place`, `at`, `result`, `took_ms`, `status`, \
                `reasons`.",
    },
];

pub(super) const SHOW_CHECKS: Endpoint = Endpoint {
    operation: Operation::ShowChecks,
    method: "GET",
    path: "/_breakwater/checks",
    access: Access::Read,
    role: Role::Operator,
    about: "Shows every check with what its places found last.",
    body: &[],
    answer: &[Member {
        name: "checks",
        form: ValueForm::List,
        required: true,
        about: "Each check, in the order of the site file, as an order to a check shows it.",
    }],
    errors: &[502],
};

pub(super) const SHOW_CHECK: Endpoint = Endpoint {
    operation: Operation::ShowCheck,
    method: "GET",
    path: "/_breakwater/checks/{check}",
    access: Access::Read,
    role: Role::Operator,
    about: "Shows one check.",
    body: &[],
    answer: CHECK,
    errors: &[502],
};

pub(super) const RUN_CHECK: Endpoint = Endpoint {
    operation: Operation::RunCheck,
    method: "POST",
    path: "/_breakwater/checks/{check}/run",
    access: Access::Write,
    role: Role::Operator,
    about: "Has a check made now, at each of its places. The answer does not wait for that: \
            `GET /_breakwater/checks` soon shows what was found. It takes no body. A heartbeat \
            cannot be made, since its job reports by itself.",
    body: &[],
    answer: CHECK,
    errors: &[409, 502],
};

pub(super) const PAUSE_CHECK: Endpoint = Endpoint {
    operation: Operation::PauseCheck,
    method: "POST",
    path: "/_breakwater/checks/{check}/pause",
    access: Access::Write,
    role: Role::Operator,
    about: "Has a check not made for a while. What it found before stays as it is, and an incident \
            of it stays open.",
    body: &[LASTS, REASON],
    answer: CHECK,
    errors: &[400, 502],
};

pub(super) const LIFT_PAUSE: Endpoint = Endpoint {
    operation: Operation::LiftPause,
    method: "DELETE",
    path: "/_breakwater/checks/{check}/pause",
    access: Access::Write,
    role: Role::Operator,
    about: "Has a check made again. The body may be empty.",
    body: &[REASON_IF_ANY],
    answer: CHECK,
    errors: &[400, 502],
};
