//! Sets of statuses, such as `2xx` or 301.

use core::fmt;

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::AssertionError;
use super::comparison::refused;

/// What a set of statuses is written with.
const EXPECTED: &str = "a status of 100 to 599, or a class such as `2xx`";

/// Statuses of HTTP. The default is all of 2xx.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatusSet(Vec<StatusRange>);

/// Statuses from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StatusRange(u16, u16);

impl Default for StatusSet {
    fn default() -> Self {
        Self([StatusRange(200, 299)].into())
    }
}

impl StatusSet {
    /// Reads statuses and classes: `2xx`, `301`.
    ///
    /// # Errors
    /// [`AssertionError`] names the first member that is neither.
    pub fn parse<'a>(members: impl IntoIterator<Item = &'a str>) -> Result<Self, AssertionError> {
        members.into_iter().map(range).collect::<Result<_, _>>().map(Self)
    }

    /// The status of a connection that speaks another protocol from then on (RFC 9110 §15.2.2).
    pub fn of_upgrade() -> Self {
        Self([StatusRange(101, 101)].into())
    }

    /// Whether the set has this status.
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|&StatusRange(first, last)| (first..=last).contains(&status))
    }
}

fn range(text: &str) -> Result<StatusRange, AssertionError> {
    let refused = || refused(text, EXPECTED);
    // Rust reads `+200` and `0200` as numbers too.
    if text.len() != 3 || text.starts_with(['+', '0']) {
        return Err(refused());
    }
    if let Some(class) = text.strip_suffix("xx") {
        let class: u16 = class.parse().map_err(|_| refused())?;
        return match class {
            1..=5 => Ok(StatusRange(class * 100, class * 100 + 99)),
            _ => Err(refused()),
        };
    }
    match text.parse() {
        Ok(status @ 100..=599) => Ok(StatusRange(status, status)),
        Ok(_) | Err(_) => Err(refused()),
    }
}

/// As in `2xx, 301`.
impl fmt::Display for StatusSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, StatusRange(first, last)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            match first == last {
                true => write!(f, "{separator}{first}")?,
                false => write!(f, "{separator}{}xx", first / 100)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::StatusSet;

    #[test]
    fn classes_and_statuses_are_read_and_shown() {
        let set = StatusSet::parse(["2xx", "301"]).unwrap();
        for (status, is_in) in [(199, false), (200, true), (299, true), (300, false), (301, true)] {
            assert_eq!(set.contains(status), is_in, "{status}");
        }
        assert_eq!(set.to_string(), "2xx, 301");
    }

    #[test]
    fn what_is_no_status_is_refused_with_its_text() {
        for text in ["", "20", "600", "6xx", "0xx", "xx", "2XX", "200 ", "+2xx", "0200", "+20"] {
            assert_eq!(StatusSet::parse([text]).unwrap_err().value, text);
        }
    }
}
