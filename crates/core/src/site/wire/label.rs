//! The text of an answer's label: the fields by which Breakwater says where the answer is from.

use alloc::string::String;
use core::fmt::{self, Write as _};

use crate::base::time::Millis;
use crate::base::wire::line::Write;
use crate::base::wire::written_lines;
use crate::cache::cache_status::{CacheStatus, Instead};
use crate::circuit::breaker::State;
use crate::site::degrade::Source;

/// How many bytes the fields of a label have that are made of numbers and words, at most.
const WORDS_MAX: usize = 96;

/// The facts about an answer that its label states.
#[derive(Clone, Copy, Debug)]
pub struct Label<'a> {
    /// The upstream's name.
    pub upstream: &'a str,
    /// The state of its circuit.
    pub circuit: State,
    /// The source of the answer.
    pub source: Source,
    /// The request's id.
    pub request_id: &'a str,
    /// The time from the request's arrival until now.
    pub total: Millis,
    /// The part of `total` that was spent waiting for the upstream, if it was asked.
    pub origin: Option<Millis>,
    /// How the cache handled the request.
    pub cache: Option<CacheStatus>,
}

/// From an upstream to the site: where addresses in an answer lead, and where they are to lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddressRewrite<'a> {
    /// The upstream's origin.
    pub origin: &'a str,
    /// The scheme that the visitor used.
    pub scheme: &'a str,
    /// The host that the visitor used.
    pub host: &'a str,
}

written_lines! {
    /// The fields that are set on an answer, of which an empty one is not, and the
    /// [`AddressRewrite`].
    pub(super) LabelLines<'a> {
        cache_status: Option<CacheStatus>,
        breakwater: Described<'a>,
        request_id: &'a str,
        server_timing: Timing,
        origin: &'a str,
        site: [&'a str; 3],
    }
}

impl Label<'_> {
    /// The text for the entry. Without a `way`, addresses in the answer stay as they are.
    pub fn to_lines(&self, way: Option<AddressRewrite<'_>>) -> String {
        let Self { upstream, circuit, source, request_id, .. } = *self;
        let separator = if way.is_some() { "://" } else { "" };
        let AddressRewrite { origin, scheme, host } = way.unwrap_or_default();
        let lines = LabelLines {
            cache_status: self.cache,
            breakwater: Described { upstream, circuit, source },
            request_id,
            server_timing: Timing {
                total: self.total,
                origin: self.origin,
                is_suspect: matches!(self.cache, Some(CacheStatus::Instead(Instead::Suspect, _))),
            },
            origin,
            site: [scheme, separator, host],
        };
        lines.to_lines()
    }
}

/// The field `Breakwater`, a dictionary of tokens (RFC 9651 §3.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Described<'a> {
    upstream: &'a str,
    circuit: State,
    source: Source,
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { upstream, circuit, source } = self;
        let (circuit, source) = (circuit.as_str(), source.as_str());
        write!(f, "upstream={upstream}, circuit={circuit}, source={source}")
    }
}

/// The field `Server-Timing` (w3.org/TR/server-timing), in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    total: Millis,
    origin: Option<Millis>,
    /// Whether the upstream was not waited for, because its calls take long.
    is_suspect: bool,
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin.unwrap_or(Millis::ZERO).get();
        write!(f, "breakwater;dur={}", self.total.get().saturating_sub(origin))?;
        if self.origin.is_some() {
            write!(f, ", origin;dur={origin}")?;
        }
        if self.is_suspect {
            f.write_str(", suspect")?;
        }
        Ok(())
    }
}

impl Write for Described<'_> {
    fn size_hint(&self) -> usize {
        self.upstream.len() + WORDS_MAX
    }

    fn write(&self, text: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{self}");
    }
}

impl Write for Timing {
    fn size_hint(&self) -> usize {
        WORDS_MAX
    }

    fn write(&self, text: &mut String) {
        let _ = write!(text, "{self}");
    }
}

impl Write for Option<CacheStatus> {
    fn size_hint(&self) -> usize {
        self.map_or(0, |_| WORDS_MAX)
    }

    fn write(&self, text: &mut String) {
        if let Some(status) = self {
            let _ = write!(text, "{status}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::cache_status::Forwarded;
    use crate::cache::freshness::NotStorable;
    use crate::cache::meta::StoredAge;

    const LABEL: Label<'_> = Label {
        upstream: "web",
        circuit: State::Closed,
        source: Source::Origin,
        request_id: "4bf9",
        total: Millis::new(12),
        origin: Some(Millis::new(9)),
        cache: None,
    };

    #[test]
    fn an_upstreams_answer_is_labelled_with_the_way_to_the_site() {
        let way =
            AddressRewrite { origin: "https://web.example", scheme: "https", host: "shop.example" };
        assert_eq!(
            LABEL.to_lines(Some(way)),
            "\nupstream=web, circuit=closed, source=origin\n4bf9\n\
             breakwater;dur=3, origin;dur=9\nhttps://web.example\nhttps://shop.example"
        );
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let cache =
            Some(CacheStatus::Forwarded(Forwarded::UriMiss, 200, Err(NotStorable::Forbidden)));
        let label = Label { origin: None, cache, ..LABEL };
        let lines = label.to_lines(None);
        let lines: alloc::vec::Vec<_> = lines.split('\n').collect();
        assert!(lines[0].starts_with("Breakwater; fwd=uri-miss"), "{}", lines[0]);
        assert_eq!(lines[2..], ["4bf9", "breakwater;dur=12", "", ""]);
    }

    #[test]
    fn an_upstream_that_was_not_waited_for_is_told_apart() {
        let age = StoredAge { age: Millis::ZERO, fresh_for: Millis::ZERO };
        for (why, expected) in [
            (Instead::Suspect, "breakwater;dur=12, suspect"),
            (Instead::Patience, "breakwater;dur=12"),
        ] {
            let cache = Some(CacheStatus::Instead(why, age));
            let lines = Label { origin: None, cache, ..LABEL }.to_lines(None);
            assert_eq!(lines.split('\n').nth(3), Some(expected), "{why:?}");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_negative_time() {
        let label = Label { total: Millis::ZERO, ..LABEL };
        assert!(label.to_lines(None).contains("breakwater;dur=0, origin;dur=9"));
    }
}
