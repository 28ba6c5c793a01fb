//! The site as `breakwater.toml` describes it: upstreams, their circuits, and routes.
//!
//! A [`Site`] is valid by construction. `parse` (feature `toml`) refuses an invalid file with one
//! line that names the place and says what is allowed, and no later code checks the site again. The
//! Worker embeds the parsed site as JSON, which reads back without loss.

mod error;
mod mirror;
mod parse;
mod site;
mod status_rules;
mod traffic_objective;
mod watch_rules;

pub use error::{ConfigError, Problem};
pub use mirror::{Mirror, MirrorStorage, MirrorTarget};
pub(crate) use parse::parse_check;
use parse::parse_embedded;
#[cfg(feature = "toml")]
pub use parse::{KEY_TABLES, KeyTable, SiteFile, parse, parse_file};
pub use site::{Circuit, Degrade, Route, Site, SiteError, Upstream};
pub use status_rules::StatusRules;
pub use traffic_objective::{TrafficObjective, TrafficSubject};
pub use watch_rules::{EmbeddedRulesError, NamedZone, WatchRules};

use crate::base::time::Millis;

/// The path below which the site's health is reported if the file does not set `health`.
pub const HEALTH_DEFAULT: &str = "/health";
/// The path below which the public status is served if the file does not set `status`.
pub const STATUS_DEFAULT: &str = "/status";
/// How often the bucket's copy of the public status is written, in milliseconds.
pub const STATUS_COPY_EVERY: Millis = Millis::from_secs(5 * 60);
/// The time limit of a call, in milliseconds, if the route does not set `timeout`. Few visitors
/// wait longer for a page, and where an upstream hangs, each of those who wait holds a connection.
pub const TIMEOUT_DEFAULT: Millis = Millis::from_secs(10);
/// The longest `timeout` that a route may set, in milliseconds, since visitors and the platform
/// give up earlier.
pub const TIMEOUT_MAX: Millis = Millis::from_secs(300);
/// The longest `deadline` for all calls of one request together that a route may set, in
/// milliseconds.
pub const DEADLINE_MAX: Millis = Millis::from_secs(600);
/// The longest pause of a body that is read to its end, in milliseconds, if the route does not set
/// `idle`.
pub const IDLE_DEFAULT: Millis = Millis::from_secs(10);
/// The longest pause of a visitor's body on its way to the upstream, in milliseconds, if the route
/// does not set `upload_idle`; it is the default of nginx's `client_body_timeout`.
pub const UPLOAD_IDLE_DEFAULT: Millis = Millis::from_secs(60);
/// The longest time in which a visitor may send a body, in milliseconds. At half a megabit a second
/// it is enough for 100 MB, the largest body that Cloudflare accepts on most plans. It bounds the
/// lease of a call's permit.
pub const UPLOAD_MAX: Millis = Millis::from_secs(30 * 60);
/// How long work may continue after the visitor has been answered, in milliseconds. The platform
/// allows 30 seconds (developers.cloudflare.com/workers/runtime-apis/context, `waitUntil`), and the
/// last of them is reserved for reporting the outcome of the work.
pub const LINGER: Millis = Millis::from_secs(29);
/// How long a visitor waits before a stored response is served, in milliseconds, if the route does
/// not set `patience`.
pub const PATIENCE_DEFAULT: Millis = Millis::from_secs(2);
/// The longest `stale_if_error` that a route may set, in milliseconds, since an older response
/// misleads more than it helps.
pub const STALE_IF_ERROR_MAX: Millis = Millis::from_secs(30 * 24 * 3600);
/// The longest `negative_ttl` that a route may set, in milliseconds, since a lasting error is worth
/// asking the upstream again.
pub const NEGATIVE_TTL_MAX: Millis = Millis::from_secs(300);
/// The longest name of an upstream, in bytes, since the name is in a header of every answer.
pub const UPSTREAM_NAME_MAX: usize = 32;
