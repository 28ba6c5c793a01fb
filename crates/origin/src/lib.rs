//! The reference backend: a small T-shirt shop over HTTP/1.1 that fails on demand.
//!
//! It answers as a real shop would, with pages, assets, an API, streams and WebSockets, so that
//! what stands in front of it can be tested and shown. Faults are put in with `POST /__faults`
//! and are true on the wire: a reset is a TCP reset, a truncated body ends before its
//! `Content-Length`, garbage is no HTTP. What reached it is counted at `GET /__requests`, and
//! what is still open at `GET /__open`.
//!
//! | path | what |
//! |---|---|
//! | `/`, `/products`, `/products/ID` | public pages; each rendering has a number |
//! | `/account` | a private page that names the visitor's session |
//! | `/assets/*` | immutable files, with conditional and range requests |
//! | `/api/products`, `/api/products/ID` | the catalogue |
//! | `/api/cart`, `/api/me`, `/api/orders`, `/api/orders/ID` | personal data |
//! | `/api/studio/logo`, `/api/studio/cutout`, `/api/studio/designs` | what other people's APIs do
//! for it, each behind a circuit breaker |
//! | `/api/echo` | answers any method with what arrived |
//! | `/api/stream`, `/ws` | chunks over time, WebSocket echo |
//! | `/webhooks/payments` | for machines |
//! | `/health`, `/health/live`, `/health/ready`, `/health/detailed` | how it is, and its
//! dependencies |
//! | `/__faults`, `/__requests`, `/__open`, `/__panic` | control; never faulted, never counted |
//!
//! # Dependencies
//!
//! It needs none. The environment may name a PostgreSQL, a Redis, storage of files, and three APIs
//! ([`Settings`]); health then tells how they are, from measurements in the background. When it
//! ends it takes leave of them ([`serve`]).
//!
//! # What does this crate not do?
//!
//! It has no accounts, serves no TLS, speaks neither HTTP/2 nor HTTP/3, and forgets carts and
//! orders when it ends. Whoever reaches its port controls it: it belongs on a loopback address.

mod access_log;
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
pub use secret::Secret;
pub use server::serve;
pub use settings::{Api, Settings, SettingsError, Storage};
pub use shutdown::Ended;
