//! The reference backend: a small T-shirt shop over HTTP/1.1 that fails on demand.
//!
//! It answers as a real shop would, with pages, assets, an API, streams and WebSockets, so that a
//! proxy in front of it can be tested and shown. Faults are injected with `POST /__faults` and
//! happen on the wire: a reset is a TCP reset, a truncated body ends before its `Content-Length`,
//! and garbage is not HTTP. `GET /__requests` reports the requests that arrived, and `GET /__open`
//! the connections and requests that are open.
//!
//! | path | what |
//! |---|---|
//! | `/`, `/products`, `/products/ID` | public pages; each rendering has a number |
//! | `/account` | a private page that names the visitor's session |
//! | `/assets/*` | immutable files, with conditional and range requests |
//! | `/api/products`, `/api/products/ID` | the catalogue |
//! | `/api/cart`, `/api/me`, `/api/orders`, `/api/orders/ID`, `/api/session` | personal data |
//! | `/api/studio/logo`, `/api/studio/cutout`, `/api/studio/designs` | what other people's APIs do for it, each behind a circuit breaker |
//! | `/api/echo` | answers any method with what arrived |
//! | `/api/stream`, `/ws` | chunks over time, WebSocket echo |
//! | `/webhooks/payments` | for machines |
//! | `/health`, `/health/live`, `/health/ready`, `/health/detailed` | how it is, and its dependencies |
//! | `/__faults`, `/__requests`, `/__open`, `/__panic` | control; never faulted, never counted |
//!
//! # Dependencies
//!
//! It needs none. The environment may name a PostgreSQL, a Redis, a file storage, and three APIs
//! ([`Settings`]). Health then reports their state from measurements in the background. When the
//! backend ends, it closes its connections to them in order ([`serve`]).
//!
//! # What does this crate not do?
//!
//! It has no accounts, serves no TLS, speaks neither HTTP/2 nor HTTP/3, and forgets carts and
//! orders when it ends. Every client that reaches its port can control it, so it belongs on a
//! loopback address.

mod access_log;
mod arrivals;
mod clock;
mod control;
mod drain;
mod faults;
mod gauge;
mod handle;
mod health;
mod http_client;
mod injection;
mod lock;
mod log;
mod outgoing;
mod problem;
mod process;
mod ranges;
mod reports;
mod requests;
mod secret;
mod server;
mod settings;
mod shop;
mod shutdown;
mod tls;
mod validators;
mod wire;

pub use log::start as start_logs;
pub use process::report_panics;
pub use reports::report_errors;
pub use secret::Secret;
pub use server::serve;
pub use settings::{Api, Settings, SettingsError, Storage};
pub use shutdown::Ended;
