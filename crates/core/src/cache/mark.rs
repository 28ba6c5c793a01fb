//! What is known of a URL, for all of its stored responses: when what it shows was changed, and
//! that it was withdrawn.
//!
//! No list says which stored responses a URL has, so one mark stands beside them, and each lookup
//! reads both. A page that was taken down must not come back in an outage: 410 says so for good
//! (RFC 9110 §15.5.11), and 404 may be a mistake of the moment (§15.5.5), so that it counts once it
//! was seen twice, with a minute between and no good answer since.

use core::fmt;

use crate::base::time::{Millis, Timestamp};

/// How long after a 404 another one withdraws the page, in milliseconds, at least. A deployment
/// that answers 404 for a moment is over by then.
pub const MISSING_FOR: Millis = Millis::from_secs(60);

/// What an upstream says of a URL at which there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// There is nothing now.
    Missing,
    /// There is nothing any more.
    Gone,
}

impl Absence {
    /// What a status says.
    pub const fn of_status(status: u16) -> Option<Self> {
        match status {
            404 => Some(Self::Missing),
            410 => Some(Self::Gone),
            _ => None,
        }
    }

    /// Whether it withdraws what is kept, where 404 was first seen then.
    pub fn withdraws(self, missing_since: Option<Timestamp>, now: Timestamp) -> bool {
        match self {
            Self::Gone => true,
            Self::Missing => missing_since.is_some_and(|since| now.since(since) >= MISSING_FOR),
        }
    }
}

/// What is known of a URL. Written `1 CHANGED` where that is all, or else `2 CHANGED MISSING
/// WITHDRAWN`, with `-` for what there is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UrlMark {
    /// When what it shows was changed, so that stored responses made before are no longer current.
    pub changed: Option<Timestamp>,
    /// Since when the upstream says that there is nothing.
    pub missing: Option<Timestamp>,
    /// When it was withdrawn: stored responses that were asked for before serve no visitor.
    pub withdrawn: Option<Timestamp>,
}

impl UrlMark {
    /// Reads the written form; nothing is known from one of another version.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let mut time = || match parts.next()? {
            "-" => Some(None),
            at => Some(Some(Timestamp::from_millis(at.parse().ok()?))),
        };
        let mark = match text.get(..2)? {
            "1 " => {
                time()?;
                Self { changed: Some(time()??), ..Self::default() }
            }
            "2 " => {
                time()?;
                Self { changed: time()?, missing: time()?, withdrawn: time()? }
            }
            _ => return None,
        };
        parts.next().is_none().then_some(mark)
    }

    /// The same for a URL whose content was changed now.
    pub const fn with_change(self, now: Timestamp) -> Self {
        Self { changed: Some(now), ..self }
    }

    /// The same after the upstream said that there is nothing; `None` if nothing new follows.
    /// `stored` is when the stored response was asked for that would serve, if there is one: a good
    /// answer after a 404 takes that back.
    pub fn with_absence(
        self,
        absence: Absence,
        stored: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Self> {
        let missing = self.missing.filter(|since| stored.is_none_or(|stored| stored <= *since));
        if absence.withdraws(missing, now) {
            return Some(Self { missing: None, withdrawn: Some(now), ..self });
        }
        missing.is_none().then_some(Self { missing: Some(now), ..self })
    }

    /// Whether a response that was asked for then was withdrawn since.
    pub fn hides(self, requested_at: Timestamp) -> bool {
        self.withdrawn.is_some_and(|at| requested_at <= at)
    }
}

impl fmt::Display for UrlMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self { changed: Some(changed), missing: None, withdrawn: None } = self {
            return write!(f, "1 {}", changed.as_millis());
        }
        f.write_str("2")?;
        for time in [self.changed, self.missing, self.withdrawn] {
            match time {
                Some(at) => write!(f, " {}", at.as_millis())?,
                None => f.write_str(" -")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn the_written_form_is_unchanged_and_read_back() {
        let changed = UrlMark::default().with_change(at(90));
        let missing = UrlMark { missing: Some(at(91)), ..changed };
        let withdrawn = UrlMark { withdrawn: Some(at(92)), ..UrlMark::default() };
        for (mark, text) in [
            (changed, "1 90000"),
            (missing, "2 90000 91000 -"),
            (withdrawn, "2 - - 92000"),
            (UrlMark::default(), "2 - - -"),
        ] {
            assert_eq!(mark.to_string(), text);
            assert_eq!(UrlMark::parse(text), Some(mark), "{text}");
        }
        for text in ["", "1", "1 -", "2 1 1", "2 1 1 1 1", "3 1 1 1", "1 soon", "11", "1 1 1"] {
            assert_eq!(UrlMark::parse(text), None, "{text}");
        }
    }

    #[test]
    fn gone_withdraws_at_once_what_was_asked_for_before_and_nothing_later() {
        let mark = UrlMark::default().with_absence(Absence::Gone, None, at(100)).unwrap();
        assert!(mark.hides(at(99)) && mark.hides(at(100)) && !mark.hides(at(101)));
    }

    #[test]
    fn missing_withdraws_when_it_was_seen_twice_with_a_minute_between() {
        let missing = |mark: UrlMark, now| mark.with_absence(Absence::Missing, Some(at(1)), now);
        let first = missing(UrlMark::default(), at(100)).unwrap();
        assert!(!first.hides(at(1)), "it may be a mistake");
        assert_eq!(missing(first, at(159)), None, "too early to say");
        let second = missing(first, at(160)).unwrap();
        assert!(second.hides(at(1)) && second.hides(at(160)) && !second.hides(at(161)));
    }

    #[test]
    fn a_good_answer_after_a_404_takes_it_back() {
        let first =
            UrlMark::default().with_absence(Absence::Missing, Some(at(1)), at(100)).unwrap();
        let later = first.with_absence(Absence::Missing, Some(at(130)), at(200)).unwrap();
        assert_eq!((later.missing, later.withdrawn), (Some(at(200)), None));
    }

    #[test]
    fn a_change_does_not_bring_back_what_was_withdrawn() {
        let gone = UrlMark::default().with_absence(Absence::Gone, None, at(100)).unwrap();
        assert!(gone.with_change(at(200)).hides(at(50)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_nothing_else_panics(
            times in [proptest::option::of(any::<u64>()), proptest::option::of(any::<u64>()),
                proptest::option::of(any::<u64>())],
            text in ".{0,40}",
        ) {
            let [changed, missing, withdrawn] = times.map(|time| time.map(Timestamp::from_millis));
            let mark = UrlMark { changed, missing, withdrawn };
            prop_assert_eq!(UrlMark::parse(&mark.to_string()), Some(mark));
            let _ = UrlMark::parse(&text);
        }
    }
}
