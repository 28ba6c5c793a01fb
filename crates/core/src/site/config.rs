//! The site as `breakwater.toml` describes it: upstreams, their circuits, and routes.
//!
//! A [`Site`] is valid by construction: `parse` (feature `toml`) refuses a bad file with one line
//! that names the place and what is allowed, and nothing re-checks it afterwards. The Worker
//! embeds the parsed site as JSON, which reads back exactly.

#[cfg(feature = "toml")]
mod error;
#[cfg(feature = "toml")]
mod parse;
mod site;

#[cfg(feature = "toml")]
pub use error::{ConfigError, Problem};
#[cfg(feature = "toml")]
pub use parse::parse;
pub use site::{Circuit, Degrade, Route, Site, SiteError, Upstream};

use crate::base::time::Millis;

/// Where the site's health is told, where the file does not say.
pub const HEALTH_DEFAULT: &str = "/health";
/// How long a call may take where the route does not say.
pub const TIMEOUT_DEFAULT: Millis = Millis::from_secs(30);
/// Longest a call may be told to take: visitors and the platform give up earlier.
pub const TIMEOUT_MAX: Millis = Millis::from_secs(300);
/// Longest that all calls of one request may be told to take together.
pub const DEADLINE_MAX: Millis = Millis::from_secs(600);
/// How long a body that is read whole may pause, where the route does not say.
pub const IDLE_DEFAULT: Millis = Millis::from_secs(10);
/// How long a visitor's body may pause on its way to the upstream, where the route does not say; as
/// nginx has it (`client_body_timeout`).
pub const UPLOAD_IDLE_DEFAULT: Millis = Millis::from_secs(60);
/// Longest that a visitor may take to send a body, in all: 100 MB, the most that Cloudflare takes
/// on most plans, come in it at half a megabit a second. It bounds the lease of a call's permit.
pub const UPLOAD_MAX: Millis = Millis::from_secs(30 * 60);
/// How long work may go on after the visitor has been answered: the platform gives it 30 seconds
/// (developers.cloudflare.com/workers/runtime-apis/context, `waitUntil`), and the last of them is
/// left for telling what became of it.
pub const LINGER: Millis = Millis::from_secs(29);
/// How long a visitor waits before a copy is served, where the route does not say.
pub const PATIENCE_DEFAULT: Millis = Millis::from_secs(2);
/// Oldest copy that a route may be told to serve; an older one misleads more than it helps.
pub const STALE_IF_ERROR_MAX: Millis = Millis::from_secs(30 * 24 * 3600);
/// Longest that a route may be told to keep errors: one that lasts is worth asking for again.
pub const NEGATIVE_TTL_MAX: Millis = Millis::from_secs(300);
/// Longest name of an upstream: it appears in a header of every answer.
pub const UPSTREAM_NAME_MAX: usize = 32;
