//! What of a site outlives it: the pages that visitors have seen, and then see again while the site
//! is down.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use anyhow::{Result, ensure};
use breakwater_testing::Answer;

use super::Person;

/// How many pages, styles, scripts and pictures of a site are looked at.
const PAGES_MAX: usize = 120;

/// The fields of a browser that asks for a page. What an answer to another user agent says is kept
/// for no one: such a name might be repeated in the page.
const BROWSER: &[(&str, &str)] = &[
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-US,en;q=0.9"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
];

/// What was seen of a site while it was well.
#[derive(Clone, Debug, Default)]
pub struct Survival {
    /// Each path with the size of its body.
    seen: BTreeMap<String, usize>,
    /// The path that was visited last.
    last: String,
    /// Those that were gone when the site was, with what came instead.
    lost: BTreeMap<String, String>,
}

impl Survival {
    /// Has a visitor see everything that is linked from these paths, but for paths with one of
    /// these texts in them.
    pub async fn see(
        visitor: &mut Person,
        host: &str,
        from: &[&str],
        not: &[&str],
    ) -> Result<Self> {
        let mut survival = Self::default();
        let mut known: BTreeSet<String> = from.iter().map(|path| (*path).to_owned()).collect();
        let mut next: VecDeque<String> = known.iter().cloned().collect();
        while let Some(path) = next.pop_front() {
            let answer = visitor.send("GET", &path, BROWSER, Vec::new()).await?;
            if answer.status != 200 {
                ensure!(!from.contains(&path.as_str()), "{path}: {}", answer.status);
                continue;
            }
            survival.seen.insert(path.clone(), answer.body.len());
            survival.last = path;
            for link in links(&answer, host) {
                let is_meant = !not.iter().any(|text| link.contains(text));
                if is_meant && known.len() < PAGES_MAX && known.insert(link.clone()) {
                    next.push_back(link);
                }
            }
        }
        Ok(survival)
    }

    /// The path that was seen last, whose copy may still be on its way to the store.
    pub fn last(&self) -> &str {
        &self.last
    }

    /// Has a visitor see all of it again while the site is down.
    pub async fn again(&mut self, visitor: &mut Person) -> Result<()> {
        self.lost.clear();
        for (path, size) in &self.seen {
            let answer = visitor.send("GET", path, BROWSER, Vec::new()).await?;
            let is_copy = ["stale", "snapshot", "cache"].contains(&answer.told("source"));
            if answer.status != 200 || !is_copy || answer.body.len() < size / 2 {
                let (status, told) = (answer.status, answer.field("breakwater"));
                self.lost.insert(path.clone(), format!("{status} ({told})"));
            }
        }
        Ok(())
    }

    /// Fails unless exactly these did not survive.
    pub fn check(&self, lost: &[&str]) -> Result<()> {
        let found: BTreeSet<&str> = self.lost.keys().map(String::as_str).collect();
        let expected: BTreeSet<&str> = lost.iter().copied().collect();
        ensure!(found == expected, "{self}; expected to be lost: {expected:?}");
        Ok(())
    }
}

impl fmt::Display for Survival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, kept) = (self.seen.len(), self.seen.len() - self.lost.len());
        write!(f, "of {all} pages and files {kept} survive")?;
        for (index, (path, why)) in self.lost.iter().enumerate() {
            write!(f, "{} {path}: {why}", if index == 0 { "; not" } else { "," })?;
        }
        Ok(())
    }
}

/// What a page links to, or loads, on its own site.
pub fn links(answer: &Answer, host: &str) -> Vec<String> {
    if !answer.field("content-type").starts_with("text/html") {
        return Vec::new();
    }
    let (text, own) = (answer.text(), format!("http://{host}"));
    let mut found = Vec::new();
    for quote in ['"', '\''] {
        for attribute in ["href=", "src="] {
            for part in text.split(&format!("{attribute}{quote}")).skip(1) {
                let Some((target, _)) = part.split_once(quote) else { continue };
                let target = target.replace("&#038;", "&").replace("&amp;", "&");
                let path = target.strip_prefix(&own).unwrap_or(&target);
                let path = path.split('#').next().unwrap_or_default();
                if path.starts_with('/') && !path.starts_with("//") {
                    found.push(path.to_owned());
                }
            }
        }
    }
    found
}
