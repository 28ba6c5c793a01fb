//! Which phase comes before which.

use breakwater_core::site::guard::{FIELDS_MAX, Refused, URL_MAX};
use breakwater_core::site::health::HealthEndpoint;
use breakwater_core::site::request::{Context, Facts, Plan, Way};
use breakwater_core::site::resolve::SiteHost;
use proptest::prelude::*;

use crate::{Known, PLAIN, planned, way_of};

fn at(path: &str) -> Facts<'_> {
    Facts { path, ..PLAIN }
}

#[test]
fn an_unclear_path_is_refused_before_anybody_owns_it() {
    for path in ["/_breakwater/%00", "/health%00", "/a%00"] {
        let refused = Plan::Refused(Refused::ControlCharacter);
        assert_eq!(planned(&at(path), &Known::closed()), refused, "{path}");
    }
}

#[test]
fn operators_and_health_answer_before_the_guard() {
    let large = Facts { url_bytes: URL_MAX + 1, fields_bytes: FIELDS_MAX + 1, ..PLAIN };
    let operators = Facts { path: "/_breakwater/upstreams", ..large };
    let expected = Plan::Operators { path: "/_breakwater/upstreams".into() };
    assert_eq!(planned(&operators, &Known::default()), expected);
    let health = Facts { path: "/health/live", ..large };
    assert_eq!(planned(&health, &Known::default()), Plan::Health(HealthEndpoint::Live));
}

#[test]
fn the_public_status_answers_before_the_guard_and_while_the_site_is_closed() {
    let large = Facts { url_bytes: URL_MAX + 1, fields_bytes: FIELDS_MAX + 1, ..PLAIN };
    for (host, path, expected) in [
        (SiteHost::Site, "/status", "/status"),
        (SiteHost::Site, "/a/..//status/./feed.atom", "/status/feed.atom"),
        (SiteHost::Status, "/", "/"),
        (SiteHost::Status, "/cached/a", "/cached/a"),
        (SiteHost::Status, "/health", "/health"),
    ] {
        for facts in [Facts { host, path, ..PLAIN }, Facts { host, path, ..large }] {
            let expected = Plan::Status { path: expected.into() };
            assert_eq!(planned(&facts, &Known::closed()), expected, "{host:?} {path}");
        }
    }
}

#[test]
fn operators_answer_at_the_status_pages_host_too() {
    let facts = Facts { host: SiteHost::Status, ..at("/_breakwater/events") };
    let expected = Plan::Operators { path: "/_breakwater/events".into() };
    assert_eq!(planned(&facts, &Known::default()), expected);
}

#[test]
fn operators_get_the_normalised_path() {
    let expected = Plan::Operators { path: "/_breakwater/purge".into() };
    assert_eq!(planned(&at("/a/..//_breakwater/./purge"), &Known::default()), expected);
}

#[test]
fn operators_and_health_are_served_while_the_site_is_closed() {
    for path in ["/_breakwater/maintenance", "/health"] {
        let plan = planned(&at(path), &Known::closed());
        assert!(matches!(plan, Plan::Operators { .. } | Plan::Health(_)), "{path}");
    }
}

#[test]
fn the_guard_comes_before_the_orders() {
    let known = Known::closed();
    for (facts, refused) in [
        (Facts { url_bytes: URL_MAX + 1, ..PLAIN }, Refused::UrlTooLong(URL_MAX + 1)),
        (Facts { fields_bytes: FIELDS_MAX + 1, ..PLAIN }, Refused::FieldsTooLarge(FIELDS_MAX + 1)),
        (Facts { via: "1.1 breakwater-shop.example", ..PLAIN }, Refused::Loop),
    ] {
        assert_eq!(planned(&facts, &known), Plan::Refused(refused));
    }
    assert!(!known.was_asked_to_pass.get());
}

#[test]
fn orders_come_before_every_way_to_the_upstream() {
    for known in [Known::closed(), Known { is_bypassed: true, ..Known::closed() }] {
        for facts in [PLAIN, Facts { is_upgrade: true, ..PLAIN }, at("/cached/a"), at("/kept/a")] {
            let way = way_of(&facts, &known);
            let Way::Closed { message, .. } = way else { panic!("{way:?}") };
            assert_eq!(message.as_deref(), Some("We move house."));
        }
    }
}

#[test]
fn the_secret_opens_a_closed_site_and_is_asked_for_nowhere_else() {
    let open = Known { may_pass: true, ..Known::closed() };
    assert!(!matches!(way_of(&PLAIN, &open), Way::Closed { .. }));
    assert!(open.was_asked_to_pass.get());
    let known = Known { may_pass: true, ..Known::default() };
    way_of(&PLAIN, &known);
    assert!(!known.was_asked_to_pass.get());
}

fn facts() -> impl Strategy<Value = Facts<'static>> {
    let paths = prop::sample::select(vec![
        "/",
        "/cached/a",
        "/kept/a",
        "/retried/a",
        "/backed/a",
        "/private/a",
        "/listed/a",
        "/health",
        "/health/detailed",
        "/_breakwater/upstreams",
        "/x/../_breakwater/bypass",
        "/status",
        "/x/../status/feed.rss",
        "/statuses",
        "/a%2fb",
        "/a%00",
    ]);
    let methods = prop::sample::select(vec!["GET", "HEAD", "POST", "PUT", "OPTIONS", "QUERY"]);
    let hosts = prop::sample::select(vec![SiteHost::Site, SiteHost::Site, SiteHost::Status]);
    let vias = prop::sample::select(vec!["", "1.1 fred", "1.1 breakwater-shop.example"]);
    let sizes = (0..URL_MAX * 2, 0..FIELDS_MAX * 2);
    (paths, hosts, methods, vias, sizes, any::<bool>(), any::<bool>()).prop_map(
        |(path, host, method, via, (url_bytes, fields_bytes), has_authorization, is_upgrade)| {
            Facts {
                method,
                url_bytes,
                host,
                path,
                fields_bytes,
                via,
                has_authorization,
                is_upgrade,
            }
        },
    )
}

fn known() -> impl Strategy<Value = Known> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(is_closed, is_bypassed, may_pass)| {
        let known = if is_closed { Known::closed() } else { Known::default() };
        Known { is_bypassed, may_pass, ..known }
    })
}

proptest! {
    #[test]
    fn every_plan_obeys_the_order_of_the_phases(facts in facts(), known in known()) {
        let is_closed = !known.orders().windows().is_empty();
        let is_status = |path: &str| {
            facts.host == SiteHost::Status || path.contains("/status/") || path == "/status"
        };
        let is_ours = |path: &str| {
            path.contains("_breakwater") || path.starts_with("/health") || is_status(path)
        };
        match planned(&facts, &known) {
            Plan::Operators { path } => prop_assert!(path.starts_with("/_breakwater/")),
            Plan::Health(_) => prop_assert!(facts.path.starts_with("/health")),
            Plan::Status { .. } => prop_assert!(is_status(facts.path)),
            Plan::Refused(refused) => {
                let is_of_the_path =
                    matches!(refused, Refused::ControlCharacter | Refused::EscapedSlash);
                let path = facts.path;
                prop_assert!(is_of_the_path || !is_ours(path), "a visitor's limit met {path}");
            }
            Plan::Route { way, .. } => {
                prop_assert!(!is_ours(facts.path));
                prop_assert!(facts.url_bytes <= URL_MAX && facts.fields_bytes <= FIELDS_MAX);
                prop_assert!(!facts.via.contains("breakwater"));
                let passes = !is_closed || known.may_pass;
                let calls = !matches!(way, Way::Closed { .. });
                prop_assert_eq!(passes, calls, "a closed site calls nothing");
                match way {
                    Way::Closed { .. } => {}
                    Way::Upgrade => prop_assert!(facts.is_upgrade),
                    Way::Bypass => prop_assert!(known.is_bypassed && !facts.is_upgrade),
                    Way::Straight(rungs) | Way::Ladder(rungs) => {
                        prop_assert!(!facts.is_upgrade, "an upgrade never goes to the ladder");
                        prop_assert!(!known.is_bypassed, "nothing stands in while bypassed");
                        let is_readable = matches!(facts.method, "GET" | "HEAD");
                        prop_assert!(!rungs.any() || (is_readable && !facts.has_authorization));
                        prop_assert!(!rungs.any() || !facts.path.starts_with("/private"));
                    }
                }
            }
        }
    }
}
