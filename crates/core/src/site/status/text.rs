//! The public state as plain text, for people at a terminal, and as the file that language models
//! look for (llmstxt.org).

use core::fmt::Write as _;

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

use super::wording::english::{self, ShownMinute, ShownSpan};
use super::{ComponentView, MaintenancePhase, PublicIncident, StatusPlace, StatusView};
use crate::base::percent;

/// What else is served, below the address of the page, with what it is.
const DOCUMENTS: [(&str, &str, &str); 7] = [
    (
        "Summary",
        "/api/v2/summary.json",
        "everything that is known now, as JSON in Statuspage's shape",
    ),
    ("Incidents", "/api/v2/incidents.json", "the latest incidents with their updates, as JSON"),
    ("Maintenance", "/api/v2/scheduled-maintenances.json", "the times of maintenance, as JSON"),
    ("Plain text", "/status.txt", "the state in a few lines"),
    ("Atom feed", "/feed.atom", "an entry for each update of an incident"),
    ("RSS feed", "/feed.rss", "the same entries"),
    ("Calendar", "/maintenance.ics", "the times of maintenance, as iCalendar"),
];

/// `status.txt`: the state in a few lines.
pub fn plain(place: &StatusPlace<'_>, view: &StatusView<'_>) -> String {
    let (site, url) = (one_line(place.site_name), place.url);
    let (headline, at) = (english::headline(view.worst()), ShownMinute(view.status().at));
    let mut out = format!("{site}: {headline}\nAs of {at}. {url}\n");
    out += "\nComponents\n";
    for component in view.components() {
        // Writing to a `String` does not fail.
        let _ = writeln!(out, "  {}: {}", titled(&component), stated(&component));
    }
    if view.open_incidents().next().is_some() {
        out += "\nOpen incidents\n";
    }
    for incident in view.open_incidents() {
        let (name, since) = (name_of(incident, view, place), ShownMinute(incident.since));
        let state = english::incident_state(incident.state);
        let address = place.incident_url(&incident.id);
        let _ = writeln!(out, "  {name}\n    {state}, since {since}. {address}");
        for update in incident.updates.iter().rev() {
            let text = english::update_text(&update.text, incident, view, place.site_name);
            let _ = writeln!(out, "    {}: {}", ShownMinute(update.at), one_line(&text));
        }
    }
    let mut heading = "\nMaintenance\n";
    for phase in [MaintenancePhase::InProgress, MaintenancePhase::Scheduled] {
        for maintenance in view.maintenance_in(phase) {
            out += heading;
            heading = "";
            let span = ShownSpan(maintenance.start, maintenance.end);
            let name = english::maintenance_name(maintenance, place.site_name);
            let _ = write!(out, "  {span}: {}", one_line(&name));
            if let Some(message) = &maintenance.message {
                let _ = write!(out, ". {}", one_line(message));
            }
            out.push('\n');
        }
    }
    out
}

/// `llms.txt`: what the state is, and where more of it can be read.
pub fn llms(place: &StatusPlace<'_>, view: &StatusView<'_>) -> String {
    let (site, url) = (one_line(place.site_name), place.url);
    let (headline, at) = (english::headline(view.worst()), ShownMinute(view.status().at));
    let mut out = format!(
        "# {site} status\n\n> {headline}, as of {at}. This is the state of {}, as its own \
         monitoring measures it.\n\nTimes are in UTC. What was not measured lately is `unknown`, \
         which means neither well nor ill.\n",
        place.site_url,
    );
    out += "\n## Components\n\n";
    for component in view.components() {
        let mut address = [url, "/api/v2/components/"].concat();
        percent::push(&mut address, &component.component.name);
        address += ".json";
        out += &item(&titled(&component), &address, &stated(&component));
    }
    if view.open_incidents().next().is_some() {
        out += "\n## Open incidents\n\n";
    }
    for incident in view.open_incidents() {
        let (state, since) = (english::incident_state(incident.state), ShownMinute(incident.since));
        let address = place.incident_url(&incident.id);
        out += &item(&name_of(incident, view, place), &address, &format!("{state}, since {since}"));
    }
    out += "\n## Documents\n\n";
    for (name, path, what) in DOCUMENTS {
        out += &item(name, &[url, path].concat(), what);
    }
    out += "\n## Optional\n\n";
    out += &item("Page", url, "the state for people");
    out += &item("History", &[url, "/history"].concat(), "earlier incidents, by month");
    out
}

/// An item of a list of links in Markdown.
fn item(name: &str, address: &str, what: &str) -> String {
    let mut out = String::from("- [");
    for character in name.chars() {
        if matches!(character, '[' | ']' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    let _ = writeln!(out, "]({address}): {what}");
    out
}

/// The title of a component, with that of its group.
fn titled<'a>(view: &ComponentView<'a>) -> Cow<'a, str> {
    let title = one_line(&view.component.title);
    match &view.component.group {
        Some(group) => format!("{} / {title}", one_line(group)).into(),
        None => title,
    }
}

/// The state of a component, with the uptime that was measured.
fn stated(view: &ComponentView<'_>) -> String {
    let state = english::component_state(view.state);
    let Some(ppm) = view.uptime_ppm() else { return state.into() };
    let days = view.component.days.len();
    let (percent, rest) = (ppm / 10_000, ppm % 10_000 / 10);
    format!("{state}, uptime {percent}.{rest:03}% in {days} days")
}

fn name_of<'a>(
    incident: &'a PublicIncident,
    view: &StatusView<'a>,
    place: &StatusPlace<'_>,
) -> String {
    one_line(&english::incident_name(incident, view, place.site_name)).into_owned()
}

/// A text without line breaks and without other characters that terminals obey.
fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return text.into();
    }
    let words = text.split(char::is_control).map(str::trim).filter(|word| !word.is_empty());
    let mut out = String::with_capacity(text.len());
    for word in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::{item, one_line};

    #[test]
    fn text_of_several_lines_is_one_line() {
        assert_eq!(one_line("a\r\n\tb\u{1b}[31m c\n"), "a b [31m c");
        assert_eq!(one_line("a b"), "a b");
    }

    #[test]
    fn a_title_ends_no_link() {
        let expected = "- [a\\](b)\\[c](https://a.example): d\n";
        assert_eq!(item("a](b)[c", "https://a.example", "d"), expected);
    }
}
