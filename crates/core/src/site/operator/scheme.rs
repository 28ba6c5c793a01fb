//! Whether an operator's token came over a connection on which no one else could read it.

use core::fmt;

/// Hosts for which no network lies between an operator and Breakwater (RFC 6761 §6.3; RFC 1122
/// §3.2.1.3; RFC 4291 §2.5.3).
const LOCAL_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// An operator's request that came over plain HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentInClear;

impl fmt::Display for SentInClear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "operators are answered over https only; a token that was sent over http can have been \
             read on the way, so replace it",
        )
    }
}

impl core::error::Error for SentInClear {}

/// Refuses a request that came over plain HTTP, unless it came from the same machine. `url` is the
/// request's, as the platform writes it, whose scheme is that of the connection; a field such as
/// `X-Forwarded-Proto` is the word of the one who asks. There is no redirect to `https` either: a
/// client would repeat the token, and its owner would never hear that it was sent in clear.
///
/// # Errors
/// [`SentInClear`] if it did.
pub fn check_scheme(url: &str) -> Result<(), SentInClear> {
    let Some((scheme, rest)) = url.split_once("://") else { return Err(SentInClear) };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        _ => authority,
    };
    if scheme == "https" || LOCAL_HOSTS.contains(&host) { Ok(()) } else { Err(SentInClear) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_taken_from_everywhere() {
        for url in ["https://shop.example/_breakwater/upstreams", "https://shop.example:8443"] {
            assert_eq!(check_scheme(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn http_is_taken_from_the_same_machine_only() {
        for url in [
            "http://localhost/_breakwater/upstreams",
            "http://localhost:8787/",
            "http://127.0.0.1:8787/health/detailed?a=b",
            "http://[::1]:8787/",
            "http://[::1]/",
        ] {
            assert_eq!(check_scheme(url), Ok(()), "{url}");
        }
        for url in [
            "http://shop.example/_breakwater/upstreams",
            "http://shop.example/localhost",
            "http://shop.example?://localhost/",
            "http://localhost.shop.example/",
            "http://127.0.0.1.shop.example:80/",
            "http://localhost:8787.shop.example/",
            "http://user:localhost@shop.example/",
            "http://192.168.1.2/",
            "ws://shop.example/",
            "",
        ] {
            assert_eq!(check_scheme(url), Err(SentInClear), "{url}");
        }
    }
}
