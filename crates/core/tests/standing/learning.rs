//! How isolates learn of standing orders: soon, with few requests, and before they serve a response
//! that may be purged.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::standing::{
    KNOWN_FOR, Kept, Next, SiteState, SiteStateCache, TRUSTED_FOR,
};

use super::{NINE, pattern};

fn later(seconds: u64) -> Timestamp {
    NINE + Millis::from_secs(seconds)
}

fn purged(times: u64) -> SiteState {
    let mut standing = SiteState::default();
    for _ in 0..times {
        standing.purge(&pattern("/*"));
    }
    standing
}

fn kept(asked: u64, times: u64) -> Option<Kept> {
    Some(Kept { asked: later(asked), standing: purged(times) })
}

#[test]
fn a_new_isolate_knows_nothing_and_learns_before_it_serves_a_copy() {
    let mut known = SiteStateCache::default();
    assert!(!known.is_trusted(NINE));
    assert!(known.begins_to_learn(NINE));
    assert_eq!(known.handle_kept(None, NINE), Next::Ask);
    known.handle_reply(purged(1), NINE);
    assert!(known.is_trusted(NINE));
    assert_eq!(known.standing().epoch("/"), 1);
}

#[test]
fn what_the_colo_has_learned_lately_is_not_asked_again() {
    let mut known = SiteStateCache::default();
    assert!(known.begins_to_learn(later(19)));
    assert_eq!(known.handle_kept(kept(0, 3), later(19)), Next::Done);
    assert_eq!(known.standing().epoch("/"), 3);
    assert!(!known.begins_to_learn(later(19)));
    assert!(known.begins_to_learn(later(20)), "its age counts from the asking");
    assert_eq!(known.handle_kept(kept(0, 3), later(20)), Next::Ask);
}

#[test]
fn one_request_learns_for_all_and_one_that_never_ends_stops_nobody() {
    let mut known = SiteStateCache::default();
    assert!(known.begins_to_learn(later(0)));
    assert!(!known.begins_to_learn(later(9)));
    assert!(known.begins_to_learn(later(10)));
}

#[test]
fn one_visitor_who_may_get_a_copy_learns_first_and_nobody_else_waits() {
    let mut known = SiteStateCache::default();
    assert!(known.learns_first(later(0)));
    for _ in 0..39 {
        assert!(!known.learns_first(later(0)), "another, at the same moment");
        assert!(!known.suffices(later(0)), "and there is no copy for them yet");
    }
    assert!(!known.begins_to_learn(later(0)), "and nobody else need");
    known.handle_reply(purged(1), later(0));
    assert!(!known.learns_first(later(34)) && known.suffices(later(34)));
    assert!(known.learns_first(later(35)), "after a silence");
    known.handle_lost(later(36));
    assert!(!known.learns_first(later(40)) && known.suffices(later(40)), "out of reach");
    assert!(known.learns_first(later(41)), "it is tried again");
    assert!(!known.learns_first(later(41)) && known.suffices(later(41)), "and nobody waits");
}

#[test]
fn who_comes_while_another_learns_waits_a_moment_for_it() {
    let after = |ms| later(100) + Millis::new(ms);
    let mut known = SiteStateCache::default();
    assert_eq!(known.looks_again_in(after(0)), None, "there is nobody to wait for");
    assert!(known.learns_first(after(0)));
    assert_eq!(known.looks_again_in(after(10)), Some(Millis::new(25)));
    known.handle_reply(purged(1), after(30));
    assert_eq!(known.looks_again_in(after(35)), None);
    assert!(known.suffices(after(35)), "and gets a copy");
    // Where the object hangs, a quarter of a second is all.
    let mut known = SiteStateCache::default();
    assert!(known.learns_first(after(0)));
    assert_eq!(known.looks_again_in(after(249)), Some(Millis::new(25)));
    assert_eq!(known.looks_again_in(after(250)), None);
    assert!(!known.suffices(after(250)));
    // Where it is out of reach, no visitor waits.
    known.handle_lost(after(1_000));
    assert_eq!(known.looks_again_in(after(1_001)), None);
}

#[test]
fn what_the_colo_knows_serves_those_who_do_not_learn() {
    let mut known = SiteStateCache::default();
    assert!(known.learns_first(later(100)));
    assert!(!known.handle_looked(None, later(100)));
    assert!(!known.handle_looked(kept(65, 1), later(100)), "it is too old");
    assert!(known.handle_looked(kept(66, 2), later(100)));
    assert_eq!(known.standing().epoch("/"), 2);
}

#[test]
fn a_silent_isolate_serves_nothing_that_was_purged_meanwhile() {
    let mut known = SiteStateCache::default();
    assert!(known.learns_first(later(0)));
    known.handle_lost(later(1));
    assert!(known.suffices(later(35)));
    // An hour later the object may work again, and there may have been purges.
    assert!(known.learns_first(later(3600)));
    assert!(!known.suffices(later(3600)), "whoever comes with the one who learns");
    known.handle_reply(purged(1), later(3600));
    assert!(known.suffices(later(3600)));
}

#[test]
fn an_object_that_cannot_be_reached_leaves_what_was_last_known() {
    let mut known = SiteStateCache::default();
    assert!(known.begins_to_learn(later(3600)));
    assert_eq!(known.handle_kept(kept(0, 2), later(3600)), Next::Ask);
    known.handle_lost(later(3600));
    assert_eq!(known.standing().epoch("/"), 2, "an hour old, and better than nothing");
    assert!(!known.is_trusted(later(3600)));
    assert!(!known.begins_to_learn(later(3604)));
    assert!(known.begins_to_learn(later(3605)));
}

#[test]
fn a_purge_is_obeyed_within_a_minute_by_every_isolate_of_a_colo() {
    // Three isolates share a cache. Each lives for a few minutes and serves a stored response every
    // second.
    for order_at in 0..40 {
        let mut isolates = [const { None::<SiteStateCache> }; 3].map(Option::unwrap_or_default);
        let mut cache: Option<Kept> = None;
        for second in 0..200 {
            let now = later(second);
            let truth = purged(u64::from(second >= order_at));
            for (place, known) in isolates.iter_mut().enumerate() {
                // The first isolate pauses for a long time, the second never pauses, and the third
                // is new.
                let is_idle =
                    place == 0 && (30..120).contains(&second) || place == 2 && second < 70;
                if is_idle {
                    continue;
                }
                // An isolate learns before it serves an untrusted stored response, or after the
                // answer.
                if known.begins_to_learn(now) && known.handle_kept(cache.clone(), now) == Next::Ask
                {
                    cache = Some(known.handle_reply(truth.clone(), now));
                }
                assert!(known.is_trusted(now));
                if second > order_at + 40 {
                    assert_eq!(known.standing().epoch("/"), 1, "{place} at {second}");
                }
            }
        }
    }
    assert!(KNOWN_FOR.get() + TRUSTED_FOR.get() < 60_000);
}

#[test]
fn clocks_that_jump_stop_nobody_from_learning() {
    let mut known = SiteStateCache::default();
    assert!(known.begins_to_learn(later(10_000)));
    known.handle_reply(purged(1), later(10_000));
    assert!(!known.is_trusted(later(0)), "the clock was set back");
    assert!(known.begins_to_learn(later(0)));
    assert_eq!(known.handle_kept(kept(9_000, 9), later(0)), Next::Ask, "from the future");
    assert_eq!(known.standing().epoch("/"), 1);
    known.handle_reply(purged(2), later(0));
    assert_eq!(known.standing().epoch("/"), 2);
    known.handle_lost(later(9_999));
    assert!(known.begins_to_learn(later(50)));
}
