//! Which way a route takes, and which rungs are open on it.

use breakwater_core::site::degrade::{Rungs, StoredUse};
use breakwater_core::site::request::{Facts, Plan, Way};

use crate::{AS_CACHE, Known, NO_RUNGS, ON_ERROR, PLAIN, SNAPSHOT, planned, way_of};

#[track_caller]
fn check(method: &str, path: &str, expected: Way) {
    assert_eq!(way_of(&Facts { method, path, ..PLAIN }, &Known::default()), expected, "{path}");
}

#[test]
fn one_call_and_nothing_before_it_is_the_straight_path() {
    check("GET", "/", Way::Straight(NO_RUNGS));
    check("POST", "/", Way::Straight(NO_RUNGS));
    check("GET", "/kept/a", Way::Straight(ON_ERROR));
    check("GET", "/listed/a", Way::Straight(SNAPSHOT));
}

#[test]
fn a_cache_answers_on_the_ladder_and_what_it_may_not_answer_goes_straight() {
    check("GET", "/cached/a", Way::Ladder(AS_CACHE));
    check("HEAD", "/cached/a", Way::Ladder(AS_CACHE));
    check("POST", "/cached/a", Way::Straight(NO_RUNGS));
}

#[test]
fn more_calls_than_one_need_the_ladder() {
    check("GET", "/retried/a", Way::Ladder(NO_RUNGS));
    check("PUT", "/retried/a", Way::Ladder(NO_RUNGS));
    check("POST", "/retried/a", Way::Straight(NO_RUNGS));
    check("GET", "/backed/a", Way::Ladder(NO_RUNGS));
    check("POST", "/backed/a", Way::Ladder(NO_RUNGS));
}

#[test]
fn a_visitor_with_a_token_and_a_private_route_have_no_rungs() {
    for path in ["/cached/a", "/kept/a", "/listed/a"] {
        let facts = Facts { path, has_authorization: true, ..PLAIN };
        assert_eq!(way_of(&facts, &Known::default()), Way::Straight(NO_RUNGS), "{path}");
    }
    check("GET", "/private/a", Way::Straight(NO_RUNGS));
}

#[test]
fn an_upgrade_is_one_call_whatever_the_route_says() {
    for path in ["/", "/cached/a", "/retried/a", "/backed/a"] {
        let facts = Facts { path, is_upgrade: true, ..PLAIN };
        assert_eq!(way_of(&facts, &Known::default()), Way::Upgrade, "{path}");
    }
}

#[test]
fn a_bypass_lets_every_request_of_its_circuit_pass() {
    let known = Known { is_bypassed: true, ..Known::default() };
    for path in ["/", "/cached/a", "/kept/a", "/backed/a"] {
        assert_eq!(way_of(&Facts { path, ..PLAIN }, &known), Way::Bypass, "{path}");
    }
}

#[test]
fn the_path_that_is_sent_is_the_written_one_where_its_owner_is_the_same() {
    let sent = |path| match planned(&Facts { path, ..PLAIN }, &Known::default()) {
        Plan::Route { route, path, .. } => (route, path.into_owned()),
        other @ (Plan::Operators { .. }
        | Plan::Health(_)
        | Plan::Status { .. }
        | Plan::Refused(_)) => {
            panic!("{other:?}")
        }
    };
    assert_eq!(sent("/cached//a"), (0, "/cached//a".into()));
    assert_eq!(sent("//cached/a"), (0, "/cached/a".into()));
}

#[test]
fn orders_are_learned_behind_the_answer_unless_a_stored_response_waits_for_them() {
    let rungs = |stored| Rungs { stored, has_snapshots: true };
    for (way, learns_while_old) in [
        (Way::Straight(rungs(StoredUse::OnError)), false),
        (Way::Ladder(rungs(StoredUse::AsCache)), false),
        (Way::Straight(rungs(StoredUse::Never)), true),
        (Way::Ladder(rungs(StoredUse::Never)), true),
        (Way::Upgrade, true),
        (Way::Bypass, true),
    ] {
        assert_eq!(way.learns_behind(false), learns_while_old, "{way:?}");
        assert!(way.learns_behind(true), "{way:?}");
    }
}

#[test]
fn a_visitor_of_a_closed_site_has_it_learn_that_it_was_opened() {
    let facts = Facts { path: "/kept/a", ..PLAIN };
    assert!(way_of(&facts, &Known::closed()).learns_behind(false));
}
