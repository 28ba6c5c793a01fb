//! The fields that a proxy removes from requests and answers, and the other rules of forwarding.
//! JavaScript needs the same rules when the wasm cannot decide, and repeats none of them: the build
//! writes [`ForwardingRules`] into the bundle, and [`SiteForwarding`] is in the compiled site.

mod warnings;

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use serde::Serialize;

use crate::base::location::ADDRESS_FIELDS;
use crate::base::method::SAFE_METHODS;
use crate::base::path::EscapedSlashes;
use crate::base::pattern::Pattern;
use crate::circuit::outcome::BODYLESS_METHODS;
use crate::site::config::{Site, Upstream};
use crate::site::guard::{FIELDS_MAX, Refused, URL_MAX};
use crate::site::health::HealthEndpoint;
use crate::site::operator::SESSION_COOKIES;
use crate::site::operator_path::PREFIX;
use crate::watch::maintenance::PASS_FIELD;
pub use warnings::{AnswerWarnings, IDLE_MIN, RedirectFacts, is_redirect};

/// Request fields that no upstream gets from a visitor: those that concern one connection only (RFC
/// 9110 §7.6.1); `Expect`, whose interim answer would be taken for the answer; what only a proxy
/// may say, where a visitor's word would be believed; what stands in for the path and the method
/// that routes go by; and the operators' secret, which is Breakwater's alone.
pub const DROPPED: [&str; 19] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "expect",
    "proxy-authorization",
    "forwarded",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-scheme",
    "x-forwarded-server",
    "x-real-ip",
    "true-client-ip",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    PASS_FIELD,
];

/// Fields of answers that no visitor gets from an upstream. The platform itself sends neither
/// `Connection` nor `Transfer-Encoding` on; `Breakwater` is ours to say.
pub const DROPPED_FROM_ANSWERS: [&str; 4] =
    ["keep-alive", "proxy-connection", "proxy-authenticate", "breakwater"];

/// Fields that naming them in `Connection` does not strip: an upstream that no longer sees these
/// would take the visitor for another one, and a WebSocket would be none.
pub const NEVER_STRIPPED: [&str; 3] = ["authorization", "cookie", "upgrade"];

/// What `Connection` may list without stripping anything: options that are no fields, and fields
/// that are dropped anyway, or never stripped.
pub const PLAIN_CONNECTION: [&str; 3] = ["close", "keep-alive", "upgrade"];

/// Conditions that a visitor makes of an answer: with validators of our own they mean nothing.
pub const CONDITIONS: [&str; 5] =
    ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"];

/// Our member of `Via` (RFC 9110 §7.6.3) at this host.
pub fn via(host: &str) -> String {
    format!("1.1 {}", pseudonym(host))
}

/// Our name in `Via`.
pub fn pseudonym(host: &str) -> String {
    format!("breakwater-{host}")
}

/// Returns the origin that an upstream names in the addresses of its answers, where `origin` is
/// the one that requests are sent to. An upstream that is asked by another name knows itself by
/// that. If the name is the site's, its addresses lead to the site already, and those that are
/// still the upstream's own come from its settings.
pub fn said_origin<'a>(origin: Cow<'a, str>, upstream: &Upstream, site: &Site) -> Cow<'a, str> {
    let Some(host) = upstream.host.as_ref().filter(|host| **host != site.host) else {
        return origin;
    };
    let Some((scheme, rest)) = origin.split_once("://") else { return origin };
    let base = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
    [scheme, "://", host, base].concat().into()
}

/// What JavaScript needs in order to send requests on by itself, and is the same for every site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForwardingRules {
    /// [`DROPPED`].
    pub dropped: Vec<&'static str>,
    /// [`DROPPED_FROM_ANSWERS`].
    pub dropped_from_answers: Vec<&'static str>,
    /// [`NEVER_STRIPPED`].
    pub never_stripped: Vec<&'static str>,
    /// [`PLAIN_CONNECTION`].
    pub plain_connection: Vec<&'static str>,
    /// [`SESSION_COOKIES`]: no upstream gets them, and none sets them. An upstream that knew one
    /// could act as the operator whose it is, and one that sets it could log an operator out, or
    /// into a session of its own.
    pub session_cookies: Vec<&'static str>,
    /// [`ADDRESS_FIELDS`]: what else may name the upstream's address is a cookie.
    pub address_fields: Vec<&'static str>,
    /// [`BODYLESS_METHODS`].
    pub bodyless_methods: Vec<&'static str>,
    /// [`SAFE_METHODS`]: such a request may be sent again though it may have arrived.
    pub safe_methods: Vec<&'static str>,
    /// [`URL_MAX`].
    pub url_max: usize,
    /// [`FIELDS_MAX`].
    pub fields_max: usize,
    /// Status and phrase of each refusal.
    pub refused: Refusals,
}

/// Status and phrase of each [`Refused`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusals {
    /// Of a path.
    pub path: (u16, &'static str),
    /// Of a URL.
    pub url: (u16, &'static str),
    /// Of fields.
    pub fields: (u16, &'static str),
    /// Of what has been here before.
    pub again: (u16, &'static str),
}

/// The owner of the paths that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForwardingEntry {
    /// The paths, normalised, as a regular expression ([`Pattern::to_regex`]).
    pub pattern: String,
    /// What becomes of escaped slashes.
    pub escaped_slashes: EscapedSlashes,
    /// Where they are sent; Breakwater's own are not.
    pub upstream: Option<ForwardingUpstream>,
}

/// Where requests are sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForwardingUpstream {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub origin: String,
    /// The name by which it is asked; `None` for its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// How long a call may take until the answer's fields are there, in milliseconds.
    pub timeout: u64,
    /// The pattern of the route, as the site file has it.
    pub route: String,
}

/// What the same needs of the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteForwarding {
    /// Whose paths are at the site's own host: the first entry that matches wins, and the last
    /// matches everything.
    pub entries: Vec<ForwardingEntry>,
    /// The same at the status page's host.
    pub status_entries: Vec<ForwardingEntry>,
    /// The status page's host.
    pub status_host: Option<String>,
    /// What `Via` calls us.
    pub pseudonym: String,
}

impl ForwardingRules {
    /// The rules.
    pub fn new() -> Self {
        Self {
            dropped: DROPPED.to_vec(),
            dropped_from_answers: DROPPED_FROM_ANSWERS.to_vec(),
            never_stripped: NEVER_STRIPPED.to_vec(),
            plain_connection: PLAIN_CONNECTION.to_vec(),
            session_cookies: SESSION_COOKIES.to_vec(),
            address_fields: ADDRESS_FIELDS.to_vec(),
            bodyless_methods: BODYLESS_METHODS.to_vec(),
            safe_methods: SAFE_METHODS.to_vec(),
            url_max: URL_MAX,
            fields_max: FIELDS_MAX,
            refused: Refusals {
                path: Refused::EscapedSlash.status(),
                url: Refused::UrlTooLong(0).status(),
                fields: Refused::FieldsTooLarge(0).status(),
                again: Refused::Loop.status(),
            },
        }
    }

    /// The module that the build writes. Its type is in the entry's `rules.ts`, against which the
    /// compiler of the entry holds the values.
    ///
    /// # Errors
    /// What `serde_json` says of values that are no JSON, of which there are none.
    pub fn typescript(&self) -> Result<String, serde_json::Error> {
        let rules = serde_json::to_string_pretty(self)?;
        Ok(format!(
            "// Made by the build from core.\nimport type {{ ForwardingRules }} from \
             \"./rules.ts\";\n\nexport const forwardingRules: ForwardingRules = {rules};\n"
        ))
    }
}

impl Default for ForwardingRules {
    fn default() -> Self {
        Self::new()
    }
}

impl SiteForwarding {
    /// Of a site.
    pub fn of(site: &Site) -> Self {
        let own = |pattern: String| ForwardingEntry {
            pattern: Pattern::own(pattern).to_regex(),
            escaped_slashes: EscapedSlashes::Auto,
            upstream: None,
        };
        let health = site.health.iter().flat_map(|health| {
            HealthEndpoint::ALL.iter().map(move |(_, rest)| [health.as_str(), rest].concat())
        });
        let routes = site.routes.iter().map(|route| ForwardingEntry {
            pattern: route.pattern.to_regex(),
            escaped_slashes: route.escaped_slashes,
            upstream: site.upstreams.get(route.upstream).map(|upstream| ForwardingUpstream {
                name: upstream.name.clone(),
                origin: upstream.origin.as_str().to_string(),
                host: upstream.host.clone(),
                timeout: route.timeout.get(),
                route: route.pattern.as_str().to_string(),
            }),
        });
        let operators = || own(format!("{PREFIX}/*"));
        let entries = [operators()].into_iter().chain(health.map(own));
        let status = site.status.iter().map(|status| own(format!("{status}/*")));
        Self {
            entries: entries.chain(status).chain(routes).collect(),
            status_entries: Vec::from([operators(), own("/*".into())]),
            status_host: site.status_host.clone(),
            pseudonym: pseudonym(&site.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "toml")]
    #[test]
    fn an_upstream_names_the_host_that_it_is_asked_by_unless_that_is_the_sites() {
        for (line, said) in [
            ("", "https://web.example/a"),
            ("host = \"upstream\"", "https://web.example/a"),
            ("host = \"site\"", "https://web.example/a"),
            ("host = \"blog.example\"", "https://blog.example/a"),
        ] {
            let text = format!(
                "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n[upstreams.web]\n\
                 origin = \"https://web.example/a\"\n{line}\n[[routes]]\nmatch = \"/*\"\n\
                 upstream = \"web\"\n"
            );
            let site = crate::site::config::parse("breakwater.toml", &text).unwrap();
            let upstream = &site.upstreams[0];
            assert_eq!(said_origin(upstream.origin.as_str().into(), upstream, &site), said);
            let rules = SiteForwarding::of(&site);
            let entry = rules.entries.last().and_then(|entry| entry.upstream.as_ref());
            assert_eq!(entry.map(|entry| &entry.host), Some(&upstream.host));
        }
    }

    #[test]
    fn the_names_of_cookies_are_their_own_pattern() {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        for name in SESSION_COOKIES {
            assert!(name.bytes().all(is_plain), "{name}");
        }
    }

    #[test]
    fn a_plain_connection_strips_nothing_that_would_pass_otherwise() {
        for name in PLAIN_CONNECTION {
            let is_option = name == "close";
            assert!(
                is_option || DROPPED.contains(&name) || NEVER_STRIPPED.contains(&name),
                "{name}"
            );
        }
    }
}
