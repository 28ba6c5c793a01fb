//! The watch over the site: which checks are made when and where, what they add up to, the
//! incidents that come of it, and whom that is told.
//!
//! [`MonitorHost`] does no I/O. Events go in through a `handle_` method; what has to be done comes
//! out of [`poll_effect`](MonitorHost::poll_effect), and the shell carries it out until there is
//! nothing left. The Worker does so with a Durable Object.
//!
//! Checks are kept in groups, which are stored, probed and put off together. All that one event
//! changes is stored at once, before any of it is sent: a Worker that is killed in between has
//! either done all of it or nothing, and each message has one id whatever happens.

mod alerting;
mod announced;
mod clock;
mod counts;
mod effect;
mod group;
mod heartbeats;
mod history;
mod host;
mod incidents;
mod inhibition;
mod load;
mod news;
mod notice;
mod objectives;
mod orders;
mod own_trouble;
mod public;
mod rebuild;
mod round;
mod schedule;
mod spending;
mod subscribers;
mod visitors;
mod watched;
mod work;

pub use counts::{HOUR, HourCounts, HourWorst};
pub use effect::{MonitorEffect, MonitorTask, MonitorWrite, ProbeOrder, prober_name};
pub use history::{DependencyFinding, RECENT_DAYS, day_of};
pub use host::MonitorHost;
pub use incidents::INCIDENTS_MAX;
pub use load::StoredMonitoring;
pub use objectives::ObjectiveFigures;
pub use schedule::PROBER_WAY;
pub use spending::HeldWork;
pub use subscribers::{
    CAMPAIGNS_MAX, ConfirmStep, NoticeBatch, NoticeLane, PAGE_MAX, SUBSCRIBERS_SHOWN,
    SubscriberQuery,
};
pub use visitors::ANSWERS_WAIT;
pub use watched::{LatestObservation, WatchedCheck};
