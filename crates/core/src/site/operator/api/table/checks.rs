//! Endpoints of checks.

use super::{
    Access, Endpoint, LASTS, Member, Operation, REASON, REASON_IF_ANY, Rank, Role, ValueForm,
};

const CHECK: &[Member] = &[
    Member { name: "name", form: ValueForm::Text, required: true, about: "Its name." },
    Member {
        name: "kind",
        form: ValueForm::Text,
        required: true,
        about: "`http`, `tcp`, `dns`, `domain`, `tls`, `websocket`, `heartbeat` or `flow`.",
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
    role: Role::Operator(Rank::Viewer),
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

/// What is said of a key that is documented with the site file.
pub(in crate::site::operator) const AS_IN_THE_FILE: &str = "As in `[[checks]]` of the site file.";

/// A key of `[[checks]]`.
const fn key(name: &'static str, form: ValueForm) -> Member {
    Member { name, form, required: false, about: AS_IN_THE_FILE }
}

/// The keys of `[[checks]]`, whatever the kind.
const CHECK_BODY: &[Member] = &[
    Member {
        name: "name",
        form: ValueForm::Text,
        required: false,
        about: "What the history calls it; `test` by default. It may be that of a check of the \
                site file.",
    },
    key("kind", ValueForm::Text),
    key("url", ValueForm::Text),
    key("method", ValueForm::Text),
    key("headers", ValueForm::Object),
    key("body", ValueForm::Text),
    key("redirects", ValueForm::Flag),
    key("target", ValueForm::Text),
    key("domain", ValueForm::Text),
    key("record", ValueForm::Text),
    key("resolver", ValueForm::Text),
    key("contains", ValueForm::Text),
    key("rdap", ValueForm::Text),
    key("warn_before", ValueForm::Duration),
    key("down_before", ValueForm::Duration),
    key("send", ValueForm::Text),
    key("grace", ValueForm::Duration),
    key("schedule", ValueForm::Text),
    key("zone", ValueForm::Text),
    key("token", ValueForm::Text),
    key("steps", ValueForm::List),
    key("expect", ValueForm::Object),
    key("warn", ValueForm::Object),
    key("timeout", ValueForm::Duration),
    key("from", ValueForm::Texts),
    key("upstream", ValueForm::Text),
    key("dependency", ValueForm::Text),
    key("every", ValueForm::Duration),
    key("failures", ValueForm::Count),
    key("successes", ValueForm::Count),
    key("places", ValueForm::Count),
    key("recheck", ValueForm::Duration),
    key("stale_after", ValueForm::Duration),
    key("flaps", ValueForm::Count),
    key("flap_window", ValueForm::Duration),
    key("stable_for", ValueForm::Duration),
    key("depends_on", ValueForm::Text),
    key("severity", ValueForm::Severity),
    key("alert_after", ValueForm::Duration),
    key("runbook", ValueForm::Text),
];

pub(super) const TEST_CHECK: Endpoint = Endpoint {
    operation: Operation::TestCheck,
    method: "POST",
    path: "/_breakwater/checks/test",
    access: Access::Write,
    role: Role::Operator(Rank::Responder),
    about: "Tries a check once at each place in `from`, saves nothing and tells no one. It takes \
            the keys of `[[checks]]` and reads them by the same rules, in at most 32 KiB; keys \
            about when and how often a check is made, and about incidents, are read and do nothing. \
            Secrets may only be those that checks of the site file send, and only go to where the \
            file sends them, without redirects; their values are replaced before an answer is \
            judged. Places outside need the account of Globalping that the file names, whose limit \
            such tests count against too. Ten tests a minute.",
    body: CHECK_BODY,
    answer: &[
        Member { name: "check", form: ValueForm::Text, required: true, about: "Its name." },
        Member { name: "kind", form: ValueForm::Text, required: true, about: "Its kind." },
        Member {
            name: "places",
            form: ValueForm::List,
            required: true,
            about: "What each place found: `place`, `result`, `took_ms`, `status`, `reasons`, and \
                    `failure` with what was asked and answered, if it is not well; or `place` and \
                    `error`, if the place could not make it.",
        },
    ],
    errors: &[400, 429, 502],
};

pub(super) const SHOW_CHECK: Endpoint = Endpoint {
    operation: Operation::ShowCheck,
    method: "GET",
    path: "/_breakwater/checks/{check}",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
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
    role: Role::Operator(Rank::Responder),
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
    role: Role::Operator(Rank::Responder),
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
    role: Role::Operator(Rank::Responder),
    about: "Has a check made again. The body may be empty.",
    body: &[REASON_IF_ANY],
    answer: CHECK,
    errors: &[400, 502],
};
