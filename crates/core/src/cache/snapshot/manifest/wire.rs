//! The written form of the manifest: JSON arrays, the version first. Arrays, because reading
//! objects would take several times as much of the Worker's code.

use core::fmt;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::entries::Entries;
use super::{
    DELETIONS_MAX, Entry, Hash, Manifest, ManifestError, NamedBy, Refusal, SitemapSource,
    StoredSnapshot,
};
use crate::base::time::Timestamp;
use crate::cache::snapshot::assets::AssetKind;
use crate::cache::snapshot::sitemap::NoSitemap;
use crate::cache::snapshot::{Task, Why};
use crate::cache::tag_purge::SnapshotTags;

pub(super) const VERSION: u8 = 1;

/// Version, written, entries, sources, deletions.
#[derive(Serialize)]
pub(super) struct Wire<'a>(
    u8,
    Timestamp,
    Vec<EntryWire<'a>>,
    Vec<SitemapSourceWire<'a>>,
    &'a [String],
);

/// Path, task, who named it, when it was found, seen and planned, what is held, why it was refused.
#[derive(Serialize, Deserialize)]
struct EntryWire<'a>(
    Cow<'a, str>,
    u8,
    u8,
    Timestamp,
    Timestamp,
    Option<Timestamp>,
    Option<StoredSnapshotWire<'a>>,
    Option<RefusalWire<'a>>,
);

/// Hash, fields, size, type, validator, what it varies by, whether it closes; when it was made,
/// checked and read; and its tags, if it has any.
#[derive(Serialize, Deserialize)]
struct StoredSnapshotWire<'a>(
    Hash,
    u64,
    u64,
    Cow<'a, str>,
    Option<Cow<'a, str>>,
    Cow<'a, [String]>,
    bool,
    Timestamp,
    Timestamp,
    Timestamp,
    #[serde(default, skip_serializing_if = "SnapshotTags::is_empty")] SnapshotTags,
);

/// Reason, two numbers and a text that belong to it; when, and how often.
#[derive(Serialize, Deserialize)]
struct RefusalWire<'a>(u8, u64, u64, Cow<'a, str>, Timestamp, u32);

/// Path, planned, why it was refused.
#[derive(Serialize, Deserialize)]
struct SitemapSourceWire<'a>(Cow<'a, str>, Option<Timestamp>, Option<RefusalWire<'a>>);

impl<'a> From<&'a Manifest> for Wire<'a> {
    fn from(manifest: &'a Manifest) -> Self {
        let entries = manifest.entries.iter().map(EntryWire::from).collect();
        let sources = manifest.sources.iter().map(SitemapSourceWire::from).collect();
        Self(VERSION, manifest.written, entries, sources, &manifest.deletions)
    }
}

/// A manifest of any version: of another one only that is known.
pub(super) enum AnyVersion {
    Known(Manifest),
    Other(u8),
}

impl TryFrom<AnyVersion> for Manifest {
    type Error = ManifestError;

    fn try_from(read: AnyVersion) -> Result<Self, ManifestError> {
        match read {
            AnyVersion::Known(manifest) => Ok(manifest),
            AnyVersion::Other(version) => Err(ManifestError::Version(version)),
        }
    }
}

impl<'de> Deserialize<'de> for AnyVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PartsVisitor;

        impl<'de> Visitor<'de> for PartsVisitor {
            type Value = AnyVersion;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a manifest")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<AnyVersion, A::Error> {
                let missing = || de::Error::custom("a part is missing");
                let version = parts.next_element()?.ok_or_else(missing)?;
                if version != VERSION {
                    while parts.next_element::<de::IgnoredAny>()?.is_some() {}
                    return Ok(AnyVersion::Other(version));
                }
                let written = parts.next_element()?.ok_or_else(missing)?;
                let entries: Vec<EntryWire<'_>> = parts.next_element()?.ok_or_else(missing)?;
                let sources: Vec<SitemapSourceWire<'_>> =
                    parts.next_element()?.ok_or_else(missing)?;
                let mut deletions: Vec<String> = parts.next_element()?.ok_or_else(missing)?;
                deletions.truncate(DELETIONS_MAX);
                let unknown = || de::Error::custom("a name is not known");
                let entries = entries.into_iter().map(Entry::read).collect::<Option<_>>();
                let sources = sources.into_iter().map(SitemapSource::read).collect::<Option<_>>();
                Ok(AnyVersion::Known(Manifest {
                    written,
                    entries: Entries::new(entries.ok_or_else(unknown)?),
                    sources: sources.ok_or_else(unknown)?,
                    deletions,
                }))
            }
        }

        deserializer.deserialize_seq(PartsVisitor)
    }
}

impl<'a> From<&'a Entry> for EntryWire<'a> {
    fn from(entry: &'a Entry) -> Self {
        let task = match entry.task {
            Task::Page => 0,
            Task::Asset(AssetKind::Style) => 1,
            Task::Asset(AssetKind::Script) => 2,
            Task::Asset(AssetKind::Image) => 3,
            Task::Sitemap => 4,
        };
        let named_by = match entry.named_by {
            NamedBy::Traffic => 0,
            NamedBy::Page => 1,
            NamedBy::Sitemap => 2,
            NamedBy::File => 3,
        };
        Self(
            entry.path.as_str().into(),
            task,
            named_by,
            entry.found,
            entry.seen,
            entry.planned,
            entry.held.as_ref().map(StoredSnapshotWire::from),
            entry.refused.as_ref().map(RefusalWire::from),
        )
    }
}

impl Entry {
    fn read(wire: EntryWire<'_>) -> Option<Self> {
        let EntryWire(path, task, named_by, found, seen, planned, held, refused) = wire;
        Some(Self {
            path: path.into_owned(),
            task: match task {
                0 => Task::Page,
                1 => Task::Asset(AssetKind::Style),
                2 => Task::Asset(AssetKind::Script),
                3 => Task::Asset(AssetKind::Image),
                4 => Task::Sitemap,
                _ => return None,
            },
            named_by: match named_by {
                0 => NamedBy::Traffic,
                1 => NamedBy::Page,
                2 => NamedBy::Sitemap,
                3 => NamedBy::File,
                _ => return None,
            },
            found,
            seen,
            planned,
            held: held.map(StoredSnapshot::from),
            refused: match refused {
                Some(wire) => Some(Refusal::read(wire)?),
                None => None,
            },
            has_news: false,
        })
    }
}

impl<'a> From<&'a StoredSnapshot> for StoredSnapshotWire<'a> {
    fn from(held: &'a StoredSnapshot) -> Self {
        Self(
            held.hash,
            held.fields,
            held.size,
            held.content_type.as_str().into(),
            held.etag.as_deref().map(Cow::from),
            held.vary.as_slice().into(),
            held.closes,
            held.made,
            held.checked,
            held.read,
            held.tags.clone(),
        )
    }
}

impl From<StoredSnapshotWire<'_>> for StoredSnapshot {
    fn from(wire: StoredSnapshotWire<'_>) -> Self {
        let StoredSnapshotWire(
            hash,
            fields,
            size,
            content_type,
            etag,
            vary,
            closes,
            made,
            checked,
            read,
            tags,
        ) = wire;
        let (content_type, vary) = (content_type.into_owned(), vary.into_owned());
        let etag = etag.map(Cow::into_owned);
        Self { hash, fields, size, content_type, etag, vary, closes, made, checked, read, tags }
    }
}

impl<'a> From<&'a Refusal> for RefusalWire<'a> {
    fn from(refusal: &'a Refusal) -> Self {
        let (code, a, b, text) = code(&refusal.why);
        Self(code, a, b, text.into(), refusal.at, refusal.times)
    }
}

impl Refusal {
    fn read(RefusalWire(code, a, b, text, at, times): RefusalWire<'_>) -> Option<Self> {
        Some(Self { why: reason(code, a, b, &text)?, at, times })
    }
}

impl<'a> From<&'a SitemapSource> for SitemapSourceWire<'a> {
    fn from(source: &'a SitemapSource) -> Self {
        let refused = source.refused.as_ref().map(RefusalWire::from);
        Self(source.path.as_str().into(), source.planned, refused)
    }
}

impl SitemapSource {
    fn read(SitemapSourceWire(path, planned, refused): SitemapSourceWire<'_>) -> Option<Self> {
        let refused = match refused {
            Some(wire) => Some(Refusal::read(wire)?),
            None => None,
        };
        Some(Self { path: path.into_owned(), planned, refused })
    }
}

fn code(why: &Why) -> (u8, u64, u64, &str) {
    match why {
        Why::Status(status) => (0, u64::from(*status), 0, ""),
        Why::TimedOut => (1, 0, 0, ""),
        Why::Unreachable => (2, 0, 0, ""),
        Why::CircuitOpen => (3, 0, 0, ""),
        Why::Truncated { read, expected: Some(expected) } => (4, *read, *expected, ""),
        Why::Truncated { read, expected: None } => (5, *read, 0, ""),
        Why::Empty => (6, 0, 0, ""),
        Why::TooLarge => (7, 0, 0, ""),
        Why::Shrank { size, was } => (8, *size, *was, ""),
        Why::NoMarker => (9, 0, 0, ""),
        Why::Unfinished => (10, 0, 0, ""),
        Why::ContentType(found) => (11, 0, 0, found),
        Why::SetsCookie => (12, 0, 0, ""),
        Why::Forbidden => (13, 0, 0, ""),
        Why::Varies => (14, 0, 0, ""),
        Why::HeadTooLong => (15, 0, 0, ""),
        Why::NoSitemap(NoSitemap::Gzip) => (16, 0, 0, ""),
        Why::NoSitemap(NoSitemap::NoRoot) => (17, 0, 0, ""),
        Why::NoSitemap(NoSitemap::NotUtf8) => (18, 0, 0, ""),
        Why::NotStored => (19, 0, 0, ""),
        Why::Coding => (20, 0, 0, ""),
    }
}

fn reason(code: u8, a: u64, b: u64, text: &str) -> Option<Why> {
    Some(match code {
        0 => Why::Status(u16::try_from(a).ok()?),
        1 => Why::TimedOut,
        2 => Why::Unreachable,
        3 => Why::CircuitOpen,
        4 => Why::Truncated { read: a, expected: Some(b) },
        5 => Why::Truncated { read: a, expected: None },
        6 => Why::Empty,
        7 => Why::TooLarge,
        8 => Why::Shrank { size: a, was: b },
        9 => Why::NoMarker,
        10 => Why::Unfinished,
        11 => Why::ContentType(text.into()),
        12 => Why::SetsCookie,
        13 => Why::Forbidden,
        14 => Why::Varies,
        15 => Why::HeadTooLong,
        16 => Why::NoSitemap(NoSitemap::Gzip),
        17 => Why::NoSitemap(NoSitemap::NoRoot),
        18 => Why::NoSitemap(NoSitemap::NotUtf8),
        19 => Why::NotStored,
        20 => Why::Coding,
        _ => return None,
    })
}
