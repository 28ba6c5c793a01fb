//! The harmless fields, and for each of them the values that shape no answer. These are the fields
//! that browsers send with a plain `GET`, those that the platform adds, and those that never reach
//! an upstream in the form in which a visitor wrote them.

use super::words;
use crate::base::fields::members;
use crate::cache::kind::{Agent, Country, VisitorKind, Wanted};

/// What a field may say in a request that makes a stored response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Anything: it does not reach the upstream as a visitor wrote it, the platform writes it, or
    /// it chooses nothing but the form that the body travels in.
    Free,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// What a browser accepts, which the kind of visitor in the key stands for.
    Accept,
    /// The browser, which the kind stands for.
    Agent,
    /// The country, which the kind holds.
    Country,
    /// Languages. The key holds them where the answer varies by them.
    Languages,
    /// Brands of browsers, or systems.
    Brands,
    /// Whether it is a phone, in accordance with the kind.
    Mobile,
    /// What a browser may do at its leisure (RFC 9218 §4).
    Priority,
    /// Cloudflare's mark (RFC 8586).
    Loop,
    /// Directives of a request (RFC 9111 §5.2.1), which a proxy passes on. What is none of them
    /// spoils a stored response, or is taken away first, as a cache does.
    Directives,
    /// Browsers send it, and it may shape the answer: such a request makes no stored response.
    Spoils,
    /// The same, unless it is taken away first, as a cache does.
    Shed,
}

impl Rule {
    /// Whether a value shapes no answer but as the kind in the key says.
    pub(super) fn allows(self, value: &str, kind: VisitorKind) -> bool {
        match self {
            Self::Free => true,
            Self::OneOf(words) => words.contains(&value),
            Self::Accept => Wanted::of(value) != Wanted::Unusual,
            Self::Agent => words::is_agent(value),
            Self::Country => Country::parse(value).is_some(),
            Self::Languages => words::is_languages(value),
            Self::Brands => words::is_brand(value),
            Self::Mobile => match value {
                "?1" => kind.agent() == Agent::Mobile,
                "?0" => kind.agent() != Agent::Mobile,
                _ => false,
            },
            Self::Priority => {
                !value.is_empty()
                    && value.len() <= 8
                    && value.bytes().all(|b| b"u=0123456789, i?".contains(&b))
            }
            Self::Loop => value.strip_prefix("cloudflare").is_some_and(|rest| {
                let count = rest.strip_prefix("; loops=").or(rest.strip_prefix("; subreqs="));
                rest.is_empty() || count.is_some_and(|count| count.parse::<u8>().is_ok())
            }),
            Self::Directives => members(value).all(|member| {
                let (name, span) = member.split_once('=').unwrap_or((member, ""));
                DIRECTIVES.contains(&name) && span.bytes().all(|byte| byte.is_ascii_digit())
            }),
            Self::Spoils | Self::Shed => false,
        }
    }

    /// Whether a cache asks without a field of this value.
    pub(super) fn sheds(self, value: &str) -> bool {
        self == Self::Shed
            || (self == Self::Directives && !self.allows(value, VisitorKind::default()))
    }
}

/// The rule of a field; none for one that browsers do not send by themselves.
pub(super) fn rule_of(name: &str) -> Option<Rule> {
    let at = ORDINARY.binary_search_by(|(other, _)| (*other).cmp(name)).ok()?;
    ORDINARY.get(at).map(|(_, rule)| *rule)
}

const DESTINATIONS: Rule = Rule::OneOf(&[
    "audio",
    "audioworklet",
    "document",
    "embed",
    "empty",
    "fencedframe",
    "font",
    "frame",
    "iframe",
    "image",
    "json",
    "manifest",
    "object",
    "paintworklet",
    "report",
    "script",
    "serviceworker",
    "sharedworker",
    "style",
    "track",
    "video",
    "webidentity",
    "worker",
    "xslt",
]);
const MODES: Rule = Rule::OneOf(&["cors", "navigate", "no-cors", "same-origin", "websocket"]);
const SITES: Rule = Rule::OneOf(&["cross-site", "none", "same-origin", "same-site"]);
const DIRECTIVES: &[&str] = &[
    "max-age",
    "max-stale",
    "min-fresh",
    "no-cache",
    "no-store",
    "no-transform",
    "only-if-cached",
];

/// In order.
const ORDINARY: &[(&str, Rule)] = &[
    ("accept", Rule::Accept),
    ("accept-charset", Rule::Spoils),
    ("accept-encoding", Rule::Free),
    ("accept-language", Rule::Languages),
    ("cache-control", Rule::Directives),
    ("cdn-loop", Rule::Loop),
    ("cf-connecting-ip", Rule::Free),
    ("cf-connecting-ipv6", Rule::Free),
    ("cf-ew-via", Rule::Free),
    ("cf-ipcountry", Rule::Country),
    ("cf-ray", Rule::Free),
    ("cf-visitor", Rule::Free),
    ("cf-worker", Rule::Free),
    ("connection", Rule::Free),
    ("cookie", Rule::Free),
    ("device-memory", Rule::Spoils),
    ("dnt", Rule::Spoils),
    ("downlink", Rule::Spoils),
    ("dpr", Rule::Spoils),
    ("ect", Rule::Spoils),
    ("expect", Rule::Free),
    ("forwarded", Rule::Free),
    ("host", Rule::Free),
    ("if-modified-since", Rule::Free),
    ("if-none-match", Rule::Free),
    ("keep-alive", Rule::Free),
    ("pragma", Rule::Shed),
    ("priority", Rule::Priority),
    ("proxy-authorization", Rule::Free),
    ("proxy-connection", Rule::Free),
    ("purpose", Rule::Shed),
    ("range", Rule::Free),
    ("referer", Rule::Shed),
    ("rtt", Rule::Spoils),
    ("save-data", Rule::Spoils),
    ("sec-ch-ua", Rule::Brands),
    ("sec-ch-ua-mobile", Rule::Mobile),
    ("sec-ch-ua-platform", Rule::Brands),
    ("sec-fetch-dest", DESTINATIONS),
    ("sec-fetch-mode", MODES),
    ("sec-fetch-site", SITES),
    ("sec-fetch-user", Rule::OneOf(&["?1"])),
    ("sec-gpc", Rule::Spoils),
    ("sec-purpose", Rule::Shed),
    ("te", Rule::Free),
    ("traceparent", Rule::Free),
    ("true-client-ip", Rule::Free),
    ("upgrade-insecure-requests", Rule::OneOf(&["1"])),
    ("user-agent", Rule::Agent),
    ("via", Rule::Spoils),
    ("viewport-width", Rule::Spoils),
    ("width", Rule::Spoils),
    ("x-forwarded-for", Rule::Free),
    ("x-forwarded-host", Rule::Free),
    ("x-forwarded-port", Rule::Free),
    ("x-forwarded-prefix", Rule::Free),
    ("x-forwarded-proto", Rule::Free),
    ("x-forwarded-scheme", Rule::Free),
    ("x-forwarded-server", Rule::Free),
    ("x-http-method", Rule::Free),
    ("x-http-method-override", Rule::Free),
    ("x-method-override", Rule::Free),
    ("x-original-url", Rule::Free),
    ("x-real-ip", Rule::Free),
    ("x-request-id", Rule::Free),
    ("x-rewrite-url", Rule::Free),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fields::Fields;

    #[test]
    fn the_list_is_in_order() {
        assert!(ORDINARY.is_sorted_by(|(one, _), (next, _)| one < next));
    }

    #[test]
    fn browsers_values_are_allowed_and_made_up_ones_are_not() {
        let phone = VisitorKind::of(Fields::new("user-agent:Mozilla/5.0 (Mobi"), &[]);
        for (name, kind, values) in [
            (
                "cache-control",
                VisitorKind::default(),
                &["max-age=0", "no-cache", "no-store, max-stale"][..],
            ),
            ("cdn-loop", VisitorKind::default(), &["cloudflare", "cloudflare; loops=1"]),
            ("priority", VisitorKind::default(), &["u=0, i", "i", "u=1"]),
            ("sec-ch-ua-mobile", phone, &["?1"]),
            ("sec-ch-ua-mobile", VisitorKind::default(), &["?0"]),
            ("sec-fetch-dest", VisitorKind::default(), &["document", "image"]),
            ("cf-ipcountry", VisitorKind::default(), &["DE", "XX", "T1"]),
        ] {
            let rule = rule_of(name).expect("it is listed");
            for value in values {
                assert!(rule.allows(value, kind), "{name}: {value}");
            }
            for value in ["evil", "cloudflare; evil", "u=evil", "de", "max-age=evil"] {
                assert!(!rule.allows(value, kind), "{name}: {value}");
            }
        }
        let is_phone = rule_of("sec-ch-ua-mobile").expect("it is listed");
        assert!(!is_phone.allows("?1", VisitorKind::default()) && !is_phone.allows("?0", phone));
    }
}
