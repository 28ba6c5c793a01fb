//! What each channel's message looks like, and what the receiver's answer means.
//!
//! A message is never refused for its length: its texts are cut to what the service takes, and the
//! link to the incident stays. Every message says the severity, the title, what happened, since
//! when, how long it lasted, the checks, the summary and what to do. What others wrote is escaped
//! in each service's own way, so that it neither mentions people nor breaks out of its place.

mod answer;
mod cut;
mod discord;
mod email;
mod email_answer;
mod ntfy;
mod opsgenie;
mod pagerduty;
mod secret;
mod sentry;
mod slack;
mod teams;
mod telegram;
mod webhook;
mod wording;

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

pub use answer::DeliveryAnswer;
pub use email::{EmailFields, EmailListFields};
pub use email_answer::EmailAnswer;
use secret::Secrets;
use serde::Serialize;
use sha2::{Digest, Sha256};
pub(crate) use webhook::signed_request;
use wording::Wording;
pub(crate) use wording::{line, lines};

use super::outbox::DeliveryEnd;
use super::{Alert, AlertChannel, ChannelKind};
use crate::base::hex::hex;
use crate::base::secret_name::SecretName;
use crate::base::time::Timestamp;

/// What requests to receivers call themselves. Some services refuse requests without a name.
const USER_AGENT: &str = "Breakwater-Alert";
/// The content type of most bodies.
const JSON: &str = "application/json";

/// A message that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreparedAlert {
    /// By HTTP.
    Http(HttpAlert),
    /// By e-mail.
    Email(EmailAlert),
}

/// A request. Redirects are not followed.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpAlert {
    /// Where to. It may hold a secret.
    pub url: String,
    /// The method.
    pub method: &'static str,
    /// The fields, in lower case. Their values may hold secrets.
    pub fields: Vec<(&'static str, String)>,
    /// The body. It may hold a secret.
    pub body: String,
}

/// The secrets that a request may hold are not shown.
impl fmt::Debug for HttpAlert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAlert").field("method", &self.method).finish_non_exhaustive()
    }
}

impl HttpAlert {
    /// A POST of JSON.
    fn json(url: String, body: String) -> Self {
        let fields = alloc::vec![("content-type", JSON.into()), ("user-agent", USER_AGENT.into())];
        Self { url, method: "POST", fields, body }
    }

    fn with(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }
}

/// An e-mail, as the platform's binding takes it. Its parts are plain text: the platform encodes
/// them, and says when it was sent and under which `Message-ID`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EmailAlert {
    /// The sender's address.
    pub from: String,
    /// The recipients' addresses.
    pub to: Vec<String>,
    /// One line, without control characters.
    pub subject: String,
    /// Further fields, of those that the platform takes.
    pub headers: EmailFields,
    /// The text, for programs that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl EmailAlert {
    /// The binding's argument as JSON.
    pub fn to_json(&self) -> String {
        // Only maps with keys that are no texts, and a writer that fails, make errors.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A message cannot be made. What it shows holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrepareError {
    /// The Worker has no such secret.
    SecretUnset(SecretName),
    /// The secret does not have the form that the service gives it.
    SecretMalformed(SecretName, &'static str),
    /// The address in the site file does not have the form that the service gives it.
    AddressMalformed(&'static str),
}

impl fmt::Display for PrepareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretUnset(name) => write!(f, "the secret `{}` is not set", name.as_str()),
            Self::SecretMalformed(name, expected) => {
                write!(f, "the value of the secret `{}` is not {expected}", name.as_str())
            }
            Self::AddressMalformed(expected) => write!(f, "the address is not {expected}"),
        }
    }
}

impl core::error::Error for PrepareError {}

impl AlertChannel {
    /// Makes the message of an alert for this channel. `message` is the message's id: ASCII
    /// letters, digits, `_` and `-`, the same in every attempt and for all channels. `secret` reads
    /// a Worker's secret.
    ///
    /// # Errors
    /// Returns [`PrepareError`] if a secret is missing or is not what the service gives out.
    pub fn prepare(
        &self,
        alert: &Alert,
        message: &str,
        secret: &dyn Fn(&SecretName) -> Option<String>,
        now: Timestamp,
    ) -> Result<PreparedAlert, PrepareError> {
        let secrets = Secrets(secret);
        let wording = Wording::of(alert);
        let request = match &self.kind {
            ChannelKind::Webhook { address, secrets: names } => {
                webhook::request(alert, message, address, names, &secrets, now)
            }
            ChannelKind::Slack { address } => slack::request(&wording, address, &secrets),
            ChannelKind::Discord { address } => discord::request(&wording, address, &secrets),
            ChannelKind::Teams { address } => teams::request(&wording, address, &secrets),
            ChannelKind::Telegram { api, token, chat } => {
                telegram::request(&wording, api, token, chat, &secrets)
            }
            ChannelKind::Pagerduty { url, routing_key } => {
                pagerduty::request(&wording, url, routing_key, &secrets)
            }
            ChannelKind::Opsgenie { url, key } => opsgenie::request(&wording, url, key, &secrets),
            ChannelKind::Ntfy { address, token } => {
                ntfy::request(&wording, address, token.as_ref(), &secrets)
            }
            ChannelKind::Sentry { dsn } => sentry::request(&wording, message, dsn, &secrets, now),
            ChannelKind::Email { from, to } => {
                return Ok(PreparedAlert::Email(email::message(&wording, message, from, to)));
            }
        };
        request.map(PreparedAlert::Http)
    }

    /// Says what the receiver's answer to a request means.
    pub fn judge(&self, answer: &DeliveryAnswer<'_>, now: Timestamp) -> DeliveryEnd {
        answer::judge(&self.kind, answer, now)
    }
}

/// Half of a SHA-256, in hexadecimal: 32 characters. It stands for a text where a service wants an
/// id of its own form.
fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    hex(&digest[..digest.len() / 2])
}

/// The incident's id, or its digest where the service would not take it as a key.
fn key_of(id: &str, max: usize) -> String {
    let is_plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_graphic());
    match is_plain && id.len() <= max {
        true => id.into(),
        false => digest(id),
    }
}
