//! The way to the site's own object: what operators order for the whole site, its history, and
//! its snapshots.
//!
//! What is asked is the path, and what belongs to it the body. Answers that operators see come as
//! they see them, so that nothing in between has to read them.

use breakwater_core::site::needs;
use worker::Env;

use crate::objects::{self, Reply};

/// The binding of the object, and its only name.
const NAMESPACE: &str = needs::SITE;
const NAME: &str = "site";

/// What the object is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To follow an operator's order, which is the body as the operator sent it.
    Purge,
    /// The same.
    Maintenance,
    /// The same.
    LiftMaintenance,
    /// To show operators when the site is worked on.
    ShowMaintenance,
    /// To keep the event that is the body.
    Record,
    /// To show operators the latest of the history.
    ShowEvents,
    /// What every isolate must know.
    Standing,
    /// To take note of the pages in the body, which visitors got.
    See,
    /// To make the round of the snapshots.
    Round,
    /// To show operators which snapshots there are.
    ShowSnapshots,
    /// How well the site's pages are kept.
    Coverage,
}

const ALL: [(Asked, &str); 11] = [
    (Asked::Purge, "purge"),
    (Asked::Maintenance, "maintenance"),
    (Asked::LiftMaintenance, "lift-maintenance"),
    (Asked::ShowMaintenance, "show-maintenance"),
    (Asked::Record, "record"),
    (Asked::ShowEvents, "show-events"),
    (Asked::Standing, "standing"),
    (Asked::See, "see"),
    (Asked::Round, "round"),
    (Asked::ShowSnapshots, "show-snapshots"),
    (Asked::Coverage, "coverage"),
];

impl Asked {
    /// What a path asks.
    pub fn of(path: &str) -> Option<Self> {
        ALL.iter().find(|(_, known)| *known == path).map(|(asked, _)| *asked)
    }

    fn name(self) -> &'static str {
        ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

/// Asks the object.
///
/// # Errors
/// What the platform throws.
pub async fn ask(env: &Env, asked: Asked, body: &str) -> worker::Result<Reply> {
    objects::ask(env, NAMESPACE, NAME, asked.name(), body).await
}
