//! The channels by which people are told.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::secret_name::SecretName;
use crate::base::time::Millis;
use crate::watch::alert::QuietHours;
use crate::watch::severity::Severity;

/// Channels of one site.
pub const CHANNELS_MAX: usize = 20;
/// Current secrets of one webhook, during a rotation.
pub const WEBHOOK_SECRETS_MAX: usize = 4;

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertChannel {
    /// `[a-z][a-z0-9_-]{0,31}`; no other channel has it.
    pub name: String,
    /// The service, and what it is called with.
    pub kind: ChannelKind,
    /// The severities that it is told of.
    pub severities: Vec<Severity>,
    /// The time from one message to the next, at least.
    pub spacing: Millis,
    /// How long the first retry of a message waits; later ones wait for multiples of it.
    pub retry: Millis,
    /// It is told only of incidents that no operator has acknowledged for so long.
    pub escalate_after: Option<Millis>,
    /// After this time it is told again of an incident that lasts, and that no operator has
    /// acknowledged.
    pub repeat: Option<Millis>,
    /// When it is told nothing of what can wait.
    pub quiet: Option<QuietHours>,
}

/// A service that takes messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Standard Webhooks 1.0.0.
    Webhook {
        /// Where to.
        address: ChannelAddress,
        /// The secrets that sign it, `whsec_…`, each of them.
        secrets: Vec<SecretName>,
    },
    /// An incoming webhook of Slack.
    Slack {
        /// Where to.
        address: ChannelAddress,
    },
    /// A webhook of Discord.
    Discord {
        /// Where to.
        address: ChannelAddress,
    },
    /// A workflow of Microsoft Teams, which takes adaptive cards.
    Teams {
        /// Where to.
        address: ChannelAddress,
    },
    /// A bot of Telegram.
    Telegram {
        /// The API, without a slash at its end.
        api: String,
        /// The bot's token.
        token: SecretName,
        /// The chat's id or `@name`.
        chat: String,
    },
    /// PagerDuty's Events API v2.
    Pagerduty {
        /// The URL of `enqueue`.
        url: String,
        /// The routing key.
        routing_key: SecretName,
    },
    /// Opsgenie's alert API, or one of its shape.
    Opsgenie {
        /// The URL of `/v2/alerts`.
        url: String,
        /// The key.
        key: SecretName,
    },
    /// A topic of ntfy.
    Ntfy {
        /// The topic's URL.
        address: ChannelAddress,
        /// A token, where the topic is protected.
        token: Option<SecretName>,
    },
    /// A project of Sentry, as events.
    Sentry {
        /// The project's DSN.
        dsn: SecretName,
    },
    /// E-mail by the platform's own binding.
    Email {
        /// The sender's address.
        from: String,
        /// The recipients' addresses.
        to: Vec<String>,
    },
}

impl ChannelKind {
    /// Whether a message opens something at the service that stays open until it is closed.
    pub const fn keeps_open(&self) -> bool {
        match self {
            Self::Pagerduty { .. } | Self::Opsgenie { .. } => true,
            Self::Webhook { .. }
            | Self::Slack { .. }
            | Self::Discord { .. }
            | Self::Teams { .. }
            | Self::Telegram { .. }
            | Self::Ntfy { .. }
            | Self::Sentry { .. }
            | Self::Email { .. } => false,
        }
    }

    /// Its name in the site file.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Slack { .. } => "slack",
            Self::Discord { .. } => "discord",
            Self::Teams { .. } => "teams",
            Self::Telegram { .. } => "telegram",
            Self::Pagerduty { .. } => "pagerduty",
            Self::Opsgenie { .. } => "opsgenie",
            Self::Ntfy { .. } => "ntfy",
            Self::Sentry { .. } => "sentry",
            Self::Email { .. } => "email",
        }
    }
}

/// Where a message is sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelAddress {
    /// This URL.
    Url(String),
    /// The URL that is the value of this secret.
    Secret(SecretName),
}
