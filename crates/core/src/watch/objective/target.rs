//! The share of events that has to be good.

use core::fmt;

use alloc::string::String;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A share below 100 %, in steps of a billionth. Its text is `99.9%`.
///
/// Basis points, which [`Share`](crate::base::share::Share) counts, are too coarse: they cannot say
/// 99.995 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectiveTarget(u32);

impl ObjectiveTarget {
    /// The billionths of the whole.
    pub const WHOLE: u32 = 1_000_000_000;
    /// The billionths of a percent, which has as many decimals as this number has zeros.
    const PERCENT: u32 = 10_000_000;
    /// The most decimals of a percentage.
    const DECIMALS_MAX: usize = 7;

    /// Reads `99.9%`: a percentage below 100 with at most seven decimals.
    ///
    /// # Errors
    /// Returns [`ParseTargetError`] if the text is not that.
    pub fn parse(text: &str) -> Result<Self, ParseTargetError> {
        Self::read(text).ok_or_else(|| ParseTargetError(text.into()))
    }

    fn read(text: &str) -> Option<Self> {
        let number = text.strip_suffix('%')?;
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let are_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !are_digits(whole) || !are_digits(decimals) || decimals.len() > Self::DECIMALS_MAX {
            return None;
        }
        let missing = u32::try_from(Self::DECIMALS_MAX - decimals.len()).ok()?;
        let fraction = decimals.parse::<u32>().ok()?.checked_mul(10u32.pow(missing))?;
        let billionths = whole.parse::<u32>().ok()?.checked_mul(Self::PERCENT)?;
        let billionths = billionths.checked_add(fraction)?;
        (billionths < Self::WHOLE).then_some(Self(billionths))
    }

    /// The share of events that may be bad, in billionths. It is at least one.
    pub const fn allowed(self) -> u32 {
        Self::WHOLE - self.0
    }
}

impl fmt::Display for ObjectiveTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut fraction) = (self.0 / Self::PERCENT, self.0 % Self::PERCENT);
        if fraction == 0 {
            return write!(f, "{whole}%");
        }
        let mut width = Self::DECIMALS_MAX;
        while fraction.is_multiple_of(10) {
            fraction /= 10;
            width -= 1;
        }
        write!(f, "{whole}.{fraction:0width$}%")
    }
}

impl Serialize for ObjectiveTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectiveTarget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// The text is no target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseTargetError(String);

impl ParseTargetError {
    /// What a target is.
    pub const EXPECTED: &'static str =
        "a percentage below 100 with at most 7 decimals, such as `99.9%`";
}

impl fmt::Display for ParseTargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a target, expected {}", self.0, Self::EXPECTED)
    }
}

impl core::error::Error for ParseTargetError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn a_target_reads_back_as_it_was_written() {
        for (text, allowed) in [
            ("0%", 1_000_000_000),
            ("50%", 500_000_000),
            ("99%", 10_000_000),
            ("99.9%", 1_000_000),
            ("99.95%", 500_000),
            ("99.05%", 9_500_000),
            ("99.9999%", 1_000),
            ("99.9999999%", 1),
        ] {
            let target = ObjectiveTarget::parse(text).unwrap();
            assert_eq!((target.to_string().as_str(), target.allowed()), (text, allowed));
        }
        assert_eq!(ObjectiveTarget::parse("99.90%"), ObjectiveTarget::parse("99.9%"));
    }

    #[test]
    fn all_and_what_is_no_percentage_are_refused() {
        for text in [
            "100%",
            "100.0%",
            "101%",
            "4294967295%",
            "-1%",
            "+9%",
            "99.9",
            "0.999",
            "%",
            "99.%",
            ".9%",
            "99.99999999%",
            "99,9%",
            " 99.9%",
            "99.9 %",
            "",
        ] {
            assert!(ObjectiveTarget::parse(text).is_err(), "{text}");
        }
    }
}
