//! The parts of the site, in their groups.

use alloc::string::String;
use alloc::vec::Vec;

use super::days::{self, DayBar};
use super::figures::percent_of_ppm;
use super::phrase::name_of;
use super::response::ResponseChart;
use super::texts::StatusTexts;
use super::words::{fill, number};
use crate::base::time::Timestamp;
use crate::site::status::{ComponentState, ComponentView, DAYS_SHOWN};

/// A part of the site.
#[derive(Clone, Debug)]
pub(super) struct PartRow<'a> {
    /// Its name in addresses.
    pub(super) name: &'a str,
    /// What people read.
    pub(super) title: &'a str,
    /// What it is.
    pub(super) about: Option<&'a str>,
    /// How it is.
    pub(super) state: ComponentState,
    /// The name of that state.
    pub(super) state_name: &'a str,
    /// What the bars are called.
    pub(super) days_label: String,
    /// A bar for each of the last days.
    pub(super) bars: Vec<DayBar>,
    /// Its uptime in words, if it was ever measured.
    pub(super) uptime: Option<String>,
    /// What is read of each day on which something was wrong.
    pub(super) troubles: Vec<String>,
    /// How many these are, in words.
    pub(super) troubles_count: String,
    /// How long its checks took.
    pub(super) response: Option<ResponseChart>,
}

impl<'a> PartRow<'a> {
    pub(super) fn of(texts: &StatusTexts<'a>, part: ComponentView<'a>, now: Timestamp) -> Self {
        let ComponentView { component, state } = part;
        let troubles = days::troubles(texts, component, now);
        let count = texts.counted(troubles.len(), texts.trouble_one, texts.trouble_many);
        let days = alloc::format!("{DAYS_SHOWN}");
        let uptime = part.uptime_ppm().map(|ppm| percent_of_ppm(texts, ppm));
        Self {
            name: &component.name,
            title: &component.title,
            about: component.description.as_deref(),
            state,
            state_name: name_of(texts, state),
            days_label: fill(texts.days_label, &[("name", &component.title), ("n", &days)]),
            bars: days::bars(texts, component, now),
            uptime: uptime.map(|percent| fill(texts.uptime, &[("percent", &percent)])),
            troubles_count: number(count, troubles.len()),
            troubles,
            response: ResponseChart::of(texts, &component.hours, now),
        }
    }
}

/// Parts under one heading.
#[derive(Clone, Debug)]
pub(super) struct PartGroup<'a> {
    /// The heading.
    pub(super) title: &'a str,
    /// In the order of the site file. There is at least one.
    pub(super) parts: Vec<PartRow<'a>>,
}

impl<'a> PartGroup<'a> {
    /// The groups in the order in which the site file first names them. Parts without a group
    /// stand under a heading of their own.
    pub(super) fn of(
        texts: &StatusTexts<'a>,
        parts: Vec<ComponentView<'a>>,
        now: Timestamp,
    ) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for part in parts {
            let title = part.component.group.as_deref().unwrap_or(texts.parts_heading);
            let row = PartRow::of(texts, part, now);
            match groups.iter_mut().find(|group| group.title == title) {
                Some(group) => group.parts.push(row),
                None => groups.push(Self { title, parts: [row].into() }),
            }
        }
        groups
    }
}
