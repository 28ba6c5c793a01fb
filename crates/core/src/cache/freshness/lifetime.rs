//! How old an answer is, and for how long it is fresh (RFC 9111 §4.2).

use super::directives::{Directives, delta_seconds};
use crate::base::fields::Fields;
use crate::base::http_date;
use crate::base::time::{Millis, Timestamp};

/// When an answer was as good as made, and how long it stays fresh from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifetime {
    pub(super) generated_at: Timestamp,
    pub(super) fresh_for: Millis,
    /// Whether the answer says so itself. Nothing is guessed (RFC 9111 §4.2.2 allows that): a page
    /// whose origin said nothing is requested again.
    pub(super) is_explicit: bool,
}

impl Lifetime {
    /// Of an answer that was asked for at `asked` and came at `now`.
    pub(super) fn of(
        directives: &Directives,
        answer: Fields<'_>,
        asked: Timestamp,
        now: Timestamp,
    ) -> Self {
        let date = answer.get("date").and_then(|date| http_date::parse(date, now));
        let expires = answer.get("expires").filter(|_| !directives.is_targeted);
        let until = |expires| {
            let expires = http_date::parse(expires, now);
            expires.map_or(Millis::ZERO, |at| at.since(date.unwrap_or(now)))
        };
        let named = directives.s_maxage.or(directives.max_age).or_else(|| expires.map(until));
        let age = answer.get("age").and_then(said_age).unwrap_or(Millis::ZERO);
        // RFC 9111 §4.2.3: the larger of what the clocks say and what was said.
        let apparent = date.map_or(Millis::ZERO, |date| now.since(date));
        let corrected = Millis::new(age.get().saturating_add(now.since(asked).get()));
        let age = apparent.max(corrected);
        Self {
            generated_at: Timestamp::from_millis(now.as_millis().saturating_sub(age.get())),
            fresh_for: named.unwrap_or(Millis::ZERO),
            is_explicit: named.is_some(),
        }
    }

    /// The same, but fresh no longer than this from `now` on, whatever its age.
    pub(super) fn at_most(self, span: Millis, now: Timestamp) -> Self {
        let longest = now.since(self.generated_at).saturating_add(span);
        Self { fresh_for: self.fresh_for.min(longest), ..self }
    }
}

/// The field `Age`: of several members the first counts, and one that is no number is as if it were
/// not there (RFC 9111 §5.1). What follows a number after a semicolon means nothing.
fn said_age(field: &str) -> Option<Millis> {
    let first = field.split(',').next().unwrap_or_default();
    delta_seconds(first.split(';').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT.
    const NOW: Timestamp = Timestamp::from_millis(784_111_777_000);

    /// Age on arrival and freshness, in seconds.
    #[track_caller]
    fn check(lines: &str, expected: (u64, u64)) {
        let answer = Fields::new(lines);
        let lifetime = Lifetime::of(&Directives::of(answer), answer, NOW, NOW);
        let age = NOW.since(lifetime.generated_at).get() / 1000;
        assert_eq!((age, lifetime.fresh_for.get() / 1000), expected, "{lines}");
    }

    #[test]
    fn the_shared_lifetime_goes_before_the_general_and_that_before_expires() {
        check(
            "cache-control:max-age=60, s-maxage=5\nexpires:Sun, 06 Nov 1994 09:49:37 GMT",
            (0, 5),
        );
        check("cache-control:max-age=60\nexpires:Sun, 06 Nov 1994 09:49:37 GMT", (0, 60));
        check("expires:Sun, 06 Nov 1994 08:49:47 GMT", (0, 10));
        check("cdn-cache-control:private\nexpires:Sun, 06 Nov 1994 08:49:47 GMT", (0, 0));
        check("x:y", (0, 0));
    }

    #[test]
    fn expires_counts_from_date() {
        let date = "date:Sun, 06 Nov 1994 08:49:40 GMT";
        check(&alloc::format!("{date}\nexpires:Sun, 06 Nov 1994 08:49:50 GMT"), (0, 10));
        check(&alloc::format!("{date}\nexpires:Sun, 06 Nov 1994 08:49:39 GMT"), (0, 0));
        check("expires:0", (0, 0));
        check("expires:Sun, 06 Nov 1994 09:49:37 GMT, Sun, 06 Nov 1994 09:49:37 GMT", (0, 0));
    }

    #[test]
    fn the_age_is_what_was_said_or_what_the_date_shows() {
        check("age:7\ncache-control:max-age=60", (7, 60));
        check("age:7\ndate:Sun, 06 Nov 1994 08:49:27 GMT", (10, 0));
        check("date:Sun, 06 Nov 1994 08:59:37 GMT", (0, 0));
        let asked = Timestamp::from_millis(NOW.as_millis() - 3_000);
        let answer = Fields::new("age:7");
        let lifetime = Lifetime::of(&Directives::default(), answer, asked, NOW);
        assert_eq!(NOW.since(lifetime.generated_at), Millis::from_secs(10), "the way took three");
    }

    #[test]
    fn the_first_age_counts_and_one_that_is_no_number_does_not() {
        let aged = |age| alloc::format!("age:{age}\ncache-control:max-age=60");
        for age in ["7", "7, 0", "7;a=b", "7, x"] {
            check(&aged(age), (7, 60));
        }
        for age in ["x", "-1", "1.5", "x, 7", ""] {
            check(&aged(age), (0, 60));
        }
    }
}
