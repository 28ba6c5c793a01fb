//! The numbers of pages that have a snapshot, lack one, or have one that is too old, for the site's
//! operators.

use core::fmt;

use alloc::string::{String, ToString};
use serde::{Deserialize, Serialize};

use super::manifest::{Entry, Manifest, servable_for};
use super::{SnapshotRules, Task, key};
use crate::base::time::{Millis, Timestamp};

/// The number of intervals without a confirmation after which a page is overdue. It equals the
/// number after which health findings are stale (`STALE_AFTER`), so that both are reported at the
/// same time.
pub const OVERDUE_AFTER: u64 = 3;

/// The pages that are to be kept, and how many of them are not as they should be. Written
/// `1 PAGES MISSING OVERDUE OLDEST`, the age in milliseconds, the first being the version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Coverage {
    /// The number of all pages.
    pub pages: u32,
    /// The pages without a snapshot that could be served, although three intervals have passed
    /// since they were found.
    pub missing: u32,
    /// The pages whose snapshot could be served, but is older than three intervals.
    pub overdue: u32,
    /// The age of the oldest snapshot that could be served, counted from the upstream's last
    /// confirmation of it.
    pub oldest: Millis,
}

impl Coverage {
    /// Reads the written form; `None` for one of another version.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        if parts.next()? != "1" {
            return None;
        }
        let mut count = || parts.next()?.parse().ok();
        let (pages, missing, overdue) = (count()?, count()?, count()?);
        let oldest = Millis::new(parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(Self { pages, missing, overdue, oldest })
    }

    fn count(&mut self, rules: &SnapshotRules, entry: &Entry, now: Timestamp) {
        let Some((_, rule)) = rules.of(key::without_query(&entry.path)) else { return };
        let in_time = Millis::new(rule.every.get().saturating_mul(OVERDUE_AFTER));
        self.pages += 1;
        let age = entry.held.as_ref().map(|held| now.since(held.checked));
        match age.filter(|age| Some(*age) <= servable_for(rules, entry.task, &entry.path)) {
            Some(age) => {
                self.oldest = self.oldest.max(age);
                self.overdue += u32::from(age > in_time);
            }
            None => self.missing += u32::from(now.since(entry.found) > in_time),
        }
    }
}

impl Manifest {
    /// How well the pages are kept.
    pub fn coverage(&self, rules: &SnapshotRules, now: Timestamp) -> Coverage {
        let mut coverage = Coverage::default();
        for entry in self.entries().filter(|entry| entry.task == Task::Page) {
            coverage.count(rules, entry, now);
        }
        coverage
    }
}

impl From<Coverage> for String {
    fn from(coverage: Coverage) -> Self {
        coverage.to_string()
    }
}

impl TryFrom<String> for Coverage {
    type Error = UnknownCoverage;

    fn try_from(text: String) -> Result<Self, UnknownCoverage> {
        Self::parse(&text).ok_or(UnknownCoverage(text))
    }
}

/// Another version of Breakwater wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCoverage(String);

impl fmt::Display for UnknownCoverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no coverage, expected `1 PAGES MISSING OVERDUE OLDEST`", self.0)
    }
}

impl core::error::Error for UnknownCoverage {}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pages, missing, overdue, oldest } = self;
        write!(f, "1 {pages} {missing} {overdue} {}", oldest.get())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use super::*;
    use crate::cache::snapshot::{Hash, NamedBy, PlatformPlan, StoredSnapshot};

    const EVERY: Millis = Millis::from_secs(600);
    const MAX_AGE: Millis = Millis::from_secs(86_400);

    fn at(s: u64) -> Timestamp {
        Timestamp::from_millis(s * 1000)
    }

    fn rules() -> SnapshotRules {
        let rule = serde_json::json!([
            "/shop/*", EVERY, 100, null, MAX_AGE, null, "50%", 1024, false, null
        ]);
        let rule = serde_json::from_value(rule).expect("a rule");
        SnapshotRules::new(PlatformPlan::Paid, alloc::vec![rule]).expect("rules")
    }

    fn held(checked: Timestamp) -> StoredSnapshot {
        StoredSnapshot {
            hash: Hash::of_digest(&[0; 32]).expect("a digest"),
            fields: 0,
            size: 4,
            content_type: String::new(),
            etag: None,
            vary: Vec::new(),
            closes: true,
            made: checked,
            checked,
            read: checked,
            tags: crate::cache::tag_purge::SnapshotTags::default(),
        }
    }

    fn entry(path: &str, found: Timestamp, checked: Option<Timestamp>) -> Entry {
        Entry {
            path: path.into(),
            task: Task::Page,
            named_by: NamedBy::File,
            found,
            seen: found,
            planned: None,
            held: checked.map(held),
            refused: None,
            has_news: false,
        }
    }

    fn coverage(entries: impl IntoIterator<Item = Entry>, now: Timestamp) -> Coverage {
        let mut manifest = Manifest::default();
        for entry in entries {
            manifest.entries.insert(entry);
        }
        manifest.coverage(&rules(), now)
    }

    #[test]
    fn a_page_is_missing_when_there_was_time_and_overdue_after_three_intervals() {
        let pages = || {
            [
                entry("/shop/a", at(0), Some(at(100))),
                entry("/shop/b", at(0), Some(at(1_000))),
                entry("/shop/new", at(1_000), None),
            ]
        };
        let at_first = coverage(pages(), at(1_900));
        let oldest = Millis::from_secs(1_800);
        assert_eq!(at_first, Coverage { pages: 3, missing: 0, overdue: 0, oldest });
        let later = coverage(pages(), at(2_801));
        let oldest = Millis::from_secs(2_701);
        assert_eq!(later, Coverage { pages: 3, missing: 1, overdue: 2, oldest });
    }

    #[test]
    fn what_is_too_old_to_be_served_is_missing() {
        let now = at(100) + MAX_AGE;
        let page = || [entry("/shop/a", at(0), Some(at(100)))];
        assert_eq!(coverage(page(), now).missing, 0);
        let after = coverage(page(), now + Millis::new(1));
        assert_eq!((after.missing, after.overdue, after.oldest), (1, 0, Millis::ZERO));
    }

    #[test]
    fn only_pages_that_a_rule_names_count() {
        let asset = Entry { task: Task::Sitemap, ..entry("/shop/map.xml", at(0), None) };
        let others = [entry("/elsewhere", at(0), None), asset];
        assert_eq!(coverage(others, at(90_000)), Coverage::default());
    }

    #[test]
    fn the_written_form_is_unchanged() {
        let coverage = Coverage { pages: 40, missing: 1, overdue: 2, oldest: Millis::new(7) };
        assert_eq!(coverage.to_string(), "1 40 1 2 7");
        assert_eq!(Coverage::parse("1 40 1 2 7"), Some(coverage));
        for other in ["", "2 40 1 2 7", "1 40 1 2", "1 40 1 2 7 8", "1 40 x 2 7"] {
            assert_eq!(Coverage::parse(other), None, "{other}");
        }
    }
}
