//! Hand-made states of a shop, one for each thing that a status page may have to say.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::status::{
    ComponentState, PublicComponent, PublicDay, PublicHour, PublicIncident, PublicMaintenance,
    PublicStatus, PublicText, PublicUpdate, StatusIndicator, VisitorHour,
};
use breakwater_core::watch::incident::{ComponentImpact, EdgeShares, Impact, IncidentState};

/// 2026-11-30T12:34:56Z, when all of the samples are read.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_796_042_096_000);
/// The day of that, in days since 1970.
const TODAY: u32 = 20_787;
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The names of all samples.
pub(crate) const NAMES: [&str; 12] = [
    "well",
    "degraded",
    "partial",
    "major",
    "all-down",
    "maintenance",
    "unknown",
    "stale",
    "third-party",
    "unnamed",
    "hostile",
    "empty",
];

/// The sample of a name.
pub(crate) fn sample(name: &str) -> PublicStatus {
    let mut status = shop();
    match name {
        "well" => {}
        "degraded" => {
            worsen(&mut status, "search", ComponentState::DegradedPerformance);
            status.incidents.insert(0, open("search", Impact::DegradedPerformance));
        }
        "partial" => {
            worsen(&mut status, "checkout", ComponentState::PartialOutage);
            status.incidents.insert(0, written());
            status.visitors = visitors(true);
        }
        "major" => {
            worsen(&mut status, "website", ComponentState::MajorOutage);
            status.incidents.insert(0, open("website", Impact::MajorOutage));
            status.visitors = visitors(true);
        }
        "all-down" => {
            for part in status.components.iter_mut().filter(|part| !part.is_third_party) {
                part.state = ComponentState::MajorOutage;
            }
            let mut incident = open("website", Impact::MajorOutage);
            let names = ["api", "checkout", "search"];
            incident.components.extend(names.map(|name| impact(name, Impact::MajorOutage)));
            status.incidents.insert(0, incident);
        }
        "maintenance" => {
            let now = NOW.as_millis();
            let mut closed = maintenance("window-1", now - 20 * MINUTE, 90 * MINUTE);
            closed.is_whole_site = true;
            closed.message = Some("We are moving to new shelves.\n\nOrders are kept.".into());
            closed.revision = 2;
            status.maintenance.insert(0, closed);
        }
        "unknown" => part(&mut status, "api").measured_at = Some(NOW.before(Millis::new(HOUR))),
        "stale" => status.at = NOW.before(Millis::new(17 * MINUTE)),
        "third-party" => worsen(&mut status, "payments", ComponentState::MajorOutage),
        "unnamed" => {
            let mut incident = open("website", Impact::Operational);
            incident.components.clear();
            incident.impact = StatusIndicator::Major;
            status.incidents.insert(0, incident);
        }
        "hostile" => hostile(&mut status),
        "empty" => status = PublicStatus { at: NOW, ..PublicStatus::default() },
        other => panic!("no sample is called {other}"),
    }
    status
}

/// A state of 20 parts with all their days and three incidents that are told at length, by which
/// the page is weighed.
pub(crate) fn heavy() -> PublicStatus {
    let mut status = shop();
    status.components = (0..20).map(heavy_part).collect();
    status.incidents = (0..3)
        .map(|index| {
            let mut incident = written();
            incident.id = format!("inc-heavy-{index}");
            incident.components = vec![impact(&format!("part-{index}"), Impact::PartialOutage)];
            incident
        })
        .collect();
    status.visitors = visitors(true);
    status
}

fn heavy_part(index: u32) -> PublicComponent {
    let (name, title) = (format!("part-{index}"), format!("Part number {index} of the shop"));
    let mut part =
        component(&name, &title, Some(["Shop", "Account", "Warehouse"][index as usize % 3]));
    for day in part.days.iter_mut().filter(|day| (day.day * 7 + index * 13).is_multiple_of(11)) {
        let lost = (day.day * 7_919 + index * 104_729) % 9_000_000;
        (day.lost_ppm, day.worst) = (lost, ComponentState::MajorOutage);
    }
    part.hours = hours(120 + u64::from(index) * 31);
    part
}

/// A shop with groups, a payment service of others, response times, past incidents and planned
/// maintenance.
fn shop() -> PublicStatus {
    let now = NOW.as_millis();
    let mut website = component("website", "Website", Some("Shop"));
    website.description = Some("The pages of the shop, as visitors open them".into());
    website.hours = hours(180);
    let mut checkout = component("checkout", "Checkout", Some("Shop"));
    for (ago, lost, worst) in [
        (3, 350_000, ComponentState::MajorOutage),
        (17, 0, ComponentState::DegradedPerformance),
        (30, 0, ComponentState::UnderMaintenance),
        (41, 2_600_000, ComponentState::PartialOutage),
        (66, 9_000_000, ComponentState::MajorOutage),
    ] {
        if let Some(day) = checkout.days.iter_mut().find(|day| day.day == TODAY - ago) {
            (day.lost_ppm, day.worst) = (lost, worst);
        }
    }
    let mut search = component("search", "Search", Some("Shop"));
    search.days.retain(|day| day.day > TODAY - 50);
    let api = component("api", "API", None);
    let mut payments = component("payments", "Payments", None);
    payments.is_third_party = true;
    payments.description = Some("Run by a payment company".into());
    PublicStatus {
        at: NOW.before(Millis::new(8_000)),
        components: vec![website, checkout, search, api, payments],
        incidents: vec![past("inc-past-1", 3), past("inc-past-2", 11), past("inc-past-3", 66)],
        maintenance: (1..8)
            .map(|week| {
                let mut time = maintenance(
                    &format!("weekly-{week}"),
                    now - now % DAY + week * 7 * DAY + 2 * HOUR,
                    HOUR,
                );
                time.is_recurring = true;
                time
            })
            .collect(),
        visitors: visitors(false),
    }
}

fn component(name: &str, title: &str, group: Option<&str>) -> PublicComponent {
    let days = (TODAY - 89..=TODAY).map(|day| PublicDay {
        day,
        hours: 24,
        lost_ppm: 0,
        worst: ComponentState::Operational,
    });
    PublicComponent {
        name: name.into(),
        title: title.into(),
        group: group.map(Into::into),
        state: ComponentState::Operational,
        since: Some(NOW.before(Millis::new(3 * DAY))),
        measured_at: Some(NOW.before(Millis::new(20_000))),
        stale_after: Millis::new(3 * MINUTE),
        days: days.collect(),
        ..PublicComponent::default()
    }
}

fn part<'a>(status: &'a mut PublicStatus, name: &str) -> &'a mut PublicComponent {
    status.components.iter_mut().find(|part| part.name == name).expect("a part of that name")
}

fn worsen(status: &mut PublicStatus, name: &str, state: ComponentState) {
    let part = part(status, name);
    part.state = state;
    if let Some(today) = part.days.last_mut() {
        (today.worst, today.lost_ppm) = (state, 1_400_000);
    }
}

/// Response times that rise and fall over the day, with a gap.
fn hours(base: u64) -> Vec<PublicHour> {
    let last = NOW.as_millis() / HOUR;
    let hours = (last - 47..=last).filter(|hour| !hour.is_multiple_of(31));
    hours
        .map(|hour| PublicHour {
            hour: Timestamp::from_millis(hour * HOUR),
            average: Millis::new(base + hour % 24 * 7 + hour * 37 % 41),
        })
        .collect()
}

/// What visitors got; during an outage in the last hours, mostly copies.
fn visitors(has_outage: bool) -> Vec<VisitorHour> {
    let last = NOW.as_millis() / HOUR;
    (last - 47..=last)
        .map(|hour| {
            let copies = 80 + hour * 13 % 60;
            let permille = if has_outage && hour + 2 > last {
                EdgeShares {
                    errors: 24,
                    origin: 60,
                    copies: 790,
                    snapshots: 116,
                    fallbacks: 24,
                    other: 10,
                }
            } else {
                EdgeShares { errors: 1, origin: 1_000 - copies, copies, ..EdgeShares::default() }
            };
            VisitorHour { hour: Timestamp::from_millis(hour * HOUR), permille }
        })
        .collect()
}

fn impact(name: &str, impact: Impact) -> ComponentImpact {
    ComponentImpact { name: name.into(), impact }
}

fn update(number: u32, ago: u64, state: IncidentState, text: PublicText) -> PublicUpdate {
    let at = NOW.before(Millis::new(ago * MINUTE));
    PublicUpdate { number, at, edited_at: None, state, text, notify: true }
}

/// An incident that the machine opened, and that no person has named.
fn open(name: &str, means: Impact) -> PublicIncident {
    let since = NOW.before(Millis::new(14 * MINUTE));
    PublicIncident {
        id: "inc-mx0yov0p".into(),
        title: None,
        state: IncidentState::Investigating,
        impact: ComponentState::from(means).indicator(),
        components: vec![impact(name, means)],
        since,
        opened_at: since,
        updated_at: since,
        resolved_at: None,
        updates: vec![update(1, 13, IncidentState::Investigating, PublicText::Found)],
        postmortem: None,
    }
}

/// An incident that people tell of.
fn written() -> PublicIncident {
    let mut incident = open("checkout", Impact::PartialOutage);
    incident.title = Some("Card payments fail for some customers".into());
    incident.state = IncidentState::Identified;
    incident.components.push(impact("api", Impact::DegradedPerformance));
    let text = "The payment company has found the fault at its side, see \
                https://status.payments.example/incidents/42.\nOrders are kept meanwhile.\n\nPayment \
                by invoice works.";
    let mut found = update(3, 4, IncidentState::Identified, PublicText::Written(text.into()));
    found.edited_at = Some(NOW.before(Millis::new(2 * MINUTE)));
    let first = "Some cards are refused. We are finding out which.";
    incident.updates.push(update(
        2,
        9,
        IncidentState::Investigating,
        PublicText::Written(first.into()),
    ));
    incident.updates.push(found);
    incident
}

fn past(id: &str, days: u64) -> PublicIncident {
    let mut incident = open("checkout", Impact::MajorOutage);
    incident.id = id.into();
    let ago = days * 24 * 60;
    incident.since = NOW.before(Millis::new(ago * MINUTE));
    incident.opened_at = incident.since;
    incident.resolved_at = Some(incident.since + Millis::new(134 * MINUTE));
    incident.state = IncidentState::Resolved;
    incident.updates = vec![
        update(1, ago, IncidentState::Investigating, PublicText::Found),
        update(2, ago - 134, IncidentState::Resolved, PublicText::Recovered),
    ];
    if days == 11 {
        incident.state = IncidentState::Postmortem;
        incident.postmortem = Some(
            "A certificate had expired.\n\nIt is renewed by a job now, which is watched.".into(),
        );
    }
    incident
}

fn maintenance(id: &str, start: u64, length: u64) -> PublicMaintenance {
    PublicMaintenance {
        id: id.into(),
        message: None,
        start: Timestamp::from_millis(start),
        end: Timestamp::from_millis(start + length),
        is_whole_site: false,
        is_recurring: false,
        revision: 0,
        announced_at: None,
    }
}

/// Puts markup where people may write, and texts without blanks, which have to be broken.
fn hostile(status: &mut PublicStatus) {
    let markup = "<script>alert(1)</script>\" onload='x' {{t}} & <b>";
    let long = "W".repeat(64);
    let mut incident = written();
    incident.title = Some(format!("{markup}{long}"));
    incident.postmortem = Some(format!("javascript:alert(1) https://a.example/{long}\"><i>"));
    incident.updates.push(update(
        4,
        1,
        IncidentState::Monitoring,
        PublicText::Written(markup.into()),
    ));
    status.incidents.insert(0, incident);
    for part in &mut status.components {
        part.title = long.clone();
        part.description = Some(markup.into());
        part.group = Some(markup.into());
    }
    if let Some(time) = status.maintenance.first_mut() {
        time.message = Some(markup.into());
    }
}
