//! What a message says of an incident, in the reader's language.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::{NoticeSender, titled};
use crate::base::rfc3339::Shown;
use crate::base::time::Timestamp;
use crate::site::status::subscribe::{SubscriptionTexts, filled};
use crate::site::status::{PublicIncident, PublicText, PublicUpdate};
use crate::watch::incident::ComponentImpact;

/// What an incident is called. One that a machine opened is called after its components.
pub(super) fn title<'a>(
    texts: &SubscriptionTexts,
    sender: &NoticeSender<'a>,
    incident: &'a PublicIncident,
) -> String {
    if let Some(title) = &incident.title {
        return title.clone();
    }
    let names = incident.components.iter().map(|component| &*component.name);
    let components = listed(sender, names);
    match components.is_empty() {
        true => filled(texts.mail.trouble, &[("site", sender.place.site_name)]),
        false => filled(texts.mail.trouble_of, &[("components", &components)]),
    }
}

/// What an update says.
pub(super) fn text<'a>(texts: &SubscriptionTexts, update: &'a PublicUpdate) -> &'a str {
    match &update.text {
        PublicText::Written(text) => text,
        PublicText::Found => texts.mail.found,
        PublicText::Recovered => texts.mail.recovered,
        PublicText::Closed => texts.mail.closed,
    }
}

/// The components that an incident concerns, each with what it means for it.
pub(super) fn affected(
    texts: &SubscriptionTexts,
    sender: &NoticeSender<'_>,
    incident: &PublicIncident,
) -> String {
    let of = |component: &ComponentImpact| {
        let title = titled(sender.components, &component.name);
        format!("{title} ({})", texts.impact(component.impact))
    };
    incident.components.iter().map(of).collect::<Vec<String>>().join(", ")
}

/// The titles of components of these names.
pub(super) fn listed<'a>(
    sender: &NoticeSender<'a>,
    names: impl Iterator<Item = &'a str>,
) -> String {
    names.map(|name| titled(sender.components, name)).collect::<Vec<&str>>().join(", ")
}

/// A time for people: `2026-12-24 20:00 UTC`.
pub(super) fn time(at: Timestamp) -> String {
    let shown = Shown(at).to_string();
    let (date, clock) = shown.split_once('T').unwrap_or_default();
    format!("{date} {} UTC", clock.get(..5).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::time;
    use crate::base::rfc3339::parse;

    #[test]
    fn a_time_is_in_utc_to_the_minute() {
        assert_eq!(time(parse("2026-12-24T20:00:59Z").unwrap()), "2026-12-24 20:00 UTC");
    }
}
