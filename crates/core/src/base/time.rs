//! Points in time and the spans between them, in whole milliseconds.

use core::fmt;
use core::ops::Add;

use alloc::string::String;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time, in milliseconds since the Unix epoch by the caller's clock.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The latest point in time that can be represented. No clock reaches it.
    pub const MAX: Self = Self(u64::MAX);

    /// Returns the point in time `ms` milliseconds after the Unix epoch.
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms)
    }

    /// Returns the milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the point in time `seconds` after the Unix epoch; the epoch if they are negative.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(if seconds < 0 { 0 } else { (seconds as u64).saturating_mul(1000) })
    }

    /// Returns the whole seconds since the Unix epoch.
    pub const fn unix_seconds(self) -> i64 {
        // A thousandth of the largest `u64` is far below the largest `i64`.
        (self.0 / 1000) as i64
    }

    /// Returns the span from `earlier` to this point, or zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// Returns the point in time that lies a span before this one, or the epoch if that is later.
    pub const fn before(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

/// The sum saturates at [`Timestamp::MAX`].
impl Add<Millis> for Timestamp {
    type Output = Self;

    fn add(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

/// The smallest step back, in milliseconds, that counts as the clock being set: 1 s. A smaller step
/// is jitter between machines or a leap second.
pub const CLOCK_STEP: Millis = Millis::from_secs(1);

/// A span of time in milliseconds. Its text is `250ms`, `30s`, `5m`, `1h` or `7d`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(u64);

impl Millis {
    /// The span of zero milliseconds.
    pub const ZERO: Self = Self(0);

    /// Returns a span of `ms` milliseconds.
    pub const fn new(ms: u64) -> Self {
        Self(ms)
    }

    /// Returns a span of `s` seconds, or the largest span if that is too long.
    pub const fn from_secs(s: u64) -> Self {
        Self(s.saturating_mul(1000))
    }

    /// Returns the span in milliseconds.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the sum of both spans, or the largest span if the sum is too long.
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the span in whole seconds, rounded up, which is the form of `Retry-After` (RFC 9110
    /// §10.2.3).
    pub const fn as_secs_ceil(self) -> u64 {
        self.0.div_ceil(1000)
    }

    /// Reads `250ms`, `30s`, `5m`, `1h` or `7d`.
    ///
    /// # Errors
    /// Returns [`ParseMillisError`] if the text is not a whole number followed by one of the units.
    pub fn parse(text: &str) -> Result<Self, ParseMillisError> {
        let err = || ParseMillisError(text.into());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let factor = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(err()),
        };
        let number: u64 = number.parse().map_err(|_| err())?;
        number.checked_mul(factor).map(Self).ok_or_else(err)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, factor) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] {
            if self.0 != 0 && self.0.is_multiple_of(factor) {
                return write!(f, "{}{unit}", self.0 / factor);
            }
        }
        write!(f, "{}ms", self.0)
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// The text is not a span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseMillisError(String);

impl fmt::Display for ParseMillisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a duration, expected a whole number with a unit: \
             `250ms`, `30s`, `5m`, `1h`, `7d`",
            self.0
        )
    }
}

impl core::error::Error for ParseMillisError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_span_reads_back_as_it_was_written() {
        for text in ["0ms", "250ms", "30s", "90s", "5m", "1h", "7d", "1001ms"] {
            assert_eq!(Millis::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Millis::parse("60s").unwrap().to_string(), "1m");
    }

    #[test]
    fn a_span_without_a_unit_a_sign_or_a_fraction_is_refused() {
        for text in ["", "5", "-5s", "1.5s", "s", "5 s", "5S", "99999999999999999999s", "5w"] {
            let error = Millis::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(&alloc::format!("`{text}` is not a duration")), "{error}");
        }
    }

    #[test]
    fn adding_saturates() {
        assert_eq!(Timestamp::MAX + Millis::new(1), Timestamp::MAX);
        assert_eq!(Timestamp::from_millis(1).since(Timestamp::from_millis(2)), Millis::ZERO);
    }
}
