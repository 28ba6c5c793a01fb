//! What the two wasm modules of Breakwater share of the way to Cloudflare: the clock, the site that
//! the bundle was built for, the bindings to the JavaScript entry and to the platform, and how
//! Durable Objects are asked.
//!
//! Each module has a copy of this crate in a memory of its own: nothing that is stored here in one
//! is seen by the other.

pub mod address;
pub mod bindings;
pub mod bucket;
pub mod circuit_view;
pub mod clock;
pub mod colo;
pub mod coordinator;
pub mod faults;
pub mod log;
pub mod monitor_object;
pub mod object;
mod panic;
pub mod place_prober;
pub mod prober;
pub mod problem;
pub mod sentry;
pub mod site;
pub mod site_object;
pub mod standing;
pub mod timer;

pub use panic::on_panic;
pub use site::{SITE, site};
