//! The table of all operations. `docs/reference/operators-api.md` and the OpenAPI document beside
//! it are made from it (`cargo xtask reference`).

use super::{Access, Endpoint, Member, Operation, Role, ValueForm};

const REASON: Member = Member {
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
const CIRCUITS: &[Member] = &[Member {
    name: "circuits",
    form: ValueForm::List,
    required: true,
    about: "Each circuit: `name`, `state`, and the `override` and `bypass` that hold, if any.",
}];
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
const WINDOWS: &[Member] = &[Member {
    name: "windows",
    form: ValueForm::List,
    required: true,
    about: "Each window that is not over: `match`, `start`, `end`, `message`, `ordered_by` (`file` \
            or `operator`), `holds`, `lifted`.",
}];
const UPSTREAMS: &[Member] = &[Member {
    name: "upstreams",
    form: ValueForm::List,
    required: true,
    about: "Each upstream: `name`, `critical`, `probe`, and its `circuits` as their coordinators \
            see them. A coordinator that cannot be asked shows as `name` and `error`.",
}];

/// All operations, those of one path beside each other.
pub const API: [Endpoint; 11] = [
    Endpoint {
        operation: Operation::ShowUpstreams,
        method: "GET",
        path: "/_breakwater/upstreams",
        access: Access::Read,
        role: Role::Operator,
        about: "Shows every upstream with its circuits.",
        body: &[],
        answer: UPSTREAMS,
        errors: &[],
    },
    Endpoint {
        operation: Operation::SetOverride,
        method: "POST",
        path: "/_breakwater/upstreams/NAME/override",
        access: Access::Write,
        role: Role::Operator,
        about: "Sets or lifts an override of an upstream's circuits.",
        body: &[
            Member {
                name: "override",
                form: ValueForm::Override,
                required: true,
                about: "What the circuits do whatever they see; `auto` has them judge by \
                        themselves again.",
            },
            REASON,
            Member {
                required: false,
                about: "How long the override holds, from `1s` to `7d`; required unless it is \
                        `auto`, which does not lapse.",
                ..LASTS
            },
            Member {
                name: "circuit",
                form: ValueForm::Text,
                required: false,
                about: "One circuit of the upstream; without it the order is for all of them.",
            },
        ],
        answer: CIRCUITS,
        errors: &[400, 502],
    },
    Endpoint {
        operation: Operation::ShowBypass,
        method: "GET",
        path: "/_breakwater/bypass",
        access: Access::Read,
        role: Role::Operator,
        about: "Shows the orders that hold for each circuit.",
        body: &[],
        answer: CIRCUITS,
        errors: &[502],
    },
    Endpoint {
        operation: Operation::SetBypass,
        method: "POST",
        path: "/_breakwater/bypass",
        access: Access::Write,
        role: Role::Operator,
        about: "Lets everything pass, and judges nothing.",
        body: &[REASON, LASTS],
        answer: CIRCUITS,
        errors: &[400, 502],
    },
    Endpoint {
        operation: Operation::LiftBypass,
        method: "DELETE",
        path: "/_breakwater/bypass",
        access: Access::Write,
        role: Role::Operator,
        about: "Ends the bypass. The body may be empty.",
        body: &[REASON_IF_ANY],
        answer: CIRCUITS,
        errors: &[400, 502],
    },
    Endpoint {
        operation: Operation::ShowSnapshots,
        method: "GET",
        path: "/_breakwater/snapshots",
        access: Access::Read,
        role: Role::Operator,
        about: "Shows the snapshots and the sitemaps that name their pages.",
        body: &[],
        answer: &[
            Member {
                name: "plan",
                form: ValueForm::Object,
                required: true,
                about: "How many fetches each round makes.",
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
    },
    Endpoint {
        operation: Operation::Purge,
        method: "POST",
        path: "/_breakwater/purge",
        access: Access::Write,
        role: Role::Operator,
        about: "Ends all copies and snapshots of the paths.",
        body: &[
            Member { name: "match", form: ValueForm::Pattern, required: true, about: "The paths." },
            REASON,
        ],
        answer: SITE_ORDER,
        errors: &[400, 502],
    },
    Endpoint {
        operation: Operation::ShowMaintenance,
        method: "GET",
        path: "/_breakwater/maintenance",
        access: Access::Read,
        role: Role::Operator,
        about: "Shows when the site is worked on.",
        body: &[],
        answer: WINDOWS,
        errors: &[502],
    },
    Endpoint {
        operation: Operation::OrderMaintenance,
        method: "POST",
        path: "/_breakwater/maintenance",
        access: Access::Write,
        role: Role::Operator,
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
                about: "When it begins, within 30 days; now without it.",
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
                name: "message",
                form: ValueForm::Text,
                required: false,
                about: "What visitors are told: 1 to 300 characters in one line.",
            },
            REASON,
        ],
        answer: SITE_ORDER,
        errors: &[400, 409, 502],
    },
    Endpoint {
        operation: Operation::LiftMaintenance,
        method: "DELETE",
        path: "/_breakwater/maintenance",
        access: Access::Write,
        role: Role::Operator,
        about: "Ends maintenance. The body may be empty.",
        body: &[
            Member {
                name: "match",
                form: ValueForm::Pattern,
                required: false,
                about: "The paths whose windows are lifted, also before they begin; without it all \
                        that hold now.",
            },
            REASON_IF_ANY,
        ],
        answer: SITE_ORDER,
        errors: &[400, 502],
    },
    Endpoint {
        operation: Operation::ShowEvents,
        method: "GET",
        path: "/_breakwater/events",
        access: Access::Read,
        role: Role::Operator,
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
    },
];
