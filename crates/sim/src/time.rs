//! Virtual time, in whole microseconds since the start of a run.

use std::fmt;
use std::ops::{Add, AddAssign};

use breakwater_core::base::time::Millis;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in virtual time, or a span of it, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Micros(pub u64);

impl Micros {
    /// A time later than any event.
    pub const NEVER: Self = Self(u64::MAX);

    /// A span of `ms` milliseconds.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms * 1_000)
    }

    /// A span of `s` seconds.
    pub const fn from_secs(s: u64) -> Self {
        Self(s * 1_000_000)
    }

    /// Whole milliseconds, rounded down, as a platform's clock shows them.
    pub const fn as_ms(self) -> u64 {
        self.0 / 1_000
    }

    /// The span in seconds.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The span from `earlier` to this time, or zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// The span multiplied by a factor.
    pub fn times(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor) as u64)
    }
}

impl Micros {
    /// Reads seconds with at most six decimals, such as `90s` or `1.5s`.
    fn parse(text: &str) -> Option<Self> {
        let number = text.strip_suffix('s')?;
        let (seconds, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(seconds) || !is_number(decimals) || decimals.len() > 6 {
            return None;
        }
        let micros: u64 = format!("{decimals:0<6}").parse().ok()?;
        seconds.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(micros).map(Self)
    }
}

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        serializer.collect_str(&format_args!("{text}s"))
    }
}

impl<'de> Deserialize<'de> for Micros {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "a time cannot be `{text}`, expected seconds with at most six decimals, such as \
                 `1.5s`"
            ))
        })
    }
}

impl Add for Micros {
    type Output = Self;

    fn add(self, span: Self) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign for Micros {
    fn add_assign(&mut self, span: Self) {
        *self = *self + span;
    }
}

impl From<Millis> for Micros {
    fn from(span: Millis) -> Self {
        Self(span.get().saturating_mul(1_000))
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06} s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_as_it_was_written() {
        for micros in [0, 1, 10, 999_999, 1_000_000, 1_500_000, 60_000_000, 61_234_567] {
            let text = serde_json::to_string(&Micros(micros)).unwrap();
            assert_eq!(serde_json::from_str::<Micros>(&text).unwrap(), Micros(micros), "{text}");
        }
        assert_eq!(serde_json::to_string(&Micros(60_500_000)).unwrap(), r#""60.5s""#);
    }

    #[test]
    fn a_time_in_another_form_is_refused() {
        for text in ["", "s", "1", "1.s", ".5s", "-1s", "1.1234567s", "20000000000000s"] {
            assert_eq!(Micros::parse(text), None, "{text}");
        }
    }
}
