//! Endpoints of the whole site: snapshots, maintenance, and the history.

use super::{
    Access, Endpoint, LASTS, Member, Operation, REASON, REASON_IF_ANY, Rank, Role, ValueForm,
};

const SITE_ORDER: &[Member] = &[
    Member {
        name: "done",
        form: ValueForm::Object,
        required: true,
        about: "The event that the history now has.",
    },
    Member {
        name: "maintenance",
        form: ValueForm::Object,
        required: true,
        about: "What holds, as `GET /_breakwater/maintenance` shows it.",
    },
];
const WINDOWS: &[Member] = &[
    Member {
        name: "windows",
        form: ValueForm::List,
        required: true,
        about: "Each window that is not over, and the next three of each series: `match`, `start`, \
                `end`, `message`, `ordered_by` (`file`, `operator` or `series`), `holds`, `lifted`.",
    },
    Member {
        name: "series",
        form: ValueForm::List,
        required: false,
        about: "Each series: `match`, `start`, `zone`, `lasts`, `rrule`, `message`.",
    },
];

pub(super) const SHOW_SNAPSHOTS: Endpoint = Endpoint {
    operation: Operation::ShowSnapshots,
    method: "GET",
    path: "/_breakwater/snapshots",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows the snapshots and the sitemaps that name their pages.",
    body: &[],
    answer: &[
        Member {
            name: "plan",
            form: ValueForm::Text,
            required: true,
            about: "The platform's plan, `free` or `paid`, which bounds the fetches of a round.",
        },
        Member {
            name: "last_round",
            form: ValueForm::Object,
            required: false,
            about: "What the last round did.",
        },
        Member {
            name: "snapshots",
            form: ValueForm::List,
            required: true,
            about: "Each path: `path`, `for`, `named_by`, what is `kept` of it, and why its \
                    refreshes were `refused`.",
        },
        Member {
            name: "sources",
            form: ValueForm::List,
            required: false,
            about: "Each sitemap: `path`, when it was `read`, and why it was `refused`.",
        },
    ],
    errors: &[502],
};

pub(super) const PURGE: Endpoint = Endpoint {
    operation: Operation::Purge,
    method: "POST",
    path: "/_breakwater/purge",
    access: Access::Write,
    role: Role::Operator(Rank::Responder),
    about: "Ends all copies and snapshots of the paths, or with one of the tags.",
    body: &[
        Member { name: "match", form: ValueForm::Pattern, required: false, about: "The paths." },
        Member {
            name: "tags",
            form: ValueForm::Texts,
            required: false,
            about: "In place of `match`: tags of `Surrogate-Key` or `Cache-Tag`.",
        },
        REASON,
    ],
    answer: SITE_ORDER,
    errors: &[400, 502],
};

pub(super) const SHOW_MAINTENANCE: Endpoint = Endpoint {
    operation: Operation::ShowMaintenance,
    method: "GET",
    path: "/_breakwater/maintenance",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows when the site is worked on.",
    body: &[],
    answer: WINDOWS,
    errors: &[502],
};

pub(super) const ORDER_MAINTENANCE: Endpoint = Endpoint {
    operation: Operation::OrderMaintenance,
    method: "POST",
    path: "/_breakwater/maintenance",
    access: Access::Write,
    role: Role::Operator(Rank::Responder),
    about: "Tells visitors that the site, or some of its paths, is being worked on. A window \
            of the same paths takes the place of the one before.",
    body: &[
        Member {
            name: "match",
            form: ValueForm::Pattern,
            required: false,
            about: "The paths; `/*` without it.",
        },
        Member {
            name: "start",
            form: ValueForm::Time,
            required: false,
            about: "When it begins, within 30 days; now without it. Beside `rrule`, what the \
                    clocks of `zone` show then, such as `2026-12-07T02:00:00`.",
        },
        Member {
            name: "end",
            form: ValueForm::Time,
            required: false,
            about: "When it ends, within 7 days of its beginning; either this or `lasts`.",
        },
        Member {
            required: false,
            about: "How long it lasts, from `1s` to `7d`; either this or `end`.",
            ..LASTS
        },
        Member {
            name: "rrule",
            form: ValueForm::Text,
            required: false,
            about: "When it recurs, such as `FREQ=WEEKLY;BYDAY=MO`: of RFC 5545's rule `FREQ` \
                    (`DAILY`, `WEEKLY`, `MONTHLY`), `INTERVAL`, `BYDAY`, `BYMONTHDAY`, and `UNTIL` \
                    or `COUNT`. A series of the same paths takes the place of the one before.",
        },
        Member {
            name: "zone",
            form: ValueForm::Text,
            required: false,
            about: "Whose clocks `rrule` is by: `UTC`, or the `zone` of the site file, which is the \
                    default.",
        },
        Member {
            name: "message",
            form: ValueForm::Text,
            required: false,
            about: "What visitors are told: 1 to 300 characters in one line.",
        },
        REASON,
    ],
    answer: SITE_ORDER,
    errors: &[400, 409, 502],
};

pub(super) const LIFT_MAINTENANCE: Endpoint = Endpoint {
    operation: Operation::LiftMaintenance,
    method: "DELETE",
    path: "/_breakwater/maintenance",
    access: Access::Write,
    role: Role::Operator(Rank::Responder),
    about: "Ends maintenance. The body may be empty.",
    body: &[
        Member {
            name: "match",
            form: ValueForm::Pattern,
            required: false,
            about: "The paths whose windows are lifted, also before they begin; without it all \
                    that hold now. Of a series, the time that holds or that comes next.",
        },
        Member {
            name: "series",
            form: ValueForm::Flag,
            required: false,
            about: "Whether a series ends for good; `false` without it.",
        },
        REASON_IF_ANY,
    ],
    answer: SITE_ORDER,
    errors: &[400, 502],
};

pub(super) const SHOW_EVENTS: Endpoint = Endpoint {
    operation: Operation::ShowEvents,
    method: "GET",
    path: "/_breakwater/events",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows what operators did, the latest 100.",
    body: &[],
    answer: &[
        Member {
            name: "events",
            form: ValueForm::List,
            required: true,
            about: "Each event, the latest first.",
        },
        Member {
            name: "unread",
            form: ValueForm::Count,
            required: false,
            about: "How many could not be read, and are left out.",
        },
    ],
    errors: &[502],
};

pub(super) const SHOW_BUDGET: Endpoint = Endpoint {
    operation: Operation::ShowBudget,
    method: "GET",
    path: "/_breakwater/budget",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows what is left of the monitor's hourly budget, and what it has held back.",
    body: &[],
    answer: &[
        Member {
            name: "hour",
            form: ValueForm::Object,
            required: true,
            about: "By resource (`object_calls`, `rows_written`, `rows_read`, `subrequests`): the \
                    `plan` of an hour in which all is well, the `budget`, which is the most that \
                    any hour may see, and how much of it is `left` to be spent at once, which is \
                    half of the budget at most.",
        },
        Member {
            name: "held",
            form: ValueForm::Object,
            required: true,
            about: "How often something was put off since the monitor's object was loaded: \
                    `checks`, by importance (`low` for P3, `normal`, `high`, `critical` for P0), \
                    `deliveries`, `reports` of jobs, rounds of snapshots that left `refreshes`, \
                    and `last_at`.",
        },
    ],
    errors: &[502],
};

/// It has no errors of its own: where an object does not answer, its last numbers are shown.
pub(super) const SHOW_METRICS: Endpoint = Endpoint {
    operation: Operation::ShowMetrics,
    method: "GET",
    path: "/_breakwater/metrics",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows numbers for Prometheus, in the format that `Accept` prefers. Where an object of \
            Breakwater's does not answer, its last numbers are shown.",
    body: &[],
    answer: &[],
    errors: &[],
};
