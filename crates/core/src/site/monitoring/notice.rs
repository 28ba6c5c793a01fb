//! What a channel is to be told next of an incident, and when.

use crate::base::time::{Millis, Timestamp};
use crate::site::config::WatchRules;
use crate::watch::alert::{AlertChannel, AlertKind};
use crate::watch::incident::Incident;

/// What a channel is to be told next, and when. `is_held`: the incident itself is a reason to tell
/// nothing now.
pub(super) fn notice(
    rules: &WatchRules,
    incident: &Incident,
    channel: &AlertChannel,
    is_held: bool,
    now: Timestamp,
) -> Option<(AlertKind, Timestamp)> {
    let (kind, at) = match incident.owed(&channel.name) {
        Some(kind) => (kind, now),
        None if is_held || !incident.is_open() => return None,
        None if incident.has_told(&channel.name) => {
            (AlertKind::Updated, next_update(rules, incident, channel)?)
        }
        None => (AlertKind::Opened, first_message(rules, incident, channel)?),
    };
    let quiet = channel.quiet.as_ref();
    let end = quiet.and_then(|quiet| quiet.until(incident.severity(), at.max(now)));
    Some((kind, end.unwrap_or(at)))
}

/// When a channel is told that the incident was opened.
fn first_message(
    rules: &WatchRules,
    incident: &Incident,
    channel: &AlertChannel,
) -> Option<Timestamp> {
    if incident.is_manual() || !is_of_severity(channel, incident) {
        return None;
    }
    let after = match channel.escalate_after {
        Some(_) if incident.acknowledged().is_some() => return None,
        Some(after) => after,
        None => Millis::ZERO,
    };
    let of_checks = incident.checks().iter().filter(|check| check.is_failing);
    let of_checks = of_checks.filter_map(|check| Some(rules.check(&check.name)?.alert_after));
    let wait = of_checks.min().unwrap_or_default().max(rules.group_wait).max(after);
    Some(incident.tellable_since() + wait)
}

/// When a channel that was told of the incident is told what is new, or that it lasts.
fn next_update(
    rules: &WatchRules,
    incident: &Incident,
    channel: &AlertChannel,
) -> Option<Timestamp> {
    let told_at = incident.told_at(&channel.name)?;
    let news_at = incident.news_at().filter(|news_at| *news_at > told_at);
    let news = news_at.map(|news_at| news_at.max(told_at + rules.group_interval));
    let is_repeated = incident.acknowledged().is_none() && is_of_severity(channel, incident);
    let repeat = channel.repeat.filter(|_| is_repeated).map(|repeat| told_at + repeat);
    [news, repeat].into_iter().flatten().min()
}

pub(super) fn is_of_severity(channel: &AlertChannel, incident: &Incident) -> bool {
    channel.severities.contains(&incident.severity())
}
