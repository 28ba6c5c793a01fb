//! The metadata of a stored response: when it was generated, and how it may be used.

use core::fmt;

use crate::base::time::{Millis, Timestamp};
use crate::cache::mark::{Absence, UrlMark};
use crate::cache::rules::StoreRules;
use crate::cache::status_class::StatusClass;

/// When a stored response was made, and what it is good for. Written `3 BORN FRESH ON_ERROR
/// REVALIDATE STATUS ASKED`, times in milliseconds, the first being the version; and `4 … TAGS`
/// once there were purges by tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredMeta {
    /// When its age was none.
    pub generated_at: Timestamp,
    /// How long it is fresh from then on.
    pub fresh_for: Millis,
    /// How long after that it may be used where the upstream fails.
    pub on_error: OnError,
    /// How long after its freshness it may be used while the upstream is asked behind it.
    pub while_revalidate: Millis,
    /// The status that it answers with.
    pub status: u16,
    /// When the upstream was asked for it.
    pub requested_at: Timestamp,
    /// How many purges by tag were known then.
    pub tag_purges: u64,
}

/// How long a stale stored response may be used where the upstream fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The origin forbids any use of it once it is stale.
    Never,
    /// The origin says nothing: the route's current `stale_if_error` says it.
    AsTheRouteSays,
    /// The origin says for how long (RFC 5861 §4).
    For(Millis),
}

/// How old a stored response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredAge {
    /// Since its making.
    pub age: Millis,
    /// Of it, what it was said to be fresh for.
    pub fresh_for: Millis,
}

impl StoredAge {
    /// What is left of its freshness in whole seconds, less than zero when it is stale: `ttl` of
    /// `Cache-Status` (RFC 9211 §2.5).
    pub const fn ttl_seconds(self) -> i64 {
        (self.fresh_for.get() / 1000) as i64 - (self.age.get() / 1000) as i64
    }
}

/// What to do with a stored response on a route with `cache = true`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// It answers.
    Fresh,
    /// It answers, and the upstream is asked behind it (RFC 5861 §3).
    WhileRevalidating,
    /// The upstream is asked first, whether it still holds.
    Validate,
}

impl StoredMeta {
    /// Reads the written form; `None` for one of another version.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let has_tag_purges = match parts.next()? {
            "3" => false,
            "4" => true,
            _ => return None,
        };
        let mut number = || parts.next()?.parse().ok();
        let (generated_at, fresh_for) = (Timestamp::from_millis(number()?), Millis::new(number()?));
        let on_error = match parts.next()? {
            "never" => OnError::Never,
            "route" => OnError::AsTheRouteSays,
            span => OnError::For(Millis::new(span.parse().ok()?)),
        };
        let while_revalidate = Millis::new(parts.next()?.parse().ok()?);
        let status = parts.next()?.parse().ok()?;
        let requested_at = Timestamp::from_millis(parts.next()?.parse().ok()?);
        let tag_purges = if has_tag_purges { parts.next()?.parse().ok()? } else { 0 };
        let stored = Self {
            generated_at,
            fresh_for,
            on_error,
            while_revalidate,
            status,
            requested_at,
            tag_purges,
        };
        parts.next().is_none().then_some(stored)
    }

    /// The same if what it shows has been changed since (RFC 9111 §4.4): one that was asked for
    /// before has been stale from then on. It is not shown as current any more, and where the
    /// upstream fails it is still the last good one: else any stranger's `POST` could take it away.
    pub fn after(self, mark: UrlMark) -> Self {
        match mark.changed {
            Some(at) if self.is_outdated(mark) => Self {
                fresh_for: self.fresh_for.min(at.since(self.generated_at)),
                while_revalidate: Millis::ZERO,
                ..self
            },
            Some(_) | None => self,
        }
    }

    /// Whether it was asked for before what it shows was changed.
    pub fn is_outdated(self, mark: UrlMark) -> bool {
        mark.changed.is_some_and(|at| self.requested_at <= at)
    }

    /// Whether what it shows was taken down since. A stored answer that says so itself stays.
    pub fn is_withdrawn(self, mark: UrlMark) -> bool {
        mark.hides(self.requested_at) && Absence::of_status(self.status).is_none()
    }

    /// How old it is.
    pub fn age(self, now: Timestamp) -> StoredAge {
        StoredAge { age: now.since(self.generated_at), fresh_for: self.fresh_for }
    }

    /// From its making, how long it can be of use without being validated.
    pub fn usable_for(self, rules: StoreRules<'_>) -> Millis {
        let on_error = self.on_error_for(rules);
        let stale_for = if rules.caches { on_error.max(self.while_revalidate) } else { on_error };
        self.fresh_for.saturating_add(stale_for)
    }

    /// From its making, for how long it answers where the upstream fails: as a fresh response, and
    /// after that as a stale one.
    pub fn survives_for(self, rules: StoreRules<'_>) -> Millis {
        self.fresh_for.saturating_add(self.on_error_for(rules))
    }

    /// What a cache does with it. A stored response is fresh until its freshness is over, and no
    /// longer then.
    pub fn reuse(self, now: Timestamp) -> Reuse {
        let age = now.since(self.generated_at);
        if age < self.fresh_for {
            Reuse::Fresh
        } else if age < self.fresh_for.saturating_add(self.while_revalidate) {
            Reuse::WhileRevalidating
        } else {
            Reuse::Validate
        }
    }

    /// Its age, if it may be used where the upstream fails.
    pub fn usable_on_error(self, rules: StoreRules<'_>, now: Timestamp) -> Option<StoredAge> {
        let age = self.age(now);
        let until = self.survives_for(rules);
        let is_usable = age.age <= until && (age.age < self.fresh_for || until > self.fresh_for);
        is_usable.then_some(age)
    }

    /// How long past its freshness it may be used where the upstream fails. The rules are today's:
    /// a route that overrides what answers say does so for what was stored before, and no longer
    /// than it does.
    fn on_error_for(self, rules: StoreRules<'_>) -> Millis {
        let of_route = rules.stale_if_error.unwrap_or(Millis::ZERO);
        match self.on_error {
            _ if StatusClass::says_error(self.status) => Millis::ZERO,
            _ if rules.overrides => of_route,
            OnError::Never => Millis::ZERO,
            OnError::AsTheRouteSays => of_route,
            OnError::For(span) => span,
        }
    }
}

impl fmt::Display for StoredMeta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = if self.tag_purges == 0 { 3 } else { 4 };
        write!(f, "{version} {} {} ", self.generated_at.as_millis(), self.fresh_for.get())?;
        match self.on_error {
            OnError::Never => f.write_str("never")?,
            OnError::AsTheRouteSays => f.write_str("route")?,
            OnError::For(span) => write!(f, "{}", span.get())?,
        }
        let (revalidate, requested_at) =
            (self.while_revalidate.get(), self.requested_at.as_millis());
        write!(f, " {revalidate} {} {requested_at}", self.status)?;
        if self.tag_purges == 0 { Ok(()) } else { write!(f, " {}", self.tag_purges) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const STORED: StoredMeta = StoredMeta {
        generated_at: Timestamp::from_millis(90_000),
        fresh_for: Millis::from_secs(60),
        on_error: OnError::AsTheRouteSays,
        while_revalidate: Millis::from_secs(5),
        status: 200,
        requested_at: Timestamp::from_millis(91_000),
        tag_purges: 0,
    };

    const ROUTE: StoreRules<'_> = StoreRules {
        caches: false,
        stale_if_error: Some(Millis::from_secs(30)),
        negative_ttl: None,
        is_private: false,
        unkeyed: &[],
        overrides: false,
    };

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn the_written_form_is_unchanged() {
        assert_eq!(STORED.to_string(), "3 90000 60000 route 5000 200 91000");
        let never = StoredMeta { on_error: OnError::Never, status: 301, ..STORED };
        assert_eq!(never.to_string(), "3 90000 60000 never 5000 301 91000");
        let named = StoredMeta { on_error: OnError::For(Millis::new(7)), ..STORED };
        assert_eq!(named.to_string(), "3 90000 60000 7 5000 200 91000");
        let tagged = StoredMeta { tag_purges: 7, ..STORED };
        assert_eq!(tagged.to_string(), "4 90000 60000 route 5000 200 91000 7");
        for stored in [STORED, never, named, tagged] {
            assert_eq!(StoredMeta::parse(&stored.to_string()), Some(stored));
        }
    }

    #[test]
    fn another_version_is_not_read() {
        for text in [
            "",
            "1 90000 60000",
            "2 1 1 route 1 200",
            "3 1 1 route 1 200",
            "3 1 1 soon 1 200 1",
            "3 1 1 route 1 200 1 1",
            "4 1 1 route 1 200 1",
            "5 1 1 route 1 200 1 1",
        ] {
            assert_eq!(StoredMeta::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_copy_is_fresh_until_its_time_and_then_revalidates_behind_it() {
        for (ms, expected) in [
            (149_999, Reuse::Fresh),
            (150_000, Reuse::WhileRevalidating),
            (154_999, Reuse::WhileRevalidating),
            (155_000, Reuse::Validate),
        ] {
            assert_eq!(STORED.reuse(at(ms)), expected, "{ms}");
        }
    }

    #[test]
    fn what_was_changed_is_no_longer_current_and_still_the_last_good_one() {
        let changed = |ms| UrlMark::default().with_change(at(ms));
        let after = |ms| STORED.after(changed(ms));
        let unmarked = STORED.after(UrlMark::default());
        assert_eq!((unmarked, after(90_999)), (STORED, STORED), "asked for later");
        for ms in [91_000, 120_000] {
            assert_eq!(after(ms).reuse(at(ms)), Reuse::Validate, "{ms}");
            assert_eq!(after(ms).reuse(at(149_999)), Reuse::Validate, "{ms}");
        }
        let route = ROUTE;
        assert!(after(120_000).usable_on_error(route, at(150_000)).is_some());
        assert!(after(120_000).usable_on_error(route, at(150_001)).is_none());
        let never = StoredMeta { on_error: OnError::Never, ..STORED };
        assert!(never.usable_on_error(route, at(120_000)).is_some(), "it is fresh");
        let changed = never.after(changed(120_000));
        assert!(changed.usable_on_error(route, at(120_000)).is_none(), "it may not be stale");
    }

    #[test]
    fn what_was_taken_down_is_withdrawn_and_the_word_of_it_stays() {
        let mark = UrlMark { withdrawn: Some(at(91_000)), ..UrlMark::default() };
        assert!(STORED.is_withdrawn(mark) && !STORED.is_withdrawn(UrlMark::default()));
        assert!(!StoredMeta { requested_at: at(91_001), ..STORED }.is_withdrawn(mark));
        for status in [404, 410] {
            assert!(!StoredMeta { status, ..STORED }.is_withdrawn(mark), "{status}");
        }
    }

    #[test]
    fn a_copy_is_usable_on_error_until_it_is_too_stale() {
        let route = ROUTE;
        let age = STORED.usable_on_error(route, at(180_000)).unwrap();
        assert_eq!((age.age, age.ttl_seconds()), (Millis::from_secs(90), -30));
        assert_eq!(STORED.usable_on_error(route, at(180_001)), None);
        let named = StoredMeta { on_error: OnError::For(Millis::from_secs(1)), ..STORED };
        assert!(named.usable_on_error(route, at(151_000)).is_some());
        assert_eq!(named.usable_on_error(route, at(151_001)), None);
    }

    #[test]
    fn a_copy_that_may_not_be_stale_is_used_while_it_is_fresh() {
        let never = StoredMeta { on_error: OnError::Never, ..STORED };
        let route = ROUTE;
        assert!(never.usable_on_error(route, at(149_999)).is_some());
        assert_eq!(never.usable_on_error(route, at(150_000)), None);
        assert_eq!(
            STORED.usable_on_error(StoreRules::default(), at(150_000)),
            None,
            "the route keeps none"
        );
    }

    #[test]
    fn a_route_that_overrides_says_how_long_a_copy_is_of_use_and_errors_never_are() {
        let overrides = StoreRules { overrides: true, ..ROUTE };
        let named = OnError::For(Millis::from_secs(1));
        for on_error in [OnError::Never, OnError::AsTheRouteSays, named] {
            let stored = StoredMeta { on_error, ..STORED };
            assert!(stored.usable_on_error(overrides, at(180_000)).is_some(), "{on_error:?}");
            assert_eq!(stored.usable_on_error(overrides, at(180_001)), None, "{on_error:?}");
            let error = StoredMeta { status: 503, ..stored };
            assert_eq!(error.usable_on_error(overrides, at(150_000)), None, "{on_error:?}");
        }
    }
}
