//! When Sentry wants to be left alone, by category of data.

use super::category::DataCategory;
use crate::base::fields::Fields;
use crate::base::http_date;
use crate::base::time::{Millis, Timestamp};

/// The limit after a 429 that states none, in milliseconds
/// (develop.sentry.dev/sdk/foundations/transport/rate-limiting, "Stage 1").
const BARE_LIMIT: Millis = Millis::from_secs(60);
/// The longest limit that is believed, in milliseconds: a day. A number that was garbled must not
/// silence reports for good.
pub const RATE_LIMIT_MAX: Millis = Millis::from_secs(24 * 3600);
/// The largest number of limits that is read from one field. There is one per category and scope.
const LIMITS_MAX: usize = 64;

/// The status of a request that was sent too soon (RFC 6585 §4).
const TOO_MANY_REQUESTS: u16 = 429;

/// Until when each category of data is dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// The limit of all categories.
    all: Timestamp,
    of: [Timestamp; DataCategory::ALL.len()],
}

impl RateLimits {
    /// Takes in the limits of an answer, whatever its status: Sentry states them with a 200 too. Of
    /// several limits of a category the longest stays, in whatever order they come.
    pub fn handle_answer(&mut self, status: u16, fields: Fields<'_>, now: Timestamp) {
        if let Some(limits) = fields.get("x-sentry-rate-limits") {
            for limit in limits.split(',').take(LIMITS_MAX) {
                self.add(limit, now);
            }
        } else if status == TOO_MANY_REQUESTS {
            let named = fields.get("retry-after").and_then(|field| retry_after(field, now));
            let until = now + named.unwrap_or(BARE_LIMIT).min(RATE_LIMIT_MAX);
            self.all = self.all.max(until);
        }
    }

    /// Takes in `SECONDS:CATEGORY;CATEGORY:…`. What follows means nothing to clients.
    fn add(&mut self, limit: &str, now: Timestamp) {
        let mut parts = limit.split(':');
        let Some(span) = parts.next().and_then(|part| seconds(part.trim())) else { return };
        let until = now + span.min(RATE_LIMIT_MAX);
        let categories = parts.next().unwrap_or_default().trim();
        if categories.is_empty() {
            self.all = self.all.max(until);
        }
        // Where all categories are unknown, the limit is about data that we never send.
        for category in categories.split(';').filter_map(|name| DataCategory::parse(name.trim())) {
            if let Some(of) = self.of.get_mut(category.index()) {
                *of = until.max(*of);
            }
        }
    }

    /// Returns until when a category is limited, if it is.
    pub fn until(&self, category: DataCategory, now: Timestamp) -> Option<Timestamp> {
        let of = self.of.get(category.index()).copied().unwrap_or_default();
        Some(of.max(self.all)).filter(|until| now < *until)
    }

    /// Returns whether all data is dropped, even what has no category here.
    pub(super) fn are_all_limited(&self, now: Timestamp) -> bool {
        now < self.all
    }

    /// Returns whether data of a category is dropped.
    pub fn is_limited(&self, category: DataCategory, now: Timestamp) -> bool {
        self.until(category, now).is_some()
    }
}

/// Reads whole seconds or seconds with decimals. Part of a second counts as a whole one, so that
/// nothing is sent too soon.
fn seconds(text: &str) -> Option<Millis> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(decimals) {
        return None;
    }
    // Digits alone fail to be read only if the number is too large.
    let whole: u64 = whole.parse().unwrap_or(u64::MAX);
    let begun = u64::from(decimals.bytes().any(|b| b != b'0'));
    Some(Millis::from_secs(whole.saturating_add(begun)))
}

/// Reads `Retry-After` (RFC 9110 §10.2.3), which Sentry writes in seconds, also with decimals.
fn retry_after(field: &str, now: Timestamp) -> Option<Millis> {
    let field = field.trim();
    seconds(field).or_else(|| http_date::parse(field, now).map(|date| date.since(now)))
}
