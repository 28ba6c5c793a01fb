//! Endpoints of subscribers.

use super::{Access, Endpoint, Member, Operation, Rank, Role, ValueForm};

const SUBSCRIBER: &[Member] = &[
    Member { name: "id", form: ValueForm::Text, required: true, about: "Its id." },
    Member { name: "kind", form: ValueForm::Text, required: true, about: "`email` or `webhook`." },
    Member {
        name: "state",
        form: ValueForm::Text,
        required: true,
        about: "`pending`, `confirmed` or `ended`.",
    },
    Member {
        name: "contact",
        form: ValueForm::Text,
        required: false,
        about: "What is shown of the address: `a…@shop.example`, or the host of a webhook.",
    },
    Member {
        name: "components",
        form: ValueForm::Texts,
        required: true,
        about: "The components that it is told of; all of them, if there is none.",
    },
    Member {
        name: "locale",
        form: ValueForm::Text,
        required: true,
        about: "The language in which it is told.",
    },
    Member {
        name: "since",
        form: ValueForm::Time,
        required: false,
        about: "When it confirmed, or ended.",
    },
    Member {
        name: "until",
        form: ValueForm::Time,
        required: false,
        about: "From when on a pending one cannot confirm any more.",
    },
    Member {
        name: "why",
        form: ValueForm::Text,
        required: false,
        about: "Why it ended: `unsubscribed`, `gone` or `failing`.",
    },
    Member {
        name: "failing_since",
        form: ValueForm::Time,
        required: false,
        about: "Since when messages to it fail for good.",
    },
];

pub(super) const SHOW_SUBSCRIBERS: Endpoint = Endpoint {
    operation: Operation::ShowSubscribers,
    method: "GET",
    path: "/_breakwater/subscribers",
    access: Access::Read,
    role: Role::Operator(Rank::Admin),
    about: "Shows how many subscribers there are, what they are told, and the first 500 by their \
            ids, without their addresses.",
    body: &[],
    answer: &[
        Member {
            name: "offered",
            form: ValueForm::Object,
            required: true,
            about: "By which ways the site file offers it: `email` and `webhook`.",
        },
        Member {
            name: "pending",
            form: ValueForm::Count,
            required: true,
            about: "Those who have not confirmed yet.",
        },
        Member {
            name: "confirmed",
            form: ValueForm::Count,
            required: true,
            about: "Those who are told.",
        },
        Member {
            name: "ended",
            form: ValueForm::Count,
            required: true,
            about: "Those who ended within a day, and of whom only an id is left.",
        },
        Member {
            name: "webhooks",
            form: ValueForm::Count,
            required: true,
            about: "Webhooks among those who have not ended.",
        },
        Member {
            name: "emails",
            form: ValueForm::Object,
            required: true,
            about: "E-mails of the `last_30_days`, and how many are `allowed`.",
        },
        Member {
            name: "campaigns",
            form: ValueForm::List,
            required: true,
            about: "Each update on its way: `id`, `begun_at`, how many were `told`, how many \
                    nothing reached (`given_up`), and how many wait for another attempt \
                    (`waiting`).",
        },
        Member {
            name: "results",
            form: ValueForm::List,
            required: true,
            about: "The same of the latest 20 that are over, with `ended_at`.",
        },
        Member {
            name: "subscribers",
            form: ValueForm::List,
            required: true,
            about: "Each of them, as `POST /_breakwater/subscribers/find` shows it.",
        },
    ],
    errors: &[502],
};

pub(super) const FIND_SUBSCRIBER: Endpoint = Endpoint {
    operation: Operation::FindSubscriber,
    method: "POST",
    path: "/_breakwater/subscribers/find",
    access: Access::Write,
    role: Role::Operator(Rank::Admin),
    about: "Shows the subscriber of an e-mail address, to those whom its owner has asked. The \
            address stands in the body, since paths end up in logs.",
    body: &[Member { name: "email", form: ValueForm::Text, required: true, about: "The address." }],
    answer: SUBSCRIBER,
    errors: &[400, 404, 502],
};

pub(super) const FORGET_SUBSCRIBER: Endpoint = Endpoint {
    operation: Operation::ForgetSubscriber,
    method: "DELETE",
    path: "/_breakwater/subscribers/{subscriber}",
    access: Access::Write,
    role: Role::Operator(Rank::Admin),
    about: "Deletes all that is stored of a subscriber. It is told nothing more, and nothing tells \
            that it was one.",
    body: &[],
    answer: &[Member {
        name: "id",
        form: ValueForm::Text,
        required: true,
        about: "The id that nothing has any more.",
    }],
    errors: &[404, 502],
};
