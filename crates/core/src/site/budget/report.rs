//! What the plan of a site comes to in a month, what it comes to at most, and what stands out.

mod text;

use core::cmp::Reverse;

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use super::batch::{Batch, batches};
use super::planned::{
    PlannedObject, PlannedWork, is_of_prober, month_of, seconds_of_month, site_budgets, site_plan,
};
use super::price::{Allowance, Billed, Dollars, Usage, price_of_emails};
use crate::base::budget::Cost;
use crate::cache::snapshot::plan::PlatformPlan;
use crate::site::config::{Site, WatchRules};
use crate::watch::check::Check;

/// Checks that are named for what they cost.
const DEAREST: usize = 3;
/// A check that makes more of the cost than this, in hundredths, is warned of.
const MOST_OF_ALL: u64 = 50;

/// The price of a site, without that of its visitors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriceReport {
    /// What works, the cron event first.
    pub plan: Vec<PriceLine>,
    /// All of it in a month.
    pub month: Usage,
    /// What that costs by the list.
    #[serde(rename = "micro_dollars")]
    pub costs: Dollars,
    /// The same if no snapshot differs from what is kept.
    #[serde(rename = "micro_dollars_if_none_differs")]
    pub if_none_differs: Dollars,
    /// What of it the paid plan asks for, if nothing else uses what that plan includes.
    #[serde(rename = "micro_dollars_beyond_included")]
    pub beyond_included: Dollars,
    /// How many times its plan an object may spend in an hour.
    pub headroom: u32,
    /// What objects may spend.
    pub budgets: Vec<BudgetLine>,
    /// The e-mails that subscribers may get, where the site offers them.
    pub emails: Option<EmailLine>,
    /// What a month costs by the list in which all budgets are spent to the last.
    #[serde(rename = "micro_dollars_at_most")]
    pub at_most: Dollars,
    /// The plan against what the free plan allows.
    pub free: Vec<FreeLine>,
    /// The checks that cost most, the dearest first.
    pub dearest: Vec<DearCheck>,
    /// What stands out.
    pub warnings: Vec<PriceWarning>,
}

/// What one part costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PriceLine {
    /// What works.
    pub what: PlannedObject,
    /// Requests to the Worker in an hour.
    pub worker_requests: u32,
    /// What its objects do in an hour.
    pub hour: Cost,
    /// For how many seconds of an hour its objects are at work, those that work at once added up.
    pub busy_seconds: u64,
    /// What is billed in a month.
    pub month: Usage,
    /// What that costs by the list.
    #[serde(rename = "micro_dollars")]
    pub costs: Dollars,
}

/// What one object may spend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetLine {
    /// The parts of the plan that draw from it.
    pub of: &'static [PlannedObject],
    /// The most that any hour sees.
    pub hour: Cost,
    /// What a month of such hours costs by the list, with what is planned and not drawn for.
    #[serde(rename = "micro_dollars_at_most")]
    pub at_most: Dollars,
}

/// E-mails to subscribers. How many there are depends on them and on incidents, so that only their
/// bound is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EmailLine {
    /// The most in a month.
    pub a_month: u32,
    /// What that costs beyond what the paid plan includes.
    #[serde(rename = "micro_dollars_at_most")]
    pub at_most: Dollars,
}

/// The plan against one amount that the free plan allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FreeLine {
    /// What is allowed.
    pub what: Billed,
    /// How much, and in which time.
    pub allowance: Allowance,
    /// What is planned in that time.
    pub planned: u64,
    /// Whether it is allowed.
    pub fit: FreeFit,
}

/// Whether what is planned is within what the free plan allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FreeFit {
    /// It is.
    Fits,
    /// It is as long as snapshots stay as they are.
    FitsUnlessAllDiffer,
    /// It is not.
    TooMany,
}

/// What a check costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DearCheck {
    /// Its name.
    pub name: String,
    /// Its interval.
    pub every: String,
    /// From how many places it is made, circuits among them.
    pub places: usize,
    /// What it costs in a month by the list, with its part of the orders that it shares.
    #[serde(rename = "micro_dollars")]
    pub costs: Dollars,
}

/// What stands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PriceWarning {
    /// The site is said to run on the free plan, which refuses what goes beyond.
    BeyondFreePlan {
        /// What goes beyond.
        what: Billed,
    },
    /// One check makes most of the cost.
    OneCheck {
        /// Its name.
        name: String,
        /// Its interval.
        every: String,
        /// Its part of all, in hundredths.
        percent: u64,
    },
    /// The site is said to run on the free plan, which sends no e-mail to subscribers.
    NoEmailOnFreePlan,
}

impl PriceReport {
    /// The price of a site.
    pub fn of(site: &Site, rules: &WatchRules) -> Self {
        let plan: Vec<PriceLine> = site_plan(site, rules).iter().map(PriceLine::of).collect();
        let month: Usage = plan.iter().map(|line| line.month).sum();
        let costs = month.price();
        let all = site_budgets(site, rules).into_iter();
        let budgets: Vec<_> = all.map(|(of, it)| BudgetLine::of(of, it.0, &plan)).collect();
        let is_bounded = |line: &&PriceLine| budgets.iter().any(|it| it.of.contains(&line.what));
        let others = plan.iter().filter(|line| !is_bounded(line)).map(|line| line.costs);
        let emails = EmailLine::of(rules);
        let for_emails = emails.map(|it| it.at_most);
        let at_most = budgets.iter().map(|it| it.at_most).chain(others).chain(for_emails).sum();
        let free: Vec<_> = Billed::ALL.into_iter().map(|it| FreeLine::of(it, &plan)).collect();
        let dearest = dearest(rules);
        let mut warnings = Vec::new();
        if site.snapshots.plan == PlatformPlan::Free {
            let beyond = free.iter().filter(|line| line.fit != FreeFit::Fits);
            warnings.extend(beyond.map(|line| PriceWarning::BeyondFreePlan { what: line.what }));
            warnings.extend(emails.map(|_| PriceWarning::NoEmailOnFreePlan));
        }
        if let Some(first) = dearest.first().filter(|_| rules.checks.len() > 1) {
            let percent = first.costs.percent_of(costs);
            if percent > MOST_OF_ALL {
                let (name, every) = (first.name.clone(), first.every.clone());
                warnings.push(PriceWarning::OneCheck { name, every, percent });
            }
        }
        let steady = plan.iter().filter(|line| line.what != PlannedObject::ChangedSnapshots);
        Self {
            if_none_differs: steady.map(|line| line.costs).sum(),
            beyond_included: month.price_beyond_included(),
            headroom: rules.headroom.get(),
            plan,
            month,
            costs,
            budgets,
            emails,
            at_most,
            free,
            dearest,
            warnings,
        }
    }
}

impl PriceLine {
    fn of(work: &PlannedWork) -> Self {
        let month = work.month();
        Self {
            what: work.object,
            worker_requests: work.worker_requests,
            hour: work.hourly,
            busy_seconds: work.busy.get().div_ceil(1000),
            month,
            costs: month.price(),
        }
    }
}

impl BudgetLine {
    fn of(of: &'static [PlannedObject], hour: Cost, plan: &[PriceLine]) -> Self {
        let lines = plan.iter().filter(|line| of.contains(&line.what));
        let planned: Usage = lines.map(|line| line.month).sum();
        let mut month = month_of(hour);
        for billed in Billed::ALL {
            // What is not drawn for comes as it is planned.
            month[billed] = month[billed].max(planned[billed]);
        }
        Self { of, hour, at_most: month.price() }
    }
}

impl EmailLine {
    fn of(rules: &WatchRules) -> Option<Self> {
        let offered = rules.status.subscriptions.as_ref()?;
        let a_month = offered.email_from.as_ref().map(|_| offered.emails_a_month)?;
        Some(Self { a_month, at_most: price_of_emails(a_month) })
    }
}

impl FreeLine {
    fn of(what: Billed, plan: &[PriceLine]) -> Self {
        let allowance = what.free();
        let all = plan.iter().map(|line| line.month[what]).sum();
        let (planned, allowed) = allowance.compared(all);
        let steady = plan.iter().filter(|line| line.what != PlannedObject::ChangedSnapshots);
        let (steady, _) = allowance.compared(steady.map(|line| line.month[what]).sum());
        let fit = match planned <= allowed {
            true => FreeFit::Fits,
            false if steady <= allowed => FreeFit::FitsUnlessAllDiffer,
            false => FreeFit::TooMany,
        };
        Self { what, allowance, planned, fit }
    }
}

/// The checks that cost most.
fn dearest(rules: &WatchRules) -> Vec<DearCheck> {
    let all = batches(rules);
    let mut checks: Vec<DearCheck> =
        rules.checks.iter().map(|check| DearCheck::of(check, &all)).collect();
    checks.retain(|check| check.places > 0);
    checks.sort_by_key(|check| Reverse(check.costs));
    checks.truncate(DEAREST);
    checks
}

impl DearCheck {
    fn of(check: &Check, all: &[Batch<'_>]) -> Self {
        let is_in = |batch: &&Batch<'_>| batch.checks.iter().any(|it| it.name == check.name);
        let batches: Vec<_> = all.iter().filter(is_in).collect();
        let costs = batches.iter().map(|batch| {
            let shared = month_of(batch.order()).price().part_of(batch.checks.len() as u64);
            let mut own = month_of(batch.probe(check));
            // The monitor is at work while it waits for a prober.
            let at_work = 1 + u64::from(is_of_prober(batch));
            own[Billed::ObjectSeconds] = seconds_of_month(batch.check_takes(check)) * at_work;
            shared + own.price()
        });
        Self {
            name: check.name.clone(),
            every: alloc::format!("{}", check.policy.every),
            places: batches.len(),
            costs: costs.sum(),
        }
    }
}
