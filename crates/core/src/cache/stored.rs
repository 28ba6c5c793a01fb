//! Stored responses: the keys under which they are stored, how they are stored, and the answers
//! that are made from them.

mod banner;
mod demand;
mod holdings;
mod key;
mod range;
mod served;
mod throttle;

pub use banner::{VOID_WITH_BANNER, carries_banner};
pub use demand::Demand;
pub use holdings::{HELD_MAX, Holdings, SHARE_LASTS, SHARE_LINGERS, SHARE_MIN, ShareId};
pub use key::{CacheKey, Variance};
pub use served::{Bytes, Part, Served, serve};
pub use throttle::Throttle;

use crate::base::time::Millis;

/// Longest body, in bytes, that is read whole before its first byte goes out, so that it can be
/// stored, and replaced if it breaks off.
pub const WHOLE_MAX: u32 = 256 * 1024;
/// Longest body, in bytes, that is handed to the platform in one piece, after which it counts for
/// no longer than [`SHARE_LINGERS`]. The stream that would tell when a body has gone out takes
/// about as much memory itself, and several times the processor time. A body of this length fits
/// into the buffers of a connection, so that it does not wait here for a visitor who reads slowly.
pub const HANDED_OVER_MAX: u32 = 16 * 1024;
/// How often the same answer is stored again, in milliseconds, where the upstream is asked each
/// time. A stored response that is this much older than it might be does no harm, and writing one
/// for every request would cost more than serving it.
pub const KEEP_EVERY: Millis = Millis::from_secs(10);
/// How often Breakwater itself requests a page, in milliseconds, that only visitors with cookies
/// ask for, so that there is a stored response of it. Every five minutes is often enough to have
/// one, and no burden for the upstream.
pub const REFRESH_EVERY: Millis = Millis::from_secs(300);
/// How long the cache remembers, in milliseconds, that the content of a URL was changed. The time
/// is longer than the year beyond which servers should name no lifetime (RFC 2616 §14.21).
pub const CHANGED_FOR: Millis = Millis::from_secs(400 * 24 * 3600);
/// How often an isolate has a stored response revalidated that it serves while it is stale, in
/// milliseconds.
pub const REVALIDATE_EVERY: Millis = Millis::from_secs(1);

/// The bytes to make room for before a body is read whole, by its `Content-Length`; none if it is
/// too long for that.
pub fn room_for(content_length: Option<&str>) -> Option<u32> {
    let Some(length) = content_length else { return Some(WHOLE_MAX) };
    let is_long = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    // What is no number is not known; what is too large for one is too long.
    let length = length.parse().unwrap_or(if is_long { u32::MAX } else { WHOLE_MAX });
    (length <= WHOLE_MAX).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_made_for_what_a_body_says_and_for_the_longest_where_it_says_nothing() {
        assert_eq!(room_for(Some("1000")), Some(1000));
        assert_eq!(room_for(None), Some(WHOLE_MAX));
        assert_eq!(room_for(Some("262144")), Some(WHOLE_MAX));
        for long in ["262145", "4294967296", "99999999999999999999"] {
            assert_eq!(room_for(Some(long)), None, "{long}");
        }
        for unknown in ["", "12, 12", "x"] {
            assert_eq!(room_for(Some(unknown)), Some(WHOLE_MAX), "{unknown}");
        }
    }
}
