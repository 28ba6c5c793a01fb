//! The origin of an upstream: its scheme, host and base path.

use core::fmt;
use core::net::Ipv6Addr;

use alloc::format;
use alloc::string::String;
use serde::{Deserialize, Serialize};

use super::host::is_host_name;
use crate::base::path;

/// `https://host[:port][/base]`, without trailing slash, query, fragment or user.
///
/// `http` is for the local machine: `localhost`, `127.0.0.1` and `[::1]`. Elsewhere everybody on
/// the way would read cookies and passwords, so that only [`parse_insecure`](Self::parse_insecure)
/// takes it. The path of a request is appended to the origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

impl Origin {
    /// Reads an origin.
    ///
    /// # Errors
    /// Returns [`OriginError`] if the text does not have that form. The error shows neither user
    /// nor query.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        Self::checked(text, false)
    }

    /// Reads an origin that may be reached in clear text.
    ///
    /// # Errors
    /// Returns [`OriginError`] as [`parse`](Self::parse) does.
    pub fn parse_insecure(text: &str) -> Result<Self, OriginError> {
        Self::checked(text, true)
    }

    fn checked(text: &str, may_be_insecure: bool) -> Result<Self, OriginError> {
        match check(text, may_be_insecure) {
            Ok(()) => Ok(Self(text.into())),
            Err(expected) => Err(OriginError { value: redacted(text), expected }),
        }
    }

    /// Returns whether what is sent there can be read on the way: `http` to another machine.
    pub fn is_insecure(&self) -> bool {
        check(&self.0, false).is_err()
    }

    /// Returns the origin in the form in which it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the host and port in the form of the `Host` field.
    pub fn authority(&self) -> &str {
        let rest = self.0.split_once("://").map_or(self.0.as_str(), |(_, rest)| rest);
        rest.split_once('/').map_or(rest, |(authority, _)| authority)
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    /// What was written down was read from a site file before, which allows what it says.
    fn try_from(text: String) -> Result<Self, OriginError> {
        Self::parse_insecure(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginError {
    /// The text, with `…` in place of user, password and query, since errors end up in logs.
    pub value: String,
    /// The form that an origin must have in that place.
    pub expected: &'static str,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an origin, expected {}", self.value, self.expected)
    }
}

impl core::error::Error for OriginError {}

/// The scheme and the authority of an absolute URL, as they are written there.
pub fn origin_of(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + "://".len());
    let behind = url.get(authority..).unwrap_or_default();
    let end = authority + behind.find(['/', '?', '#']).unwrap_or(behind.len());
    url.get(..end).unwrap_or_default()
}

/// Returns the text with `…` in place of everything that may be a secret: all before the last `@`,
/// and the query.
pub(crate) fn redacted(text: &str) -> String {
    const DELIMITERS: [char; 2] = ['?', '#'];
    let Some((secret, shown)) = text.rsplit_once('@') else {
        let end = text.find(DELIMITERS).map(|at| at + 1);
        let shown = end.and_then(|end| text.get(..end));
        return shown.map_or_else(|| text.into(), |shown| format!("{shown}…"));
    };
    let mut schemes = ["https://", "http://"].into_iter();
    let scheme = schemes.find(|scheme| secret.starts_with(scheme)).unwrap_or_default();
    // The `@` may be part of a password or of a query. The text after it is shown only if it is
    // neither.
    match secret.contains(DELIMITERS) || shown.contains(DELIMITERS) {
        true => format!("{scheme}…"),
        false => format!("{scheme}…@{shown}"),
    }
}

/// Returns what was expected if the text is not an origin.
fn check(text: &str, may_be_insecure: bool) -> Result<(), &'static str> {
    let (is_secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err("`https://` and a host"),
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, base) = rest.split_at(end);
    if authority.contains('@') {
        return Err("no user and no password in it");
    }
    if base.contains(['?', '#']) {
        return Err("no query and no fragment");
    }
    if base.ends_with('/') {
        return Err("no trailing slash");
    }
    if !base.is_empty() && (path::illegal_character(base).is_some() || !path::is_normalised(base)) {
        return Err("a normalised, percent-encoded base path");
    }
    let host = check_authority(authority)?;
    if !is_secure && !may_be_insecure && !matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return Err("`https://`, since `http://` is for localhost only");
    }
    Ok(())
}

/// Checks an authority and returns its host.
fn check_authority(authority: &str) -> Result<&str, &'static str> {
    const HOST: &str = "a host name in lower case, or an address";
    let bracket = authority.find(']').unwrap_or(0);
    let colon = authority.bytes().skip(bracket).position(|b| b == b':');
    let (host, port) = authority.split_at(colon.map_or(authority.len(), |at| bracket + at));
    let port = port.strip_prefix(':');
    let is_address = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    if !is_address && !is_host_name(host) {
        return Err(HOST);
    }
    if port.is_some_and(|port| !is_port(port)) {
        return Err("a port from 1 to 65535");
    }
    Ok(host)
}

/// Splits a host and a port, as in `db.example:5432`. The host may be an address, which is written
/// in brackets if it is one of IPv6. Returns `None` if the text has another form.
pub(crate) fn host_and_port(text: &str) -> Option<(&str, u16)> {
    let host = check_authority(text).ok()?;
    let port = text.strip_prefix(host)?.strip_prefix(':')?;
    Some((host, port.parse().ok()?))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
        && !text.starts_with('0')
        && text.parse::<u16>().is_ok_and(|port| port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_origin_names_its_authority() {
        for (text, authority) in [
            ("https://web.example.app", "web.example.app"),
            ("https://web.example.app:8443", "web.example.app:8443"),
            ("https://web.example.app/v1/shop", "web.example.app"),
            ("http://localhost:8788", "localhost:8788"),
            ("http://127.0.0.1", "127.0.0.1"),
            ("http://[::1]:80", "[::1]:80"),
            ("https://[2001:db8::1]/a", "[2001:db8::1]"),
        ] {
            let origin = Origin::parse(text).unwrap();
            assert_eq!((origin.as_str(), origin.authority()), (text, authority));
        }
    }

    #[test]
    fn clear_text_to_another_machine_has_to_be_allowed() {
        for text in ["http://10.0.0.5:8080", "http://web.internal/shop"] {
            assert!(Origin::parse(text).is_err(), "{text}");
            assert!(Origin::parse_insecure(text).unwrap().is_insecure(), "{text}");
            assert!(Origin::try_from(String::from(text)).is_ok(), "{text}");
        }
        for text in ["http://localhost:3000", "https://web.example"] {
            assert!(!Origin::parse_insecure(text).unwrap().is_insecure(), "{text}");
        }
        assert!(Origin::parse_insecure("http://user:secret@web.internal").is_err());
    }

    #[test]
    fn what_is_not_an_origin_is_refused() {
        for text in [
            "",
            "a.example",
            "//a.example",
            "https:/a.example",
            "HTTPS://a.example",
            "https://",
            "https:///a",
            "https://A.example",
            "https://a.example/",
            "https://a.example//b",
            "https://a.example/b/../c",
            "https://a.example/b c",
            "https://a.example:",
            "https://a.example:0",
            "https://a.example:+80",
            "https://a.example:65536",
            "https://a.example:80:80",
            "https://a.example\\b",
            "https://[::1",
            "https://[::g]",
            "https://::1",
            "https://[::1]80",
            "http://localhost.evil.example",
            "https://a b",
            "https://a.example?",
            "https://a.example#",
            "ws://a.example",
            "https://]",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_host_and_a_port_are_split() {
        for (text, split) in [
            ("db.example:5432", Some(("db.example", 5432))),
            ("10.0.0.1:1", Some(("10.0.0.1", 1))),
            ("[::1]:80", Some(("[::1]", 80))),
            ("db.example", None),
            ("db.example:0", None),
            ("db.example:65536", None),
            ("db.example:80/a", None),
            ("user@db.example:80", None),
            ("https://db.example:80", None),
            ("::1:80", None),
            ("", None),
        ] {
            assert_eq!(host_and_port(text), split, "{text}");
        }
    }

    #[test]
    fn an_error_shows_no_secret() {
        for text in [
            "https://user:secret@a.example",
            "https://secret@a.example/b",
            "ftp://user:secret@a.example",
            "user:secret@a.example",
            "https://user:pw/secret@a.example",
            "https://user:pw?secret@a.example",
            "https://a.example?token=secret",
            "https://a.example/b#secret",
            "https://a.example?a@b=secret",
        ] {
            let error = Origin::parse(text).unwrap_err().to_string();
            assert!(!error.contains("secret") && !error.contains("user:"), "{error}");
        }
    }
}
