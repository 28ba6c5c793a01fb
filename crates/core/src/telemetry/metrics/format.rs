//! The choice between the two formats by `Accept`.

use core::cmp::Reverse;

use crate::base::fields::members;
use crate::base::negotiation::{MEMBERS_MAX, weight};

/// A format of the page of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsFormat {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' text format 0.0.4.
    Text,
}

impl MetricsFormat {
    /// The format that `Accept` prefers (RFC 9110 §12.5.1): the one with the higher weight, then
    /// the one that is named with more precision, then the one that is named first.
    ///
    /// A range that names a version is for that version alone: `1.0.0` of OpenMetrics, `0.0.4` of
    /// the text format. Prometheus also says how names are escaped, which holds for any value here,
    /// since all names are in the old alphabet. Without the field, for `*/*` and where neither
    /// format is acceptable, it is the text format: curl and browsers show it, and a page that
    /// Prometheus can read is worth more than 406, which RFC 9110 §12.4.1 leaves to the server.
    ///
    /// [`negotiation`](crate::base::negotiation) passes over ranges with parameters, and each range
    /// of Prometheus has some, so the ranges are read here.
    pub fn preferred(accept: Option<&str>) -> Self {
        let accept = accept.unwrap_or_default();
        let wish = |format: Self| format.wish(accept).filter(|wish| wish.weight > 0);
        match (wish(Self::OpenMetrics), wish(Self::Text)) {
            (Some(open), Some(text)) if open > text => Self::OpenMetrics,
            (Some(open), None) if open.precision > Precision::Anything => Self::OpenMetrics,
            (Some(_) | None, Some(_) | None) => Self::Text,
        }
    }

    /// The value of `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    const fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::OpenMetrics => ("application", "openmetrics-text"),
            Self::Text => ("text", "plain"),
        }
    }

    const fn version(self) -> &'static str {
        match self {
            Self::OpenMetrics => "1.0.0",
            Self::Text => "0.0.4",
        }
    }

    /// How much the format is wanted; the most precise range decides.
    fn wish(self, accept: &str) -> Option<MetricsWish> {
        let ranges = members(accept).take(MEMBERS_MAX).enumerate();
        let wishes = ranges.filter_map(|(place, range)| self.wish_of(range, place));
        wishes.max_by_key(|wish| (wish.precision, wish.place))
    }

    fn wish_of(self, range: &str, place: usize) -> Option<MetricsWish> {
        let mut parts = range.split(';').map(str::trim);
        let (family, rest) = parts.next()?.split_once('/')?;
        let (own_family, own_rest) = self.kind();
        let mut precision = match (family, rest) {
            ("*", "*") => Precision::Anything,
            (family, "*") if family.eq_ignore_ascii_case(own_family) => Precision::Family,
            (family, rest)
                if family.eq_ignore_ascii_case(own_family)
                    && rest.eq_ignore_ascii_case(own_rest) =>
            {
                Precision::Kind
            }
            (_, _) => return None,
        };
        let mut weight = 1000;
        for parameter in parts.filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim_matches('"');
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            if is("q") {
                weight = self::weight(value)?;
            } else if is("version") && value == self.version() {
                precision = Precision::Version;
            } else if !(is("escaping") || is("charset") && value.eq_ignore_ascii_case("utf-8")) {
                return None;
            }
        }
        Some(MetricsWish { weight, precision, place: Reverse(place) })
    }
}

/// How much a format is wanted. The fields are compared in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MetricsWish {
    weight: u16,
    precision: Precision,
    place: Reverse<usize>,
}

/// How precisely a range names a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    /// The range is `*/*`.
    Anything,
    /// It names the type only.
    Family,
    /// It names the media type.
    Kind,
    /// It names the version too.
    Version,
}
