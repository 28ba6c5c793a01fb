//! Copies at rest: where one is kept, what it says about itself, and what is answered from it.

mod demand;
mod key;
mod kind;
mod lately;
mod range;
mod served;
mod stored;

pub use demand::Demand;
pub use key::{Changed, CopyKey, Signpost};
pub(crate) use kind::{Agent, Country, Wanted};
pub use kind::{Kind, OWN_AGENT, accepts};
pub use lately::Lately;
pub use served::{Part, Served, serve};
pub use stored::{CopyAge, OnError, Reuse, StoredCopy};

use crate::time::Millis;

/// Longest body, in bytes, that is read whole before its first byte goes out, so that it can be
/// kept, and replaced if it breaks off.
pub const WHOLE_MAX: u32 = 256 * 1024;
/// How often the same answer is kept anew where the upstream is asked each time: a copy that is this
/// much older than it might be misleads nobody, and writing one for every request would cost more
/// than serving it.
pub const KEEP_EVERY: Millis = Millis::from_secs(10);
/// How often a page that only visitors with cookies ask for is asked for without, so that there is a
/// copy of it: often enough to have one, and seldom enough that the upstream does not notice.
pub const REFRESH_EVERY: Millis = Millis::from_secs(300);
/// How long it is known that what a URL's copies show was changed: longer than the
/// year beyond which servers should name no lifetime (RFC 2616 §14.21).
pub const CHANGED_FOR: Millis = Millis::from_secs(400 * 24 * 3600);
/// How often an isolate has a copy renewed that it serves while it is stale.
pub const REVALIDATE_EVERY: Millis = Millis::from_secs(1);
