//! Keeps the site's snapshots: what is fetched in a round, and what becomes of it.
//!
//! The caller makes rounds: [`begin_round`](Keeper::begin_round), then
//! [`next_job`](Keeper::next_job) until it is [`Done`](NextJob::Done). For each job it fetches, has
//! the answer [`read`](Keeper::read), writes the body if the keeper [`stores`](Keeper::stores) it,
//! and reports how the job [`finished`](Keeper::finish). It deletes what
//! [`deletions`](Keeper::deletions) names, and then writes the [`manifest`](Keeper::manifest). Jobs
//! may overlap, with each other and with a purge.

mod names;
mod purge;
mod round;
mod verdict;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

pub use self::purge::{SETTLE_TICK, SETTLE_TICKS_MAX};
pub use self::round::{NextJob, RoundTally};
pub use self::verdict::{JobEnd, Judged};
use super::assets::AssetKind;
use super::manifest::{Entry, Manifest, Refusal};
use super::{Why, key};
use crate::base::time::Timestamp;
use crate::cache::snapshot::SnapshotSite;

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// For visitors.
    Page,
    /// For a page.
    Asset(AssetKind),
    /// For the paths that it names.
    Sitemap,
}

impl Task {
    /// For operators.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Asset(AssetKind::Style) => "style",
            Self::Asset(AssetKind::Script) => "script",
            Self::Asset(AssetKind::Image) => "image",
            Self::Sitemap => "sitemap",
        }
    }
}

/// A path to fetch now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Names the job.
    pub ticket: u32,
    /// What it is for.
    pub task: Task,
    /// The path, with its query.
    pub path: String,
    /// For `If-None-Match`.
    pub if_none_match: Option<String>,
    /// Bytes of the body that are read at most.
    pub max_bytes: u32,
}

/// The state of all snapshots. It holds no rules: they are the site's of today.
#[derive(Debug, Default)]
pub struct Keeper {
    manifest: Manifest,
    round: Option<Round>,
    last_ticket: u32,
    /// How the last round went.
    last_round: Option<RoundTally>,
}

/// A round in progress.
#[derive(Debug)]
struct Round {
    tally: RoundTally,
    queue: VecDeque<Planned>,
    /// A few at most.
    flights: Vec<Flight>,
    /// Failures in a row, by upstream.
    failures: Vec<u32>,
}

/// What a round still has before it.
#[derive(Clone, Debug)]
struct Planned {
    task: Task,
    path: String,
    /// The sitemap that the site file names, where this one comes from it.
    source: Option<String>,
}

/// A job that has not finished.
#[derive(Debug)]
struct Flight {
    ticket: u32,
    task: Task,
    path: String,
    source: Option<String>,
    /// Whether its body is being written.
    is_storing: bool,
    /// Whether a purge came after it began: what it fetched is not to be kept.
    is_purged: bool,
}

impl Keeper {
    /// Goes on with what was written.
    pub fn restore(manifest: Manifest) -> Self {
        Self { manifest, ..Self::default() }
    }

    /// What is to be written now.
    pub fn manifest(&mut self, now: Timestamp) -> &Manifest {
        self.manifest.written = now;
        &self.manifest
    }

    /// What is known, for operators.
    pub fn known(&self) -> &Manifest {
        &self.manifest
    }

    /// How the last round went, or goes.
    pub fn tally(&self) -> Option<RoundTally> {
        self.round.as_ref().map(|round| round.tally).or(self.last_round)
    }

    /// Paths whose objects are to be deleted now.
    pub fn deletions(&self) -> &[String] {
        &self.manifest.deletions
    }

    /// Takes note that these objects are deleted.
    pub fn handle_deleted(&mut self, paths: &[String]) {
        self.manifest.deletions.retain(|path| !paths.contains(path));
        if let Some(round) = &mut self.round {
            round.tally.deleted += u32::try_from(paths.len()).unwrap_or(u32::MAX);
        }
    }

    fn delete(&mut self, path: &str) {
        if !self.manifest.deletions.iter().any(|known| known == path) {
            self.manifest.deletions.push(path.into());
        }
    }

    /// Entries are bounded, so that deletions are too.
    fn remove(&mut self, path: &str) {
        if self.manifest.entries.remove(path).is_some_and(|entry| entry.held.is_some()) {
            self.delete(path);
        }
    }

    fn entry(&mut self, path: &str) -> Option<&mut Entry> {
        self.manifest.entries.get_mut(path)
    }
}

/// Whether a path may be kept at all: its route's answers belong to everybody.
fn is_public(site: &impl SnapshotSite, path: &str) -> bool {
    site.is_public(key::without_query(path))
}

fn refused_again(before: Option<Refusal>, why: Why, now: Timestamp) -> Option<Refusal> {
    let times = before.map_or(0, |before| before.times).saturating_add(1);
    Some(Refusal { why, at: now, times })
}

/// Paths of the manifest that are of one kind.
fn paths_where(manifest: &Manifest, is: impl Fn(&Entry) -> bool) -> Vec<String> {
    manifest.entries.iter().filter(|entry| is(entry)).map(|entry| entry.path.clone()).collect()
}
