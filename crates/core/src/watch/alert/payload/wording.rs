//! What every message says, whichever service carries it.

use core::fmt::Write as _;

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::cut::{CharCost, cost_of, cut_to, utf16};
use crate::base::rfc3339::Shown;
use crate::base::time::Millis;
use crate::watch::alert::{Alert, AlertKind, AlertedIncident};

/// The longest link, in bytes. Discord takes 2048 and Slack 3000, and a message has two.
const LINK_MAX: usize = 1000;
/// The longest name of a check and of a state in a message, in UTF-16 code units.
const NAME_MAX: usize = 64;
/// The part of a message that the names of its checks may take, as a divisor: 1/8. A runbook that
/// is no link may take as much.
const PART: usize = 8;

/// What is said of a thing.
pub(super) enum Fact<'a> {
    /// These words, on one line.
    Words(String),
    /// This URL, whose characters mean nothing in any markup.
    Link(&'a str),
}

impl Fact<'_> {
    /// As plain text.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Words(words) => words,
            Self::Link(url) => url,
        }
    }
}

/// What an alert says.
pub(super) struct Wording<'a> {
    pub(super) alert: &'a Alert,
    /// One line, never empty.
    pub(super) title: String,
    /// What is known, without control characters but line feeds; it may be empty.
    pub(super) summary: String,
}

impl<'a> Wording<'a> {
    pub(super) fn of(alert: &'a Alert) -> Self {
        let title = match line(&alert.incident.title) {
            title if title.is_empty() => "untitled".into(),
            title => title,
        };
        Self { alert, title, summary: lines(&alert.incident.summary) }
    }

    pub(super) const fn incident(&self) -> &'a AlertedIncident {
        &self.alert.incident
    }

    /// Whether the trouble is over.
    pub(super) const fn is_resolved(&self) -> bool {
        matches!(self.alert.kind, AlertKind::Resolved)
    }

    /// What happened, with how much it matters, first, since the end is what is cut.
    pub(super) fn headline(&self, max: usize, cost: CharCost) -> String {
        let severity = self.incident().severity.as_str();
        let lasted = match self.lasted() {
            Some(lasted) => format!(" after {lasted}"),
            None => String::new(),
        };
        let text = format!("{severity} {}{lasted}: {}", self.happened(), self.title);
        cut_to(&text, max, cost)
    }

    /// The facts, in the order in which they are shown. A message has room for `max`.
    pub(super) fn facts(&self, max: usize, cost: CharCost) -> Vec<(&'static str, Fact<'a>)> {
        let incident = self.incident();
        let state = cut_to(&line(&incident.state), NAME_MAX, utf16);
        let state = match state.as_str() {
            state if state.is_empty() || state == self.happened() => self.happened().into(),
            state => format!("{}, {state}", self.happened()),
        };
        let severity = Fact::Words(incident.severity.as_str().into());
        let mut facts = alloc::vec![("Severity", severity), ("State", Fact::Words(state))];
        facts.push(("Since", Fact::Words(Shown(incident.since).to_string())));
        if let Some(lasted) = self.lasted() {
            facts.push(("Lasted", Fact::Words(lasted)));
        }
        let checks = self.checks(max / PART, cost);
        if !checks.is_empty() {
            facts.push(("Checks", Fact::Words(checks)));
        }
        let fact = |text: &'a str| match link(text) {
            Some(link) => Fact::Link(link),
            None => Fact::Words(cut_to(&line(text), max / PART, cost)),
        };
        if let Some(runbook) = incident.runbook.as_deref().filter(|it| !line(it).is_empty()) {
            facts.push(("Runbook", fact(runbook)));
        }
        if !line(&incident.url).is_empty() {
            facts.push(("Incident", fact(&incident.url)));
        }
        facts
    }

    /// The summary and the facts as plain text, at a cost of at most `max`.
    pub(super) fn body(&self, max: usize, cost: CharCost) -> String {
        let mut facts = String::new();
        for (name, fact) in self.facts(max, cost) {
            // Writing to a `String` does not fail.
            let _ = writeln!(facts, "{name}: {}", fact.as_str());
        }
        let facts = facts.trim_end();
        let room = max.saturating_sub(cost_of(facts, cost) + 2 * cost('\n'));
        match cut_to(&self.summary, room, cost) {
            summary if summary.is_empty() => facts.into(),
            summary => format!("{summary}\n\n{facts}"),
        }
    }

    /// Where the incident is shown.
    pub(super) fn url(&self) -> Option<&'a str> {
        link(&self.incident().url)
    }

    /// What to do, where that has a URL.
    pub(super) fn runbook_url(&self) -> Option<&'a str> {
        self.incident().runbook.as_deref().and_then(link)
    }

    /// The names of the checks as far as they fit, and how many there are besides.
    pub(super) fn checks(&self, max: usize, cost: CharCost) -> String {
        /// Leaves room for " and N more".
        const MORE: usize = 30;
        let names = self.incident().checks.iter().map(|name| line(name));
        let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        let mut text = String::new();
        for (index, name) in names.iter().enumerate() {
            let name = cut_to(name, NAME_MAX, utf16);
            let separator = if index == 0 { "" } else { ", " };
            let size = cost_of(&text, cost) + cost_of(&name, cost) + separator.len();
            if size + MORE > max {
                let _ = match index {
                    0 => write!(text, "{} checks", names.len()),
                    _ => write!(text, " and {} more", names.len() - index),
                };
                break;
            }
            text.push_str(separator);
            text.push_str(&name);
        }
        text
    }

    /// How long it lasted, if it is over.
    pub(super) fn lasted(&self) -> Option<String> {
        let incident = self.incident();
        incident.resolved_at.map(|end| span(end.since(incident.since)))
    }

    pub(super) const fn happened(&self) -> &'static str {
        match self.alert.kind {
            AlertKind::Opened => "opened",
            AlertKind::Updated => "updated",
            AlertKind::Resolved => "resolved",
            AlertKind::Test => "test",
        }
    }
}

/// A span for people, by its two largest units.
fn span(span: Millis) -> String {
    let seconds = span.get() / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// The text, if every service takes it as the address of a link.
fn link(text: &str) -> Option<&str> {
    let has_scheme = text.starts_with("https://") || text.starts_with("http://");
    let is_plain = |b: u8| b.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&b);
    (has_scheme && text.len() <= LINK_MAX && text.bytes().all(is_plain)).then_some(text)
}

/// The text on one line.
pub(crate) fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let mut word = word.chars().filter(|&c| !is_invisible(c)).peekable();
        if word.peek().is_some() && !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    line
}

/// The text, whose lines stay what they are.
pub(crate) fn lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(line).collect();
    lines.join("\n").trim().into()
}

/// Whether a character shows nothing, and turns the order of others or hides among them.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units() {
        let cases = [(59, "59 s"), (61, "1 min 1 s"), (3 * 3600 + 60, "3 h 1 min")];
        for (seconds, text) in cases.into_iter().chain([(90_000, "1 d 1 h")]) {
            assert_eq!(span(Millis::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_line_has_no_control_characters_and_no_order_of_its_own() {
        assert_eq!(line(" a\r\nSubject: b\u{202e}\u{0}c\t "), "a Subject: b c");
        assert_eq!(line("\u{202e} \u{feff}"), "");
        assert_eq!(lines("\na  b\r\n\r\nc\u{7}d\n"), "a b\n\nc d");
    }

    #[test]
    fn a_link_means_nothing_in_any_markup() {
        assert_eq!(link("https://a.example/x?y=1#z"), Some("https://a.example/x?y=1#z"));
        for text in ["docs/x.md", "javascript:x", "https://a b", "https://a|b", "https://a>"] {
            assert_eq!(link(text), None, "{text}");
        }
        assert_eq!(link(&format!("https://{}", "a".repeat(LINK_MAX))), None);
    }
}
