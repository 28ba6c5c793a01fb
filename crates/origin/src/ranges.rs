//! Range requests (RFC 9110 §14), one range at a time.

use core::ops::Range;

/// The meaning of a `Range` field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Requested {
    /// The whole body: there is no range, there are several, or the range is invalid.
    Whole,
    /// These bytes.
    Part(Range<usize>),
    /// Bytes beyond the end, which is answered by 416.
    Unsatisfiable,
}

impl Requested {
    /// Parses a `Range` field for a body of `length` bytes.
    pub(crate) fn parse(field: &str, length: usize) -> Self {
        Self::part(field, length).unwrap_or(Self::Whole)
    }

    fn part(field: &str, length: usize) -> Option<Self> {
        let (first, last) = field.strip_prefix("bytes=")?.trim().split_once('-')?;
        let (start, end) = if first.is_empty() {
            let suffix = number(last)?;
            (length.saturating_sub(suffix), if suffix == 0 { 0 } else { length })
        } else {
            let start = number(first)?;
            let last = if last.is_empty() { usize::MAX } else { number(last)? };
            if last < start {
                return None;
            }
            (start, last.saturating_add(1).min(length))
        };
        Some(if start < end { Self::Part(start..end) } else { Self::Unsatisfiable })
    }
}

/// Parses digits only, since `parse` alone would accept a sign.
fn number(digits: &str) -> Option<usize> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_rfc_9110() {
        #[track_caller]
        fn check(field: &str, expected: Requested) {
            assert_eq!(Requested::parse(field, 10), expected, "{field}");
        }
        check("bytes=0-3", Requested::Part(0..4));
        check("bytes=4-", Requested::Part(4..10));
        check("bytes=-3", Requested::Part(7..10));
        check("bytes=-30", Requested::Part(0..10));
        check("bytes=8-99", Requested::Part(8..10));
        check("bytes=10-", Requested::Unsatisfiable);
        check("bytes=-0", Requested::Unsatisfiable);
        check("bytes=3-2", Requested::Whole);
        check("bytes=0-1,3-4", Requested::Whole);
        check("bytes=+1-2", Requested::Whole);
        check("lines=0-3", Requested::Whole);
        check("bytes=", Requested::Whole);
    }
}
