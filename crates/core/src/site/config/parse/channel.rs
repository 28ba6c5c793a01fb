//! The keys of `[[channels]]`.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use super::alerts::address;
use super::quiet::quiet;
use super::table::{Table, Value};
use super::text::{hidden_url, new_name, secret};
use crate::base::host::is_host_name;
use crate::base::origin::Origin;
use crate::base::secret_name::SecretName;
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem};
use crate::watch::alert::outbox::RETRY_DEFAULT;
use crate::watch::alert::{
    AlertChannel, CHANNELS_MAX, ChannelAddress, ChannelKind, WEBHOOK_SECRETS_MAX,
};
use crate::watch::severity::Severity;

pub(super) const CHANNEL_KEYS: &[&str] = &[
    "name",
    "kind",
    "url",
    "secret_url",
    "secret",
    "api",
    "token",
    "chat",
    "routing_key",
    "key",
    "dsn",
    "from",
    "to",
    "severities",
    "spacing",
    "retry",
    "escalate_after",
    "repeat",
    "quiet",
];
/// The keys that only some kinds have, each with these kinds.
const KINDS_OF_KEYS: &[(&str, &[&str])] = &[
    ("url", &["webhook", "slack", "discord", "teams", "ntfy", "pagerduty", "opsgenie"]),
    ("secret_url", &["webhook", "slack", "discord", "teams", "ntfy"]),
    ("secret", &["webhook"]),
    ("api", &["telegram"]),
    ("token", &["telegram", "ntfy"]),
    ("chat", &["telegram"]),
    ("routing_key", &["pagerduty"]),
    ("key", &["opsgenie"]),
    ("dsn", &["sentry"]),
    ("from", &["email"]),
    ("to", &["email"]),
];

/// Telegram's API (core.telegram.org/bots/api).
const TELEGRAM_API: &str = "https://api.telegram.org";
/// The Events API v2 (developer.pagerduty.com).
const PAGERDUTY_URL: &str = "https://events.pagerduty.com/v2/enqueue";
/// Opsgenie's alert API (docs.opsgenie.com/docs/alert-api).
const OPSGENIE_URL: &str = "https://api.opsgenie.com/v2/alerts";
/// The time from one message to the next, in milliseconds, if the channel does not set `spacing`.
const SPACING_DEFAULT: Millis = Millis::from_secs(1);
/// The shortest `retry`, in milliseconds, so that a receiver that fails is not called without a
/// pause.
const RETRY_MIN: Millis = Millis::from_secs(1);
/// The longest `retry`, in milliseconds: within a day there are several attempts then.
const RETRY_MAX: Millis = Millis::from_secs(60);
/// The longest `spacing`, in milliseconds.
const SPACING_MAX: Millis = Millis::from_secs(3600);
/// The shortest `escalate_after` and `repeat`, in milliseconds.
const WAIT_MIN: Millis = Millis::from_secs(1);
/// The longest `escalate_after` and `repeat`, in milliseconds: a day.
const WAIT_MAX: Millis = Millis::from_secs(24 * 3600);
/// The largest number of recipients of one channel.
const RECIPIENTS_MAX: usize = 10;
/// The longest part of an e-mail address before the `@`, in characters (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_MAX: usize = 64;
/// The longest chat's id or name, in bytes.
const CHAT_MAX: usize = 64;

/// The names of the kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChannelKindName {
    Webhook,
    Slack,
    Discord,
    Teams,
    Telegram,
    Pagerduty,
    Opsgenie,
    Ntfy,
    Sentry,
    Email,
}

impl ChannelKindName {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Teams => "teams",
            Self::Telegram => "telegram",
            Self::Pagerduty => "pagerduty",
            Self::Opsgenie => "opsgenie",
            Self::Ntfy => "ntfy",
            Self::Sentry => "sentry",
            Self::Email => "email",
        }
    }
}

/// Reads the channels, in the order of the file.
pub(super) fn channels(list: &Value<'_>) -> Result<Vec<AlertChannel>, ConfigError> {
    let mut channels: Vec<AlertChannel> = Vec::new();
    for value in list.items()? {
        value.room_for(channels.len(), CHANNELS_MAX, "channels")?;
        let table = value.table(CHANNEL_KEYS)?;
        let name = table.required("name", |value| {
            let names = channels.iter().map(|channel| channel.name.as_str());
            new_name(value, names, "a name that no other channel has")
        })?;
        channels.push(channel(&table, name)?);
    }
    Ok(channels)
}

fn channel(table: &Table<'_>, name: String) -> Result<AlertChannel, ConfigError> {
    let kind_name = table.required("kind", |value| value.name_of::<ChannelKindName>("kind"))?;
    table.check_kind(kind_name.as_str(), KINDS_OF_KEYS)?;
    let wait = |key| table.optional(key, |value| value.duration_between(WAIT_MIN, WAIT_MAX));
    Ok(AlertChannel {
        name,
        kind: kind(table, kind_name)?,
        severities: table
            .optional("severities", severities)?
            .unwrap_or_else(|| Severity::ALL.into()),
        retry: table
            .optional("retry", |value| value.duration_between(RETRY_MIN, RETRY_MAX))?
            .unwrap_or(RETRY_DEFAULT),
        spacing: table
            .optional("spacing", |value| value.duration_between(Millis::ZERO, SPACING_MAX))?
            .unwrap_or(SPACING_DEFAULT),
        escalate_after: wait("escalate_after")?,
        repeat: wait("repeat")?,
        quiet: table.optional("quiet", quiet)?,
    })
}

fn kind(table: &Table<'_>, name: ChannelKindName) -> Result<ChannelKind, ConfigError> {
    let url =
        |default: &str| Ok(table.optional("url", hidden_url)?.unwrap_or_else(|| default.into()));
    Ok(match name {
        ChannelKindName::Webhook => ChannelKind::Webhook {
            address: required_address(table)?,
            secrets: table.required("secret", secrets)?,
        },
        ChannelKindName::Slack => ChannelKind::Slack { address: required_address(table)? },
        ChannelKindName::Discord => ChannelKind::Discord { address: required_address(table)? },
        ChannelKindName::Teams => ChannelKind::Teams { address: required_address(table)? },
        ChannelKindName::Telegram => ChannelKind::Telegram {
            api: table.optional("api", api)?.unwrap_or_else(|| TELEGRAM_API.into()),
            token: table.required("token", secret)?,
            chat: table.required("chat", chat)?,
        },
        ChannelKindName::Pagerduty => ChannelKind::Pagerduty {
            url: url(PAGERDUTY_URL)?,
            routing_key: table.required("routing_key", secret)?,
        },
        ChannelKindName::Opsgenie => {
            ChannelKind::Opsgenie { url: url(OPSGENIE_URL)?, key: table.required("key", secret)? }
        }
        ChannelKindName::Ntfy => ChannelKind::Ntfy {
            address: required_address(table)?,
            token: table.optional("token", secret)?,
        },
        ChannelKindName::Sentry => ChannelKind::Sentry { dsn: table.required("dsn", secret)? },
        ChannelKindName::Email => ChannelKind::Email {
            from: table.required("from", email)?,
            to: table.required("to", recipients)?,
        },
    })
}

fn required_address(table: &Table<'_>) -> Result<ChannelAddress, ConfigError> {
    const KEYS: [&str; 2] = ["url", "secret_url"];
    let address = address(table, KEYS, "`url` or `secret_url`, not both")?;
    address.ok_or_else(|| table.error(Problem::MissingOneOf(&KEYS)))
}

/// Reads the names of the secrets that sign a webhook, of which there are several during a
/// rotation.
fn secrets(value: &Value<'_>) -> Result<Vec<SecretName>, ConfigError> {
    let mut secrets: Vec<SecretName> = Vec::new();
    for item in value.one_or_more("the name of a secret, or a list of names")? {
        let name = secret(&item)?;
        if secrets.contains(&name) {
            return Err(item.refused(name.as_str(), "each secret once"));
        }
        item.room_for(secrets.len(), WEBHOOK_SECRETS_MAX, "secrets")?;
        secrets.push(name);
    }
    Ok(secrets)
}

/// Reads the address of an API, without a slash at its end.
fn api(value: &Value<'_>) -> Result<String, ConfigError> {
    // A bot's token is a part of URLs below the API, so it may be in this one by mistake.
    Origin::parse(value.string()?)
        .map(String::from)
        .map_err(|error| value.refused("…", error.expected))
}

/// Reads the id of a chat, which is negative for groups, or the name of a public channel.
fn chat(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "a chat's id such as `\"-1001234567890\"`, or `\"@name\"`";
    let chat = value.text(EXPECTED)?;
    let is_chat = chat.len() <= CHAT_MAX
        && match chat.strip_prefix('@') {
            Some(name) => {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            }
            None => {
                let digits = chat.strip_prefix('-').unwrap_or(chat);
                !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
            }
        };
    // A bot's token, which has a colon, is not shown if it stands here by mistake.
    if is_chat { Ok(chat.into()) } else { Err(value.refused("…", EXPECTED)) }
}

fn recipients(list: &Value<'_>) -> Result<Vec<String>, ConfigError> {
    let mut recipients: Vec<String> = Vec::new();
    for value in list.strings()? {
        let recipient = email(&value)?;
        if recipients.contains(&recipient) {
            return Err(value.refused(&recipient, "each address once"));
        }
        value.room_for(recipients.len(), RECIPIENTS_MAX, "addresses")?;
        recipients.push(recipient);
    }
    if recipients.is_empty() {
        return Err(list.error(Problem::Empty { expected: "at least one address" }));
    }
    Ok(recipients)
}

/// Reads an address in the form of RFC 5322's `dot-atom`, without a name beside it.
pub(super) fn email(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "an address such as `ops@shop.example`, with its host in lower case";
    let text = value.string()?;
    let is_atom = |atom: &str| {
        let is_part = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
        !atom.is_empty() && atom.bytes().all(is_part)
    };
    let is_address = text.split_once('@').is_some_and(|(local, host)| {
        local.len() <= LOCAL_PART_MAX && local.split('.').all(is_atom) && is_host_name(host)
    });
    if is_address { Ok(text.into()) } else { Err(value.refused(text, EXPECTED)) }
}

pub(super) fn severities(list: &Value<'_>) -> Result<Vec<Severity>, ConfigError> {
    let mut severities: Vec<Severity> = Vec::new();
    for value in list.strings()? {
        let severity = value.name_of::<Severity>("severity")?;
        if severities.contains(&severity) {
            return Err(value.refused(severity.as_str(), "each severity once"));
        }
        severities.push(severity);
    }
    if severities.is_empty() {
        return Err(list.error(Problem::Empty { expected: "at least one severity" }));
    }
    Ok(severities)
}
