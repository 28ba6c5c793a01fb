//! Endpoints of circuits.

use super::{
    Access, Endpoint, LASTS, Member, Operation, REASON, REASON_IF_ANY, Rank, Role, ValueForm,
};

const CIRCUITS: &[Member] = &[Member {
    name: "circuits",
    form: ValueForm::List,
    required: true,
    about: "Each circuit: `name`, `state`, and the `override` and `bypass` that hold, if any.",
}];
const UPSTREAMS: &[Member] = &[Member {
    name: "upstreams",
    form: ValueForm::List,
    required: true,
    about: "Each upstream: `name`, `critical`, `probe`, and its `circuits` as their coordinators \
            see them; `answers` says what visitors of a circuit's routes got in the last minutes. \
            A coordinator that cannot be asked shows as `name` and `error`.",
}];

pub(super) const SHOW_UPSTREAMS: Endpoint = Endpoint {
    operation: Operation::ShowUpstreams,
    method: "GET",
    path: "/_breakwater/upstreams",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows every upstream with its circuits.",
    body: &[],
    answer: UPSTREAMS,
    errors: &[],
};

pub(super) const SHOW_HISTORY: Endpoint = Endpoint {
    operation: Operation::ShowHistory,
    method: "GET",
    path: "/_breakwater/upstreams/{upstream}/history",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows what became of an upstream's circuits: the last hour by the minute, and the \
            latest 100 transitions and orders.",
    body: &[],
    answer: &[Member {
        name: "circuits",
        form: ValueForm::List,
        required: true,
        about: "Each circuit: `name`, `state`, `transitions` and `orders` as `GET \
                /_breakwater/upstreams` has them, and `minutes`, the earliest first, without those \
                in which nothing was reported: `at`, `calls`, `failures`, `latency` and `answers`. \
                A coordinator that cannot be asked shows as `name` and `error`.",
    }],
    errors: &[],
};

pub(super) const SET_OVERRIDE: Endpoint = Endpoint {
    operation: Operation::SetOverride,
    method: "POST",
    path: "/_breakwater/upstreams/{upstream}/override",
    access: Access::Write,
    role: Role::Operator(Rank::Responder),
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
};

pub(super) const SHOW_BYPASS: Endpoint = Endpoint {
    operation: Operation::ShowBypass,
    method: "GET",
    path: "/_breakwater/bypass",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows the orders that hold for each circuit.",
    body: &[],
    answer: CIRCUITS,
    errors: &[502],
};

pub(super) const SET_BYPASS: Endpoint = Endpoint {
    operation: Operation::SetBypass,
    method: "POST",
    path: "/_breakwater/bypass",
    access: Access::Write,
    role: Role::Operator(Rank::Responder),
    about: "Lets everything pass, and judges nothing.",
    body: &[REASON, LASTS],
    answer: CIRCUITS,
    errors: &[400, 502],
};

pub(super) const LIFT_BYPASS: Endpoint = Endpoint {
    operation: Operation::LiftBypass,
    method: "DELETE",
    path: "/_breakwater/bypass",
    access: Access::Write,
    role: Role::Operator(Rank::Responder),
    about: "Ends the bypass. The body may be empty.",
    body: &[REASON_IF_ANY],
    answer: CIRCUITS,
    errors: &[400, 502],
};
