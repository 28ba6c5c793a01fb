//! What a request for the public status gets: which body, with which fields, or why none.

use alloc::string::String;

use super::endpoint::StatusEndpoint;
use crate::base::fields::{self, Fields};
use crate::base::locale;
use crate::base::time::Timestamp;
use crate::cache::freshness::is_not_modified;
use crate::site::config::Site;
use crate::site::resolve::SiteHost;
use crate::site::wire::OwnFacts;

/// The longest query that a badge is drawn by, in bytes; a longer one counts as none.
const QUERY_MAX: usize = 256;
/// The path in `www` of the script by which another page shows the widget.
pub const WIDGET_SCRIPT: &str = "status/widget.js";
/// What stands for the path where there is nothing, since no path has it.
const MISSING: &str = "?";

/// What is to be done for a request below the base of the public status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusCall<'a> {
    /// A rendering is the answer.
    Read(StatusRead<'a>),
    /// The file that has this name in addresses is the answer, if the bundle holds it.
    Asset(&'a str),
    /// A file that has one address in all bundles: the one with this path in `www`.
    File(StatusEndpoint<'a>, &'static str),
    /// Somebody wishes to be told.
    Subscribe,
    /// What a subscriber confirms or ends.
    Subscription(&'a str),
}

/// A rendering that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRead<'a> {
    /// What is asked for.
    pub endpoint: StatusEndpoint<'a>,
    /// The host that was asked.
    pub host: SiteHost,
    /// The index of the language among the site's; 0 where the endpoint has none.
    pub locale: usize,
    /// Whether the address names the language.
    pub is_chosen: bool,
    /// What follows the base in the normalised path, by which the rendering is kept.
    pub rest: &'a str,
    /// The query, where the endpoint goes by it.
    pub query: &'a str,
}

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusRefusal {
    /// There is nothing at the path, and no reader of pages asks for it.
    NotFound,
    /// The method is not taken; `Allow` names those that are.
    Method {
        /// What is allowed.
        allow: &'static str,
    },
}

impl StatusRefusal {
    /// The status and its phrase.
    pub const fn status(self) -> (u16, &'static str) {
        match self {
            Self::NotFound => (404, "Not Found"),
            Self::Method { .. } => (405, "Method Not Allowed"),
        }
    }
}

/// Reads what is asked for. `rest` is what follows the base in the normalised path.
///
/// # Errors
/// [`StatusRefusal`] if there is no such endpoint, or if it does not take the method.
pub fn plan<'a>(
    site: &Site,
    host: SiteHost,
    rest: &'a str,
    facts: &OwnFacts<'a>,
) -> Result<StatusCall<'a>, StatusRefusal> {
    let Some(endpoint) = StatusEndpoint::parse(rest) else {
        return missing(site, host, rest, facts).map(StatusCall::Read);
    };
    if !endpoint.takes(facts.method) {
        return Err(StatusRefusal::Method { allow: endpoint.allow() });
    }
    Ok(match endpoint {
        StatusEndpoint::Asset(name) => StatusCall::Asset(name),
        StatusEndpoint::WidgetScript => StatusCall::File(endpoint, WIDGET_SCRIPT),
        StatusEndpoint::Preview => StatusCall::File(endpoint, "status/og.png"),
        StatusEndpoint::Subscribe => StatusCall::Subscribe,
        StatusEndpoint::Subscription(rest) => StatusCall::Subscription(rest),
        StatusEndpoint::Page
        | StatusEndpoint::History(_)
        | StatusEndpoint::Incident(_)
        | StatusEndpoint::Api(_)
        | StatusEndpoint::Feed { .. }
        | StatusEndpoint::Calendar
        | StatusEndpoint::Badge { .. }
        | StatusEndpoint::Widget
        | StatusEndpoint::Text
        | StatusEndpoint::Llms
        | StatusEndpoint::Missing => StatusCall::Read(read(site, host, endpoint, rest, facts)),
    })
}

/// The page for an address at which there is nothing, if a reader of pages may have come there: a
/// name with an extension is a program's.
///
/// # Errors
/// [`StatusRefusal`] for anybody else.
pub fn missing<'a>(
    site: &Site,
    host: SiteHost,
    rest: &str,
    facts: &OwnFacts<'a>,
) -> Result<StatusRead<'a>, StatusRefusal> {
    let is_page = !rest.rsplit('/').next().unwrap_or_default().contains('.');
    let endpoint = StatusEndpoint::Missing;
    match is_page && endpoint.takes(facts.method) {
        true => Ok(read(site, host, endpoint, MISSING, facts)),
        false => Err(StatusRefusal::NotFound),
    }
}

fn read<'a>(
    site: &Site,
    host: SiteHost,
    endpoint: StatusEndpoint<'a>,
    rest: &'a str,
    facts: &OwnFacts<'a>,
) -> StatusRead<'a> {
    let query = query_of(facts.url);
    let (locale, is_chosen) = match endpoint.is_localised() {
        true => chosen_locale(site, query, facts.accept_language),
        false => (0, false),
    };
    let is_drawn_by_query =
        matches!(endpoint, StatusEndpoint::Badge { .. }) && query.len() <= QUERY_MAX;
    let query = if is_drawn_by_query { query } else { "" };
    StatusRead { endpoint, host, locale, is_chosen, rest, query }
}

fn query_of(url: &str) -> &str {
    let url = url.split('#').next().unwrap_or(url);
    url.split_once('?').map_or("", |(_, query)| query)
}

/// The language of a page: the one in the query `lang`, or else by `Accept-Language`; and whether
/// it was the query's.
fn chosen_locale(site: &Site, query: &str, accept_language: &str) -> (usize, bool) {
    let named = query.split('&').find_map(|pair| pair.strip_prefix("lang="));
    match named.and_then(|named| locale::matching(&site.locales, named)) {
        Some(locale) => (locale, true),
        None => (locale::lookup(&site.locales, Some(accept_language)), false),
    }
}

/// How an answer that has a body goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusAnswer {
    /// 200 with the body.
    Whole,
    /// 200 with the fields alone, since `HEAD` was asked (RFC 9110 §9.3.2).
    Head,
    /// 304: the visitor has the body already.
    NotModified,
}

/// Decides how an answer goes out: `If-None-Match` is compared weakly, since what compresses bodies
/// on their way makes tags weak (RFC 9110 §13.1.2). A condition means nothing to an answer that is
/// not 200 (§13.2.1).
pub fn respond(endpoint: StatusEndpoint<'_>, facts: &OwnFacts<'_>, etag: &str) -> StatusAnswer {
    let (mut asked, mut has) = (String::new(), String::new());
    fields::push(&mut has, "etag", etag);
    if !facts.if_none_match.is_empty() {
        fields::push(&mut asked, "if-none-match", facts.if_none_match);
    }
    // There is no date to compare, so the time is not looked at.
    let is_known = is_not_modified(Fields::new(&asked), Fields::new(&has), Timestamp::default());
    if is_known && endpoint.status() == 200 {
        StatusAnswer::NotModified
    } else if facts.method == "HEAD" {
        StatusAnswer::Head
    } else {
        StatusAnswer::Whole
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use serde_json::json;

    use super::*;
    use crate::site::status::{FeedFormat, StatusApi};

    const FACTS: OwnFacts<'_> = OwnFacts {
        method: "GET",
        url: "https://shop.example/status",
        if_none_match: "",
        accept_language: "",
    };

    fn site() -> Site {
        let value = json!({
            "name": "Shop", "host": "shop.example", "status_host": null, "status": "/status",
            "locales": ["en", "de"],
            "upstreams": [{
                "name": "web", "origin": "https://web.example", "critical": true, "probe": "/",
                "dialect": "http", "circuit": 0,
            }],
            "circuits": [{ "name": "web", "upstream": 0, "policy": {} }],
            "routes": [{
                "pattern": "/*", "upstream": 0, "circuit": 0, "timeout": "30s", "deadline": "30s",
                "idle": "10s", "upload_idle": "1m", "cache": false, "unkeyed": [],
                "patience": "2s", "private": false,
                "degrade": { "stale_if_error": null, "fallback": "auto" },
            }],
        });
        serde_json::from_value(value).unwrap()
    }

    fn planned<'a>(rest: &'a str, facts: &OwnFacts<'a>) -> Result<StatusCall<'a>, StatusRefusal> {
        plan(&site(), SiteHost::Site, rest, facts)
    }

    #[track_caller]
    fn locale_of(rest: &str, facts: &OwnFacts<'_>) -> usize {
        match planned(rest, facts) {
            Ok(StatusCall::Read(read)) => read.locale,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_there_is_not_found_whatever_the_method() {
        for (method, rest) in
            [("POST", "/nothing"), ("OPTIONS", "/nothing"), ("GET", "/nothing.json")]
        {
            let facts = OwnFacts { method, ..FACTS };
            assert_eq!(planned(rest, &facts), Err(StatusRefusal::NotFound), "{method} {rest}");
        }
    }

    #[test]
    fn a_reader_gets_a_page_where_there_is_nothing_and_it_is_one_for_all_addresses() {
        let read = |rest| match planned(rest, &FACTS) {
            Ok(StatusCall::Read(read)) => read,
            other => panic!("{other:?}"),
        };
        assert_eq!(read("/nothing"), read("/nothing.at/all"));
        assert_eq!(read("/nothing").endpoint.status(), 404);
        assert_ne!(read("/nothing").rest, read("").rest);
    }

    #[test]
    fn a_badge_alone_goes_by_its_query() {
        let url = "https://shop.example/status?style=flat#x";
        let query = |rest, url| match planned(rest, &OwnFacts { url, ..FACTS }) {
            Ok(StatusCall::Read(read)) => read.query,
            other => panic!("{other:?}"),
        };
        assert_eq!(query("/badge/site.svg", url), "style=flat");
        assert_eq!(query("/status.txt", url), "");
        let long = ["https://shop.example/status?label=", &"a".repeat(QUERY_MAX)].concat();
        assert_eq!(query("/badge/site.svg", &long), "");
    }

    #[test]
    fn a_method_that_is_not_taken_is_told_those_that_are() {
        let refused = |allow| Err(StatusRefusal::Method { allow });
        let post = OwnFacts { method: "POST", ..FACTS };
        assert_eq!(planned("", &post), refused("GET, HEAD"));
        assert_eq!(planned("/subscribe", &FACTS), refused("POST"));
        assert_eq!(planned("/subscribe", &post), Ok(StatusCall::Subscribe));
        assert_eq!(planned("/subscriptions/a", &post), Ok(StatusCall::Subscription("a")));
        assert_eq!(planned("/assets/a.css", &FACTS), Ok(StatusCall::Asset("a.css")));
        let script = StatusCall::File(StatusEndpoint::WidgetScript, WIDGET_SCRIPT);
        assert_eq!(planned("/widget.js", &FACTS), Ok(script));
    }

    #[test]
    fn a_page_is_in_the_language_that_is_named_or_wished_for() {
        let wishes = OwnFacts { accept_language: "de-CH, en;q=0.5", ..FACTS };
        assert_eq!(locale_of("", &FACTS), 0);
        assert_eq!(locale_of("", &wishes), 1);
        for (query, locale) in [
            ("?lang=en", 0),
            ("?lang=EN", 0),
            ("?a=b&lang=de-AT", 1),
            ("?lang=fr", 1),
            ("?lang=", 1),
            ("?langs=en", 1),
        ] {
            let url = ["https://shop.example/status", query].concat();
            assert_eq!(locale_of("", &OwnFacts { url: &url, ..wishes }), locale, "{query}");
        }
        let named = |url| match planned("", &OwnFacts { url, ..wishes }) {
            Ok(StatusCall::Read(read)) => read.is_chosen,
            other => panic!("{other:?}"),
        };
        assert!(named("https://shop.example/status?lang=de"));
        assert!(!named("https://shop.example/status?lang=fr"));
        assert_eq!(locale_of("/feed.atom", &wishes), 0, "a feed is the same for all");
    }

    #[test]
    fn a_tag_that_the_visitor_has_is_not_sent_again() {
        let etag = "\"abc\"";
        for (asked, answer) in [
            ("", StatusAnswer::Whole),
            ("\"abc\"", StatusAnswer::NotModified),
            ("W/\"abc\"", StatusAnswer::NotModified),
            ("\"x\", W/\"abc\" , \"y\"", StatusAnswer::NotModified),
            ("*", StatusAnswer::NotModified),
            ("\"ab\"", StatusAnswer::Whole),
            ("abc", StatusAnswer::Whole),
        ] {
            let facts = OwnFacts { if_none_match: asked, ..FACTS };
            assert_eq!(respond(StatusEndpoint::Page, &facts, etag), answer, "{asked}");
        }
        let head = OwnFacts { method: "HEAD", ..FACTS };
        assert_eq!(respond(StatusEndpoint::Page, &head, etag), StatusAnswer::Head);
        let conditional = OwnFacts { if_none_match: "*", ..head };
        let answer = respond(StatusEndpoint::Page, &conditional, etag);
        assert_eq!(answer, StatusAnswer::NotModified);
        let answer = respond(StatusEndpoint::Missing, &conditional, etag);
        assert_eq!(answer, StatusAnswer::Head, "a 404 knows no conditions");
    }

    #[test]
    fn an_endpoint_is_read_with_the_path_by_which_it_is_kept() {
        let expected = StatusRead {
            endpoint: StatusEndpoint::Feed { component: None, format: FeedFormat::Rss },
            host: SiteHost::Site,
            locale: 0,
            is_chosen: false,
            rest: "/feed.rss",
            query: "",
        };
        assert_eq!(planned("/feed.rss", &FACTS), Ok(StatusCall::Read(expected)));
        let all: Vec<_> = ["/api/v2/summary.json", "/live"]
            .into_iter()
            .map(|rest| match planned(rest, &FACTS) {
                Ok(StatusCall::Read(read)) => read.endpoint,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(all, [StatusEndpoint::Api(StatusApi::Summary); 2]);
    }
}
