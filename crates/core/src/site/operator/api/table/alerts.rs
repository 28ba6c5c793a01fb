//! Endpoints of alerts.

use super::{Access, Endpoint, Member, Operation, Rank, Role, ValueForm};

const CHANNEL: Member = Member {
    name: "channel",
    form: ValueForm::Text,
    required: true,
    about: "The name of a channel of the site file.",
};

pub(super) const SHOW_ALERTS: Endpoint = Endpoint {
    operation: Operation::ShowAlerts,
    method: "GET",
    path: "/_breakwater/alerts",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows the channels, and what is on its way to them.",
    body: &[],
    answer: &[
        Member {
            name: "channels",
            form: ValueForm::List,
            required: true,
            about: "Each channel: `name`, `kind`, `severities`.",
        },
        Member {
            name: "pending",
            form: ValueForm::List,
            required: true,
            about: "Each message that has not arrived yet: `message`, `channel`, `added_at`, \
                    `attempts`, `due`, `expires_at`, and the `error` of the last attempt.",
        },
        Member {
            name: "dead",
            form: ValueForm::List,
            required: true,
            about: "Each dead letter: the same, the `reason`, and `at`.",
        },
        Member {
            name: "dropped",
            form: ValueForm::Count,
            required: true,
            about: "Dead letters of which only this count is left.",
        },
    ],
    errors: &[502],
};

pub(super) const TEST_CHANNEL: Endpoint = Endpoint {
    operation: Operation::TestChannel,
    method: "POST",
    path: "/_breakwater/alerts/test",
    access: Access::Write,
    role: Role::Operator(Rank::Responder),
    about: "Sends a message to a channel that says that nothing has happened. The answer does not \
            wait for its arrival: `GET /_breakwater/alerts` shows it while it is pending or dead.",
    body: &[CHANNEL],
    answer: &[
        Member {
            name: "message",
            form: ValueForm::Text,
            required: true,
            about: "The message's id, which receivers see as `webhook-id`.",
        },
        CHANNEL,
    ],
    errors: &[400, 502],
};

pub(super) const RESEND_ALERT: Endpoint = Endpoint {
    operation: Operation::ResendAlert,
    method: "POST",
    path: "/_breakwater/alerts/resend",
    access: Access::Write,
    role: Role::Operator(Rank::Responder),
    about: "Sends a dead letter again. A channel that said that it is gone is tried again too.",
    body: &[
        Member {
            name: "message",
            form: ValueForm::Text,
            required: true,
            about: "The message's id, as `GET /_breakwater/alerts` shows it.",
        },
        CHANNEL,
    ],
    answer: &[
        Member {
            name: "message",
            form: ValueForm::Text,
            required: true,
            about: "The message's id.",
        },
        CHANNEL,
    ],
    errors: &[400, 409, 502],
};
