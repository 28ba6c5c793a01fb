//! Shares of a whole, counted in basis points so that they compare exactly.

use core::fmt;

use alloc::string::String;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A share from 0 to 100 %, in steps of one basis point (0.01 %). Its text is `50%` or `0.5%`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u16);

impl Share {
    /// The share of 0 %.
    pub const NONE: Self = Self(0);
    /// The share of 100 %.
    pub const ALL: Self = Self(10_000);

    /// Returns the share of `bp` basis points. Values above 10,000 become 100 %.
    pub const fn from_basis_points(bp: u16) -> Self {
        if bp > Self::ALL.0 { Self::ALL } else { Self(bp) }
    }

    /// Returns the share in basis points, from 0 to 10,000.
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// Returns whether something drawn is of a sample of this share. `random` is uniform over all
    /// of `u32`.
    pub const fn samples(self, random: u32) -> bool {
        // The product is below the number of basis points in a whole.
        let drawn = (random as u64 * Self::ALL.0 as u64) >> u32::BITS;
        drawn < self.0 as u64
    }

    /// Returns whether `part` of `whole` is at least this share. If `whole` is 0, the answer is no.
    pub const fn is_reached_by(self, part: u32, whole: u32) -> bool {
        whole != 0 && part as u64 * 10_000 >= self.0 as u64 * whole as u64
    }

    /// Reads `50%`, `0.5%` or `33.33%`.
    ///
    /// # Errors
    /// Returns [`ParseShareError`] if the text is not a percentage from `0%` to `100%` with at most
    /// two decimals.
    pub fn parse(text: &str) -> Result<Self, ParseShareError> {
        Self::read(text).ok_or_else(|| ParseShareError(text.into()))
    }

    fn read(text: &str) -> Option<Self> {
        let number = text.strip_suffix('%')?;
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || decimals.len() > 2 {
            return None;
        }
        let fraction: u16 = decimals.parse().ok()?;
        let fraction = if decimals.len() == 1 { fraction * 10 } else { fraction };
        let bp = whole.parse::<u16>().ok()?.checked_mul(100)?.checked_add(fraction)?;
        (bp <= Self::ALL.0).then_some(Self(bp))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / 100, self.0 % 100);
        match fraction {
            0 => write!(f, "{whole}%"),
            f_ if f_ % 10 == 0 => write!(f, "{whole}.{}%", f_ / 10),
            _ => write!(f, "{whole}.{fraction:02}%"),
        }
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// The text is not a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseShareError(String);

impl fmt::Display for ParseShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a share, expected a percentage from `0%` to `100%`", self.0)
    }
}

impl core::error::Error for ParseShareError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_share_reads_back_as_it_was_written() {
        for text in ["0%", "0.05%", "0.5%", "33.33%", "50%", "100%"] {
            assert_eq!(Share::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_share_above_all_or_without_a_percent_sign_is_refused() {
        for text in ["150%", "100.01%", "-1%", "0.5", "50", "%", "1.%", ".5%", "1.234%", "700%"] {
            assert!(Share::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_is_reached_exactly_at_its_border() {
        let half = Share::parse("50%").unwrap();
        assert!(half.is_reached_by(1, 2));
        assert!(!half.is_reached_by(49, 100));
        assert!(!Share::NONE.is_reached_by(0, 0));
        assert!(Share::ALL.is_reached_by(u32::MAX, u32::MAX));
    }
}
