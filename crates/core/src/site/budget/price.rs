//! What the platform asks for its work: list prices, and what its plans include.
//!
//! The figures are those of developers.cloudflare.com/workers/platform/pricing,
//! /durable-objects/platform/pricing and /r2/pricing. The price of a plan itself is left out.

use core::fmt;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Index, IndexMut};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// E-mails to others than the account's own addresses that the paid plan includes in a month
/// (developers.cloudflare.com/email-service/platform/pricing). The free plan sends none.
pub const EMAILS_INCLUDED: u32 = 3_000;
/// What one e-mail more costs: $0.35 per thousand.
const EMAIL: Dollars = Dollars(350_000);

/// What this number of e-mails in a month costs beyond what the paid plan includes.
pub fn price_of_emails(number: u32) -> Dollars {
    Dollars(EMAIL.0.saturating_mul(number.saturating_sub(EMAILS_INCLUDED).into()))
}

/// The nano-dollars of a cent.
const CENT: u64 = 10_000_000;

/// An amount of money, in billionths of a dollar: the price of one row that is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dollars(u64);

impl Dollars {
    /// This number of billionths of a dollar.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// In millionths of a dollar, rounded up.
    pub const fn micros(self) -> u64 {
        self.0.div_ceil(1000)
    }

    /// One of this number of equal parts.
    pub const fn part_of(self, number: u64) -> Self {
        match self.0.checked_div(number) {
            Some(part) => Self(part),
            None => self,
        }
    }

    /// Which part of another amount it is, in hundredths, rounded down.
    pub const fn percent_of(self, all: Self) -> u64 {
        match self.0.saturating_mul(100).checked_div(all.0) {
            Some(percent) => percent,
            None => 0,
        }
    }
}

/// The sums saturate.
impl Add for Dollars {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Dollars {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Self::add)
    }
}

/// In dollars and cents, rounded.
impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.saturating_add(CENT / 2) / CENT;
        f.pad(&alloc::format!("${}.{:02}", cents / 100, cents % 100))
    }
}

/// In millionths of a dollar.
impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.micros())
    }
}

/// What the platform bills by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Billed {
    /// Requests to the Worker, cron events too.
    WorkerRequests,
    /// Requests to Durable Objects, alarms too.
    ObjectCalls,
    /// Seconds in which a Durable Object is at work.
    ObjectSeconds,
    /// Rows that Durable Objects write or delete, and alarms that they set.
    RowsWritten,
    /// Rows that Durable Objects read.
    RowsRead,
    /// Writes to R2, and lists of what is in it.
    ClassAOperations,
}

/// What a plan of the platform's allows before it asks for more, or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowance {
    /// This number each day.
    Day(u64),
    /// This number each month.
    Month(u64),
}

impl Allowance {
    /// Of what is used in a month of 30 days, the part that one day or the whole month is compared
    /// by, and what is allowed of it.
    pub const fn compared(self, a_month: u64) -> (u64, u64) {
        match self {
            Self::Day(allowed) => (a_month.div_ceil(30), allowed),
            Self::Month(allowed) => (a_month, allowed),
        }
    }
}

impl Billed {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::WorkerRequests,
        Self::ObjectCalls,
        Self::ObjectSeconds,
        Self::RowsWritten,
        Self::RowsRead,
        Self::ClassAOperations,
    ];

    /// What it is called in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WorkerRequests => "requests to the Worker",
            Self::ObjectCalls => "requests to objects",
            Self::ObjectSeconds => "seconds of objects",
            Self::RowsWritten => "rows written",
            Self::RowsRead => "rows read",
            Self::ClassAOperations => "class A operations",
        }
    }

    /// What one costs beyond what the paid plan includes.
    pub const fn price(self) -> Dollars {
        Dollars(match self {
            // $0.30 per million.
            Self::WorkerRequests => 300,
            // $0.15 per million.
            Self::ObjectCalls => 150,
            // $12.50 per million GB-s, of which a second is 0.128.
            Self::ObjectSeconds => 1_600,
            // $1.00 per million.
            Self::RowsWritten => 1_000,
            // $0.001 per million.
            Self::RowsRead => 1,
            // $4.50 per million.
            Self::ClassAOperations => 4_500,
        })
    }

    /// How many the paid plan includes in a month. The whole account shares them.
    pub const fn included(self) -> u64 {
        match self {
            Self::WorkerRequests => 10_000_000,
            Self::ObjectCalls => 1_000_000,
            // 400,000 GB-s.
            Self::ObjectSeconds => 3_125_000,
            Self::RowsWritten => 50_000_000,
            Self::RowsRead => 25_000_000_000,
            Self::ClassAOperations => 1_000_000,
        }
    }

    /// How many the free plan allows before it refuses. The whole account shares them.
    pub const fn free(self) -> Allowance {
        match self {
            Self::WorkerRequests | Self::ObjectCalls | Self::RowsWritten => Allowance::Day(100_000),
            // 13,000 GB-s.
            Self::ObjectSeconds => Allowance::Day(101_562),
            Self::RowsRead => Allowance::Day(5_000_000),
            // R2 is billed from there on, and needs a card before.
            Self::ClassAOperations => Allowance::Month(1_000_000),
        }
    }
}

/// How many of each are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage([u64; Billed::ALL.len()]);

impl Usage {
    /// All of it this number of times.
    #[must_use]
    pub fn times(mut self, number: u64) -> Self {
        for amount in &mut self.0 {
            *amount = amount.saturating_mul(number);
        }
        self
    }

    /// What it costs by the list.
    pub fn price(&self) -> Dollars {
        Billed::ALL.into_iter().map(|billed| priced(billed, self[billed])).sum()
    }

    /// What it costs in a month in which nothing else uses what the paid plan includes.
    pub fn price_beyond_included(&self) -> Dollars {
        let beyond = |billed: Billed| self[billed].saturating_sub(billed.included());
        Billed::ALL.into_iter().map(|billed| priced(billed, beyond(billed))).sum()
    }
}

/// What this number of it costs.
pub fn priced(billed: Billed, number: u64) -> Dollars {
    Dollars(billed.price().0.saturating_mul(number))
}

impl Index<Billed> for Usage {
    type Output = u64;

    fn index(&self, billed: Billed) -> &u64 {
        &self.0[billed as usize]
    }
}

impl IndexMut<Billed> for Usage {
    fn index_mut(&mut self, billed: Billed) -> &mut u64 {
        &mut self.0[billed as usize]
    }
}

/// The sums saturate.
impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        for billed in Billed::ALL {
            self[billed] = self[billed].saturating_add(other[billed]);
        }
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, usage| {
            sum += usage;
            sum
        })
    }
}

impl Serialize for Usage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for billed in Billed::ALL {
            map.serialize_entry(&billed, &self[billed])?;
        }
        map.end()
    }
}
