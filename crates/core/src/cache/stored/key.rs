//! The key under which a response is stored.

use core::fmt::{self, Write as _};

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::cache::kind::VisitorKind;

/// Stored responses stored under keys of another form are not found again.
const KEY_PREFIX: &str = "https://copies.invalid/4/";
/// Longest key. Longer ones come from long queries, which are seldom asked for twice.
const KEY_MAX: usize = 4096;

/// The key of a stored response, a URL that no host answers: scheme, host, path, query, the kind of
/// visitor, and where the answer varies, the fields that it varies by. Every part that visitors
/// choose is encoded, so that no two requests share a key unless all of it is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheKey {
    key: String,
    /// The key of what is known of the URL: the same for all visitors, epochs and schemes.
    url: String,
}

impl CacheKey {
    /// The plain key: of the stored response, or of the vary marker where stored responses vary. A
    /// purge raises `epoch`, so that what was stored before is not found again. The upstream is
    /// told the scheme, and may lead visitors of `http` to `https`: a visitor who came by `https`
    /// would be redirected in a circle by such a stored response.
    pub fn new(
        epoch: u64,
        scheme: &str,
        host: &str,
        path_and_query: &str,
        kind: VisitorKind,
    ) -> Self {
        let mut url = [KEY_PREFIX, "changed/"].concat();
        encode(&mut url, host);
        url.push('/');
        encode(&mut url, path_and_query);
        let mut key = String::from(KEY_PREFIX);
        let _ = write!(key, "{epoch}/");
        encode(&mut key, scheme);
        key.push('/');
        encode(&mut key, host);
        key.push('/');
        encode(&mut key, path_and_query);
        let _ = write!(key, "/{kind}");
        Self { key, url }
    }

    /// The key of one variant, given the vary marker's number and the fields' names and values;
    /// `None` if it would be too long to be worth keeping.
    pub fn variant(&self, number: u32, values: &[(String, Option<String>)]) -> Option<Self> {
        let Self { mut key, url } = self.clone();
        let _ = write!(key, "/{number}");
        for (name, value) in values {
            key.push('/');
            encode(&mut key, name);
            if let Some(value) = value {
                key.push('=');
                encode(&mut key, value);
            }
        }
        (key.len() <= KEY_MAX).then_some(Self { key, url })
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// Under this key stands when what the URL shows was changed: no list says which stored
    /// responses of it there are, so that all of them are told by one.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode(key: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            key.push(byte.into());
        } else {
            let _ = write!(key, "%{byte:02X}");
        }
    }
}

/// What stands under the plain key where answers vary: the fields that they vary by, and a number
/// that every variant's key holds. A new vary marker draws a new number, so that the variants of an
/// older one, which an invalidation cannot name, are not found again. Written `2 NUMBER field,…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variance {
    /// The fields, in lower case and in order.
    pub fields: Vec<String>,
    /// The number.
    pub number: u32,
}

impl Variance {
    /// Reads the written form; `None` for one of another version.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        if parts.next()? != "2" {
            return None;
        }
        let number = parts.next()?.parse().ok()?;
        let fields = parts.next()?.split(',').map(ToString::to_string).collect();
        parts.next().is_none().then_some(Self { fields, number })
    }

    /// The vary marker that an answer which varies by `fields` is stored behind: the one that is
    /// there, if it says the same; else a new one. `random` is uniform over all of `u32`.
    pub fn renewed(there: Option<Self>, fields: &[String], random: u32) -> Self {
        there
            .filter(|there| there.fields == fields)
            .unwrap_or_else(|| Self { fields: fields.to_vec(), number: random })
    }
}

impl fmt::Display for Variance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2 {} {}", self.number, self.fields.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(host: &str, path: &str, values: &[(&str, &str)]) -> String {
        variant(host, path, 7, &values.iter().map(|&(n, v)| (n, Some(v))).collect::<Vec<_>>())
    }

    fn variant(host: &str, path: &str, number: u32, values: &[(&str, Option<&str>)]) -> String {
        let owned =
            |&(name, value): &(&str, Option<&str>)| (name.to_string(), value.map(String::from));
        let values: Vec<_> = values.iter().map(owned).collect();
        CacheKey::new(0, "https", host, path, VisitorKind::default())
            .variant(number, &values)
            .unwrap()
            .as_str()
            .to_string()
    }

    #[test]
    fn no_two_requests_share_a_key() {
        let phone =
            VisitorKind::of(crate::base::fields::Fields::new("user-agent:Mozilla/5.0 (Mobi"), &[]);
        let keys = [
            CacheKey::new(0, "https", "a.example", "/x", VisitorKind::default())
                .as_str()
                .to_string(),
            CacheKey::new(0, "http", "a.example", "/x", VisitorKind::default())
                .as_str()
                .to_string(),
            CacheKey::new(1, "https", "a.example", "/x", VisitorKind::default())
                .as_str()
                .to_string(),
            CacheKey::new(0, "https", "a.example", "/x", phone).as_str().to_string(),
            CacheKey::new(0, "https", "a.example", "/x", phone).url().to_string(),
            key("a.example", "/", &[]),
            key("a.example", "/?", &[]),
            key("a.example", "/%2F", &[]),
            key("a.example", "//", &[]),
            key("a.example", "/x", &[]),
            key("a.example", "/X", &[]),
            key("a.example", "/x/accept=y", &[]),
            key("a.example", "/x", &[("accept", "y")]),
            key("a.example", "/x", &[("accept", "")]),
            variant("a.example", "/x", 7, &[("accept", None)]),
            variant("a.example", "/x", 8, &[("accept", None)]),
            key("a.example", "/x", &[("accept", "y/accept-language=z")]),
            key("a.example", "/x", &[("accept", "y"), ("accept-language", "z")]),
            key("a.example/x", "/", &[]),
            key("a.example", "/x?a=1&b=2", &[]),
            key("a.example", "/x?b=2&a=1", &[]),
        ];
        for (i, one) in keys.iter().enumerate() {
            for other in &keys[i + 1..] {
                assert_ne!(one, other);
            }
        }
    }

    #[test]
    fn what_is_known_of_a_url_is_known_of_all_its_copies() {
        let of = |epoch, scheme, path| {
            CacheKey::new(epoch, scheme, "a.example", path, VisitorKind::default())
        };
        let one = of(0, "https", "/x?a=1");
        assert_eq!(one.url(), of(7, "http", "/x?a=1").url());
        assert_ne!(one.url(), of(0, "https", "/x?a=2").url());
        let variant = one.variant(7, &[("accept".into(), None)]).unwrap();
        assert_eq!(variant.url(), one.url());
    }

    #[test]
    fn a_key_that_is_too_long_is_none() {
        let long = "x".repeat(KEY_MAX);
        assert_eq!(
            CacheKey::new(0, "https", "a", "/", VisitorKind::default())
                .variant(1, &[("accept".into(), Some(long))]),
            None
        );
    }

    #[test]
    fn a_signpost_that_says_the_same_stays() {
        let fields = ["accept".to_string(), "foo".to_string()];
        let first = Variance::renewed(None, &fields, 7);
        assert_eq!(first.to_string(), "2 7 accept,foo");
        assert_eq!(Variance::parse("2 7 accept,foo"), Some(first.clone()));
        assert_eq!(Variance::renewed(Some(first.clone()), &fields, 9), first);
        let other = Variance::renewed(Some(first), &fields[..1], 9);
        assert_eq!((other.number, other.fields), (9, fields[..1].to_vec()));
        assert_eq!(Variance::parse("accept,foo"), None);
    }
}
