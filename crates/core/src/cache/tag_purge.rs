//! Purges by tag: editors end the copies of what they have changed, wherever it shows.
//!
//! An answer names the things that it shows in `Surrogate-Key`, parted by spaces (Fastly, Varnish),
//! or in `Cache-Tag`, parted by commas (Cloudflare, Akamai). As with [`purge`](super::purge),
//! nothing lists the copies: each purge has a number, a copy holds the number of the last purge
//! that was known when its answer was asked for, and a copy with a tag that was purged later is not
//! served.
//!
//! Tags are remembered by hash: a hash takes no more room than a number, whatever a site calls its
//! things. Two tags of one hash are purged together.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::base::fields::Fields;
use crate::base::hash::fnv1a;

/// Purged tags that are remembered one by one. Each isolate holds them, and they travel with the
/// standing orders, of which they are then about 12 KB.
pub const TAG_PURGES_MAX: usize = 500;
/// Tags that one order may name, as at Cloudflare.
pub const TAGS_PER_PURGE: usize = 30;
/// The longest tag that an order may name, in bytes, as at Cloudflare.
pub const TAG_LENGTH_MAX: usize = 1_024;

/// A tag, as it is remembered. Case does not matter, as at Cloudflare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TagHash(u64);

impl TagHash {
    /// Of a tag.
    pub fn of(tag: &str) -> Self {
        let hash = fnv1a(tag.bytes().map(|byte| byte.to_ascii_lowercase()));
        // What JSON's numbers hold everywhere.
        Self(hash >> 11)
    }
}

/// The tags of an answer with these fields.
pub fn tags_of(answer: Fields<'_>) -> impl Iterator<Item = TagHash> {
    tags_in(answer.get("surrogate-key"), answer.get("cache-tag"))
}

/// The tags in `Surrogate-Key` and in `Cache-Tag`.
fn tags_in<'a>(
    surrogate_key: Option<&'a str>,
    cache_tag: Option<&'a str>,
) -> impl Iterator<Item = TagHash> + 'a {
    let (keys, tags) = (surrogate_key.unwrap_or_default(), cache_tag.unwrap_or_default());
    // Several lines of a field are one here, joined by commas.
    let parts = keys.split([' ', ',', '\t']).chain(tags.split(','));
    parts.map(str::trim).filter(|tag| !tag.is_empty()).map(TagHash::of)
}

/// The tags of a snapshot, for its keeper. A page with more than a few has each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SnapshotTags(Vec<TagHash>);

/// Tags of a snapshot that are remembered one by one: the manifest holds a thousand snapshots, and
/// each isolate reads it.
const SNAPSHOT_TAGS_MAX: usize = 16;
/// In place of more tags than that: any.
const ANY_TAG: TagHash = TagHash(0);

impl SnapshotTags {
    /// The tags in `Surrogate-Key` and in `Cache-Tag`.
    pub fn of(surrogate_key: Option<&str>, cache_tag: Option<&str>) -> Self {
        let mut tags: Vec<TagHash> = Vec::new();
        for tag in tags_in(surrogate_key, cache_tag) {
            if tags.len() == SNAPSHOT_TAGS_MAX {
                tags.clear();
                tags.push(ANY_TAG);
                break;
            }
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        Self(tags)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of these is among them, or may be.
    pub fn meet(&self, purged: &[CacheTag]) -> bool {
        self.0.contains(&ANY_TAG) || purged.iter().any(|tag| self.0.contains(&tag.hash()))
    }
}

/// A tag as an order names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CacheTag(String);

impl CacheTag {
    /// Reads one: a word of printed ASCII, since it is to stand in a field.
    pub fn parse(text: &str) -> Option<Self> {
        let is_printed = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
        let is_tag = !text.is_empty() && text.len() <= TAG_LENGTH_MAX && is_printed;
        is_tag.then(|| Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is remembered.
    pub fn hash(&self) -> TagHash {
        TagHash::of(&self.0)
    }
}

impl fmt::Display for CacheTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<CacheTag> for String {
    fn from(CacheTag(tag): CacheTag) -> Self {
        tag
    }
}

impl TryFrom<String> for CacheTag {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no tag")
    }
}

/// All purges by tag, as far as they still matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct TagPurges {
    /// How many there were.
    count: u64,
    /// The number of the last purge that is no longer remembered: it counts for every tag.
    floor: u64,
    /// Tags and the numbers of their last purges, the oldest first.
    list: Vec<(TagHash, u64)>,
}

impl TagPurges {
    /// Whether there were any.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number of the last purge, which an answer that is asked for now is stored with.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Purges what has one of these tags.
    pub fn add(&mut self, tags: &[CacheTag]) {
        self.count += 1;
        for hash in tags.iter().map(CacheTag::hash) {
            self.list.retain(|(known, _)| *known != hash);
            self.list.push((hash, self.count));
        }
        if self.list.len() > TAG_PURGES_MAX {
            // The older half becomes all tags: too much is purged, and never too little.
            let newer = self.list.split_off(self.list.len() / 2);
            if let Some((_, newest)) = self.list.last() {
                self.floor = *newest;
            }
            self.list = newer;
        }
    }

    /// Whether an answer with these fields, which was asked for when there were `count` purges, was
    /// purged since.
    pub fn hide(&self, answer: Fields<'_>, count: u64) -> bool {
        if self.count <= count {
            return false;
        }
        tags_of(answer).any(|tag| {
            let known = self.list.iter().find(|(known, _)| *known == tag);
            known.map_or(self.floor, |(_, purged)| *purged).max(self.floor) > count
        })
    }
}

/// Count, floor, list.
#[derive(Serialize, Deserialize)]
struct Wire(u64, u64, Vec<(TagHash, u64)>);

impl From<TagPurges> for Wire {
    fn from(TagPurges { count, floor, list }: TagPurges) -> Self {
        Self(count, floor, list)
    }
}

impl From<Wire> for TagPurges {
    fn from(Wire(count, floor, mut list): Wire) -> Self {
        list.truncate(TAG_PURGES_MAX);
        Self { count, floor, list }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    fn tags(names: &[&str]) -> Vec<CacheTag> {
        names.iter().map(|name| CacheTag::parse(name).unwrap()).collect()
    }

    #[test]
    fn an_answer_is_hidden_that_was_asked_for_before_one_of_its_tags_was_purged() {
        let mut purges = TagPurges::default();
        let page = Fields::new("surrogate-key:post-7 front-page\netag:\"a\"");
        assert!(!purges.hide(page, 0));
        purges.add(&tags(&["post-8"]));
        assert!(!purges.hide(page, 0), "another thing");
        purges.add(&tags(&["post-9", "Post-7"]));
        assert!(purges.hide(page, 0) && purges.hide(page, 1));
        assert!(!purges.hide(page, 2), "it was asked for after that");
        assert!(!purges.hide(Fields::new("etag:\"a\""), 0), "it has no tags");
    }

    #[test]
    fn tags_are_read_as_each_cache_writes_them() {
        for lines in [
            "surrogate-key:a post-7 b",
            "surrogate-key:a, post-7",
            "cache-tag:a,post-7, b",
            "cache-tag:a\nsurrogate-key:post-7",
            "cache-tag:POST-7",
        ] {
            let post = TagHash::of("post-7");
            assert!(tags_of(Fields::new(lines)).any(|tag| tag == post), "{lines}");
        }
        assert_eq!(tags_of(Fields::new("cache-tag:, ,\nsurrogate-key: ")).count(), 0);
    }

    #[test]
    fn a_tag_is_a_word_that_a_field_can_hold() {
        let long = "x".repeat(TAG_LENGTH_MAX + 1);
        for text in ["", "a b", "a,b", "a\n", "é", &long] {
            assert_eq!(CacheTag::parse(text), None, "{text}");
        }
        assert_eq!(CacheTag::parse("post:7/x").unwrap().to_string(), "post:7/x");
    }

    #[test]
    fn however_many_purges_there_are_none_is_forgotten_for_too_little() {
        let mut purges = TagPurges::default();
        let mut state: u64 = 7;
        let mut last = alloc::collections::BTreeMap::new();
        for _ in 0..3_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let name = format!("t{}", (state >> 33) % 900);
            purges.add(&tags(&[&name]));
            last.insert(name, purges.count());
            assert!(purges.list.len() <= TAG_PURGES_MAX);
        }
        for (name, at) in last {
            let lines = format!("cache-tag:{name}");
            assert!(purges.hide(Fields::new(&lines), at - 1), "{name}");
            assert!(!purges.hide(Fields::new(&lines), purges.count()), "{name}");
        }
    }

    #[test]
    fn a_snapshot_with_many_tags_has_each_and_one_with_none_has_none() {
        let few = SnapshotTags::of(Some("a b a"), Some("c"));
        assert!(few.meet(&tags(&["x", "C"])) && !few.meet(&tags(&["x"])));
        let names: Vec<_> = (0..=SNAPSHOT_TAGS_MAX).map(|i| format!("t{i}")).collect();
        let many = SnapshotTags::of(Some(&names.join(" ")), None);
        assert!(many.meet(&tags(&["x"])) && many.0.len() == 1);
        let none = SnapshotTags::of(None, None);
        assert!(none.is_empty() && !none.meet(&tags(&["x"])));
    }

    #[test]
    fn the_stored_form_is_this() {
        let mut purges = TagPurges::default();
        purges.add(&tags(&["post-7"]));
        let TagHash(hash) = TagHash::of("post-7");
        let text = format!("[1,0,[[{hash},1]]]");
        assert_eq!(serde_json::to_string(&purges).unwrap(), text);
        assert_eq!(serde_json::from_str::<TagPurges>(&text).unwrap(), purges);
        assert!(hash < 1 << 53);
    }
}
