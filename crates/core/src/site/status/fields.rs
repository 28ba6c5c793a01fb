//! The fields of answers with the public status: what caches, browsers and search engines may do
//! with them.

use alloc::format;
use alloc::string::String;

use super::endpoint::{BadgeFormat, StatusEndpoint};
use super::feed::FeedFormat;
use super::knowledge::{ASK_AGAIN_AFTER, STATUS_FRESH_FOR, STATUS_KEPT_FOR};
use super::page::STATUS_CONTENT_SECURITY_POLICY;
use super::widget::WIDGET_CONTENT_SECURITY_POLICY;
use crate::base::fields;
use crate::base::time::Millis;

/// How long feeds and calendars are fresh, in milliseconds: their readers come by the minute.
const FEED_FRESH_FOR: Millis = Millis::from_secs(60);
/// How long a cache may serve what is not fresh while it asks for the next (RFC 5861 §3): a minute.
const STALE_WHILE_REVALIDATE: Millis = Millis::from_secs(60);
/// How long caches keep a file that changes only with a deployment: an hour.
const FILE_FRESH_FOR: Millis = Millis::from_secs(3600);
/// How long browsers keep assets, whose names change with their contents: a year.
const ASSET_FRESH_FOR: Millis = Millis::from_secs(365 * 24 * 3600);

/// A policy for pictures: they may have styles of their own, and run nothing.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// A policy for what is no document.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

impl StatusEndpoint<'_> {
    /// Whether the body depends on the reader's language.
    pub const fn is_localised(self) -> bool {
        match self {
            Self::Page | Self::History(_) | Self::Incident(_) | Self::Missing => true,
            Self::Asset(_)
            | Self::Api(_)
            | Self::Feed { .. }
            | Self::Calendar
            | Self::Badge { .. }
            | Self::WidgetScript
            | Self::Widget
            | Self::Text
            | Self::Llms
            | Self::Preview
            | Self::Subscribe
            | Self::Subscription(_) => false,
        }
    }

    /// The status of an answer that has a body.
    pub const fn status(self) -> u16 {
        match self {
            Self::Missing => 404,
            Self::Page
            | Self::History(_)
            | Self::Incident(_)
            | Self::Asset(_)
            | Self::Api(_)
            | Self::Feed { .. }
            | Self::Calendar
            | Self::Badge { .. }
            | Self::WidgetScript
            | Self::Widget
            | Self::Text
            | Self::Llms
            | Self::Preview
            | Self::Subscribe
            | Self::Subscription(_) => 200,
        }
    }

    /// The media type of the body.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Page
            | Self::History(_)
            | Self::Incident(_)
            | Self::Widget
            | Self::Subscribe
            | Self::Subscription(_)
            | Self::Missing => "text/html; charset=utf-8",
            Self::Api(_) | Self::Badge { format: BadgeFormat::Shields, .. } => "application/json",
            Self::Feed { format: FeedFormat::Atom, .. } => "application/atom+xml; charset=utf-8",
            Self::Feed { format: FeedFormat::Rss, .. } => "application/rss+xml; charset=utf-8",
            Self::Calendar => "text/calendar; charset=utf-8",
            Self::Badge { format: BadgeFormat::Svg, .. } => "image/svg+xml; charset=utf-8",
            Self::Preview => "image/png",
            Self::WidgetScript => "text/javascript; charset=utf-8",
            Self::Text | Self::Llms => "text/plain; charset=utf-8",
            Self::Asset(name) => asset_type(name),
        }
    }

    /// Whether scripts of any origin may read the answer: it is for programs, and the same for all.
    const fn is_for_programs(self) -> bool {
        match self {
            Self::Api(_)
            | Self::Feed { .. }
            | Self::Calendar
            | Self::Badge { .. }
            | Self::WidgetScript
            | Self::Text
            | Self::Llms
            | Self::Preview => true,
            Self::Page
            | Self::History(_)
            | Self::Incident(_)
            | Self::Asset(_)
            | Self::Widget
            | Self::Subscribe
            | Self::Subscription(_)
            | Self::Missing => false,
        }
    }

    /// Whether search engines may show it among what they found.
    const fn is_for_search(self) -> bool {
        match self {
            Self::Page | Self::History(_) | Self::Incident(_) => true,
            Self::Asset(_)
            | Self::Api(_)
            | Self::Feed { .. }
            | Self::Calendar
            | Self::Badge { .. }
            | Self::WidgetScript
            | Self::Widget
            | Self::Text
            | Self::Llms
            | Self::Preview
            | Self::Subscribe
            | Self::Subscription(_)
            | Self::Missing => false,
        }
    }

    /// What a document of it may load, and who may frame it.
    const fn policy(self) -> &'static str {
        match self {
            Self::Page
            | Self::History(_)
            | Self::Incident(_)
            | Self::Subscribe
            | Self::Subscription(_)
            | Self::Missing => STATUS_CONTENT_SECURITY_POLICY,
            Self::Widget => WIDGET_CONTENT_SECURITY_POLICY,
            Self::Badge { format: BadgeFormat::Svg, .. } | Self::Preview => PICTURE_POLICY,
            Self::Badge { format: BadgeFormat::Shields, .. }
            | Self::Asset(_)
            | Self::Api(_)
            | Self::Feed { .. }
            | Self::Calendar
            | Self::WidgetScript
            | Self::Text
            | Self::Llms => DATA_POLICY,
        }
    }

    /// How long caches may serve it without asking.
    const fn fresh_for(self) -> Millis {
        match self {
            Self::Feed { .. } | Self::Calendar => FEED_FRESH_FOR,
            Self::Asset(_)
            | Self::Page
            | Self::History(_)
            | Self::Incident(_)
            | Self::Api(_)
            | Self::Badge { .. }
            | Self::WidgetScript
            | Self::Widget
            | Self::Text
            | Self::Llms
            | Self::Preview
            | Self::Subscribe
            | Self::Subscription(_)
            | Self::Missing => STATUS_FRESH_FOR,
        }
    }

    /// The fields of an answer, a line each, but for `Age`, which each answer has its own of. Where
    /// nothing is known of the site, caches forget that soon.
    pub fn fields(self, locale: &str, etag: &str, is_known: bool) -> String {
        let mut lines = String::new();
        let mut add = |name: &str, value: &str| fields::push(&mut lines, name, value);
        let control = if is_known {
            format!(
                "public, max-age={}, stale-while-revalidate={}, stale-if-error={}",
                self.fresh_for().as_secs_ceil(),
                STALE_WHILE_REVALIDATE.as_secs_ceil(),
                STATUS_KEPT_FOR.as_secs_ceil()
            )
        } else {
            format!("public, max-age={}", ASK_AGAIN_AFTER.as_secs_ceil())
        };
        add("content-type", self.content_type());
        add("cache-control", &control);
        add("etag", etag);
        if self.is_localised() {
            add("content-language", locale);
            add("vary", "Accept-Language");
        }
        self.open(&mut add);
        if !self.is_for_search() {
            add("x-robots-tag", "noindex");
        }
        self.secure(&mut add);
        lines
    }

    /// The fields of a file that the bundle holds. An asset is never another under the same name.
    pub fn file_fields(self) -> String {
        let mut lines = String::new();
        let mut add = |name: &str, value: &str| fields::push(&mut lines, name, value);
        let control = match self {
            Self::Asset(_) => {
                format!("public, max-age={}, immutable", ASSET_FRESH_FOR.as_secs_ceil())
            }
            Self::Page
            | Self::History(_)
            | Self::Incident(_)
            | Self::Api(_)
            | Self::Feed { .. }
            | Self::Calendar
            | Self::Badge { .. }
            | Self::WidgetScript
            | Self::Widget
            | Self::Text
            | Self::Llms
            | Self::Preview
            | Self::Subscribe
            | Self::Subscription(_)
            | Self::Missing => format!("public, max-age={}", FILE_FRESH_FOR.as_secs_ceil()),
        };
        add("content-type", self.content_type());
        add("cache-control", &control);
        self.open(&mut add);
        add("x-robots-tag", "noindex");
        self.secure(&mut add);
        lines
    }

    /// Adds what lets pages of other origins use it.
    fn open(self, add: &mut impl FnMut(&str, &str)) {
        if self.is_for_programs() {
            add("access-control-allow-origin", "*");
            add("access-control-expose-headers", "Age, ETag");
            add("cross-origin-resource-policy", "cross-origin");
        }
    }

    /// Adds what keeps a body from being taken for what it is not.
    fn secure(self, add: &mut impl FnMut(&str, &str)) {
        add("content-security-policy", self.policy());
        add("x-content-type-options", "nosniff");
        add("referrer-policy", "no-referrer");
    }
}

/// The media type of an asset, by its extension.
fn asset_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml; charset=utf-8",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "webmanifest") => "application/json",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fields::Fields;
    use crate::site::status::StatusApi;

    const ALL: [StatusEndpoint<'_>; 16] = [
        StatusEndpoint::Page,
        StatusEndpoint::History(None),
        StatusEndpoint::Incident("a"),
        StatusEndpoint::Asset("a.css"),
        StatusEndpoint::Api(StatusApi::Summary),
        StatusEndpoint::Feed { component: None, format: FeedFormat::Atom },
        StatusEndpoint::Calendar,
        StatusEndpoint::Badge { name: "site", format: BadgeFormat::Svg },
        StatusEndpoint::Badge { name: "site", format: BadgeFormat::Shields },
        StatusEndpoint::WidgetScript,
        StatusEndpoint::Widget,
        StatusEndpoint::Text,
        StatusEndpoint::Llms,
        StatusEndpoint::Preview,
        StatusEndpoint::Subscribe,
        StatusEndpoint::Missing,
    ];

    #[test]
    fn every_answer_says_what_it_is_and_that_it_is_nothing_else() {
        for endpoint in ALL {
            let lines = endpoint.fields("en", "\"a\"", true);
            let fields = Fields::new(&lines);
            for name in ["content-type", "cache-control", "etag", "content-security-policy"] {
                assert!(fields.has(name), "{name} of {endpoint:?}");
            }
            assert_eq!(fields.get("x-content-type-options"), Some("nosniff"), "{endpoint:?}");
            assert!(!fields.has("set-cookie"));
            assert_eq!(fields.has("vary"), fields.has("content-language"), "{endpoint:?}");
        }
    }

    #[test]
    fn scripts_of_any_origin_read_what_is_for_programs_and_no_page() {
        for endpoint in ALL {
            let lines = endpoint.fields("en", "\"a\"", true);
            let is_open = Fields::new(&lines).get("access-control-allow-origin") == Some("*");
            let is_page = endpoint.content_type().starts_with("text/html");
            assert!(!(is_open && is_page), "{endpoint:?}");
        }
        let lines = StatusEndpoint::Api(StatusApi::Summary).fields("en", "\"a\"", true);
        assert_eq!(Fields::new(&lines).get("access-control-allow-origin"), Some("*"));
    }

    #[test]
    fn only_the_widget_may_stand_in_a_frame() {
        for endpoint in ALL {
            let lines = endpoint.fields("en", "\"a\"", true);
            let policy = Fields::new(&lines).get("content-security-policy").unwrap_or_default();
            let is_framed = policy.contains("frame-ancestors *");
            assert_eq!(is_framed, endpoint == StatusEndpoint::Widget, "{endpoint:?}");
            assert!(policy.starts_with("default-src 'none'"), "{endpoint:?}");
        }
    }

    #[test]
    fn caches_keep_it_for_moments_and_show_it_for_a_week_while_nothing_answers() {
        let control = |endpoint: StatusEndpoint<'_>, is_known| {
            let lines = endpoint.fields("en", "\"a\"", is_known);
            Fields::new(&lines).get("cache-control").map(String::from).unwrap_or_default()
        };
        let rest = "stale-while-revalidate=60, stale-if-error=604800";
        assert_eq!(control(StatusEndpoint::Page, true), format!("public, max-age=15, {rest}"));
        assert_eq!(control(StatusEndpoint::Calendar, true), format!("public, max-age=60, {rest}"));
        assert_eq!(control(StatusEndpoint::Page, false), "public, max-age=5");
    }

    #[test]
    fn an_asset_is_kept_for_good_and_is_what_its_extension_says() {
        let lines = StatusEndpoint::Asset("status.1a2b.css").file_fields();
        let fields = Fields::new(&lines);
        assert_eq!(fields.get("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(fields.get("content-type"), Some("text/css; charset=utf-8"));
        let other = StatusEndpoint::Asset("status").file_fields();
        assert!(other.contains("content-type:application/octet-stream"));
        let script = StatusEndpoint::WidgetScript.file_fields();
        assert!(script.contains("cache-control:public, max-age=3600\n"), "{script}");
    }
}
