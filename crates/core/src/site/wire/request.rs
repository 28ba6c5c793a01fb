//! A visitor's request: what the decision about it needs, and what is sent to the upstream.

use crate::base::wire::line::{FieldKind, ReadLine};
use crate::base::wire::{read_lines, written_lines};

read_lines! {
    /// What the decision about a request needs, as the entry reads it.
    ///
    /// ```
    /// use breakwater_core::site::wire::RequestFacts;
    ///
    /// let facts = RequestFacts::parse("GET\nhttps://shop.example/\n\n\n420\n0\n0\n1\n0\n");
    /// assert_eq!((facts.method, facts.url), ("GET", "https://shop.example/"));
    /// assert!(facts.has_unkeyed && !facts.is_upgrade);
    /// ```
    RequestFacts<'a> {
        /// The method.
        method: &'a str,
        /// The URL as the platform would send it on.
        url: &'a str,
        /// The field `traceparent`, empty without one, as with the other fields.
        traceparent: &'a str,
        /// The field `Via`.
        via: &'a str,
        /// How many bytes its fields have, names and values together.
        fields_size: FieldsSize,
        /// Whether it has the field `Authorization`.
        has_authorization: bool,
        /// Whether it has the field `Upgrade`.
        is_upgrade: bool,
        /// Whether something reaches the upstream that no copy's key holds: that fields are taken
        /// away.
        has_unkeyed: bool,
        /// Whether it has a body that is not known to be empty.
        has_body: bool,
        /// The field `Origin`.
        origin: &'a str,
        /// The field `tracestate`.
        tracestate: &'a str,
        /// The platform's active span in the form of a `traceparent`, if traces are its.
        platform_trace: &'a str,
    }
}

read_lines! {
    /// What the decision about a request to one of Breakwater's own paths needs, as the entry reads
    /// it.
    ///
    /// ```
    /// use breakwater_core::site::wire::OwnFacts;
    ///
    /// let facts = OwnFacts::parse("GET\nhttps://shop.example/status\n\"a\"\nde");
    /// assert_eq!((facts.method, facts.if_none_match), ("GET", "\"a\""));
    /// ```
    OwnFacts<'a> {
        /// The method.
        method: &'a str,
        /// The URL as the platform would send it on.
        url: &'a str,
        /// The field `If-None-Match`, empty without one, as with the other fields.
        if_none_match: &'a str,
        /// The field `Accept-Language`.
        accept_language: &'a str,
    }
}

/// The bytes of a request's fields. What cannot be read is more than any limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldsSize(pub usize);

impl ReadLine<'_> for FieldsSize {
    const KIND: FieldKind = FieldKind::Number;

    fn read(line: &str) -> Self {
        Self(line.parse().unwrap_or(usize::MAX))
    }
}

/// The word that says that a field `tracestate` does not go on.
pub const TRACESTATE_DROPPED: &str = "1";

written_lines! {
    /// How a visitor's request goes on to the upstream.
    ///
    /// ```
    /// use breakwater_core::site::wire::Outgoing;
    ///
    /// let outgoing = Outgoing {
    ///     url: ["https://web.example", "/cart?a=1"],
    ///     host: "shop.example",
    ///     scheme: "https",
    ///     request_id: "4bf92f3577b34da6a3ce929d0e0e4736",
    ///     traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ///     via: "1.1 breakwater-shop.example",
    ///     drops_tracestate: "",
    ///     asked_as: "",
    /// };
    /// assert!(outgoing.to_lines().starts_with("https://web.example/cart?a=1\nshop.example\nhttps\n"));
    /// ```
    pub Outgoing<'a> {
        /// The upstream's origin, and path and query.
        url: [&'a str; 2],
        /// The host that the visitor used.
        host: &'a str,
        /// The scheme that the visitor used.
        scheme: &'a str,
        /// The request's id.
        request_id: &'a str,
        /// The field `traceparent`; empty if the visitor's goes on.
        traceparent: &'a str,
        /// Our member of the field `Via`.
        via: &'a str,
        /// [`TRACESTATE_DROPPED`] if the visitor's field `tracestate` does not go on, else empty.
        drops_tracestate: &'a str,
        /// The name in the field `Host`; empty for the one that the URL names.
        asked_as: &'a str,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "POST\nhttps://shop.example/a?b\n00-1-2-01\n1.0 fred\n77\n1\n1\n0\n1\nnull\n\
                        a=1\n00-3-4-00";
    const FACTS: RequestFacts<'_> = RequestFacts {
        method: "POST",
        url: "https://shop.example/a?b",
        traceparent: "00-1-2-01",
        via: "1.0 fred",
        fields_size: FieldsSize(77),
        has_authorization: true,
        is_upgrade: true,
        has_unkeyed: false,
        has_body: true,
        origin: "null",
        tracestate: "a=1",
        platform_trace: "00-3-4-00",
    };

    #[test]
    fn facts_are_read_line_by_line() {
        assert_eq!(RequestFacts::parse(TEXT), FACTS);
    }

    #[test]
    fn a_size_that_cannot_be_read_is_beyond_every_limit() {
        assert_eq!(RequestFacts::parse("GET\n\n\n\nmany").fields_size, FieldsSize(usize::MAX));
        assert_eq!(RequestFacts::parse("").fields_size, FieldsSize(usize::MAX));
    }

    #[test]
    fn what_is_sent_is_a_line_each_in_memory_that_did_not_grow() {
        let text = Outgoing {
            url: ["https://web.example/base", "/a?b"],
            host: "shop.example",
            scheme: "http",
            request_id: "id",
            traceparent: "00-1-2-01",
            via: "1.1 breakwater-shop.example",
            drops_tracestate: TRACESTATE_DROPPED,
            asked_as: "shop.example",
        }
        .to_lines();
        assert_eq!(
            text,
            "https://web.example/base/a?b\nshop.example\nhttp\nid\n00-1-2-01\n\
             1.1 breakwater-shop.example\n1\nshop.example"
        );
        assert_eq!(text.capacity(), text.len() + 1);
    }

    proptest! {
        #[test]
        fn nothing_is_too_strange_to_read(text in ".*") {
            RequestFacts::parse(&text);
        }
    }
}
