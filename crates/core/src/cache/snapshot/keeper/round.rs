//! A round: what it fetches, in which order, and when it stops.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use serde::Serialize;

use super::{Flight, Job, Keeper, Planned, Round, Task};
use crate::base::budget::{Draw, Importance, Ledger, Occasion};
use crate::base::hash::fnv1a;
use crate::base::time::{Millis, Timestamp};
use crate::cache::snapshot::plan::{
    self, Candidate, FETCH_TIMEOUT, MANIFEST, REFRESH, ROUND_WORK_MAX, SOURCE_AGAIN, SOURCE_EVERY,
};
use crate::cache::snapshot::{ASSET_EVERY, MAX_BYTES_DEFAULT, SnapshotSite, key, sitemap};

/// How many failures in a row make a round leave an upstream alone, so that a sick upstream is not
/// burdened further.
pub(super) const SICK_AFTER: u32 = 3;
/// How long after its last fetch a round that never ended counts as cut short.
const CUT_SHORT_AFTER: Millis = Millis::from_secs(10);
/// How long a page's own validator is trusted before the page is read whole again: what it needs
/// is known from reading it, and an upstream may be wrong about what has changed.
const READ_WHOLE_EVERY: Millis = Millis::from_secs(24 * 3600);

/// What comes next in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextJob {
    /// Fetch this.
    Job(Job),
    /// Wait until a job has finished: as many as may be are under way.
    Wait,
    /// The round is over.
    Done,
}

/// How a round went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RoundTally {
    /// When it began.
    pub began: Timestamp,
    /// When its last job finished.
    pub ended: Timestamp,
    /// Paths that were due.
    pub planned: u32,
    /// Fetches that were made.
    pub fetched: u32,
    /// The most of them at once.
    pub at_once: u32,
    /// Answers that were written.
    pub written: u32,
    /// Answers that were what is kept already.
    pub unchanged: u32,
    /// Answers that were refused, and fetches without one.
    pub refused: u32,
    /// Paths that were left because their upstream was sick, or the time was up.
    pub left: u32,
    /// Paths that were due and that the budget held back.
    pub held: u32,
    /// Objects that were deleted.
    pub deleted: u32,
}

impl Keeper {
    /// Begins a round; `false` if one is under way. What the budget does not allow comes due again
    /// in the next one.
    pub fn begin_round(
        &mut self,
        site: &impl SnapshotSite,
        ledger: &mut Ledger,
        now: Timestamp,
    ) -> bool {
        if let Some(round) = &self.round {
            let limit = ROUND_WORK_MAX.get() + FETCH_TIMEOUT.get() + CUT_SHORT_AFTER.get();
            let began = round.tally.began;
            if now >= began && now.since(began).get() < limit {
                return false;
            }
            self.end_round(now);
        }
        self.tidy(site, now);
        ledger.handle_clock(now);
        let max = site.rules().plan.limits().per_round;
        let mut queue = plan::choose(self.candidates(site), max, now);
        let planned = u32::try_from(queue.len()).unwrap_or(u32::MAX);
        if planned > 0 {
            ledger.spend(MANIFEST, now);
        }
        queue.retain(|job| ledger.draw(REFRESH, self.reason(job), now) == Draw::Granted);
        let held = planned.saturating_sub(u32::try_from(queue.len()).unwrap_or(u32::MAX));
        let queue: VecDeque<Planned> = queue.into();
        let tally = RoundTally { began: now, ended: now, planned, held, ..RoundTally::default() };
        let (flights, failures) = (Vec::new(), vec![0; site.upstream_count()]);
        self.round = Some(Round { tally, queue, flights, failures });
        true
    }

    /// Why a path is fetched, and how much that matters: news comes on top of the plan.
    fn reason(&self, job: &Planned) -> (Occasion, Importance) {
        let importance = match job.task {
            Task::Page => Importance::High,
            Task::Sitemap => Importance::Normal,
            Task::Asset(_) => Importance::Low,
        };
        let entry = self.manifest.entries.iter().find(|entry| entry.path == job.path);
        let is_news = entry.is_some_and(|entry| entry.planned.is_none() || entry.has_news);
        (if is_news { Occasion::Unplanned } else { Occasion::Planned }, importance)
    }

    /// What comes next. Ends the round when nothing is left.
    pub fn next_job(&mut self, site: &impl SnapshotSite, now: Timestamp) -> NextJob {
        let limits = site.rules().plan.limits();
        let Some(round) = &mut self.round else { return NextJob::Done };
        let is_time_up = now.since(round.tally.began) > ROUND_WORK_MAX;
        if is_time_up || round.tally.fetched >= limits.per_round {
            round.tally.left += u32::try_from(round.queue.len()).unwrap_or(u32::MAX);
            round.queue.clear();
        }
        while let Some(planned) = self.pop(limits.at_once) {
            if let Some(job) = self.start(site, planned) {
                return NextJob::Job(job);
            }
        }
        match &self.round {
            Some(round) if !round.flights.is_empty() => NextJob::Wait,
            _ => {
                self.end_round(now);
                NextJob::Done
            }
        }
    }

    /// The next in the queue, if one more may be under way.
    fn pop(&mut self, at_once: u32) -> Option<Planned> {
        let round = self.round.as_mut()?;
        if round.flights.len() >= at_once as usize { None } else { round.queue.pop_front() }
    }

    /// `None` if it is to be left, or is no longer wanted.
    fn start(&mut self, site: &impl SnapshotSite, planned: Planned) -> Option<Job> {
        let Planned { task, path, source } = planned;
        let upstream = site.upstream_of(key::without_query(&path));
        // Its object is being deleted: what would be written now might go with it.
        let is_deleting = self.manifest.deletions.contains(&path);
        let round = self.round.as_mut()?;
        let is_sick = round.failures.get(upstream).is_some_and(|failures| *failures >= SICK_AFTER);
        if is_sick || is_deleting {
            round.tally.left += 1;
            return None;
        }
        let began = round.tally.began;
        let (mut if_none_match, mut max_bytes) = (None, sitemap::BYTES_MAX);
        if task == Task::Sitemap {
            let mut sources = self.manifest.sources.iter_mut();
            if let Some(source) = sources.find(|source| source.path == path) {
                source.planned = Some(began);
            }
        } else {
            let entry = self.manifest.entries.get_mut(&path)?;
            entry.planned = Some(began);
            entry.has_news = false;
            let rule = site.rules().of(key::without_query(&path));
            max_bytes = rule.map_or(MAX_BYTES_DEFAULT, |(_, rule)| rule.max_bytes);
            let held = entry.held.as_ref();
            if_none_match = held
                .filter(|held| began.since(held.read) < READ_WHOLE_EVERY)
                .and_then(|held| held.etag.clone());
        }
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let ticket = self.last_ticket;
        let (is_storing, is_purged) = (false, false);
        let flight = Flight { ticket, task, path: path.clone(), source, is_storing, is_purged };
        let round = self.round.as_mut()?;
        round.flights.push(flight);
        round.tally.fetched += 1;
        round.tally.at_once =
            round.tally.at_once.max(u32::try_from(round.flights.len()).unwrap_or(u32::MAX));
        Some(Job { ticket, task, path, if_none_match, max_bytes })
    }

    fn end_round(&mut self, now: Timestamp) {
        if let Some(round) = self.round.take() {
            self.last_round = Some(RoundTally { ended: now, ..round.tally });
        }
    }

    fn candidates<'a>(
        &'a self,
        site: &'a impl SnapshotSite,
    ) -> impl Iterator<Item = Candidate<Planned>> + 'a {
        let entries = self.manifest.entries.iter().map(|entry| {
            let every = match entry.task {
                Task::Page => {
                    site.rules().of(key::without_query(&entry.path)).map(|(_, rule)| rule.every)
                }
                Task::Asset(_) | Task::Sitemap => None,
            };
            Candidate {
                key: Planned { task: entry.task, path: entry.path.clone(), source: None },
                every: every.unwrap_or(ASSET_EVERY),
                last: entry.planned,
                found: entry.found,
                has_news: entry.has_news,
                random: jitter(&entry.path, entry.planned),
            }
        });
        let sources = self.manifest.sources.iter().map(|source| {
            let path = String::from(&source.path);
            Candidate {
                key: Planned { task: Task::Sitemap, path: path.clone(), source: Some(path) },
                every: if source.refused.is_some() { SOURCE_AGAIN } else { SOURCE_EVERY },
                last: source.planned,
                // Before anything else that is new: it names the pages.
                found: Timestamp::from_millis(0),
                has_news: false,
                random: jitter(&source.path, source.planned),
            }
        });
        sources.chain(entries)
    }
}

/// What spreads a path's turns: a hash of the path and of the last round that took it, so that it
/// stays the same until the next one does, and need not be stored.
fn jitter(path: &str, last: Option<Timestamp>) -> u32 {
    let last = last.map_or(0, Timestamp::as_millis);
    // Fibonacci hashing: the upper half depends on every bit of what is hashed.
    let mixed = (fnv1a(path.bytes()) ^ last).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as u32
}
