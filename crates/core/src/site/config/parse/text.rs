//! Texts, URLs and names of secrets, as the tables about watching have them.

use alloc::format;
use alloc::string::{String, ToString as _};

use super::table::Value;
use super::{NAME_EXPECTED, is_name};
use crate::base::secret_name::{SecretName, SecretNameError};
use crate::site::config::{ConfigError, Problem};
use crate::watch::dependency::{DependencyKind, DependencyUrl};

/// The longest URL, in bytes.
pub(super) const URL_MAX: usize = 2000;

/// Reads a text of 1 to `max` bytes. The error shows only the text's length.
pub(super) fn bounded<'a>(value: &Value<'a>, max: usize) -> Result<&'a str, ConfigError> {
    let text = value.string()?;
    if (1..=max).contains(&text.len()) {
        return Ok(text);
    }
    let allowed = format!("1 to {max} bytes");
    Err(value.error(Problem::OutOfRange { value: text.len().to_string(), allowed }))
}

/// Reads a name that none of these names equals. `expected` says so.
pub(super) fn new_name<'a>(
    value: &Value<'_>,
    mut taken: impl Iterator<Item = &'a str>,
    expected: &'static str,
) -> Result<String, ConfigError> {
    let name = value.string()?;
    if !is_name(name) {
        return Err(value.refused(name, NAME_EXPECTED));
    }
    if taken.any(|other| other == name) {
        return Err(value.refused(name, expected));
    }
    Ok(name.into())
}

/// Reads a name that is one of these names. `what` says what they are names of.
pub(super) fn known_name<'a>(
    value: &Value<'_>,
    what: &'static str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Result<String, ConfigError> {
    let name = value.string()?;
    if known.clone().any(|other| other == name) {
        return Ok(name.into());
    }
    let known = known.map(String::from).collect();
    Err(value.error(Problem::UnknownName { what, value: name.into(), known }))
}

/// Reads an absolute URL, with a path. The error shows neither a user nor a query.
pub(super) fn url(value: &Value<'_>) -> Result<String, ConfigError> {
    DependencyUrl::parse(bounded(value, URL_MAX)?, DependencyKind::Http)
        .map(String::from)
        .map_err(|error| value.error(Problem::DependencyUrl(error)))
}

/// Reads the URL of a WebSocket, and returns it with the scheme of the request that opens it.
pub(super) fn socket_url(value: &Value<'_>) -> Result<String, ConfigError> {
    let text = bounded(value, URL_MAX)?;
    let opened = match text.strip_prefix("wss://") {
        Some(rest) => ["https://", rest].concat(),
        None => text
            .strip_prefix("ws://")
            .map_or_else(|| text.into(), |rest| ["http://", rest].concat()),
    };
    DependencyUrl::parse(&opened, DependencyKind::Http)
        .map(String::from)
        .map_err(|error| value.error(Problem::DependencyUrl(error)))
}

/// Reads an absolute URL that may be a secret, so that the error shows nothing of it.
#[cfg(feature = "toml")]
pub(super) fn hidden_url(value: &Value<'_>) -> Result<String, ConfigError> {
    DependencyUrl::parse(bounded(value, URL_MAX)?, DependencyKind::Http)
        .map(String::from)
        .map_err(|error| value.refused("…", error.expected))
}

/// Reads the name of a Worker's secret.
pub(super) fn secret(value: &Value<'_>) -> Result<SecretName, ConfigError> {
    // The value is not shown, since it may be the secret itself, written here by mistake.
    SecretName::parse(value.string()?)
        .map_err(|SecretNameError| value.refused("…", SecretNameError::EXPECTED))
}
