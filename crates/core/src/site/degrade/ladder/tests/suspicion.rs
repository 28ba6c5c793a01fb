//! Visitors of an upstream that is suspect, or that was so a short while ago.

use super::*;

#[test]
fn who_may_get_a_copy_does_not_wait_for_a_suspect_upstream() {
    let behind = Suspicion::CallBehind;
    let world =
        World { stored: at_hand(Reuse::Validate, true), over: HUNG, suspicion: behind, ..NOTHING };
    check(ON_ERROR, world, &["call", "look"], ("stale", "own"));
    check(AS_CACHE, world, &["look", "validate"], ("stale", "own"));
    let without_call = World { suspicion: Suspicion::NoCall, ..world };
    check(ON_ERROR, without_call, &["look"], ("stale", "own"));
    let Rung::Stale { why, .. } = climb(ON_ERROR, without_call).1 else { panic!("no copy") };
    assert_eq!(why, Setback { trouble: Trouble::Suspect, took: None });
    let snapshots = Rungs { has_snapshots: true, ..Rungs::default() };
    let page = World { snapshot: Some("page"), ..without_call };
    check(snapshots, page, &["look for snapshot"], ("snapshot", "page"));
}

#[test]
fn a_fresh_copy_of_a_suspect_upstream_answers_as_a_caches_does() {
    for suspicion in [Suspicion::CallBehind, Suspicion::NoCall] {
        let world = World { stored: at_hand(Reuse::Fresh, true), suspicion, ..NOTHING };
        check(AS_CACHE, world, &["look"], ("fresh", "own"));
    }
}

#[test]
fn who_has_no_copy_is_let_through_to_a_suspect_upstream() {
    let world = World { over: HUNG, end: End::Good, ..NOTHING };
    let behind = World { suspicion: Suspicion::CallBehind, ..world };
    let steps = ["call", "look", "look for others", "wait for good"];
    check(ON_ERROR, behind, &steps, ("upstream", "good"));
    let no_call = World { suspicion: Suspicion::NoCall, ..world };
    let steps = ["look", "look for others", "call", "wait for good"];
    check(ON_ERROR, no_call, &steps, ("upstream", "good"));
    check(Rungs::default(), no_call, &["call", "wait for good"], ("upstream", "good"));
}

#[test]
fn what_turned_stale_in_an_outage_is_not_validated_all_at_once() {
    let suspicion = Suspicion::SlowStart;
    let world = World { stored: at_hand(Reuse::Validate, true), suspicion, ..NOTHING };
    let world = World { end: End::Good, ..world };
    check(AS_CACHE, world, &["look"], ("stale", "own"));
    let Rung::Stale { why, .. } = climb(AS_CACHE, world).1 else { panic!("no copy") };
    assert_eq!(why, Setback { trouble: Trouble::SlowStart, took: None });
    let fresh = World { stored: at_hand(Reuse::Fresh, true), ..world };
    check(AS_CACHE, fresh, &["look"], ("fresh", "own"));
    // Visitors who have no such copy, or ask for one only where the upstream fails, wait as ever.
    let unusable = World { stored: at_hand(Reuse::Validate, false), ..world };
    for (rungs, world) in [(AS_CACHE, unusable), (AS_CACHE, World { ..NOTHING }), (ON_ERROR, world)]
    {
        let as_ever = World { suspicion: Suspicion::None, ..world };
        assert_eq!(climb(rungs, world).0, climb(rungs, as_ever).0);
    }
}
