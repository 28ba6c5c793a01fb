//! What is said about the state, before it has words: which sentence it is, and about what.
//!
//! Pages have the words in the reader's language. Machine-readable forms are in English, whose
//! words are in [`english`], since their readers are programs, and people who did not choose a
//! language.

pub mod english;

use super::{ComponentState, PublicIncident, PublicMaintenance, StatusIndicator, StatusView};
use crate::watch::incident::Impact;

/// What an incident is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentName<'a> {
    /// What a person called it.
    Written(&'a str),
    /// What the machine calls it: something is wrong with something.
    Found(IncidentTrouble<'a>),
}

/// What is wrong, and with which part of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncidentTrouble<'a> {
    /// What is wrong.
    pub extent: TroubleExtent,
    /// What it is wrong with.
    pub subject: TroubleSubject<'a>,
}

/// What is wrong, from the least to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TroubleExtent {
    /// Visitors notice nothing.
    Unnoticed,
    /// It is slow.
    Slow,
    /// It does not work for some visitors.
    PartlyDown,
    /// It does not work.
    Down,
}

/// What a sentence is about. The texts are titles of components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleSubject<'a> {
    /// The site as a whole.
    Site,
    /// One component.
    One(&'a str),
    /// Two components.
    Two(&'a str, &'a str),
    /// A component and this number of others, which is at least 2.
    More(&'a str, usize),
}

/// What maintenance is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaintenanceOf {
    /// The whole site.
    Site,
    /// Parts of it.
    Parts,
}

impl<'a> IncidentName<'a> {
    /// What an incident is called.
    pub fn of(incident: &'a PublicIncident, view: &StatusView<'a>) -> Self {
        match &incident.title {
            Some(title) => Self::Written(title),
            None => Self::Found(IncidentTrouble::of(incident, view)),
        }
    }
}

impl<'a> IncidentTrouble<'a> {
    /// What is or was wrong in an incident. It is about those components that it is worst for.
    pub fn of(incident: &'a PublicIncident, view: &StatusView<'a>) -> Self {
        let worst = incident.components.iter().map(|it| it.impact).max();
        let meant = incident.components.iter().filter(|it| Some(it.impact) == worst);
        let mut titles = meant.filter_map(|it| view.component_named(&it.name));
        let subject = match (titles.next(), titles.next(), titles.count()) {
            (None, _, _) => TroubleSubject::Site,
            (Some(one), None, _) => TroubleSubject::One(&one.component.title),
            (Some(one), Some(two), 0) => {
                TroubleSubject::Two(&one.component.title, &two.component.title)
            }
            (Some(one), Some(_), more) => TroubleSubject::More(&one.component.title, more + 1),
        };
        let extent = worst.map_or_else(|| incident.impact.into(), TroubleExtent::from);
        Self { extent, subject }
    }
}

impl From<Impact> for TroubleExtent {
    fn from(impact: Impact) -> Self {
        match impact {
            Impact::Operational => Self::Unnoticed,
            Impact::DegradedPerformance => Self::Slow,
            Impact::PartialOutage => Self::PartlyDown,
            Impact::MajorOutage => Self::Down,
        }
    }
}

impl From<StatusIndicator> for TroubleExtent {
    fn from(indicator: StatusIndicator) -> Self {
        match indicator {
            StatusIndicator::None => Self::Unnoticed,
            StatusIndicator::Minor => Self::Slow,
            StatusIndicator::Major => Self::PartlyDown,
            StatusIndicator::Critical => Self::Down,
        }
    }
}

impl From<&PublicMaintenance> for MaintenanceOf {
    fn from(maintenance: &PublicMaintenance) -> Self {
        if maintenance.is_whole_site { Self::Site } else { Self::Parts }
    }
}

/// A component's state as the colour that badges and the widget have beside the words. White text
/// on each has a contrast of 4.5:1 or more (WCAG 2.2, 1.4.3).
pub const fn color(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "#1a7f37",
        ComponentState::UnderMaintenance => "#0969da",
        ComponentState::Unknown => "#57606a",
        ComponentState::DegradedPerformance => "#9a6700",
        ComponentState::PartialOutage => "#bc4c00",
        ComponentState::MajorOutage => "#cf222e",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// WCAG's contrast of a colour with white, in hundredths.
    fn contrast_with_white(color: &str) -> u32 {
        let channel = |at: usize| {
            let value = u8::from_str_radix(color.get(at..at + 2).unwrap(), 16).unwrap();
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let light = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
        (105.0 / (light + 0.05)) as u32
    }

    #[test]
    fn white_text_on_each_color_can_be_read() {
        for state in ComponentState::ALL {
            let contrast = contrast_with_white(color(state));
            assert!(contrast >= 450, "{state:?} has {contrast}");
        }
    }

    #[test]
    fn no_two_states_share_a_color() {
        let mut colors: Vec<_> = ComponentState::ALL.into_iter().map(color).collect();
        colors.sort_unstable();
        colors.dedup();
        assert_eq!(colors.len(), ComponentState::ALL.len());
    }
}
