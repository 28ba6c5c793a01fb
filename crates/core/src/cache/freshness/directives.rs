//! The directives by which an answer controls caches. They are read from `CDN-Cache-Control` (RFC
//! 9213), or else from `Surrogate-Control` (Edge Architecture Specification, W3C Note of 2001), or
//! else from `Cache-Control` (RFC 9111 §5.2.2).

use super::dictionary::{self, Bare};
use crate::base::fields::{Fields, members};
use crate::base::time::Millis;
use crate::cache::meta::OnError;

/// The directives that matter to a cache that many share.
///
/// `private` and `no-cache` with field names count as without: RFC 9111 §5.2.2.4 and §5.2.2.7 allow
/// that, and leaving only those fields out is what few caches do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Directives {
    pub(crate) no_store: bool,
    pub(crate) private: bool,
    pub(crate) no_cache: bool,
    pub(crate) must_revalidate: bool,
    pub(crate) proxy_revalidate: bool,
    pub(crate) must_understand: bool,
    pub(crate) max_age: Option<Millis>,
    pub(crate) s_maxage: Option<Millis>,
    pub(crate) stale_while_revalidate: Option<Millis>,
    pub(crate) stale_if_error: Option<Millis>,
    /// Said to caches like this one alone, so that `Expires` counts for nothing (RFC 9213 §2.2).
    pub(crate) is_targeted: bool,
}

impl Directives {
    pub(crate) fn of(answer: Fields<'_>) -> Self {
        answer
            .get("cdn-cache-control")
            .and_then(Self::targeted)
            .or_else(|| answer.get("surrogate-control").and_then(Self::surrogate))
            .unwrap_or_else(|| Self::parse(answer.get("cache-control").unwrap_or_default()))
    }

    fn parse(field: &str) -> Self {
        let mut directives = Self::default();
        for member in members(field) {
            let (name, value) = member.split_once('=').unwrap_or((member, ""));
            directives.set(name.trim_end(), delta_seconds(value));
        }
        directives
    }

    /// A dictionary that cannot be read, or is empty, is as if it were not there (RFC 9213 §2.1).
    fn targeted(field: &str) -> Option<Self> {
        let mut directives = Self { is_targeted: true, ..Self::default() };
        let mut is_empty = true;
        dictionary::read(field, |name, value| {
            is_empty = false;
            let seconds = match value {
                Bare::Integer(seconds) => u64::try_from(seconds).ok().map(Millis::from_secs),
                Bare::Boolean(true) | Bare::Other => None,
                // A directive that is said not to hold.
                Bare::Boolean(false) => return,
            };
            directives.said_last(name, seconds);
        })?;
        (!is_empty).then_some(directives)
    }

    /// What is meant for all surrogates (§2.3 of the note); what names another than all is not for
    /// this one, since Breakwater claims no name. `max-age=60+30` has an extension during which
    /// stale stored responses would do, which RFC 5861 has better words for: it counts for nothing.
    /// A field that says nothing known is as if it were not there.
    fn surrogate(field: &str) -> Option<Self> {
        let mut directives = Self { is_targeted: true, ..Self::default() };
        let silent = directives;
        for member in members(field) {
            if member.contains(';') {
                continue;
            }
            match member.split_once('=') {
                Some((name, value)) if name.eq_ignore_ascii_case("max-age") => {
                    let fresh = value.split_once('+').map_or(value, |(fresh, _)| fresh);
                    directives.set("max-age", delta_seconds(fresh));
                }
                Some(_) => {}
                // Surrogates nearer to the upstream may keep it: this one cannot tell that it is.
                None if member.eq_ignore_ascii_case("no-store-remote") => {
                    directives.no_store = true;
                }
                None => directives.no_store |= member.eq_ignore_ascii_case("no-store"),
            }
        }
        (directives != silent).then_some(directives)
    }

    /// A time that is said twice, or is no number, makes the answer stale (RFC 9111 §4.2.1).
    fn set(&mut self, name: &str, seconds: Option<Millis>) {
        let said_before = self.time(name).is_some_and(|time| time.is_some());
        let seconds = if said_before { None } else { seconds };
        self.said_last(name, seconds);
    }

    /// In a dictionary the last word counts (RFC 9651 §3.2).
    fn said_last(&mut self, name: &str, seconds: Option<Millis>) {
        if let Some(time) = self.time(name) {
            *time = Some(seconds.unwrap_or(Millis::ZERO));
        }
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        self.no_store |= is("no-store");
        self.private |= is("private");
        self.no_cache |= is("no-cache");
        self.must_revalidate |= is("must-revalidate");
        self.proxy_revalidate |= is("proxy-revalidate");
        self.must_understand |= is("must-understand");
    }

    fn time(&mut self, name: &str) -> Option<&mut Option<Millis>> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("max-age") {
            Some(&mut self.max_age)
        } else if is("s-maxage") {
            Some(&mut self.s_maxage)
        } else if is("stale-while-revalidate") {
            Some(&mut self.stale_while_revalidate)
        } else if is("stale-if-error") {
            Some(&mut self.stale_if_error)
        } else {
            None
        }
    }

    /// Whether a stale stored response may not be used, come what may (RFC 9111 §5.2.2.2: "in all
    /// circumstances"; §5.2.2.4, §5.2.2.8). No word beside these permits it.
    pub(crate) const fn forbids_stale(&self) -> bool {
        self.no_cache || self.must_revalidate || self.proxy_revalidate
    }

    /// What the answer says of stale use where the upstream fails.
    ///
    /// `s-maxage` forbids it too (RFC 9111 §5.2.2.10), but not where the same answer permits it in
    /// plain words: RFC 5861 §4 has `stale-if-error` hold "regardless of other freshness
    /// information", and §3 lets a response be served stale for the time of
    /// `stale-while-revalidate`, whatever has become of the upstream meanwhile. Such answers are
    /// common: Next.js writes `s-maxage=60, stale-while-revalidate=31535940` for every page that it
    /// renders in advance.
    pub(crate) fn on_error(&self) -> OnError {
        match (self.stale_if_error, self.s_maxage, self.stale_while_revalidate) {
            _ if self.forbids_stale() => OnError::Never,
            (Some(span), _, while_revalidate) => {
                OnError::For(span.max(while_revalidate.unwrap_or_default()))
            }
            (None, Some(_), Some(span)) => OnError::For(span),
            (None, Some(_), None) => OnError::Never,
            (None, None, _) => OnError::AsTheRouteSays,
        }
    }
}

/// Seconds as RFC 9111 §1.2.2 has them; larger ones than can be held are the largest. Quoted ones
/// count, as §5.2 asks of recipients.
pub(super) fn delta_seconds(text: &str) -> Option<Millis> {
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| Millis::from_secs(text.parse().unwrap_or(u64::from(u32::MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(field: &str) -> Directives {
        Directives::parse(field)
    }

    #[test]
    fn directives_are_read_whatever_their_case() {
        let read = parse("Public, MAX-AGE=60, stale-while-revalidate=5,No-Store");
        assert_eq!(read.max_age, Some(Millis::from_secs(60)));
        assert_eq!(read.stale_while_revalidate, Some(Millis::from_secs(5)));
        assert!(read.no_store && !read.private);
    }

    #[test]
    fn a_time_that_is_no_number_or_said_twice_is_none() {
        for field in [
            "max-age=a",
            "max-age",
            "max-age=-1",
            "max-age='60'",
            "max-age=60, max-age=60",
            "max-age=1.5",
        ] {
            assert_eq!(parse(field).max_age, Some(Millis::ZERO), "{field}");
        }
        assert_eq!(parse("max-age=\"60\"").max_age, Some(Millis::from_secs(60)));
        assert_eq!(parse("max-age=0060").max_age, Some(Millis::from_secs(60)));
        let most = parse("max-age=99999999999999999999").max_age;
        assert_eq!(most, Some(Millis::from_secs(u64::from(u32::MAX))));
    }

    #[test]
    fn what_stands_in_a_quoted_string_is_no_directive() {
        let read = parse(r#"a="max-age=60, no-store", max-age=0"#);
        assert_eq!((read.max_age, read.no_store), (Some(Millis::ZERO), false));
    }

    #[test]
    fn the_targeted_field_goes_before_the_general_one() {
        fn of(lines: &str) -> Directives {
            Directives::of(Fields::new(lines))
        }
        let read = of("cache-control:no-store\ncdn-cache-control:max-age=60");
        assert!(read.is_targeted && !read.no_store);
        assert_eq!(read.max_age, Some(Millis::from_secs(60)));
        for broken in ["max-age=", "&", ""] {
            let lines = alloc::format!("cache-control:no-store\ncdn-cache-control:{broken}");
            assert!(of(&lines).no_store, "{broken:?}");
        }
        let read = of("cdn-cache-control:max-age=1, max-age=60, no-store=?0, private;a=b");
        assert_eq!(read.max_age, Some(Millis::from_secs(60)), "the last word counts");
        assert!(read.private && !read.no_store);
        let read = of("cdn-cache-control:max-age=\"60\"");
        assert_eq!(read.max_age, Some(Millis::ZERO), "a string is no number");
    }

    #[test]
    fn surrogates_are_told_by_a_field_of_their_own() {
        fn of(lines: &str) -> Directives {
            Directives::of(Fields::new(lines))
        }
        let read =
            of("cache-control:no-store\nsurrogate-control:foo, MAX-age=60+30, content=\"x\"");
        assert!(read.is_targeted && !read.no_store);
        assert_eq!(read.max_age, Some(Millis::from_secs(60)));
        for field in ["no-store", "no-store-remote", "max-age=60, no-store"] {
            let lines = alloc::format!("cache-control:max-age=60\nsurrogate-control:{field}");
            assert!(of(&lines).no_store, "{field}");
        }
        for other in ["", "foo", "max-age=60;another", "content=\"ESI/1.0\""] {
            let lines = alloc::format!("cache-control:no-store\nsurrogate-control:{other}");
            assert!(of(&lines).no_store, "{other}: the general field counts");
        }
        let both = of("surrogate-control:max-age=60\ncdn-cache-control:max-age=5");
        assert_eq!(both.max_age, Some(Millis::from_secs(5)), "the standard goes first");
    }
}
