//! Which bytes a request wants (RFC 9110 §14).

/// What of a body of known length is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// All: the field is none that is understood, or names several parts, which a server may ignore
    /// (§14.2).
    Whole,
    /// From the first byte to before the second.
    Part(u64, u64),
    /// None of the bytes is there.
    Unsatisfiable,
}

/// Reads the field `Range` for a body of this length.
pub(super) fn of(field: &str, length: u64) -> Range {
    let Some(part) = field.trim().strip_prefix("bytes=") else { return Range::Whole };
    let Some((first, last)) = part.trim().split_once('-') else { return Range::Whole };
    let number = |text: &str| {
        let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // What is larger than any length is as good as the largest.
        is_digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    match (first, last) {
        ("", last) => match number(last) {
            None => Range::Whole,
            Some(0) => Range::Unsatisfiable,
            Some(_) if length == 0 => Range::Unsatisfiable,
            Some(suffix) => Range::Part(length.saturating_sub(suffix), length),
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if last < first => Range::Whole,
            (Some(first), _) if first >= length && (last.is_empty() || number(last).is_some()) => {
                Range::Unsatisfiable
            }
            (Some(first), Some(last)) => Range::Part(first, last.saturating_add(1).min(length)),
            (Some(first), None) if last.is_empty() => Range::Part(first, length),
            _ => Range::Whole,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_is_understood_in_its_three_forms() {
        assert_eq!(of("bytes=0-1", 10), Range::Part(0, 2));
        assert_eq!(of("bytes=5-", 10), Range::Part(5, 10));
        assert_eq!(of("bytes=-3", 10), Range::Part(7, 10));
        assert_eq!(of("bytes=-30", 10), Range::Part(0, 10));
        assert_eq!(of("bytes=5-99999999999999999999", 10), Range::Part(5, 10));
    }

    #[test]
    fn what_is_not_there_cannot_be_satisfied() {
        for field in ["bytes=10-", "bytes=10-11", "bytes=-0"] {
            assert_eq!(of(field, 10), Range::Unsatisfiable, "{field}");
        }
        assert_eq!(of("bytes=-1", 0), Range::Unsatisfiable);
    }

    #[test]
    fn what_is_not_understood_is_ignored() {
        for field in
            ["bytes=2-1", "bytes=a-b", "bytes=1", "items=0-1", "bytes=0-1,3-4", "bytes=-", ""]
        {
            assert_eq!(of(field, 10), Range::Whole, "{field}");
        }
    }
}
