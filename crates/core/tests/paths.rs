//! The path that a route matches is the path that is sent.

#![cfg(feature = "toml")]

use breakwater_core::base::path::{self, EscapedSlashes};
use breakwater_core::base::pattern::Pattern;
use breakwater_core::site::config::{Site, parse};
use breakwater_core::site::guard::Refused;
use breakwater_core::site::health::HealthEndpoint;
use breakwater_core::site::resolve::{Owner, Resolved, SiteHost};
use proptest::prelude::*;

const HEAD: &str = "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n\
                    status_host = \"status.shop.example\"\n\
                    [upstreams.web]\norigin = \"https://web.example\"\n";

fn site(routes: &[(&str, &str)]) -> Site {
    let mut text = HEAD.to_owned();
    for (pattern, slashes) in routes {
        text += &format!(
            "[[routes]]\nmatch = \"{pattern}\"\nupstream = \"web\"\n\
             escaped_slashes = \"{slashes}\"\n"
        );
    }
    parse("breakwater.toml", &text).expect("a site")
}

/// Returns a shop in which the paths below `/admin` have their own route, and so does a path with
/// an escape.
fn shop(slashes: &str) -> Site {
    site(&[("/admin/*", "auto"), ("/api/*", slashes), ("/%2Fodd", "keep"), ("/*", slashes)])
}

#[track_caller]
fn sent<'a>(site: &Site, written: &'a str) -> (Owner, std::borrow::Cow<'a, str>) {
    let Resolved { owner, path } = site.resolve(SiteHost::Site, written).expect(written);
    (owner, path)
}

#[test]
fn a_path_is_sent_as_written_where_both_spellings_have_the_same_route() {
    let site = shop("auto");
    for (written, route) in
        [("/web/https://x", 3), ("/api//a", 1), ("/api/%61", 1), ("/", 3), ("/a;b=/admin", 3)]
    {
        assert_eq!(sent(&site, written), (Owner::Route(route), written.into()), "{written}");
    }
}

#[test]
fn a_path_is_sent_normalised_where_it_was_written_as_another_routes() {
    let site = shop("auto");
    for (written, route, expected) in [
        ("//admin/a", 0, "/admin/a"),
        ("/%61dmin", 0, "/admin"),
        ("/x/%2e%2e/admin", 0, "/admin"),
        ("/admin/../api/a", 1, "/api/a"),
        ("/a/../%41PI", 3, "/a/../%41PI"),
    ] {
        assert_eq!(sent(&site, written), (Owner::Route(route), expected.into()), "{written}");
    }
    assert_eq!(sent(&site, "/ADMIN").0, Owner::Route(3), "the case of letters is part of a path");
}

#[test]
fn what_is_breakwaters_own_is_so_in_each_spelling() {
    let site = shop("auto");
    for written in ["/_breakwater/purge", "/%5fbreakwater/purge", "//_breakwater//purge"] {
        assert_eq!(sent(&site, written), (Owner::Operators, "/_breakwater/purge".into()));
    }
    for written in ["//health/live", "/he%61lth/live", "/x/../health/live"] {
        let live = Owner::Health(HealthEndpoint::Live);
        assert_eq!(sent(&site, written), (live, "/health/live".into()), "{written}");
    }
    for written in ["/status/feed.atom", "//status//feed.atom", "/st%61tus/x/../feed.atom"] {
        let expected = (Owner::Status, "/status/feed.atom".into());
        assert_eq!(sent(&site, written), expected, "{written}");
    }
    for written in
        ["/_breakwater%2fpurge", "/_breakwater%5Cpurge", "/health%2flive", "/status%2ffeed.atom"]
    {
        assert_eq!(site.resolve(SiteHost::Site, written), Err(Refused::EscapedSlash), "{written}");
    }
}

#[test]
fn all_paths_of_the_status_pages_host_are_the_pages_but_for_the_operators() {
    let site = shop("decode");
    for written in ["/", "/health", "/admin/a", "/api/a%2Fb", "/status", "/_breakwaters"] {
        let resolved = site.resolve(SiteHost::Status, written).expect(written);
        assert_eq!(resolved, Resolved { owner: Owner::Status, path: written.into() });
    }
    let operators = site.resolve(SiteHost::Status, "/x/..//_breakwater/purge");
    let expected = Resolved { owner: Owner::Operators, path: "/_breakwater/purge".into() };
    assert_eq!(operators, Ok(expected));
    for written in ["/x/..%2f_breakwater/purge", "/_breakwater%5Cpurge"] {
        assert_eq!(site.resolve(SiteHost::Status, written), Err(Refused::EscapedSlash));
    }
}

#[test]
fn what_only_begins_like_the_status_page_is_the_routes() {
    let site = shop("auto");
    for written in ["/statuses", "/status.json", "/Status", "/a/status"] {
        assert_eq!(sent(&site, written).0, Owner::Route(3), "{written}");
    }
}

#[test]
fn a_host_is_known_by_its_name_alone() {
    let site = shop("auto");
    for (authority, host) in [
        ("status.shop.example", SiteHost::Status),
        ("status.shop.example:8787", SiteHost::Status),
        ("Status.Shop.Example.", SiteHost::Status),
        ("shop.example", SiteHost::Site),
        ("a.status.shop.example", SiteHost::Site),
        ("status.shop.example.evil.example", SiteHost::Site),
        ("127.0.0.1:8787", SiteHost::Site),
        ("[::1]:8787", SiteHost::Site),
        ("", SiteHost::Site),
    ] {
        assert_eq!(site.host_named(authority), host, "{authority}");
    }
}

#[test]
fn escaped_slashes_are_what_the_route_says() {
    let written = "/api/a%2F..%5c../admin";
    for (slashes, expected) in [
        ("auto", Err(Refused::EscapedSlash)),
        ("refuse", Err(Refused::EscapedSlash)),
        ("keep", Ok((Owner::Route(1), written))),
        ("decode", Ok((Owner::Route(0), "/admin"))),
    ] {
        let expected = expected.map(|(owner, path)| Resolved { owner, path: path.into() });
        assert_eq!(shop(slashes).resolve(SiteHost::Site, written), expected, "{slashes}");
    }
    for (slashes, expected) in [
        ("auto", Some("/api/group%2fname")),
        ("refuse", None),
        ("keep", Some("/api/group%2fname")),
        ("decode", Some("/api/group/name")),
    ] {
        let site = shop(slashes);
        let resolved = site.resolve(SiteHost::Site, "/api/group%2fname").ok();
        assert_eq!(resolved.as_ref().map(|resolved| &*resolved.path), expected, "{slashes}");
    }
}

#[test]
fn a_path_with_a_nul_or_a_control_character_is_refused() {
    for written in ["/a%00b", "/admin%00", "/a\u{1}", "/a\tb", "/a\u{7f}"] {
        assert_eq!(
            shop("keep").resolve(SiteHost::Site, written),
            Err(Refused::ControlCharacter),
            "{written:?}"
        );
    }
}

prop_compose! {
    fn path()(parts in prop::collection::vec(prop::sample::select(&[
        "/", "/", "/", "a", "b", ".", "..", "%2e", "%2E", "%2f", "%2F", "%5c", "%5C", "%61", "%25",
        "%", "%2", "%00", ";", "A", "\\", "é", "%C3", "health", "/live", "_breakwater", "%5f",
        "status", "%73tatus",
    ][..]), 0..12)) -> String {
        let mut path = parts.concat();
        path.insert(0, '/');
        path
    }
}

prop_compose! {
    fn table()(
        routes in prop::collection::vec((
            prop::sample::select(
                &["/a", "/a/*", "/a/b", "/a/b/*", "/b/*", "/a/", "/%2F/*", "/a%2Fb/*"][..],
            ),
            prop::sample::select(&["auto", "keep", "refuse", "decode"][..]),
        ), 0..5),
        last in prop::sample::select(&["auto", "keep", "refuse", "decode"][..]),
    ) -> Site {
        let mut kept: Vec<(&str, &str)> = Vec::new();
        for route in routes {
            let covers = |above: &str| {
                let pattern = |text| Pattern::parse(text).expect("a pattern");
                pattern(above).covers(&pattern(route.0))
            };
            if !kept.iter().any(|(above, _)| covers(above)) {
                kept.push(route);
            }
        }
        kept.push(("/*", last));
        site(&kept)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn what_is_sent_belongs_to_the_owner_that_was_chosen(
        site in table(),
        host in prop::sample::select(&[SiteHost::Site, SiteHost::Site, SiteHost::Status][..]),
        written in path(),
    ) {
        let Ok(Resolved { owner, path }) = site.resolve(host, &written) else { return Ok(()) };
        let normalised = path::normalise(&path);
        prop_assert_eq!(site.owner(host, &normalised), owner, "normalised by the upstream");
        prop_assert_eq!(site.owner(host, &path), owner, "taken as it stands");
        let is_status = host == SiteHost::Status && !normalised.starts_with("/_breakwater");
        prop_assert!(!is_status || owner == Owner::Status, "its own host has nothing else");
        let Owner::Route(route) = owner else {
            prop_assert!(path::is_normalised(&path));
            return Ok(());
        };
        if site.routes[route].escaped_slashes == EscapedSlashes::Auto
            && let Some(decoded) = path::with_decoded_slashes(&path)
        {
            prop_assert_eq!(site.owner(host, &decoded), owner, "decoded by the upstream");
        }
        // The path that is sent is sent unchanged when it is requested again.
        let again = site.resolve(host, &path);
        let again = again.as_ref().map(|again| (again.owner, &*again.path));
        prop_assert_eq!(again, Ok((owner, &*path)));
    }
}
