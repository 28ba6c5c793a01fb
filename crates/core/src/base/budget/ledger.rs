//! What an object has spent, and what it may still spend.

use serde::{Deserialize, Serialize};

use super::cost::{Cost, Resource};
use crate::base::stored::StoredForm;
use crate::base::time::{CLOCK_STEP, Millis, Timestamp};

/// The hour, in milliseconds.
const HOUR: i64 = 3_600_000;
/// Amounts are counted in parts of this size, so that a millisecond refills a whole number of them:
/// half of the hourly amount comes back within an hour.
const PARTS: i64 = 2 * HOUR;
/// How often the ledger is stored while it is spent from: each time that a 360th of what it holds
/// is gone. An object that is put away for being idle has been idle for ten seconds, and as much is
/// refilled within ten seconds. That is why what was spent and not stored may be assumed to be
/// gone at each load.
const STORED_SHARE: i64 = 360;

/// Why work is done. A budget is some times what is planned, so that what is planned fits into what
/// comes back, as long as the rest leaves it a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It is part of the plan: its interval has passed.
    Planned,
    /// It comes on top: a confirmation, an order, or more reports than were expected.
    Unplanned,
}

/// How important work is: when a budget runs low, the least important waits first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Importance {
    /// It is missed least.
    Low,
    /// Others can do without it for a while.
    Normal,
    /// It is needed soon.
    High,
    /// It waits last.
    Critical,
}

impl Importance {
    /// All of them, the least important first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Critical];

    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// What of a full budget it leaves to work that is more important.
    const fn reserve(self, occasion: Occasion, full: i64) -> i64 {
        let parts = match (occasion, self) {
            (Occasion::Unplanned, Self::Low) => 12,
            (Occasion::Unplanned, Self::Normal) => 10,
            (Occasion::Unplanned, Self::High) => 8,
            (Occasion::Unplanned, Self::Critical) => 6,
            (Occasion::Planned, Self::Low) => 3,
            (Occasion::Planned, Self::Normal) => 2,
            (Occasion::Planned, Self::High) => 1,
            (Occasion::Planned, Self::Critical) => 0,
        };
        full / 24 * parts
    }
}

/// The most that may be spent within an hour, whichever hour that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourlyBudget(pub Cost);

impl HourlyBudget {
    /// What the budget holds when nothing was spent for an hour, in parts.
    fn full(self, resource: Resource) -> i64 {
        i64::from(self.0[resource]) * HOUR
    }
}

/// How an attempt to spend ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// It is spent, and the work may be done.
    Granted,
    /// The work has to wait until then: there is enough for it if nothing else is spent before.
    Held(Timestamp),
}

/// What is left, of each resource in parts. Work that could not wait may have spent more than there
/// was: then it is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Levels {
    object_calls: i64,
    rows_written: i64,
    rows_read: i64,
    subrequests: i64,
    class_a_operations: i64,
}

impl Levels {
    fn of(level: impl Fn(Resource) -> i64) -> Self {
        Self {
            object_calls: level(Resource::ObjectCalls),
            rows_written: level(Resource::RowsWritten),
            rows_read: level(Resource::RowsRead),
            subrequests: level(Resource::Subrequests),
            class_a_operations: level(Resource::ClassAOperations),
        }
    }

    const fn get(&self, resource: Resource) -> i64 {
        match resource {
            Resource::ObjectCalls => self.object_calls,
            Resource::RowsWritten => self.rows_written,
            Resource::RowsRead => self.rows_read,
            Resource::Subrequests => self.subrequests,
            Resource::ClassAOperations => self.class_a_operations,
        }
    }
}

/// The stored form of a [`Ledger`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLedger {
    levels: Levels,
    at: Timestamp,
    /// When something was held back last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held_at: Option<Timestamp>,
}

impl StoredForm for StoredLedger {
    const VERSION: u32 = 1;
    const NAME: &'static str = "ledger";
    const NOUN: &'static str = "ledger of the budget";
}

impl StoredLedger {
    /// What was left by then, with what has come back since.
    fn refilled(&self, budget: HourlyBudget, now: Timestamp) -> Levels {
        let passed = i64::try_from(now.since(self.at).get()).unwrap_or(i64::MAX);
        Levels::of(|resource| {
            let more = i64::from(budget.0[resource]).saturating_mul(passed);
            self.levels.get(resource).saturating_add(more).min(budget.full(resource))
        })
    }

    /// What a load of this assumes to be left: less by what may have been spent since.
    fn assumed(&self, budget: HourlyBudget, now: Timestamp) -> Levels {
        let levels = self.refilled(budget, now);
        Levels::of(|resource| {
            let full = budget.full(resource);
            (levels.get(resource) - full / STORED_SHARE).max(-full)
        })
    }
}

/// What an object may still spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ledger {
    budget: HourlyBudget,
    known: StoredLedger,
    stored: Option<StoredLedger>,
}

impl Ledger {
    /// The ledger as it was stored, or a full one for an object that has stored none. A budget that
    /// has changed since holds for what comes.
    pub fn load(budget: HourlyBudget, stored: Option<StoredLedger>, now: Timestamp) -> Self {
        let full = Levels::of(|resource| budget.full(resource));
        let levels = stored.map_or(full, |stored| stored.assumed(budget, now));
        // A time to come is kept until `handle_clock`, since it tells that the clock was set back.
        let at = stored.map_or(now, |stored| stored.at.max(now));
        let held_at = stored.and_then(|stored| stored.held_at);
        Self { budget, known: StoredLedger { levels, at, held_at }, stored }
    }

    /// Spends this if there is enough of each resource, beyond what is reserved for work that is
    /// more important.
    pub fn draw(
        &mut self,
        cost: Cost,
        (occasion, importance): (Occasion, Importance),
        now: Timestamp,
    ) -> Draw {
        match self.wait(cost, (occasion, importance), now) {
            Millis::ZERO => {
                self.spend(cost, now);
                Draw::Granted
            }
            wait => {
                self.hold(now);
                Draw::Held(now + wait)
            }
        }
    }

    /// Takes that work of this budget is held back.
    pub const fn hold(&mut self, now: Timestamp) {
        self.known.held_at = Some(now);
    }

    /// When something was held back last, unless [`calm`](Self::calm) has forgotten it.
    pub const fn held_at(&self) -> Option<Timestamp> {
        self.known.held_at
    }

    /// Forgets that anything was held back.
    pub const fn calm(&mut self) {
        self.known.held_at = None;
    }

    /// Spends this in any case: it is work that cannot wait. If there is less than that, work that
    /// can wait does so for longer, until the debt is paid off. A debt is at most a full budget.
    pub fn spend(&mut self, cost: Cost, now: Timestamp) {
        let levels = self.known.refilled(self.budget, now);
        let levels = Levels::of(|resource| {
            let full = self.budget.full(resource);
            (levels.get(resource) - i64::from(cost[resource]) * PARTS).max(-full)
        });
        self.known = StoredLedger { levels, at: self.known.at.max(now), ..self.known };
    }

    /// How long it takes until there is enough. What costs more than a full budget waits until the
    /// budget is full, and leaves a debt: work that is large is slow, and not impossible.
    pub fn wait(
        &self,
        cost: Cost,
        (occasion, importance): (Occasion, Importance),
        now: Timestamp,
    ) -> Millis {
        let levels = self.known.refilled(self.budget, now);
        let waits = Resource::ALL.into_iter().map(|resource| {
            let needed = i64::from(cost[resource]) * PARTS;
            if needed == 0 {
                return 0;
            }
            let full = self.budget.full(resource);
            let level = (importance.reserve(occasion, full) + needed).min(full);
            let missing = u64::try_from(level - levels.get(resource)).unwrap_or_default();
            match u64::from(self.budget.0[resource]) {
                // It is looked at again, since another deployment may have a budget for it.
                0 => HOUR.unsigned_abs(),
                amount => missing.div_ceil(amount),
            }
        });
        Millis::new(waits.max().unwrap_or_default())
    }

    /// What has to be stored before anything is done that was drawn for, if anything has.
    pub fn take_unstored(&mut self, now: Timestamp) -> Option<StoredLedger> {
        let is_stored = self.stored.is_some_and(|stored| {
            let assumed = stored.assumed(self.budget, now);
            let known = self.known.refilled(self.budget, now);
            Resource::ALL.into_iter().all(|it| known.get(it) >= assumed.get(it))
        });
        if is_stored {
            return None;
        }
        self.stored = Some(self.known);
        Some(self.known)
    }

    /// How many of a resource the most important work may spend at once: at most half of the
    /// budget.
    pub fn left(&self, resource: Resource, now: Timestamp) -> u32 {
        let left = self.known.refilled(self.budget, now).get(resource).max(0);
        u32::try_from(left / PARTS).unwrap_or(u32::MAX)
    }

    /// The most that may be spent within an hour.
    pub const fn budget(&self) -> HourlyBudget {
        self.budget
    }

    /// How far the clock was set back since the ledger was used last.
    pub const fn clock_step(&self, now: Timestamp) -> Millis {
        let step = self.known.at.since(now);
        if step.get() < CLOCK_STEP.get() { Millis::ZERO } else { step }
    }

    /// Takes a step back of the clock: nothing comes back for time that did not pass.
    pub fn handle_clock(&mut self, now: Timestamp) {
        self.known.at = self.known.at.min(now);
        self.known.held_at = self.known.held_at.map(|at| at.min(now));
    }
}
