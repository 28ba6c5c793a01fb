//! How long an upstream asks us to wait, in the forms in which upstreams say it.

use crate::base::http_date;
use crate::base::time::{Millis, Timestamp};

/// Reads the field `Retry-After` (RFC 9110 §10.2.3): whole seconds, or a date, from which `now` is
/// taken. A date that has passed means no wait.
///
/// ```
/// use breakwater_core::circuit::outcome::retry_after;
/// use breakwater_core::base::time::{Millis, Timestamp};
///
/// let now = Timestamp::from_millis(784_111_777_000);
/// assert_eq!(retry_after("120", now), Some(Millis::from_secs(120)));
/// let date = "Sun, 06 Nov 1994 08:50:37 GMT";
/// assert_eq!(retry_after(date, now), Some(Millis::from_secs(60)));
/// assert_eq!(retry_after("soon", now), None);
/// ```
pub fn retry_after(field: &str, now: Timestamp) -> Option<Millis> {
    let field = field.trim();
    match whole_number(field) {
        Some(seconds) => Some(Millis::from_secs(seconds)),
        None => http_date::parse(field, now).map(|date| date.since(now)),
    }
}

/// Reads `X-RateLimit-Reset` in Unix seconds. A reset that has passed means no wait.
pub(super) fn until_reset(field: &str, now: Timestamp) -> Option<Millis> {
    let seconds = whole_number(field.trim())?;
    Some(Timestamp::from_millis(seconds.saturating_mul(1000)).since(now))
}

/// Reads a `google.protobuf.Duration` in its JSON form: seconds with up to nine decimals and an
/// `s`, as in `45.837906927s`. Parts of a millisecond count as a whole one, so that no call comes
/// back too early. A negative duration is none.
pub(super) fn protobuf_duration(text: &str) -> Option<Millis> {
    const DECIMALS_MAX: usize = 9;
    let number = text.strip_suffix('s')?;
    let (seconds, decimals) = number.split_once('.').unwrap_or((number, "0"));
    if decimals.len() > DECIMALS_MAX {
        return None;
    }
    let seconds = whole_number(seconds)?;
    // At most nine digits, so the product is far from the limit.
    let nanos = whole_number(decimals)? * 10u64.pow((DECIMALS_MAX - decimals.len()) as u32);
    let ms = seconds.saturating_mul(1000).saturating_add(nanos.div_ceil(1_000_000));
    Some(Millis::new(ms))
}

/// Digits only, saturating.
fn whole_number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(784_111_777_000);

    #[test]
    fn retry_after_takes_whole_seconds_or_a_date() {
        assert_eq!(retry_after(" 120 ", NOW), Some(Millis::from_secs(120)));
        assert_eq!(retry_after("99999999999999999999", NOW), Some(Millis::new(u64::MAX)));
        let later = " Sun, 06 Nov 1994 08:49:40 GMT ";
        assert_eq!(retry_after(later, NOW), Some(Millis::from_secs(3)));
        let earlier = "Sunday, 06-Nov-94 08:49:30 GMT";
        assert_eq!(retry_after(earlier, NOW), Some(Millis::ZERO));
        for field in ["", "-1", "1.5", "soon", "1s", "０"] {
            assert_eq!(retry_after(field, NOW), None, "{field}");
        }
    }

    #[test]
    fn a_reset_is_counted_from_now() {
        assert_eq!(until_reset("784111837", NOW), Some(Millis::from_secs(60)));
        assert_eq!(until_reset("784111000", NOW), Some(Millis::ZERO));
        assert_eq!(until_reset("soon", NOW), None);
    }

    #[test]
    fn a_duration_is_rounded_up_to_the_millisecond() {
        for (text, ms) in [
            ("45.837906927s", 45_838),
            ("36s", 36_000),
            ("0.000000001s", 1),
            ("1.5s", 1_500),
            ("37025.723541104s", 37_025_724),
            ("0s", 0),
            ("99999999999999999999s", u64::MAX),
        ] {
            assert_eq!(protobuf_duration(text), Some(Millis::new(ms)), "{text}");
        }
        for text in ["", "s", "-1s", "1", "1.s", ".5s", "1.0000000000s", "1e3s", "1 s", "10h17m5s"]
        {
            assert_eq!(protobuf_duration(text), None, "{text}");
        }
    }
}
