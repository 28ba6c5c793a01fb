//! Copies at rest: where one is kept, what it says about itself, and what is answered from it.

mod banner;
mod demand;
mod held;
mod key;
mod lately;
mod range;
mod served;

pub use banner::{VOID_WITH_BANNER, carries_banner};
pub use demand::Demand;
pub use held::{HELD_MAX, Holdings, SHARE_LASTS, SHARE_LINGERS, SHARE_MIN, ShareId};
pub use key::{CopyKey, Signpost};
pub use lately::Lately;
pub(super) use lately::fnv1a;
pub use served::{Bytes, Part, Served, serve};

use crate::base::time::Millis;

/// Longest body, in bytes, that is read whole before its first byte goes out, so that it can be
/// kept, and replaced if it breaks off.
pub const WHOLE_MAX: u32 = 256 * 1024;
/// How often the same answer is kept anew where the upstream is asked each time: a copy that is
/// this much older than it might be misleads nobody, and writing one for every request would cost
/// more than serving it.
pub const KEEP_EVERY: Millis = Millis::from_secs(10);
/// How often a page that only visitors with cookies ask for is asked for without, so that there is
/// a copy of it: often enough to have one, and seldom enough that the upstream does not notice.
pub const REFRESH_EVERY: Millis = Millis::from_secs(300);
/// How long it is known that what a URL's copies show was changed: longer than the
/// year beyond which servers should name no lifetime (RFC 2616 §14.21).
pub const CHANGED_FOR: Millis = Millis::from_secs(400 * 24 * 3600);
/// How often an isolate has a copy renewed that it serves while it is stale.
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
