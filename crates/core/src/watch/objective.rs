//! Objectives: how often the site has to do well, and how fast it uses up the room for failures.
//!
//! An objective of 99.9 % leaves an *error budget* of 0.1 % of all events. The *burn rate* of a
//! span is the share of bad events in it, divided by that budget: at a burn rate of 1 the budget
//! lasts exactly as long as its window. People are told by burn rates over two windows each, a long
//! one that shows that the loss matters and a short one that shows that it goes on, with the
//! numbers of Google's Site Reliability Workbook, table 5-8
//! (sre.google/workbook/alerting-on-slos).
//!
//! # Windows
//! Events are counted in buckets that are aligned to time 0: of a minute for windows up to
//! [`MINUTES_SPAN`], of an hour for longer ones. A window of `n` buckets is the last `n` of
//! them, the one that is still filling among them. An event counts in the bucket of the time at
//! which it is recorded.
//!
//! # Rules
//! A rule of [`BURN_RULES`] holds while `bad / total > burn × (1 − target)` in its long window and
//! in its short one, and the short one has at least `minimum` events. That is compared exactly, in
//! integers. An alert fires while one of its rules holds. No time has to pass before it ends: the
//! short window already keeps the last failures for as long as it lasts.
//!
//! # Budget
//! What is left of the budget is `1 − bad / ((1 − target) × total)` over the objective's own
//! window: 1 if nothing was counted, and negative if more was bad than the target allows.
//!
//! # Forecast
//! At the burn rate of late the budget ends after `budget_left × window ÷ burn rate`, which takes
//! it that as many events come as before and forgets that old failures leave the window. The burn
//! rate is that of the last [`FORECAST_SHORT`] if it has at least `minimum` events, else that of
//! the last [`FORECAST_LONG`]. A budget that would last longer than its window has no end.

mod buckets;
mod definition;
mod event;
mod reading;
mod rule;
mod stored;
mod tally;
mod target;

pub use buckets::{HOUR_SPAN, MINUTE_SPAN, MINUTES_SPAN, ObjectiveCounts};
pub use definition::{
    MINIMUM_DEFAULT, MINIMUM_MAX, OBJECTIVE_WINDOW_DEFAULT, OBJECTIVE_WINDOW_MAX,
    OBJECTIVE_WINDOW_MIN, OBJECTIVES_MAX, Objective, ObjectiveKind, ObjectiveSubject,
};
pub use event::{BurnAlert, ObjectiveEvent};
pub use reading::{
    BurnReading, FORECAST_LONG, FORECAST_SHORT, ObjectiveReading, RuleReading, burn_rate_ppm,
};
pub use rule::{BURN_RULES, BurnRule};
pub use stored::{ObjectiveHours, ObjectiveMinutes};
pub use tally::ObjectiveTally;
pub use target::{ObjectiveTarget, ParseTargetError};
