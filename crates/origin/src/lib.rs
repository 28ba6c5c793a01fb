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
//! | `/api/echo` | answers any method with what arrived |
//! | `/api/stream`, `/ws` | chunks over time, WebSocket echo |
//! | `/webhooks/payments`, `/health`, `/health/live`, `/health/ready` | for machines |
//! | `/__faults`, `/__requests`, `/__open` | control; never faulted, never counted |
//!
//! # What does this crate not do?
//!
//! It has no database, no accounts and no TLS, speaks neither HTTP/2 nor HTTP/3, and forgets
//! everything when it ends. Whoever reaches its port controls it: it belongs on a loopback
//! address.

mod control;
mod drain;
mod faults;
mod gauge;
mod handle;
mod injection;
mod lock;
mod problem;
mod ranges;
mod requests;
mod server;
mod shop;
mod validators;
mod wire;

pub use server::serve;
