//! The services that alerts go to: what each refuses, by its published limits, and how it answers.
//!
//! [`Service::check`] judges a request without any network, so that a property of thousands of
//! messages is quickly tried. With the feature `http` a [`Receiver`] is a server that judges in the
//! same way, and that a test can make fail first.
//!
//! Nothing here is shared with what makes the messages: these are the services' documents, read
//! a second time.

mod discord;
mod form;
mod markup;
mod ntfy;
mod opsgenie;
mod pagerduty;
mod sentry;
#[cfg(feature = "http")]
mod sentry_project;
#[cfg(feature = "http")]
mod server;
mod slack;
mod teams;
mod telegram;
#[cfg(test)]
mod tests;
mod webhook;

use serde_json::json;

#[cfg(feature = "http")]
pub use sentry_project::{ReceivedEnvelope, SentryProject};
#[cfg(feature = "http")]
pub use server::{Received, Receiver};

/// A service that takes alerts by HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Standard Webhooks 1.0.0.
    Webhook,
    /// An incoming webhook of Slack.
    Slack,
    /// A webhook of Discord.
    Discord,
    /// A workflow of Microsoft Teams.
    Teams,
    /// The Bot API of Telegram.
    Telegram,
    /// PagerDuty's Events API v2.
    Pagerduty,
    /// Opsgenie's alert API.
    Opsgenie,
    /// A server of ntfy.
    Ntfy,
    /// A project of Sentry.
    Sentry,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Came {
    /// The method.
    pub method: String,
    /// The path and the query.
    pub path: String,
    /// The fields, by their names in lower case.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Came {
    /// The value of a field; empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        let named = self.fields.iter().find(|(field, _)| field == name);
        named.map_or("", |(_, value)| value)
    }
}

/// What a service makes of a message that it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// What people can read, without markup.
    pub text: String,
    /// The addresses behind links and buttons.
    pub links: Vec<String>,
    /// What would call people by name or all of them.
    pub mentions: Vec<String>,
    /// The key by which it joins what belongs together, if it does that.
    pub key: Option<String>,
}

/// Why a service refuses a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The status of its answer.
    pub status: u16,
    /// What is wrong.
    pub what: String,
}

impl Fault {
    fn new(status: u16, what: impl Into<String>) -> Self {
        Self { status, what: what.into() }
    }
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Webhook,
        Self::Slack,
        Self::Discord,
        Self::Teams,
        Self::Telegram,
        Self::Pagerduty,
        Self::Opsgenie,
        Self::Ntfy,
        Self::Sentry,
    ];

    /// Takes a request as the service does. `secret` is what the service knows the sender by: the
    /// webhook's secret, a token or a key. The services whose URLs are secret look at none.
    ///
    /// # Errors
    /// Returns the [`Fault`] for which the service refuses the request.
    pub fn check(self, came: &Came, secret: &str) -> Result<Shown, Fault> {
        if came.method != "POST" {
            return Err(Fault::new(405, "the method is not POST"));
        }
        let is_envelope = self == Self::Sentry;
        let expected =
            if is_envelope { "application/x-sentry-envelope" } else { "application/json" };
        if came.field("content-type") != expected {
            return Err(Fault::new(400, format!("the content type is not {expected}")));
        }
        if came.field("user-agent").is_empty() {
            return Err(Fault::new(403, "the sender has no name"));
        }
        match self {
            Self::Webhook => webhook::check(came, secret),
            Self::Slack => slack::check(came),
            Self::Discord => discord::check(came),
            Self::Teams => teams::check(came),
            Self::Telegram => telegram::check(came, secret),
            Self::Pagerduty => pagerduty::check(came, secret),
            Self::Opsgenie => opsgenie::check(came, secret),
            Self::Ntfy => ntfy::check(came, secret),
            Self::Sentry => sentry::check(came, secret),
        }
    }

    /// The status and the body by which the service says that it has a message.
    pub fn accepted(self) -> (u16, String) {
        match self {
            Self::Webhook => (200, String::new()),
            Self::Slack => (200, "ok".into()),
            Self::Discord => (204, String::new()),
            Self::Teams => (202, String::new()),
            Self::Telegram => {
                (200, json!({ "ok": true, "result": { "message_id": 1 } }).to_string())
            }
            Self::Pagerduty => (202, json!({ "status": "success" }).to_string()),
            Self::Opsgenie => (202, json!({ "result": "Request will be processed" }).to_string()),
            Self::Ntfy => (200, json!({ "id": "a", "event": "message" }).to_string()),
            Self::Sentry => (200, json!({ "id": "a" }).to_string()),
        }
    }

    /// The body of an answer that says what is wrong, in the service's own form. `wait` is for how
    /// many seconds the service wants to be left alone; some say so here.
    pub fn refused(self, fault: &Fault, wait: Option<u64>) -> String {
        let Fault { status, what } = fault;
        match self {
            Self::Webhook | Self::Teams => what.clone(),
            Self::Slack => "invalid_payload".into(),
            Self::Discord => match wait {
                Some(wait) => {
                    let wait = wait as f64;
                    json!({ "message": what, "retry_after": wait, "global": false }).to_string()
                }
                None => json!({ "message": what, "code": 50035 }).to_string(),
            },
            Self::Telegram => {
                let mut said = json!({ "ok": false, "error_code": status, "description": what });
                if let Some(wait) = wait {
                    said["parameters"] = json!({ "retry_after": wait });
                }
                said.to_string()
            }
            Self::Pagerduty => json!({ "status": "invalid event", "errors": [what] }).to_string(),
            Self::Opsgenie => json!({ "message": what, "took": 0.0 }).to_string(),
            Self::Ntfy => json!({ "code": status, "http": status, "error": what }).to_string(),
            Self::Sentry => json!({ "detail": what }).to_string(),
        }
    }
}
