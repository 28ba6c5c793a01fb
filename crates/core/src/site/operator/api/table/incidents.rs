//! Endpoints of incidents.

use super::{Access, Endpoint, Member, Operation, Rank, Role, ValueForm};

const TITLE: Member = Member {
    name: "title",
    form: ValueForm::Text,
    required: true,
    about: "What it is called: 1 to 120 characters in one line.",
};
const SEVERITY: Member = Member {
    name: "severity",
    form: ValueForm::Severity,
    required: true,
    about: "How much it matters.",
};
const TEXT: Member = Member {
    name: "text",
    form: ValueForm::Text,
    required: true,
    about: "What people are told: 1 to 5000 characters.",
};
const COMPONENTS: Member = Member {
    name: "components",
    form: ValueForm::Impacts,
    required: false,
    about: "What it means for components, at most 32: by name, one of `operational`, \
            `degraded_performance`, `partial_outage`, `major_outage`.",
};
const AT: Member = Member {
    name: "at",
    form: ValueForm::Time,
    required: false,
    about: "When it was so, since 2020 and not in the future; now without it.",
};
const NOTIFY: Member = Member {
    name: "notify",
    form: ValueForm::Flag,
    required: true,
    about: "Whether people are told through the channels.",
};

/// What the list shows of an incident, and every answer about one.
const INCIDENT: &[Member] = &[
    Member { name: "id", form: ValueForm::Text, required: true, about: "Its id." },
    TITLE,
    SEVERITY,
    Member {
        name: "state",
        form: ValueForm::Text,
        required: true,
        about: "`investigating`, `identified`, `monitoring`, `resolved` or `postmortem`.",
    },
    Member {
        name: "since",
        form: ValueForm::Time,
        required: true,
        about: "When the trouble began.",
    },
    Member {
        name: "opened_at",
        form: ValueForm::Time,
        required: true,
        about: "When the incident was opened.",
    },
    Member {
        name: "resolved_at",
        form: ValueForm::Time,
        required: false,
        about: "When the trouble ended.",
    },
    Member {
        name: "is_flapping",
        form: ValueForm::Flag,
        required: true,
        about: "Whether its check comes and goes.",
    },
    Member {
        name: "checks",
        form: ValueForm::List,
        required: true,
        about: "Each check in it: `name`, `is_failing`, `since`, `resolved_at`.",
    },
    Member {
        name: "components",
        form: ValueForm::List,
        required: true,
        about: "Each component that it concerns: `name`, `impact`.",
    },
    Member {
        name: "acknowledged_by",
        form: ValueForm::Text,
        required: false,
        about: "Who has taken it on.",
    },
    Member {
        name: "inhibited_by",
        form: ValueForm::Text,
        required: false,
        about: "The id of the incident that explains it; people are not told of it meanwhile.",
    },
    Member {
        name: "summary",
        form: ValueForm::Text,
        required: true,
        about: "The paragraph that the evidence writes; empty without evidence.",
    },
    Member { name: "runbook", form: ValueForm::Text, required: false, about: "What to do." },
    Member {
        name: "postmortem",
        form: ValueForm::Text,
        required: false,
        about: "What was found out.",
    },
    Member {
        name: "told",
        form: ValueForm::Texts,
        required: true,
        about: "The channels that were told of it.",
    },
    Member {
        name: "timeline",
        form: ValueForm::List,
        required: true,
        about: "Each entry: its number `entry`, `at`, `recorded_at`, and `what` happened.",
    },
    Member {
        name: "dropped",
        form: ValueForm::Count,
        required: true,
        about: "How many entries of machines made room for later ones.",
    },
];

/// What people do to an incident has this in common.
const CHANGE: Endpoint = Endpoint {
    operation: Operation::UpdateIncident,
    method: "POST",
    path: "/_breakwater/incidents/{incident}/update",
    access: Access::Write,
    role: Role::Operator(Rank::Responder),
    about: "Tells what is new. What is left out stays as it is.",
    body: &[
        TEXT,
        NOTIFY,
        Member {
            name: "state",
            form: ValueForm::OpenState,
            required: false,
            about: "How far people are.",
        },
        Member { required: false, ..SEVERITY },
        Member { required: false, ..TITLE },
        COMPONENTS,
        AT,
    ],
    answer: INCIDENT,
    errors: &[400, 404, 409, 502],
};

pub(super) const SHOW_INCIDENTS: Endpoint = Endpoint {
    operation: Operation::ShowIncidents,
    method: "GET",
    path: "/_breakwater/incidents",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows the incidents, the latest 200.",
    body: &[],
    answer: &[Member {
        name: "incidents",
        form: ValueForm::List,
        required: true,
        about: "Each incident, the latest first, without its timeline.",
    }],
    errors: &[502],
};

pub(super) const OPEN_INCIDENT: Endpoint = Endpoint {
    operation: Operation::OpenIncident,
    path: "/_breakwater/incidents",
    about: "Opens an incident by hand, or writes down one that is over.",
    body: &[
        TITLE,
        SEVERITY,
        TEXT,
        NOTIFY,
        COMPONENTS,
        Member {
            name: "since",
            form: ValueForm::Time,
            required: false,
            about: "When the trouble began, since 2020 and not in the future; now without it.",
        },
        Member {
            name: "resolved_at",
            form: ValueForm::Time,
            required: false,
            about: "When the trouble ended, if it is over.",
        },
    ],
    errors: &[400, 502],
    ..CHANGE
};

pub(super) const SHOW_INCIDENT: Endpoint = Endpoint {
    operation: Operation::ShowIncident,
    method: "GET",
    path: "/_breakwater/incidents/{incident}",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows an incident with its timeline.",
    body: &[],
    answer: INCIDENT,
    errors: &[404, 502],
};

pub(super) const UPDATE_INCIDENT: Endpoint = CHANGE;

pub(super) const EDIT_INCIDENT: Endpoint = Endpoint {
    operation: Operation::EditIncident,
    path: "/_breakwater/incidents/{incident}/edit",
    about: "Replaces the text of an update or a note. Its entry then says who did so, and when.",
    body: &[
        Member {
            name: "entry",
            form: ValueForm::Count,
            required: true,
            about: "The number of its entry in the timeline.",
        },
        TEXT,
    ],
    ..CHANGE
};

pub(super) const RESOLVE_INCIDENT: Endpoint = Endpoint {
    operation: Operation::ResolveIncident,
    path: "/_breakwater/incidents/{incident}/resolve",
    about: "Ends an incident, whatever its checks say.",
    body: &[NOTIFY, Member { required: false, ..TEXT }, AT],
    ..CHANGE
};

pub(super) const REOPEN_INCIDENT: Endpoint = Endpoint {
    operation: Operation::ReopenIncident,
    path: "/_breakwater/incidents/{incident}/reopen",
    about: "Says that an incident is not over.",
    body: &[TEXT, NOTIFY],
    ..CHANGE
};

pub(super) const ACKNOWLEDGE_INCIDENT: Endpoint = Endpoint {
    operation: Operation::AcknowledgeIncident,
    path: "/_breakwater/incidents/{incident}/acknowledge",
    about: "Takes an incident on. The body is empty, or an empty object.",
    body: &[],
    ..CHANGE
};

pub(super) const ADD_NOTE: Endpoint = Endpoint {
    operation: Operation::AddNote,
    path: "/_breakwater/incidents/{incident}/note",
    about: "Writes something down for other operators.",
    body: &[Member { about: "The note: 1 to 5000 characters.", ..TEXT }],
    ..CHANGE
};

pub(super) const WRITE_POSTMORTEM: Endpoint = Endpoint {
    operation: Operation::WritePostmortem,
    path: "/_breakwater/incidents/{incident}/postmortem",
    about: "Writes down what was found out about an incident that is over, for everyone.",
    body: &[Member { about: "What was found out: 1 to 5000 characters.", ..TEXT }],
    ..CHANGE
};
