//! Kinds of visitors.
//!
//! The answer of an upstream may depend on the media types that a browser accepts, on its device
//! and on its country, and many upstreams do not say so (`Vary`). The answer for one visitor would
//! then be served to visitors of every kind. So each key holds the kind of visitor for which the
//! response was made. Kinds are coarse: with the exact values of these fields in the key, no two
//! visitors would share a stored response. Others tell devices and countries apart in the same way
//! (CloudFront's `CloudFront-Is-Mobile-Viewer` and `CloudFront-Viewer-Country`).

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use crate::base::fields::{Fields, members};

/// By this name an upstream knows Breakwater's own requests for stored responses. It shapes
/// nothing.
pub const OWN_AGENT: &str = "Breakwater-Refresh";
/// Longest `Accept`, in bytes, that is looked at: browsers send less than half of it.
const ACCEPT_MAX: usize = 512;

/// What kind of visitor a stored response was made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitorKind {
    wanted: Wanted,
    agent: Agent,
    country: Option<Country>,
}

/// What a request accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All alike: `*/*`, or nothing is said.
    #[default]
    Anything,
    /// HTML.
    Page,
    /// Pictures, of the formats that all browsers know.
    Image,
    /// The same and WebP.
    ImageWebp,
    /// The same and AVIF.
    ImageAvif,
    /// CSS.
    Style,
    /// JSON, as scripts ask for it.
    Json,
    /// Sound or video.
    Media,
    /// A font.
    Font,
    /// What no browser asks for, or several of the above.
    Unusual,
}

/// What sends a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Agent {
    /// It does not say, or it is Breakwater.
    #[default]
    Unnamed,
    /// A browser on a computer or a tablet.
    Desktop,
    /// A browser on a phone.
    Mobile,
    /// A program, or one that calls itself so.
    Program,
}

/// A country, as Cloudflare writes it: two letters of ISO 3166, `XX` or `T1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Country([u8; 2]);

impl VisitorKind {
    /// The kind of a visitor who sends these fields. Those in `unkeyed` change no answer, says the
    /// site file.
    pub fn of(request: Fields<'_>, unkeyed: &[String]) -> Self {
        let value = |name: &str| {
            let is_ignored = unkeyed.iter().any(|other| other == name);
            if is_ignored { None } else { request.get(name) }
        };
        Self {
            wanted: value("accept").map_or(Wanted::Anything, Wanted::of),
            agent: value("user-agent").map_or(Agent::Unnamed, Agent::of),
            country: value("cf-ipcountry").and_then(Country::parse),
        }
    }

    /// The kinds whose stored responses step in where the upstream fails and there is none of this
    /// kind: those that no visitor's fields have shaped, and for who takes anything, pages. Never
    /// those of another country.
    pub fn stand_ins(self) -> Vec<Self> {
        let Self { wanted, agent, .. } = self;
        let page = if wanted == Wanted::Anything { Wanted::Page } else { Wanted::Anything };
        let mut others = Vec::with_capacity(3);
        for (wanted, agent) in
            [(Wanted::Anything, agent), (Wanted::Anything, Agent::Unnamed), (page, agent)]
        {
            let other = Self { wanted, agent, ..self };
            if other != self && !others.contains(&other) {
                others.push(other);
            }
        }
        others
    }

    pub(crate) const fn agent(self) -> Agent {
        self.agent
    }

    pub(crate) const fn wanted(self) -> Wanted {
        self.wanted
    }
}

/// As it stands in keys.
impl fmt::Display for VisitorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wanted.as_str())?;
        f.write_str(match self.agent {
            Agent::Unnamed => "-unnamed",
            Agent::Desktop => "-desktop",
            Agent::Mobile => "-mobile",
            Agent::Program => "-program",
        })?;
        match self.country {
            Some(Country([one, two])) => write!(f, "-{}{}", char::from(one), char::from(two)),
            None => Ok(()),
        }
    }
}

/// The media types that browsers ask for.
static TYPES: [(Wanted, &[&str]); 9] = [
    (Wanted::Anything, &["*/*", "application/signed-exchange"]),
    (Wanted::Page, &["text/html", "application/xhtml+xml", "application/xml", "text/xml"]),
    (Wanted::ImageAvif, &["image/avif"]),
    (Wanted::ImageWebp, &["image/webp"]),
    (
        Wanted::Image,
        &[
            "image/*",
            "image/apng",
            "image/png",
            "image/jpeg",
            "image/gif",
            "image/jxl",
            "image/svg+xml",
            "image/heic",
            "image/heic-sequence",
            "image/x-icon",
        ],
    ),
    (Wanted::Style, &["text/css"]),
    (
        Wanted::Json,
        &[
            "application/json",
            "text/json",
            "text/plain",
            "text/javascript",
            "application/javascript",
            "application/manifest+json",
        ],
    ),
    (
        Wanted::Media,
        &[
            "video/*",
            "video/webm",
            "video/ogg",
            "video/mp4",
            "audio/*",
            "audio/webm",
            "audio/ogg",
            "audio/wav",
            "application/ogg",
        ],
    ),
    (
        Wanted::Font,
        &["font/*", "font/woff2", "font/woff", "application/font-woff2", "application/font-woff"],
    ),
];

impl Wanted {
    pub(crate) fn of(accept: &str) -> Self {
        if accept.len() > ACCEPT_MAX {
            return Self::Unusual;
        }
        let mut found = Self::Anything;
        for member in members(accept) {
            let (media_type, parameters) = member.split_once(';').unwrap_or((member, ""));
            let Some(one) = Self::of_type(media_type.trim()) else { return Self::Unusual };
            // Weights, and the version of signed exchanges; by anything else an answer could be
            // chosen.
            let mut parameters = parameters.split(';').map(str::trim).filter(|one| !one.is_empty());
            if !parameters.all(|one| one.starts_with("q=") || one == "v=b3") {
                return Self::Unusual;
            }
            found = match (found, one) {
                (_, Self::Anything) => found,
                (Self::Anything, _) => one,
                // Browsers say with pages which pictures they know, and with pictures, videos.
                (Self::Page, Self::Image | Self::ImageWebp | Self::ImageAvif) => Self::Page,
                (Self::Image, Self::ImageWebp | Self::ImageAvif) => one,
                (Self::ImageWebp, Self::ImageAvif) => one,
                (Self::Image | Self::ImageWebp | Self::ImageAvif, Self::Media) => found,
                (Self::ImageWebp | Self::ImageAvif, Self::Image)
                | (Self::ImageAvif, Self::ImageWebp) => found,
                (known, other) if known == other => known,
                _ => return Self::Unusual,
            };
        }
        found
    }

    /// `Anything` for what moves no kind; nothing for what browsers do not ask for.
    fn of_type(media_type: &str) -> Option<Self> {
        TYPES.iter().find(|(_, types)| types.contains(&media_type)).map(|(wanted, _)| *wanted)
    }

    /// What stands for the kind where Breakwater asks.
    pub(crate) const fn accept(self) -> &'static str {
        match self {
            Self::Anything | Self::Unusual => "*/*",
            Self::Page => "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            Self::Image => "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
            Self::ImageWebp => "image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
            Self::ImageAvif => {
                "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
            }
            Self::Style => "text/css,*/*;q=0.1",
            Self::Json => "application/json,text/plain,*/*",
            Self::Media => "video/*,audio/*,*/*;q=0.5",
            Self::Font => "font/woff2,font/woff,*/*;q=0.8",
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Anything => "anything",
            Self::Page => "page",
            Self::Image => "image",
            Self::ImageWebp => "webp",
            Self::ImageAvif => "avif",
            Self::Style => "style",
            Self::Json => "json",
            Self::Media => "media",
            Self::Font => "font",
            Self::Unusual => "unusual",
        }
    }
}

impl Agent {
    pub(crate) fn of(agent: &str) -> Self {
        if agent.is_empty() || agent == OWN_AGENT {
            Self::Unnamed
        } else if !agent.starts_with("Mozilla/5.0 (") || agent.contains("compatible") {
            Self::Program
        } else if agent.contains("Mobi") {
            // Recommended for telling phones apart (MDN, "Browser detection using the user agent").
            Self::Mobile
        } else {
            Self::Desktop
        }
    }
}

impl Country {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let &[one, two] = text.as_bytes() else { return None };
        let is_code = |byte: u8| byte.is_ascii_uppercase() || byte == b'1';
        (is_code(one) && is_code(two)).then_some(Self([one, two]))
    }
}

/// Whether a request takes an answer of this media type; one that says nothing takes any (RFC 9110
/// §12.5.1). Weights do not matter: less welcome is better than nothing.
pub fn accepts(request: Fields<'_>, content_type: &str) -> bool {
    let Some(accept) = request.get("accept") else { return true };
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let group = media_type.split('/').next().unwrap_or_default();
    media_type.is_empty()
        || members(accept).any(|member| {
            let (range, parameters) = member.split_once(';').unwrap_or((member, ""));
            let is_refused = parameters.split(';').any(|one| matches!(one.trim(), "q=0" | "q=0.0"));
            let of_group = range.trim().strip_suffix("/*");
            let fits = range.trim().eq_ignore_ascii_case(media_type)
                || of_group.is_some_and(|name| name == "*" || name.eq_ignore_ascii_case(group));
            fits && !is_refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[track_caller]
    fn check(lines: &str, expected: &str) {
        assert_eq!(VisitorKind::of(Fields::new(lines), &[]).to_string(), expected, "{lines}");
    }

    #[test]
    fn what_browsers_accept_has_a_kind() {
        for (accept, expected) in [
            ("*/*", "anything"),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,\
                 image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
                "page",
            ),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "page"),
            ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "avif"),
            ("image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", "webp"),
            ("text/css,*/*;q=0.1", "style"),
            ("application/json, text/plain, */*", "json"),
            ("application/json, text/javascript, */*; q=0.01", "json"),
            ("video/webm,video/ogg,video/*;q=0.9,application/ogg;q=0.7,audio/*;q=0.6", "media"),
            ("application/font-woff2;q=1.0,application/font-woff;q=0.9,*/*;q=0.8", "font"),
            ("application/vnd.evil", "unusual"),
            ("text/html;level=1", "unusual"),
            ("application/json, text/html;q=0.1", "unusual"),
            ("text/html, application/json", "unusual"),
        ] {
            check(&alloc::format!("accept:{accept}"), &alloc::format!("{expected}-unnamed"));
        }
        check(&alloc::format!("accept:{}", "*/*,".repeat(200)), "unusual-unnamed");
    }

    #[test]
    fn devices_and_countries_are_told_apart() {
        let desktop = "user-agent:Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox";
        check(desktop, "anything-desktop");
        check("user-agent:Mozilla/5.0 (iPhone; x) Version/18.5 Mobile/15E148", "anything-mobile");
        check("user-agent:Mozilla/5.0 (compatible; Googlebot/2.1)", "anything-program");
        check("user-agent:curl/8.5.0\ncf-ipcountry:DE", "anything-program-DE");
        check("cf-ipcountry:evil", "anything-unnamed");
        check(&alloc::format!("user-agent:{OWN_AGENT}"), "anything-unnamed");
        let unkeyed = ["user-agent", "cf-ipcountry"].map(String::from);
        let lines = alloc::format!("{desktop}\ncf-ipcountry:DE");
        assert_eq!(VisitorKind::of(Fields::new(&lines), &unkeyed), VisitorKind::default());
    }

    #[test]
    fn the_words_that_stand_for_a_kind_are_of_it() {
        use Wanted::*;
        for wanted in [Anything, Page, Image, ImageWebp, ImageAvif, Style, Json, Media, Font] {
            assert_eq!(Wanted::of(wanted.accept()), wanted);
        }
    }

    #[test]
    fn what_steps_in_was_shaped_by_no_other_visitor_and_for_no_other_country() {
        let of = |lines| {
            let kind = VisitorKind::of(Fields::new(lines), &[]);
            kind.stand_ins().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let phone = "accept:text/html\nuser-agent:Mozilla/5.0 (Mobi\ncf-ipcountry:DE";
        assert_eq!(of(phone), ["anything-mobile-DE", "anything-unnamed-DE"]);
        assert_eq!(of("user-agent:curl/1"), ["anything-unnamed", "page-program"]);
        assert_eq!(of(""), ["page-unnamed"]);
    }

    #[test]
    fn a_page_is_nothing_for_a_script_that_takes_json_only() {
        let takes = |accept: &str, kind| accepts(Fields::new(accept), kind);
        assert!(takes("", "text/html") && takes("accept:*/*;q=0.1", "text/html"));
        assert!(takes("accept:text/html", "Text/HTML; charset=utf-8"));
        assert!(takes("accept:image/*", "image/png") && takes("accept:text/html", ""));
        assert!(!takes("accept:application/json", "text/html"));
        assert!(!takes("accept:application/json, text/html;q=0", "text/html"));
    }
}
