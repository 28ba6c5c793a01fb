//! The address of a subscriber's webhook.

use core::fmt;

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::address::{AddressError, is_public};
use crate::base::origin::{Origin, origin_of};
use crate::watch::dependency::{DependencyKind, DependencyUrl};

/// The longest URL, in bytes.
pub const WEBHOOK_URL_MAX: usize = 1_000;

/// An `https` URL of a host of the public network. It may hold a secret of the subscriber's, so
/// that errors and logs show its host alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// Reads a URL as a person wrote it. Hosts without a domain, IP addresses, and names that are
    /// only of use in a network of one's own are refused: a stranger must not have the Worker call
    /// them. With `allows_local`, which development has, this machine is one too.
    ///
    /// # Errors
    /// [`AddressError`] if it is none, which does not show it.
    pub fn parse(text: &str, allows_local: bool) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.len() > WEBHOOK_URL_MAX {
            return Err(AddressError);
        }
        let (origin, rest) = text.split_at(origin_of(text).len());
        let url = [&origin.to_ascii_lowercase(), rest].concat();
        let url = DependencyUrl::parse(&url, DependencyKind::Http).map_err(|_| AddressError)?;
        let origin = Origin::parse(origin_of(url.as_str())).map_err(|_| AddressError)?;
        let is_https = url.as_str().starts_with("https://");
        if (is_https && is_public(host_of(&origin))) || (allows_local && is_local(&origin)) {
            return Ok(Self(url.into()));
        }
        Err(AddressError)
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its host, without a port.
    pub fn host(&self) -> &str {
        let (_, authority) = origin_of(&self.0).split_once("://").unwrap_or_default();
        authority.split_once(':').map_or(authority, |(host, _)| host)
    }

    /// What operators are shown: the host.
    pub fn masked(&self) -> String {
        [origin_of(&self.0), "/…"].concat()
    }
}

fn host_of(origin: &Origin) -> &str {
    let authority = origin.authority();
    authority.split_once(':').map_or(authority, |(host, _)| host)
}

fn is_local(origin: &Origin) -> bool {
    matches!(host_of(origin), "localhost" | "127.0.0.1")
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_url_of_the_public_network_is_taken() {
        for (text, url) in [
            ("https://hooks.example/status", "https://hooks.example/status"),
            ("HTTPS://Hooks.Example", "https://hooks.example/"),
            ("https://hooks.example:8443/a?b=C", "https://hooks.example:8443/a?b=C"),
        ] {
            assert_eq!(WebhookUrl::parse(text, false).unwrap().as_str(), url);
        }
        assert_eq!(WebhookUrl::parse("https://a.example:1/", false).unwrap().host(), "a.example");
    }

    #[test]
    fn what_a_stranger_must_not_have_called_is_refused() {
        let long = format!("https://hooks.example/{}", "a".repeat(WEBHOOK_URL_MAX));
        for text in [
            "",
            "hooks.example",
            "http://hooks.example/",
            "ftp://hooks.example/",
            "https://localhost/",
            "https://localhost.localdomain.local/",
            "https://intranet/",
            "https://db.internal/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://10.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[fd00::1]/",
            "https://user:pw@hooks.example/",
            "https://hooks.example/#a",
            "https://hooks.example/a b",
            "https://hooks.example@127.0.0.1/",
            &long,
        ] {
            assert_eq!(WebhookUrl::parse(text, false), Err(AddressError), "{text}");
        }
    }

    #[test]
    fn this_machine_is_called_in_development_alone() {
        for text in ["http://localhost:9099/hook", "http://127.0.0.1:9099/hook"] {
            assert!(WebhookUrl::parse(text, true).is_ok());
            assert!(WebhookUrl::parse(text, false).is_err());
        }
        assert!(WebhookUrl::parse("http://10.0.0.1/", true).is_err());
    }

    #[test]
    fn what_is_shown_of_a_url_is_its_host() {
        let url = WebhookUrl::parse("https://hooks.example/secret?a=secret", false).unwrap();
        assert_eq!(format!("{url:?}"), "https://hooks.example/…");
    }
}
