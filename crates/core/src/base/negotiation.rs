//! The choice among several representations by the visitor's `Accept` field (RFC 9110 §12.4.2,
//! §12.5.1).
//!
//! Two crates were considered. `headers-accept` ranks media ranges too, but it needs `std` and
//! brings `http`, `headers-core` and `mediatype` along. `mediatype` alone parses media types. It
//! leaves weights and precedence to its caller, and they are all of the work here.

use core::cmp::Reverse;

use crate::base::fields::members;

/// How many members of `Accept` or `Accept-Language` are read. Browsers send fewer than ten, and
/// the length of a longer list, and so the time to read it, would be the sender's choice.
pub const MEMBERS_MAX: usize = 32;

/// A representation that is available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// The media type of the representation, in lower case.
    pub kind: &'a str,
    /// Other media types that a client may name to get this representation.
    pub others: &'a [&'a str],
    /// Whether a client must name the representation: a range such as `*/*` does not select it.
    pub is_named_only: bool,
}

/// Returns the index of the offer that `Accept` prefers, or `None` if no offer is acceptable. The
/// offer with the highest weight wins. Among equal weights it is the one that is named most
/// precisely, then the one that is named first in the field, then the first in `offers`. A member
/// that cannot be parsed is skipped.
///
/// ```
/// use breakwater_core::base::negotiation::{Offer, preferred};
///
/// let offer = |kind| Offer { kind, others: &[], is_named_only: false };
/// let offers = [offer("application/json"), offer("text/html")];
/// assert_eq!(preferred("application/json, text/html;q=0.1", &offers), Some(0));
/// assert_eq!(preferred("text/*", &offers), Some(1));
/// assert_eq!(preferred("image/png", &offers), None);
/// ```
pub fn preferred(accept: &str, offers: &[Offer<'_>]) -> Option<usize> {
    let mut chosen: Option<(Wish, usize)> = None;
    for (index, offer) in offers.iter().enumerate() {
        if let Some(wish) = wish(accept, offer)
            && chosen.is_none_or(|(best, _)| wish > best)
        {
            chosen = Some((wish, index));
        }
    }
    chosen.map(|(_, index)| index)
}

/// Reads a weight such as `0.8` and returns thousandths, or `None` if it is not a weight (RFC 9110
/// §12.4.2).
pub(crate) fn weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if !matches!(whole, "0" | "1")
        || decimals.len() > 3
        || !decimals.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let digit = |place| decimals.as_bytes().get(place).map_or(0, |digit| u16::from(digit - b'0'));
    let weight = digit(0) * 100 + digit(1) * 10 + digit(2);
    match whole {
        "0" => Some(weight),
        _ if weight == 0 => Some(1000),
        _ => None,
    }
}

/// How much an offer is wanted. The fields are compared in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    weight: u16,
    is_named: bool,
    is_of_its_family: bool,
    place: Reverse<usize>,
}

/// How precisely a media range names an offer. The most precise range decides (RFC 9110 §12.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    /// The range is `*/*`.
    Anything,
    /// The range names the type only, as `text/*` does.
    Family,
    /// The range is one of the offer's other media types.
    Other,
    /// The range is the offer's own media type.
    Own,
}

/// Returns how much an offer is wanted, or `None` if it is not acceptable.
fn wish(accept: &str, offer: &Offer<'_>) -> Option<Wish> {
    let mut closest: Option<(Closeness, u16, usize)> = None;
    for (place, member) in members(accept).take(MEMBERS_MAX).enumerate() {
        let Some((range, weight)) = range(member) else { continue };
        if let Some(closeness) = closeness(range, offer)
            && closest.is_none_or(|(best, _, _)| closeness > best)
        {
            closest = Some((closeness, weight, place));
        }
    }
    let (closeness, weight, place) = closest?;
    let is_named = closeness >= Closeness::Other;
    let is_acceptable = weight > 0 && (is_named || !offer.is_named_only);
    is_acceptable.then_some(Wish {
        weight,
        is_named,
        is_of_its_family: closeness >= Closeness::Family,
        place: Reverse(place),
    })
}

/// Returns a media range and its weight. Returns `None` if the text is not a media range, and for a
/// range with parameters, since no offer is that specific.
fn range(member: &str) -> Option<(&str, u16)> {
    let mut parts = member.split(';').map(str::trim);
    let range = parts.next()?;
    let mut weight = 1000;
    for parameter in parts.filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=')?;
        if name.eq_ignore_ascii_case("q") {
            weight = self::weight(value)?;
        } else if !is_our_charset(name, value) {
            return None;
        }
    }
    Some((range, weight))
}

/// Returns whether a parameter is `charset=utf-8`, the encoding of every offer.
fn is_our_charset(name: &str, value: &str) -> bool {
    name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
}

fn closeness(range: &str, offer: &Offer<'_>) -> Option<Closeness> {
    if range.eq_ignore_ascii_case(offer.kind) {
        return Some(Closeness::Own);
    }
    if offer.others.iter().any(|other| range.eq_ignore_ascii_case(other)) {
        return Some(Closeness::Other);
    }
    let (family, rest) = range.split_once('/')?;
    let (own, _) = offer.kind.split_once('/')?;
    match (family, rest) {
        ("*", "*") => Some(Closeness::Anything),
        (family, "*") if family.eq_ignore_ascii_case(own) => Some(Closeness::Family),
        (_, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const OFFERS: [Offer<'_>; 3] = [
        Offer {
            kind: "application/problem+json",
            others: &["application/json"],
            is_named_only: false,
        },
        Offer { kind: "text/html", others: &["application/xhtml+xml"], is_named_only: false },
        Offer { kind: "text/event-stream", others: &[], is_named_only: true },
    ];

    #[track_caller]
    fn check(accept: &str, expected: Option<&str>) {
        let chosen = preferred(accept, &OFFERS).map(|index| OFFERS[index].kind);
        assert_eq!(chosen, expected, "{accept}");
    }

    const PROBLEM: Option<&str> = Some("application/problem+json");
    const PAGE: Option<&str> = Some("text/html");
    const EVENTS: Option<&str> = Some("text/event-stream");

    #[test]
    fn the_highest_weight_wins() {
        check("application/json, text/html;q=0.1", PROBLEM);
        check("text/html;q=0.1,application/json", PROBLEM);
        check("text/html;q=0.2, application/json;q=0.1", PAGE);
        check("text/html;q=0.001, image/png", PAGE);
        check("TEXT/HTML ; Q=0.9 , Application/Problem+JSON;q=0.85", PAGE);
        check("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", PAGE);
    }

    #[test]
    fn the_closest_range_decides_whichever_comes_first() {
        check("text/html;q=0, */*", PROBLEM);
        check("*/*, text/html;q=0", PROBLEM);
        check("text/html;q=0, text/*", None);
        check("*/*;q=0.5, application/json;q=0.1", PAGE);
        check("application/problem+json;q=0, application/json", None);
        check("text/html;q=0, application/xhtml+xml", None);
        check("text/*;q=0.2, */*;q=0.3", PROBLEM);
        check("text/html;q=0.1, text/html;q=0.9, application/json;q=0.5", PROBLEM);
    }

    #[test]
    fn of_equal_weights_the_closer_then_the_earlier_is_chosen() {
        check("*/*", PROBLEM);
        check("text/html, */*", PAGE);
        check("text/*, */*", PAGE);
        check("application/json, text/plain, */*", PROBLEM);
        check("text/html, application/json", PAGE);
        check("application/json, text/html", PROBLEM);
    }

    #[test]
    fn a_stream_of_events_is_for_who_names_it() {
        check("text/event-stream", EVENTS);
        check("text/event-stream, */*;q=0.1", EVENTS);
        check("application/json, text/event-stream", PROBLEM);
        check("text/*;q=0.9, text/html;q=0", None);
    }

    #[test]
    fn what_cannot_be_read_is_not_there() {
        for accept in [
            "",
            ",;,",
            "text/html;q=2",
            "text/html;q=1.001",
            "text/html;q=0.0001",
            "text/html;q=-1",
            "text/html;q",
            "text/html;q=high",
            "text/html;level=1",
            "html",
            "*",
            "*/html",
            "text/html/*",
            "\"text/html",
            "déjà/vu",
            "*/*;q=0",
            "image/png",
        ] {
            check(accept, None);
        }
        check("text/html;q=2, application/json;q=0.1", PROBLEM);
        check("text/html;charset=UTF-8;q=0.4", PAGE);
        check("text/html;;q=0.4", PAGE);
        check("text/html;level=1, text/html;q=0.4", PAGE);
    }

    #[test]
    fn no_more_members_than_a_client_has_are_looked_at() {
        let mut many = "a/b,".repeat(MEMBERS_MAX);
        many.push_str("text/html");
        check(&many, None);
    }

    proptest! {
        /// The rules of RFC 9110, written out literally, hold on lists of ranges that can be
        /// parsed.
        #[test]
        fn the_rules_hold_on_any_list(
            list in proptest::collection::vec((0..5usize, 0..=1000u16), 0..8),
        ) {
            const RANGES: [&str; 5] =
                ["application/problem+json", "text/html", "text/*", "application/*", "*/*"];
            let accept: Vec<String> = list
                .iter()
                .map(|(range, weight)| {
                    let (whole, rest) = (weight / 1000, weight % 1000);
                    format!("{};q={whole}.{rest:03}", RANGES[*range])
                })
                .collect();
            let of = |ranges: [usize; 3]| {
                ranges.iter().find_map(|range| {
                    list.iter().find(|(other, _)| other == range).map(|(_, weight)| *weight)
                })
            };
            let (problem, page) = (of([0, 3, 4]).unwrap_or(0), of([1, 2, 4]).unwrap_or(0));
            match preferred(&accept.join(", "), &OFFERS) {
                Some(0) => prop_assert!(problem > 0 && problem >= page),
                Some(1) => prop_assert!(page > 0 && page >= problem),
                Some(_) => prop_assert!(false, "no stream is named"),
                None => prop_assert_eq!((problem, page), (0, 0)),
            }
        }

        #[test]
        fn anything_can_be_read(accept in "\\PC{0,60}") {
            let _ = preferred(&accept, &OFFERS);
        }
    }
}
