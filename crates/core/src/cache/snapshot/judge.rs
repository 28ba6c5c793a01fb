//! The last-good rule: which answers may replace the last good one.
//!
//! An answer is judged against its rule, against what its path promises, and against the last good
//! one. An answer that the upstream forbids to share (`private`, `no-store`, `Set-Cookie`) is never
//! kept. `no-cache`, `must-revalidate` and `s-maxage` do not prevent keeping: they tell caches that
//! are not the site's own how to behave, and a site file that lists a path decides for the upstream
//! that the page may be kept, and for how long.

use core::fmt;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::assets::AssetKind;
use super::markup::find_ignoring_case;
use super::sitemap::NoSitemap;
use super::{StoredSnapshot, Task};
use crate::base::share::Share;
use crate::base::time::Millis;
use crate::cache::freshness::is_plain;
use crate::cache::tag_purge::SnapshotTags;

/// Fields that `Vary` may name in a snapshot's answer.
const VARY_MAX: usize = 8;
/// Fields that each browser sends, and `Authorization`, with which no snapshot is served. A
/// snapshot is made without them, so that one that varies by them would fit no visitor. One that
/// varies by `Cookie` fits those who send none.
const SENT_BY_ALL: [&str; 4] = ["accept", "accept-language", "user-agent", "authorization"];

/// An answer to a refresh, as far as its judgement needs it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fetched<'a> {
    /// The status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Content-Encoding`.
    pub content_encoding: Option<&'a str>,
    /// `Content-Length`, if the body is not encoded: else it counts other bytes.
    pub content_length: Option<u64>,
    /// `Cache-Control`, its lines joined by commas.
    pub cache_control: Option<&'a str>,
    /// `Vary`, its lines joined by commas.
    pub vary: Option<&'a str>,
    /// `Age`.
    pub age: Option<&'a str>,
    /// `ETag`.
    pub etag: Option<&'a str>,
    /// `Surrogate-Key`.
    pub surrogate_key: Option<&'a str>,
    /// `Cache-Tag`.
    pub cache_tag: Option<&'a str>,
    /// Whether it has `Set-Cookie`.
    pub sets_cookie: bool,
    /// The body, read to its end.
    pub body: &'a [u8],
}

/// What is asked of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Demands<'a> {
    /// What the path is for.
    pub task: Task,
    /// The path.
    pub path: &'a str,
    /// What a page must contain.
    pub marker: Option<&'a str>,
    /// The share of the last good body's size that it must have.
    pub min_share: Share,
    /// Largest body, in bytes.
    pub max_bytes: u32,
    /// The last good one, while it may still be served: one that is too old protects no visitor.
    pub last: Option<&'a StoredSnapshot>,
}

/// What an answer shows that may replace the last good one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Good {
    /// Bytes.
    pub size: u64,
    /// `Content-Type`, as it was sent.
    pub content_type: String,
    /// `ETag`.
    pub etag: Option<String>,
    /// How old it was when it came.
    pub age: Millis,
    /// The request fields that it varies by: visitors who send one of them get another answer.
    pub vary: Vec<String>,
    /// Whether it is HTML that ends as HTML does.
    pub closes: bool,
    /// By which it may be purged.
    pub tags: SnapshotTags,
}

impl Good {
    /// Whether it is a page of HTML.
    pub fn is_html(&self) -> bool {
        is_html(&essence(&self.content_type))
    }
}

/// Why a path was not refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The upstream answered with this status.
    Status(u16),
    /// There was no answer in time.
    TimedOut,
    /// There was no answer.
    Unreachable,
    /// The breaker let no call through.
    CircuitOpen,
    /// The body broke off.
    Truncated {
        /// Bytes that came.
        read: u64,
        /// Bytes that were promised, if that is known.
        expected: Option<u64>,
    },
    /// The body is empty.
    Empty,
    /// The body is larger than the rule allows.
    TooLarge,
    /// The body is too small beside the last good one.
    Shrank {
        /// Bytes now.
        size: u64,
        /// Bytes of the last good one.
        was: u64,
    },
    /// The page lacks its marker.
    NoMarker,
    /// HTML that does not end, where the last good one did.
    Unfinished,
    /// The type is not what the path promises, or not that of the last good one.
    ContentType(String),
    /// It sets a cookie.
    SetsCookie,
    /// It is `private` or `no-store`.
    Forbidden,
    /// It varies by what all browsers send, by everything, or by too much.
    Varies,
    /// Its fields are too long to be kept.
    HeadTooLong,
    /// It is no sitemap.
    NoSitemap(NoSitemap),
    /// The bucket did not take it.
    NotStored,
    /// It is in a coding that the platform does not undo.
    Coding,
}

impl Why {
    /// Whether it says that the upstream is sick, rather than that one path is.
    pub const fn is_sick(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 429 | 500..=599),
            Self::TimedOut | Self::Unreachable | Self::CircuitOpen => true,
            Self::Truncated { .. }
            | Self::Empty
            | Self::TooLarge
            | Self::Shrank { .. }
            | Self::NoMarker
            | Self::Unfinished
            | Self::ContentType(_)
            | Self::SetsCookie
            | Self::Forbidden
            | Self::Varies
            | Self::HeadTooLong
            | Self::NoSitemap(_)
            | Self::NotStored
            | Self::Coding => false,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the upstream answered {status}"),
            Self::TimedOut => f.write_str("the upstream did not answer in time"),
            Self::Unreachable => f.write_str("the upstream could not be reached"),
            Self::CircuitOpen => f.write_str("the circuit is open"),
            Self::Truncated { read, expected: Some(expected) } => {
                write!(f, "the body broke off after {read} of {expected} bytes")
            }
            Self::Truncated { read, expected: None } => {
                write!(f, "the body broke off after {read} bytes")
            }
            Self::Empty => f.write_str("the body is empty"),
            Self::TooLarge => f.write_str("the body is larger than `max_bytes`"),
            Self::Shrank { size, was } => {
                write!(f, "the body shrank from {was} to {size} bytes, below `min_share`")
            }
            Self::NoMarker => f.write_str("the page lacks its `marker`"),
            Self::Unfinished => {
                f.write_str("the page has no `</html>`, which the last good one had")
            }
            Self::ContentType(found) => write!(f, "the type is `{found}`, which the path is not"),
            Self::SetsCookie => f.write_str("it sets a cookie"),
            Self::Forbidden => f.write_str("it is `private` or `no-store`"),
            Self::Varies => f.write_str("it varies by what all browsers send"),
            Self::HeadTooLong => f.write_str("its fields are too long to be kept"),
            Self::NoSitemap(error) => error.fmt(f),
            Self::NotStored => f.write_str("the bucket did not take it"),
            Self::Coding => f.write_str("it is in a coding that is not undone"),
        }
    }
}

/// Whether an answer may replace the last good one.
///
/// # Errors
/// [`Why`] not, the first reason that is found.
pub fn judge(demands: &Demands<'_>, fetched: &Fetched<'_>) -> Result<Good, Why> {
    if fetched.status != 200 {
        return Err(Why::Status(fetched.status));
    }
    if !is_plain(fetched.content_encoding.unwrap_or_default()) {
        return Err(Why::Coding);
    }
    let size = fetched.body.len() as u64;
    if fetched.content_length.is_some_and(|expected| expected != size) {
        return Err(Why::Truncated { read: size, expected: fetched.content_length });
    }
    if size == 0 {
        return Err(Why::Empty);
    }
    if size > u64::from(demands.max_bytes) {
        return Err(Why::TooLarge);
    }
    if fetched.sets_cookie {
        return Err(Why::SetsCookie);
    }
    if forbids_sharing(fetched.cache_control.unwrap_or_default()) {
        return Err(Why::Forbidden);
    }
    let vary = varies_by(fetched.vary.unwrap_or_default())?;
    let content_type = fetched.content_type.unwrap_or_default().trim();
    let kind = essence(content_type);
    let was = demands.last.map(|last| essence(&last.content_type));
    if !fits(demands, &kind) || was.is_some_and(|was| was != kind) {
        let found: String = kind.chars().take(CONTENT_TYPE_SHOWN).collect();
        return Err(Why::ContentType(found));
    }
    let is_page = matches!(demands.task, Task::Page);
    let marker = demands.marker.filter(|_| is_page);
    if marker.is_some_and(|marker| !contains(fetched.body, marker.as_bytes())) {
        return Err(Why::NoMarker);
    }
    let closes = is_page && is_html(&kind) && find_ignoring_case(fetched.body, b"</html").is_some();
    if let Some(last) = demands.last {
        if last.closes && !closes {
            return Err(Why::Unfinished);
        }
        if !has_share(demands.min_share, size, last.size) {
            return Err(Why::Shrank { size, was: last.size });
        }
    }
    let age = fetched.age.and_then(|age| age.trim().parse().ok()).unwrap_or_default();
    Ok(Good {
        size,
        content_type: content_type.into(),
        etag: fetched.etag.map(ToString::to_string),
        age: Millis::from_secs(age),
        vary,
        closes,
        tags: SnapshotTags::of(fetched.surrogate_key, fetched.cache_tag),
    })
}

/// Characters of a foreign type that operators are shown.
const CONTENT_TYPE_SHOWN: usize = 60;

/// Whether the path promises such a type: by what needs it, else by how its name ends, else it is
/// a page or data.
fn fits(demands: &Demands<'_>, kind: &str) -> bool {
    let is_image = kind.starts_with("image/");
    match demands.task {
        Task::Asset(AssetKind::Style) => kind == "text/css",
        Task::Asset(AssetKind::Script) => is_script(kind),
        Task::Asset(AssetKind::Image) => is_image,
        Task::Sitemap => true,
        Task::Page => match extension(demands.path) {
            Some("css") => kind == "text/css",
            Some("js" | "mjs") => is_script(kind),
            Some("png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "svg" | "ico") => is_image,
            Some("json") => is_json(kind),
            Some("txt") => kind == "text/plain",
            _ => is_html(kind) || is_json(kind) || kind.starts_with("text/") || is_xml(kind),
        },
    }
}

fn is_html(kind: &str) -> bool {
    matches!(kind, "text/html" | "application/xhtml+xml")
}

fn is_script(kind: &str) -> bool {
    matches!(kind, "text/javascript" | "application/javascript" | "application/x-javascript")
}

fn is_json(kind: &str) -> bool {
    kind == "application/json" || kind.ends_with("+json")
}

fn is_xml(kind: &str) -> bool {
    kind == "application/xml" || kind.ends_with("+xml")
}

/// How a path's last segment ends, if it has a dot.
fn extension(path: &str) -> Option<&str> {
    let segment = super::key::without_query(path).rsplit('/').next()?;
    segment.rsplit_once('.').map(|(_, extension)| extension)
}

/// A media type without its parameters, in lower case.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn contains(body: &[u8], marker: &[u8]) -> bool {
    body.windows(marker.len().max(1)).any(|window| window == marker)
}

const fn has_share(share: Share, size: u64, was: u64) -> bool {
    size.saturating_mul(10_000) >= was.saturating_mul(share.basis_points() as u64)
}

fn forbids_sharing(cache_control: &str) -> bool {
    cache_control.split(',').any(|directive| {
        let name = directive.split('=').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("private") || name.eq_ignore_ascii_case("no-store")
    })
}

/// The fields that an answer varies by, in lower case and in order. Copies are kept decoded, so
/// that `accept-encoding` is none of them.
fn varies_by(vary: &str) -> Result<Vec<String>, Why> {
    let mut names: Vec<String> = Vec::new();
    for name in vary.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let name = name.to_ascii_lowercase();
        if name == "*" || SENT_BY_ALL.contains(&name.as_str()) {
            return Err(Why::Varies);
        }
        if name != "accept-encoding" && !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort_unstable();
    if names.len() > VARY_MAX { Err(Why::Varies) } else { Ok(names) }
}
