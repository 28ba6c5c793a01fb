//! How a call ended, as a line of text. The wasm module that made the call sends it to the module
//! that judges it.

use alloc::format;
use alloc::string::String;

use super::Ended;
use crate::base::time::Millis;

const NAMES: [(&str, Ended); 7] = [
    ("timed-out", Ended::TimedOut),
    ("disconnected", Ended::Disconnected),
    ("visitor-left", Ended::VisitorLeft),
    ("visitor-stalled", Ended::VisitorStalled),
    ("broke-while-sending", Ended::BrokeWhileSending),
    ("not-sent", Ended::NotSent),
    ("interim", Ended::Interim),
];

impl Ended {
    /// The line: a name, or a status, with the milliseconds that the upstream named to wait behind
    /// it, if it did.
    pub fn to_line(self) -> String {
        if let Self::Answered { status, retry_after } = self {
            let wait = retry_after.map_or(String::new(), |wait| format!(" {}", wait.get()));
            return format!("{status}{wait}");
        }
        let name = NAMES.iter().find(|(_, ended)| *ended == self).map(|(name, _)| *name);
        name.unwrap_or_default().into()
    }

    /// Reads such a line; nothing if it is none.
    pub fn parse_line(line: &str) -> Option<Self> {
        if let Some((_, ended)) = NAMES.iter().find(|(name, _)| *name == line) {
            return Some(*ended);
        }
        let (status, wait) = match line.split_once(' ') {
            Some((status, wait)) => (status, Some(Millis::new(wait.parse().ok()?))),
            None => (line, None),
        };
        Some(Self::Answered { status: status.parse().ok()?, retry_after: wait })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_these() {
        let answered = |status, retry_after| Ended::Answered { status, retry_after };
        for (ended, line) in [
            (answered(200, None), "200"),
            (answered(503, Some(Millis::new(1_500))), "503 1500"),
            (Ended::TimedOut, "timed-out"),
            (Ended::Disconnected, "disconnected"),
            (Ended::VisitorLeft, "visitor-left"),
            (Ended::VisitorStalled, "visitor-stalled"),
            (Ended::BrokeWhileSending, "broke-while-sending"),
            (Ended::NotSent, "not-sent"),
            (Ended::Interim, "interim"),
        ] {
            assert_eq!(ended.to_line(), line);
            assert_eq!(Ended::parse_line(line), Some(ended));
        }
    }

    #[test]
    fn another_line_says_nothing() {
        for line in ["", "ok", "200 ", "200 soon", "-1", "99999", " 200"] {
            assert_eq!(Ended::parse_line(line), None, "{line}");
        }
    }
}
