//! The end of a job: whether its answer replaces the snapshot, and what else follows from it.

use alloc::string::String;
use alloc::vec::Vec;

use super::round::SICK_AFTER;
use super::{Flight, Job, Keeper, Planned, Task, refused_again};
use crate::base::time::{Millis, Timestamp};
use crate::cache::mark::Absence;
use crate::cache::snapshot::assets::{self, AssetKind};
use crate::cache::snapshot::judge::{self, Demands};
use crate::cache::snapshot::manifest::{Hash, NamedBy, StoredSnapshot, servable_for};
use crate::cache::snapshot::sitemap::{self, Sitemap};
use crate::cache::snapshot::{Fetched, Good, Head, MIN_SHARE_DEFAULT, SnapshotSite, Why, key};

/// The judgement of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The answer may replace the last good one, and needs these assets. The caller hashes it,
    /// stores it, and then finishes the job.
    Good(Good, Vec<(AssetKind, String)>),
    /// There is nothing to store: the caller finishes the job with this end.
    Over(JobEnd),
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// The upstream said that nothing has changed; with the age of its answer.
    Unchanged(Millis),
    /// The answer is now in the bucket.
    Kept {
        /// The answer.
        good: Good,
        /// The assets that the page needs.
        assets: Vec<(AssetKind, String)>,
        /// The hash of its body.
        hash: Hash,
        /// The fingerprint of its fields: [`Head::fingerprint`].
        fields: u64,
    },
    /// A sitemap was read.
    Sitemap(Sitemap),
    /// The answer is not kept, for this reason.
    Refused(Why),
}

impl Keeper {
    /// Reads an answer whose body came whole.
    pub fn read(
        &self,
        site: &impl SnapshotSite,
        job: &Job,
        fetched: &Fetched<'_>,
        now: Timestamp,
    ) -> Judged {
        if fetched.status == 304 && job.if_none_match.is_some() {
            let age = fetched.age.and_then(|age| age.trim().parse().ok()).unwrap_or_default();
            return Judged::Over(JobEnd::Unchanged(Millis::from_secs(age)));
        }
        let rule = site.rules().of(key::without_query(&job.path)).map(|(_, rule)| rule);
        let held = self.manifest.entries.get(&job.path).and_then(|entry| entry.held.as_ref());
        let max_age = servable_for(site.rules(), job.task, &job.path).unwrap_or(Millis::ZERO);
        let demands = Demands {
            task: job.task,
            path: &job.path,
            marker: rule.and_then(|rule| rule.marker.as_deref()),
            min_share: rule.map_or(MIN_SHARE_DEFAULT, |rule| rule.min_share),
            max_bytes: job.max_bytes,
            last: held.filter(|held| now.since(held.checked) <= max_age),
        };
        let good = match judge::judge(&demands, fetched) {
            Ok(good) => good,
            Err(why) => return Judged::Over(JobEnd::Refused(why)),
        };
        if job.task == Task::Sitemap {
            return Judged::Over(self.sitemap(site, job, fetched.body));
        }
        let wants_assets =
            job.task == Task::Page && good.is_html() && rule.is_some_and(|rule| rule.assets);
        let assets = if wants_assets {
            assets::assets(fetched.body, &job.path, site.host())
        } else {
            Vec::new()
        };
        Judged::Good(good, assets)
    }

    fn sitemap(&self, site: &impl SnapshotSite, job: &Job, body: &[u8]) -> JobEnd {
        let mut flights = self.round.iter().flat_map(|round| &round.flights);
        let flight = flights.find(|flight| flight.ticket == job.ticket);
        let Some(source) = flight.and_then(|flight| flight.source.as_deref()) else {
            return JobEnd::Refused(Why::NoSitemap(sitemap::NoSitemap::NoRoot));
        };
        let names =
            |rule: &crate::cache::snapshot::SnapshotRule| rule.source.as_deref() == Some(source);
        let rules = site.rules().list.iter().filter(|rule| names(rule));
        let max: u32 = rules.map(|rule| rule.max).sum();
        let wants = |path: &str| {
            site.rules().of(key::without_query(path)).is_some_and(|(_, rule)| names(rule))
        };
        match sitemap::parse(body, site.host(), max as usize, wants) {
            Ok(sitemap) => JobEnd::Sitemap(sitemap),
            Err(error) => JobEnd::Refused(Why::NoSitemap(error)),
        }
    }

    /// Whether a body is to be written now: it is another than the one that is kept, and no purge
    /// has come in between.
    pub fn stores(&mut self, job: &Job, hash: Hash, head: &Head) -> bool {
        let held = self.manifest.entries.get(&job.path).and_then(|entry| entry.held.as_ref());
        let is_same =
            held.is_some_and(|held| held.hash == hash && held.fields == head.fingerprint());
        let mut flights = self.round.iter_mut().flat_map(|round| &mut round.flights);
        let Some(flight) = flights.find(|flight| flight.ticket == job.ticket) else {
            return false;
        };
        flight.is_storing = !is_same && !flight.is_purged;
        flight.is_storing
    }

    /// Takes note of how a job ended.
    pub fn finish(&mut self, site: &impl SnapshotSite, job: &Job, ended: JobEnd, now: Timestamp) {
        let flown = self.round.as_mut().and_then(|round| {
            let at = round.flights.iter().position(|flight| flight.ticket == job.ticket)?;
            Some(round.flights.swap_remove(at))
        });
        let Some(flight) = flown else {
            // Its round was cut short. What it may have written is overwritten by the next one.
            return;
        };
        self.count(site, &flight, &ended);
        if flight.is_purged {
            if flight.is_storing {
                self.delete(&flight.path);
            }
            return;
        }
        match ended {
            JobEnd::Sitemap(sitemap) => self.named_by_sitemap(site, flight, sitemap, now),
            JobEnd::Unchanged(age) => self.unchanged(&flight.path, age, now),
            JobEnd::Kept { good, assets, hash, fields } => {
                self.kept(&flight.path, good, hash, fields, now);
                for (kind, path) in assets {
                    self.name(site, Task::Asset(kind), &path, NamedBy::Page, now);
                }
            }
            JobEnd::Refused(why) => self.refuse(&flight, why, now),
        }
    }

    fn count(&mut self, site: &impl SnapshotSite, flight: &Flight, ended: &JobEnd) {
        let upstream = site.upstream_of(key::without_query(&flight.path));
        let Some(round) = &mut self.round else { return };
        let Some(failures) = round.failures.get_mut(upstream) else { return };
        match ended {
            JobEnd::Unchanged(_) | JobEnd::Sitemap(_) => round.tally.unchanged += 1,
            JobEnd::Kept { .. } if flight.is_storing => round.tally.written += 1,
            JobEnd::Kept { .. } => round.tally.unchanged += 1,
            JobEnd::Refused(_) => round.tally.refused += 1,
        }
        *failures = match ended {
            JobEnd::Refused(Why::CircuitOpen) => SICK_AFTER,
            JobEnd::Refused(why) if why.is_sick() => failures.saturating_add(1),
            JobEnd::Unchanged(_)
            | JobEnd::Sitemap(_)
            | JobEnd::Kept { .. }
            | JobEnd::Refused(_) => 0,
        };
    }

    fn unchanged(&mut self, path: &str, age: Millis, now: Timestamp) {
        let Some(entry) = self.entry(path) else { return };
        entry.refused = None;
        if let Some(held) = &mut entry.held {
            held.checked = held.checked.max(before(now, age));
        }
    }

    fn kept(&mut self, path: &str, good: Good, hash: Hash, fields: u64, now: Timestamp) {
        let Some(entry) = self.entry(path) else {
            // It lost its place meanwhile.
            self.delete(path);
            return;
        };
        let checked = before(now, good.age);
        let made = match &entry.held {
            Some(held) if held.hash == hash => held.made,
            Some(_) | None => checked,
        };
        let Good { size, content_type, etag, vary, closes, tags, .. } = good;
        entry.refused = None;
        entry.held = Some(StoredSnapshot {
            hash,
            fields,
            size,
            content_type,
            etag,
            vary,
            closes,
            made,
            checked,
            read: now,
            tags,
        });
    }

    fn refuse(&mut self, flight: &Flight, why: Why, now: Timestamp) {
        if flight.task == Task::Sitemap {
            let root = flight.source.as_ref().unwrap_or(&flight.path);
            let mut sources = self.manifest.sources.iter_mut();
            if let Some(source) = sources.find(|source| source.path == *root) {
                source.refused = refused_again(source.refused.take(), why, now);
            }
        } else if let Some(entry) = self.entry(&flight.path) {
            let before = entry.refused.take();
            let absence = absence(&why);
            let missing_since = before
                .as_ref()
                .filter(|before| absence.is_some() && before.why == why)
                .map(|before| before.at);
            let is_withdrawn = absence.is_some_and(|it| it.withdraws(missing_since, now));
            entry.refused = refused_again(before, why, now);
            if let (Some(refused), Some(since)) = (&mut entry.refused, missing_since)
                && !is_withdrawn
            {
                // Two sightings that are less than a minute apart are one.
                refused.at = since;
            }
            // What may be withdrawn is asked again in the next round, not at its next turn.
            entry.has_news |= absence.is_some() && !is_withdrawn && entry.held.is_some();
            if is_withdrawn && entry.held.take().is_some() {
                self.delete(&flight.path);
            }
        }
    }

    fn named_by_sitemap(
        &mut self,
        site: &impl SnapshotSite,
        flight: Flight,
        sitemap: Sitemap,
        now: Timestamp,
    ) {
        let is_root = flight.source.as_ref() == Some(&flight.path);
        if is_root {
            let mut sources = self.manifest.sources.iter_mut();
            if let Some(source) = sources.find(|source| source.path == flight.path) {
                source.refused = None;
            }
        }
        match sitemap {
            Sitemap::Pages(paths) => {
                for path in paths {
                    self.name(site, Task::Page, &path, NamedBy::Sitemap, now);
                }
            }
            // One level: an index inside of an index is not followed.
            Sitemap::Index(paths) if is_root => {
                let Some(round) = &mut self.round else { return };
                for path in paths.into_iter().rev() {
                    let source = flight.source.clone();
                    round.queue.push_front(Planned { task: Task::Sitemap, path, source });
                }
            }
            Sitemap::Index(_) => {}
        }
    }
}

/// What a refusal says of a page that may have been withdrawn.
fn absence(why: &Why) -> Option<Absence> {
    match why {
        Why::Status(status) => Absence::of_status(*status),
        Why::TimedOut
        | Why::Unreachable
        | Why::CircuitOpen
        | Why::Truncated { .. }
        | Why::Empty
        | Why::TooLarge
        | Why::Shrank { .. }
        | Why::NoMarker
        | Why::Unfinished
        | Why::ContentType(_)
        | Why::SetsCookie
        | Why::Forbidden
        | Why::Varies
        | Why::HeadTooLong
        | Why::NoSitemap(_)
        | Why::NotStored
        | Why::Coding => None,
    }
}

fn before(now: Timestamp, age: Millis) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_sub(age.get()))
}
