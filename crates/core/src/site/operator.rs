//! The requests of operators under `/_breakwater/`: the endpoints, whether a request is really an
//! operator's, and the orders.

mod api;
mod browser;
mod event;
mod order;
mod ordered;
mod scheme;

pub(crate) use api::PREFIX;
pub use api::{
    API, Access, Endpoint, FoundEndpoint, Member, Operation, Role, UPSTREAM_NAME, Unanswerable,
    ValueForm, find, owns,
};
pub use browser::{ForgedWrite, check_write};
pub use event::{EVENTS_MAX, EVENTS_SHOWN, Event, What};
pub use order::{
    AHEAD_MAX, BODY_MAX, BODY_PAUSE_MAX, INCIDENT_BODY_MAX, LASTS_MAX, LASTS_MIN, Order,
    OrderError, OrderReason, REASON_MAX, SiteOrder,
};
pub use ordered::{Operator, OrderName, Ordered};
pub use scheme::{SentInClear, check_scheme};

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
