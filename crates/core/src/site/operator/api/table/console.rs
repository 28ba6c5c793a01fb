//! Endpoints that the console needs besides those of people and programs.

use super::{Access, Endpoint, Member, Operation, Rank, Role, ValueForm};

pub(super) const SHOW_CONFIGURATION: Endpoint = Endpoint {
    operation: Operation::ShowConfiguration,
    method: "GET",
    path: "/_breakwater/configuration",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows what the site file says, with all defaults, and what that costs. Secrets are \
            there by name only, and URLs without their queries.",
    body: &[],
    answer: &[
        part("site", ValueForm::Object, "The site: `name`, `host`, `status_host` and the like."),
        part("upstreams", ValueForm::List, "Each upstream, with the rules of its `circuits`."),
        part("routes", ValueForm::List, "Each route, in the order in which they are tried."),
        part("dependencies", ValueForm::List, "Each dependency."),
        part("snapshots", ValueForm::List, "Which pages are kept."),
        part("maintenance", ValueForm::List, "Windows of the file."),
        part("checks", ValueForm::List, "Each check: what it asks, from where, and how often."),
        part("objectives", ValueForm::List, "Each objective: what it is about, and its target."),
        part("channels", ValueForm::List, "Each channel, and the host that it leads `to`."),
        part("alerts", ValueForm::Object, "How alerts are grouped and held back."),
        part("secrets", ValueForm::List, "Each secret that the file names: `name`, `purpose`."),
        part(
            "price",
            ValueForm::Object,
            "What a month costs without visitors, as `cargo xtask doctor --json` prints it.",
        ),
    ],
    errors: &[],
};

pub(super) const LISTEN: Endpoint = Endpoint {
    operation: Operation::Listen,
    method: "GET",
    path: "/_breakwater/live",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Tells what happens as it happens, over a WebSocket (RFC 6455). A connection lasts for \
            an hour, or until its session ends. A browser's handshake has to come from a page of \
            the site itself, or it gets 403. The only message that is taken is `ping`, which is \
            answered by `pong`; after any other the connection ends.",
    body: &[],
    answer: &[
        Member {
            name: "news",
            form: ValueForm::List,
            required: true,
            about: "What has happened, by `type`: `circuit` (`upstream`, `circuit`, `from`, `to`), \
                    `check` (`check`, `from`, `to`), `incident` (`incident`, `title`, `severity`, \
                    `state`), `delivery` (`channel`, `message`, `end`), `order` (`event`), and \
                    `more` after which all has to be read again.",
        },
        Member {
            name: "lasts_ms",
            form: ValueForm::Count,
            required: false,
            about: "In the first message: how long the connection lasts, in milliseconds.",
        },
    ],
    errors: &[426, 429, 502],
};

const fn part(name: &'static str, form: ValueForm, about: &'static str) -> Member {
    Member { name, form, required: true, about }
}
