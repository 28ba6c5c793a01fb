//! Turns the text of `breakwater.toml` into a [`Site`](super::Site), or into the first error in it.
//! A check that is only tested comes as JSON, and is read by the same rules.

#[cfg(feature = "toml")]
mod alerts;
#[cfg(feature = "toml")]
mod breaker;
#[cfg(feature = "toml")]
mod budget;
#[cfg(feature = "toml")]
mod channel;
mod check;
mod check_kind;
#[cfg(feature = "toml")]
mod checks;
#[cfg(feature = "toml")]
mod components;
#[cfg(feature = "toml")]
mod cron;
#[cfg(feature = "toml")]
mod dependency;
mod expect;
mod expiry;
#[cfg(feature = "toml")]
mod file;
mod flow;
#[cfg(feature = "toml")]
mod inhibition;
#[cfg(feature = "toml")]
mod key_tables;
#[cfg(feature = "toml")]
mod locales;
#[cfg(feature = "toml")]
mod logs;
#[cfg(feature = "toml")]
mod maintenance;
#[cfg(feature = "toml")]
mod mirror;
mod names;
#[cfg(feature = "toml")]
mod objectives;
#[cfg(feature = "toml")]
mod operators;
mod outside;
#[cfg(feature = "toml")]
mod quiet;
mod request;
#[cfg(feature = "toml")]
mod retry;
#[cfg(feature = "toml")]
mod route;
#[cfg(feature = "toml")]
mod sentry;
#[cfg(feature = "toml")]
mod snapshots;
#[cfg(feature = "toml")]
mod status;
#[cfg(feature = "toml")]
mod subscriptions;
mod table;
mod text;
mod tree;

#[cfg(feature = "toml")]
pub use file::{SiteFile, parse, parse_file};
#[cfg(feature = "toml")]
pub use key_tables::{KEY_TABLES, KeyTable};
pub(crate) use request::{parse_check, parse_embedded};

use super::UPSTREAM_NAME_MAX;

/// The form of the names of upstreams, dependencies, checks, components and channels, which appear
/// in HTTP fields, in JSON keys and in addresses.
const NAME_EXPECTED: &str = "a letter a-z, then up to 31 of a-z, 0-9, `_` and `-`";

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= UPSTREAM_NAME_MAX
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}
