//! Random states, with texts that mean something to one form or another.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::status::{
    ComponentState, PublicComponent, PublicDay, PublicIncident, PublicMaintenance, PublicStatus,
    PublicText, PublicUpdate, VisitorHour,
};
use breakwater_core::watch::incident::{
    ComponentImpact, EdgeShares, Impact, IncidentIndicator, IncidentState,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::NOW;

/// What texts are put together from.
const PARTS: &[&str] = &[
    "",
    "a",
    "Größe",
    "\u{1f6d2}",
    "<",
    ">",
    "&",
    "\"",
    "'",
    "]]>",
    "<![CDATA[",
    "<!--",
    "--",
    "<script>",
    "&amp;",
    "&#0;",
    "{{a}}",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\u{1}",
    "\u{b}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{10ffff}",
    ";",
    ",",
    ":",
    "\\",
    "\\n",
    "END:VCALENDAR",
    " ",
    "  ",
    "null",
    "%",
    "%0d%0a",
    "](",
    "[",
    "`",
    "# ",
];

/// A text of up to 15 parts, of which most mean something in a form.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => select(PARTS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z]{1,90}",
    ];
    vec(part, 0..16).prop_map(|parts| parts.concat())
}

fn name() -> impl Strategy<Value = String> {
    select(&["web", "api", "search", "a-1_b", "x"]).prop_map(str::to_owned)
}

/// Most times are near one another, and some anywhere.
fn time() -> impl Strategy<Value = Timestamp> {
    let near = (0..200 * 86_400_000_u64).prop_map(|ms| NOW.before(Millis::new(ms)));
    let later = (0..70 * 86_400_000_u64).prop_map(|ms| NOW + Millis::new(ms));
    prop_oneof![8 => near, 4 => later, 1 => any::<u64>().prop_map(Timestamp::from_millis)]
}

fn state() -> impl Strategy<Value = ComponentState> {
    select(&ComponentState::ALL)
}

fn day() -> impl Strategy<Value = PublicDay> {
    (any::<u32>(), 1..=24_u8, 0..=24_000_000_u32, state())
        .prop_map(|(day, hours, lost_ppm, worst)| PublicDay { day, hours, lost_ppm, worst })
}

fn component() -> impl Strategy<Value = PublicComponent> {
    let texts = (name(), text(), option::of(text()), option::of(select(&["Shop", "<&>", ""])));
    let times = (option::of(time()), option::of(time()), 0..1_000_000_u64);
    let flags = (any::<bool>(), any::<bool>());
    (texts, times, flags, state(), vec(day(), 0..4)).prop_map(
        |((name, title, description, group), (since, measured_at, stale), flags, state, days)| {
            PublicComponent {
                name,
                title,
                description,
                group: group.map(str::to_owned),
                is_third_party: flags.0,
                only_if_degraded: flags.1,
                state,
                since,
                measured_at,
                stale_after: Millis::new(stale),
                days,
                hours: Vec::new(),
            }
        },
    )
}

fn incident_state() -> impl Strategy<Value = IncidentState> {
    use IncidentState::{Identified, Investigating, Monitoring, Postmortem, Resolved};
    select(&[Investigating, Identified, Monitoring, Resolved, Postmortem])
}

fn update() -> impl Strategy<Value = PublicUpdate> {
    let told = prop_oneof![
        3 => text().prop_map(PublicText::Written),
        1 => Just(PublicText::Found),
        1 => Just(PublicText::Recovered),
        1 => Just(PublicText::Closed),
    ];
    (time(), option::of(time()), incident_state(), told, any::<bool>()).prop_map(
        |(at, edited_at, state, text, notify)| PublicUpdate {
            number: 0,
            at,
            edited_at,
            state,
            text,
            notify,
        },
    )
}

fn incident() -> impl Strategy<Value = PublicIncident> {
    use IncidentIndicator::{Critical, Major, Minor, None};
    let impact =
        (name(), select(&Impact::ALL)).prop_map(|(name, impact)| ComponentImpact { name, impact });
    let texts = (text(), option::of(text()), option::of(text()));
    let times = (time(), time(), time(), option::of(time()));
    let impacts = (select(&[None, Minor, Major, Critical]), vec(impact, 0..4));
    (texts, incident_state(), impacts, times, vec(update(), 1..5)).prop_map(
        |((id, title, postmortem), state, (impact, components), times, updates)| {
            let (since, opened_at, updated_at, resolved_at) = times;
            let mut updates = updates;
            updates.sort_by_key(|update| update.at);
            for (update, number) in updates.iter_mut().zip(1..) {
                update.number = number;
            }
            PublicIncident {
                id,
                title,
                state,
                impact,
                components,
                since,
                opened_at,
                updated_at,
                resolved_at,
                updates,
                postmortem,
            }
        },
    )
}

fn maintenance() -> impl Strategy<Value = PublicMaintenance> {
    let flags = (any::<bool>(), any::<bool>());
    (text(), option::of(text()), time(), time(), flags, any::<u32>(), option::of(time())).prop_map(
        |(id, message, start, end, (is_whole_site, is_recurring), revision, announced_at)| {
            PublicMaintenance {
                id,
                message,
                start,
                end,
                is_whole_site,
                is_recurring,
                revision,
                announced_at,
            }
        },
    )
}

fn hour() -> impl Strategy<Value = VisitorHour> {
    (time(), any::<[u16; 6]>()).prop_map(|(hour, numbers)| VisitorHour {
        hour,
        permille: EdgeShares::from_array(numbers.map(u64::from)),
    })
}

/// A public state. Components, incidents and times of maintenance have names of their own.
pub(crate) fn status() -> impl Strategy<Value = PublicStatus> {
    let lists = (vec(component(), 0..5), vec(incident(), 0..6), vec(maintenance(), 0..6));
    (time(), lists, vec(hour(), 0..3)).prop_map(|(at, lists, visitors)| {
        let (mut components, mut incidents, mut maintenance) = lists;
        let mut names = std::collections::BTreeSet::new();
        components.retain(|it| names.insert(it.name.clone()));
        names.clear();
        incidents.retain(|it| names.insert(it.id.clone()));
        names.clear();
        maintenance.retain(|it| names.insert(it.id.clone()));
        PublicStatus { at, components, incidents, maintenance, visitors }
    })
}
