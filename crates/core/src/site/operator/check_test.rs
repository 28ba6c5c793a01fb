//! A check that an operator tries once, before it stands in the site file.
//!
//! The body has the keys of `[[checks]]` and is read by the same rules. Nothing is saved and no one
//! is told. What such a check may do with secrets is narrow, since the holder of the operators'
//! token could otherwise read or send any secret of the Worker: it may name only secrets that
//! checks of the site file send, all of its requests have to go to where the file sends each of
//! them, and it judges answers in which their values are already replaced, so that no assertion
//! can feel its way through a secret that a service repeats.

use core::fmt;

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::api::write_names;
use crate::base::origin::{origin_of, redacted};
use crate::base::rate_limit::RateLimit;
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Site, WatchRules, parse_check};
use crate::site::monitoring::PROBER_WAY;
use crate::watch::check::{Check, CheckFieldValue, CheckKind, FlowStep};

/// The largest number of checks that are tried within a minute. Each asks at up to six places, so
/// that a script that runs wild sends about a request a second.
pub const CHECK_TESTS_MAX: usize = 10;
/// Counts the checks that are tried.
pub type CheckTestLimit = RateLimit<CHECK_TESTS_MAX, 60_000>;
/// Bytes of a body that are read at most: 32 KiB, which hold a flow of ten steps.
pub const CHECK_TEST_BODY_MAX: usize = 32 * 1024;

/// A check that is tried once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckTest {
    check: Check,
}

impl CheckTest {
    /// Reads a check that may be tried.
    ///
    /// # Errors
    /// [`CheckTestError`] for the first thing that is wrong.
    pub fn parse(body: &[u8], site: &Site, rules: &WatchRules) -> Result<Self, CheckTestError> {
        let check = match parse_check(body, site, rules) {
            Ok(read) => read.map_err(CheckTestError::Check)?,
            Err(error) => return Err(CheckTestError::NotJson(error.to_string())),
        };
        if matches!(check.kind, CheckKind::Heartbeat { .. }) {
            return Err(CheckTestError::Heartbeat);
        }
        check_secrets(&check, rules)?;
        Ok(Self { check })
    }

    /// The check.
    pub const fn check(&self) -> &Check {
        &self.check
    }

    /// What is asked, without a query.
    pub fn target(&self) -> String {
        target_of(&self.check)
    }

    /// The time after which no answer of this place comes any more.
    pub fn within(&self, place: &str) -> Millis {
        self.check.longest(place).saturating_add(PROBER_WAY)
    }
}

/// What a check asks, without the query of its URL, which may hold a secret.
pub(super) fn target_of(check: &Check) -> String {
    match &check.kind {
        CheckKind::Http(request) | CheckKind::Websocket { request, .. } => redacted(&request.url),
        CheckKind::Tcp { host, port } | CheckKind::Tls { host, port, .. } => {
            format!("{host}:{port}")
        }
        CheckKind::Dns { name, .. } => name.clone(),
        CheckKind::Domain(question) => question.name.clone(),
        CheckKind::Flow(steps) => {
            let first = steps.first().map(|step| step.url.as_written());
            redacted(&first.unwrap_or_default())
        }
        CheckKind::Heartbeat { .. } => String::new(),
    }
}

/// Refuses secrets that the site file does not send to the same places.
fn check_secrets(check: &Check, rules: &WatchRules) -> Result<(), CheckTestError> {
    let mut secrets: Vec<&str> = check.secrets().map(|name| name.as_str()).collect();
    secrets.dedup();
    let (Some(first), sent) = (secrets.first(), sent(rules)) else { return Ok(()) };
    for secret in &secrets {
        let allowed: Vec<&str> =
            sent.iter().filter(|(name, _)| name == secret).map(|(_, origin)| *origin).collect();
        if allowed.is_empty() {
            let known: BTreeSet<&str> = sent.iter().map(|(name, _)| *name).collect();
            return Err(CheckTestError::UnknownSecret {
                secret: (*secret).into(),
                known: known.into_iter().map(String::from).collect(),
            });
        }
        let origins = origins(&check.kind);
        if let Some((key, origin)) = origins.into_iter().find(|(_, it)| !allowed.contains(&&**it)) {
            return Err(CheckTestError::SecretElsewhere {
                key,
                origin,
                secret: (*secret).into(),
                allowed: allowed.into_iter().map(String::from).collect(),
            });
        }
    }
    // The platform follows with all fields, wherever the answer leads.
    let follows = matches!(&check.kind, CheckKind::Http(request) if request.follows_redirects);
    if follows { Err(CheckTestError::Redirects { secret: (*first).into() }) } else { Ok(()) }
}

/// The secrets that checks of the site file send, each with where.
fn sent(rules: &WatchRules) -> Vec<(&str, &str)> {
    let mut sent = Vec::new();
    for check in &rules.checks {
        match &check.kind {
            CheckKind::Http(request) | CheckKind::Websocket { request, .. } => {
                sent.extend(request.fields.iter().filter_map(|(_, value)| match value {
                    CheckFieldValue::Secret { name, .. } => {
                        Some((name.as_str(), origin_of(&request.url)))
                    }
                    CheckFieldValue::Plain(_) => None,
                }));
            }
            CheckKind::Flow(steps) => {
                sent.extend(steps.iter().flat_map(|step| {
                    step.secrets().map(|name| (name.as_str(), origin_of(step.url.beginning())))
                }));
            }
            CheckKind::Tcp { .. }
            | CheckKind::Dns { .. }
            | CheckKind::Domain(_)
            | CheckKind::Tls { .. }
            | CheckKind::Heartbeat { .. } => {}
        }
    }
    sent
}

/// Where the requests of a check go, each with the path of its key.
fn origins(kind: &CheckKind) -> Vec<(String, String)> {
    match kind {
        CheckKind::Http(request) | CheckKind::Websocket { request, .. } => {
            Vec::from([("url".to_string(), origin_of(&request.url).into())])
        }
        CheckKind::Flow(steps) => {
            let of_step = |(at, step): (usize, &FlowStep)| {
                (format!("steps[{at}].url"), origin_of(step.url.beginning()).into())
            };
            steps.iter().enumerate().map(of_step).collect()
        }
        CheckKind::Tcp { .. }
        | CheckKind::Dns { .. }
        | CheckKind::Domain(_)
        | CheckKind::Tls { .. }
        | CheckKind::Heartbeat { .. } => Vec::new(),
    }
}

/// Why a body is no check that may be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckTestError {
    /// It is not JSON; the parser's words.
    NotJson(String),
    /// It is not a check.
    Check(ConfigError),
    /// Its job would report by itself.
    Heartbeat,
    /// No check of the site file sends this secret.
    UnknownSecret {
        /// The secret's name.
        secret: String,
        /// Those that checks send.
        known: Vec<String>,
    },
    /// The site file sends this secret elsewhere.
    SecretElsewhere {
        /// The key of the URL.
        key: String,
        /// Where it leads.
        origin: String,
        /// The secret's name.
        secret: String,
        /// Where the site file sends it.
        allowed: Vec<String>,
    },
    /// A redirect might take this secret elsewhere.
    Redirects {
        /// The secret's name.
        secret: String,
    },
}

impl fmt::Display for CheckTestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(words) => write!(f, "the body is not JSON: {words}"),
            Self::Check(error) => error.without_place().fmt(f),
            Self::Heartbeat => {
                f.write_str("kind: `heartbeat` is not allowed, expected a kind that asks something")
            }
            Self::UnknownSecret { secret, known } => {
                write!(f, "`{secret}` is not a secret that a check of the site file sends")?;
                write_names(f, known.iter().map(String::as_str))
            }
            Self::SecretElsewhere { key, origin, secret, allowed } => {
                write!(f, "{key}: `{origin}` is not where the site file sends `{secret}`")?;
                write_names(f, allowed.iter().map(String::as_str))
            }
            Self::Redirects { secret } => write!(
                f,
                "redirects: `true` is not allowed, expected `false` in a test that sends \
                 `{secret}`, since a redirect may lead elsewhere"
            ),
        }
    }
}

impl core::error::Error for CheckTestError {}
