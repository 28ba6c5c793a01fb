//! Endpoints of sessions: who asks, logging in and out, and the sessions of others.

use super::{Access, Endpoint, Member, Operation, Rank, Role, ValueForm};

const WHO: &[Member] = &[
    Member {
        name: "role",
        form: ValueForm::Text,
        required: true,
        about: "What the one who asks may do: `viewer`, `responder` or `admin`.",
    },
    Member {
        name: "by",
        form: ValueForm::Text,
        required: true,
        about: "What the history calls them: `token`, `token:responder`, `token:viewer`, or their \
                e-mail address.",
    },
    Member {
        name: "proof",
        form: ValueForm::Text,
        required: true,
        about: "How that is known: by a `token`, a `session`, or Cloudflare's `access`.",
    },
    Member {
        name: "expires_at",
        form: ValueForm::Time,
        required: false,
        about: "When the session ends at the latest.",
    },
    Member {
        name: "idle_at",
        form: ValueForm::Time,
        required: false,
        about: "When the session ends if it is not used, to within five minutes.",
    },
];
const ENDED: &[Member] = &[Member {
    name: "ended",
    form: ValueForm::Text,
    required: true,
    about: "The name of the session, which no request opens any more.",
}];

pub(super) const SHOW_SESSION: Endpoint = Endpoint {
    operation: Operation::ShowSession,
    method: "GET",
    path: "/_breakwater/session",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows who asks, and what they may do.",
    body: &[],
    answer: WHO,
    errors: &[502],
};

pub(super) const BEGIN_SESSION: Endpoint = Endpoint {
    operation: Operation::BeginSession,
    method: "POST",
    path: "/_breakwater/session",
    access: Access::Session,
    role: Role::Anyone,
    about: "Exchanges a token for a session, and sets its cookie. The token comes in the field \
            `Authorization`, in the body, or in a form of the login page, which is answered with a \
            303 to the console. A session that the browser had before ends.",
    body: &[Member {
        name: "token",
        form: ValueForm::Text,
        required: false,
        about: "The token, where `Authorization` has none.",
    }],
    answer: WHO,
    errors: &[400, 409, 429, 502],
};

pub(super) const END_SESSION: Endpoint = Endpoint {
    operation: Operation::EndSession,
    method: "DELETE",
    path: "/_breakwater/session",
    access: Access::Session,
    role: Role::Operator(Rank::Viewer),
    about: "Ends the session whose cookie the request shows. Its cookie opens nothing after that, \
            also if it was copied; another isolate may show something to it for ten seconds more.",
    body: &[],
    answer: ENDED,
    errors: &[409, 502],
};

pub(super) const SHOW_SESSIONS: Endpoint = Endpoint {
    operation: Operation::ShowSessions,
    method: "GET",
    path: "/_breakwater/sessions",
    access: Access::Read,
    role: Role::Operator(Rank::Admin),
    about: "Shows the sessions that last.",
    body: &[],
    answer: &[Member {
        name: "sessions",
        form: ValueForm::List,
        required: true,
        about: "Each session: its name `session`, `role`, `by`, `created_at`, `seen_at`, \
                `expires_at`, and the `user_agent` of its browser.",
    }],
    errors: &[502],
};

pub(super) const REVOKE_SESSION: Endpoint = Endpoint {
    operation: Operation::RevokeSession,
    method: "DELETE",
    path: "/_breakwater/sessions/{session}",
    access: Access::Write,
    role: Role::Operator(Rank::Admin),
    about: "Ends a session of someone else.",
    body: &[],
    answer: ENDED,
    errors: &[404, 502],
};
