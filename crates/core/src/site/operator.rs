//! The requests of operators under `/_breakwater/`: the endpoints, whether a request is really an
//! operator's, and the orders.

mod answer;
mod api;
mod browser;
mod check_test;
mod configuration;
mod console;
mod event;
mod handshake;
mod heartbeat;
mod identity;
mod login;
mod mcp;
mod order;
mod ordered;
mod schedule;
mod scheme;
mod session;
mod token;

pub use answer::ANSWER_FIELDS;
pub use api::{
    API, Access, Endpoint, FoundEndpoint, Member, NamedByPath, Operation, Placeholder, Role,
    Unanswerable, ValueForm, find, object_schema,
};
pub use browser::{ForgedRead, ForgedWrite, check_read, check_write};
pub use check_test::{
    CHECK_TEST_BODY_MAX, CHECK_TESTS_MAX, CheckTest, CheckTestError, CheckTestLimit,
};
pub use configuration::configuration;
pub use console::{ASSET_CACHE, CONSOLE, CONSOLE_POLICY, ConsoleAssets, ConsolePath, console_page};
pub use event::{AskedOnce, EVENTS_MAX, EVENTS_SHOWN, Event, SeriesView, SessionEvent, What};
pub use handshake::check_handshake;
pub use heartbeat::{HEARTBEAT_BODY_MAX, HeartbeatReport};
pub use identity::{Operator, OperatorIdentity, OperatorProof, RankTooLow};
pub use login::{
    CONSOLE_PATH, LOGIN_FAILURES_MAX, LOGIN_PATH, LoginAttempt, LoginError, LoginLimit,
    LoginProblem, LoginWay, login_policy, render_login,
};
pub use mcp::{
    MCP_BATCH_MAX, MCP_BODY_MAX, MCP_CALLS_MAX, MCP_METHOD, MCP_PATH, MCP_TEXT_MAX, McpCall,
    McpCaller, McpExchange, McpFields, McpLimit, McpReply, may,
};
pub use order::{
    AHEAD_MAX, BODY_MAX, BODY_PAUSE_MAX, CheckOrder, INCIDENT_BODY_MAX, LASTS_MAX, LASTS_MIN,
    Order, OrderError, OrderReason, REASON_MAX, SiteOrder, parse_alert_resend, parse_alert_test,
    parse_subscriber,
};
pub use ordered::{OrderName, Ordered};
pub use schedule::MaintenanceSchedule;
pub use scheme::{SentInClear, check_scheme};
pub use session::{
    OperatorSession, OperatorSessions, SESSION_CACHED_FOR, SESSION_COOKIES, SESSION_ID_BYTES,
    SESSION_IDLE, SESSION_LIFE, SESSION_RENEWAL, SESSIONS_CACHED_MAX, SESSIONS_MAX, SessionCache,
    SessionHash, SessionLookup, SessionTicket, TooManySessions, USER_AGENT_MAX,
    clear_session_cookie, session_cookie, set_session_cookie,
};
pub use token::{OperatorTokens, bearer, is_same_secret};

/// The upstreams `web`, with a circuit of its own for `/products/*`, and `api`.
#[cfg(test)]
fn site() -> crate::site::config::Site {
    use serde_json::json;

    let upstream = |name: &str, circuit| {
        json!({
            "name": name, "origin": "https://web.example", "critical": true, "probe": "/",
            "dialect": "http", "circuit": circuit,
        })
    };
    let circuit = |name, upstream| json!({ "name": name, "upstream": upstream, "policy": {} });
    serde_json::from_value(json!({
        "name": "Shop", "host": "shop.example", "status_host": null,
        "upstreams": [upstream("web", 0), upstream("api", 1)],
        "circuits": [circuit("web", 0), circuit("api", 1), circuit("web/products/*", 0)],
        "routes": [{
            "pattern": "/*", "upstream": 0, "circuit": 0, "timeout": "30s", "deadline": "30s",
            "idle": "10s", "upload_idle": "1m",
            "cache": false, "unkeyed": [], "patience": "2s",
            "private": false, "degrade": { "stale_if_error": null, "fallback": "auto" },
        }],
    }))
    .unwrap()
}

/// The checks `shop` and `backup`, whose job reports by itself, and the channel `ops`.
#[cfg(test)]
fn watch_rules() -> crate::site::config::WatchRules {
    use serde_json::json;

    use crate::watch::monitor::MonitorPolicy;

    let check = |name: &str, kind| {
        json!({
            "name": name, "kind": kind, "expect": {}, "timeout": "10s", "from": ["edge"],
            "traffic": null, "policy": MonitorPolicy::default(), "depends_on": null,
            "severity": "P1", "alert_after": "0s", "runbook": null,
        })
    };
    let backup = json!({ "heartbeat": { "grace": "5m", "token": "BACKUP_TOKEN" } });
    let address = json!({ "url": "https://chat.example/" });
    serde_json::from_value(json!({
        "checks": [
            check("shop", json!({ "tcp": { "host": "shop.example", "port": 443 } })),
            check("backup", backup),
        ],
        "channels": [{
            "name": "ops", "kind": { "slack": { "address": address } }, "severities": ["P1"],
            "spacing": "0s", "retry": "5s", "escalate_after": null, "repeat": null,
        }],
        "group_wait": "0s", "group_interval": "5m", "inhibitions": [], "dead_mans_switch": null, "incidents_url": "https://shop.example",
        "runbooks_url": null, "headroom": 4,
    }))
    .unwrap()
}
