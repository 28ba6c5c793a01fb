//! The report as people read it.

use core::fmt::{self, Formatter};

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::{DearCheck, EmailLine, FreeFit, FreeLine, PriceReport, PriceWarning};
use crate::base::budget::Cost;
use crate::base::grouped::grouped;
use crate::site::budget::planned::PlannedObject;
use crate::site::budget::price::{Allowance, Dollars, EMAILS_INCLUDED, priced};

/// Tables of up to 100 columns, and sentences below them.
impl fmt::Display for PriceReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "What is planned without visitors, and its list price in a month of 30 days")?;
        writeln!(f)?;
        plan(self, f)?;
        writeln!(f)?;
        month(self, f)?;
        writeln!(f)?;
        budgets(self, f)?;
        if let Some(emails) = &self.emails {
            writeln!(f, "{emails}")?;
        }
        writeln!(f)?;
        let (all, at_most) = (self.costs, self.at_most);
        match self.if_none_differs {
            none if none == all => writeln!(f, "In all {all} a month, and {at_most} at most.")?,
            none => writeln!(
                f,
                "In all {all} a month if all snapshots differ whenever they are fetched, {none} if \
                 none does;\n{at_most} at most, if all budgets are spent to the last."
            )?,
        }
        let beyond = self.beyond_included;
        writeln!(f, "Beyond what the paid plan includes, if nothing else uses that: {beyond}.")?;
        writeln!(f, "{}", free_verdict(self))?;
        if !self.dearest.is_empty() {
            writeln!(f, "The dearest checks, of the monitor's and the probers' part:")?;
        }
        for check in &self.dearest {
            writeln!(f, "  {check}")?;
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        Ok(())
    }
}

impl fmt::Display for EmailLine {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (a_month, included) = (grouped(self.a_month.into()), grouped(EMAILS_INCLUDED.into()));
        write!(
            f,
            "Subscribers get {a_month} e-mails a month at most, of which the paid plan has \
             {included}: {} at most.",
            self.at_most
        )
    }
}

impl fmt::Display for DearCheck {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { name, every, places, costs } = self;
        let places = if *places == 1 { "1 place".into() } else { format!("{places} places") };
        write!(f, "{name}: every {every} from {places}, {costs}")
    }
}

impl fmt::Display for PriceWarning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeyondFreePlan { what } => {
                let what = what.as_str();
                write!(f, "`site.plan` is \"free\", which does not allow as many {what}")
            }
            Self::OneCheck { name, every, percent } => write!(
                f,
                "the check {name} makes {percent}% of the cost: does it have to be made every \
                 {every}?"
            ),
            Self::NoEmailOnFreePlan => f.write_str(
                "`site.plan` is \"free\", which sends e-mail to the account's own addresses only: \
                 subscribers get none",
            ),
        }
    }
}

fn plan(report: &PriceReport, f: &mut Formatter<'_>) -> fmt::Result {
    hours_head("planned an hour", "a month", f)?;
    for line in &report.plan {
        let cells = hour_cells(line.worker_requests, &line.hour, Some(line.busy_seconds));
        row(line.what.as_str(), &cells, line.costs, f)?;
    }
    Ok(())
}

fn budgets(report: &PriceReport, f: &mut Formatter<'_>) -> fmt::Result {
    hours_head("allowed an hour", "at most", f)?;
    for line in &report.budgets {
        let names = line.of.iter().filter(|it| **it != PlannedObject::ChangedSnapshots);
        let names: Vec<&str> = names.map(|it| it.as_str()).collect();
        row(&names.join(", "), &hour_cells(0, &line.hour, None), line.at_most, f)?;
    }
    let others = "The rest has no budget, and counts as planned";
    writeln!(f, "{others}. Budgets are {} times the plan, and a floor.", report.headroom)
}

fn hours_head(first: &str, last: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let [calls, written, read, sent, class_a, seconds] =
        ["calls", "rows written", "rows read", "sent", "class A", "seconds"];
    writeln!(
        f,
        "{first:<24} {calls:>8} {written:>12} {read:>10} {sent:>8} {class_a:>8} {seconds:>8} \
         {last:>10}"
    )
}

fn hour_cells(worker_requests: u32, hour: &Cost, seconds: Option<u64>) -> [String; 6] {
    let seconds = seconds.map_or_else(|| "-".to_string(), grouped);
    [
        grouped(u64::from(worker_requests) + u64::from(hour.object_calls)),
        grouped(hour.rows_written.into()),
        grouped(hour.rows_read.into()),
        grouped(hour.subrequests.into()),
        grouped(hour.class_a_operations.into()),
        seconds,
    ]
}

fn row(
    name: &str,
    [calls, written, read, sent, class_a, seconds]: &[String; 6],
    costs: Dollars,
    f: &mut Formatter<'_>,
) -> fmt::Result {
    writeln!(
        f,
        "{name:<24} {calls:>8} {written:>12} {read:>10} {sent:>8} {class_a:>8} {seconds:>8} \
         {costs:>10}"
    )
}

fn month(report: &PriceReport, f: &mut Formatter<'_>) -> fmt::Result {
    let [name, planned, costs, included, free] =
        ["planned a month", "in all", "costs", "paid plan has", "of the free plan"];
    writeln!(f, "{name:<22} {planned:>12} {costs:>8} {included:>14}  {free}")?;
    for line in &report.free {
        let FreeLine { what, .. } = *line;
        let number = report.month[what];
        let (name, planned, costs) = (what.as_str(), grouped(number), priced(what, number));
        let (included, free) = (grouped(what.included()), free_cell(line));
        writeln!(f, "{name:<22} {planned:>12} {costs:>8} {included:>14}  {free}")?;
    }
    Ok(())
}

fn free_verdict(report: &PriceReport) -> String {
    let of_fit = |fit| {
        let lines = report.free.iter().filter(|line| line.fit == fit);
        lines.map(|line| line.what.as_str()).collect::<Vec<_>>().join(", ")
    };
    let [too_many, some] = [FreeFit::TooMany, FreeFit::FitsUnlessAllDiffer].map(of_fit);
    match (too_many.as_str(), some.as_str()) {
        ("", "") => "It fits what the free plan has, which visitors use too.".into(),
        ("", some) => {
            format!("It fits the free plan only while most snapshots stay as they are: {some}.")
        }
        (too_many, _) => format!("It does not fit the free plan: {too_many}."),
    }
}

fn free_cell(line: &FreeLine) -> String {
    let (allowed, time) = match line.allowance {
        Allowance::Day(allowed) => (allowed, "a day"),
        Allowance::Month(allowed) => (allowed, "a month"),
    };
    let judged = match line.fit {
        FreeFit::Fits => "",
        FreeFit::FitsUnlessAllDiffer => "up to ",
        FreeFit::TooMany => "too many: ",
    };
    format!("{judged}{} of {} {time}", grouped(line.planned), grouped(allowed))
}
