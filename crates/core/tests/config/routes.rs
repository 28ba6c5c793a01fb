//! What is refused of routes.

use super::{VALID, check, check_file, check_route};

#[test]
fn a_route_leads_to_a_known_upstream() {
    check(
        "upstream = \"api\"",
        "upstream = \"ap\"",
        "breakwater.toml:14:12: routes[0].upstream: unknown upstream `ap`, \
         expected one of `web`, `api`",
    );
}

#[test]
fn a_pattern_is_a_normalised_path_with_a_star_at_its_end() {
    for (pattern, expected) in [
        ("api/*", "`api/*` has no leading slash, expected `/…`"),
        ("/a/*/b", "`/a/*/b` has a misplaced `*`, expected it only at the end, after a `/`"),
        ("/account*", "`/account*` has a misplaced `*`, expected it only at the end, after a `/`"),
        ("/a//b", "`/a//b` is not normalised, expected `/a/b`"),
        ("/a/../b", "`/a/../b` is not normalised, expected `/b`"),
        ("/%61/*", "`/%61/*` is not normalised, expected `/a/*`"),
        ("/a?b", "`/a?b` contains `?`, expected a percent-encoded path"),
        ("/a\\nb", "`/a\\nb` contains `\\n`, expected a percent-encoded path"),
        ("/_breakwater/*", "`/_breakwater/*` is reserved, expected a path outside `/_breakwater/`"),
        ("/_breakwater", "`/_breakwater` is reserved, expected a path outside `/_breakwater/`"),
    ] {
        check(
            "\"/api/*\"",
            &format!("\"{pattern}\""),
            &format!("breakwater.toml:13:9: routes[0].match: {expected}"),
        );
    }
}

#[test]
fn a_route_that_never_matches_is_refused_with_the_one_that_shadows_it() {
    let below = |pattern: &str| {
        format!("[[routes]]\nmatch = \"{pattern}\"\nupstream = \"web\"\n[[routes]]\nmatch = \"/*\"")
    };
    let last = "[[routes]]\nmatch = \"/*\"";
    check(
        last,
        &below("/api/*"),
        "breakwater.toml:18:9: routes[1].match: `/api/*` is a duplicate of routes[0] on line 13, \
         expected each pattern once",
    );
    for pattern in ["/api", "/api/search", "/api/search/*"] {
        check(
            last,
            &below(pattern),
            &format!(
                "breakwater.toml:18:9: routes[1].match: `{pattern}` can never match after \
                 `/api/*` of routes[0] on line 13, expected it above that"
            ),
        );
    }
    check(
        "\"/api/*\"",
        "\"/*\"",
        "breakwater.toml:18:9: routes[1].match: `/*` is a duplicate of routes[0] on line 13, \
         expected each pattern once",
    );
}

#[test]
fn the_last_route_takes_the_rest() {
    check(
        "\"/*\"",
        "\"/shop/*\"",
        "breakwater.toml:18:9: routes[1].match: `/shop/*` is the last route, \
         expected `/*` as the last",
    );
    let head = &VALID[..VALID.find("[[routes]]").unwrap()];
    check_file(head, "breakwater.toml:1:1: missing key `routes`");
    check_file(
        &format!("routes = []\n{head}"),
        "breakwater.toml:1:10: routes: there is none, expected a route with `match = \"/*\"`",
    );
}

#[test]
fn times_of_a_route_have_limits() {
    for (line, expected) in [
        ("timeout = \"0s\"", "15:11: routes[0].timeout: `0s` is out of range, expected 1ms to 5m"),
        ("timeout = \"6m\"", "15:11: routes[0].timeout: `6m` is out of range, expected 1ms to 5m"),
        (
            "timeout = \"-5s\"",
            "15:11: routes[0].timeout: `-5s` is not a duration, \
             expected a whole number with a unit: `250ms`, `30s`, `5m`, `1h`, `7d`",
        ),
        (
            "patience = \"0s\"",
            "15:12: routes[0].patience: `0s` is out of range, \
             expected 1ms to 30s, the route's `timeout`",
        ),
        (
            "patience = \"20s\"\ntimeout = \"10s\"",
            "15:12: routes[0].patience: `20s` is out of range, \
             expected 1ms to 10s, the route's `timeout`",
        ),
    ] {
        check_route(line, &format!("breakwater.toml:{expected}"));
    }
    for age in ["0s", "31d"] {
        check(
            "\"1h\"",
            &format!("\"{age}\""),
            &format!(
                "breakwater.toml:16:30: routes[0].degrade.stale_if_error: `{age}` is out of \
                 range, expected 1ms to 30d"
            ),
        );
    }
}

#[test]
fn a_private_route_keeps_no_copies() {
    check_route(
        "private = true",
        "breakwater.toml:16:30: routes[0].degrade.stale_if_error: `1h` is not allowed, \
         expected no copies on a route with `private = true`",
    );
}

#[test]
fn an_unknown_fallback_is_refused_with_the_known_ones() {
    check(
        "{ stale_if_error = \"1h\" }",
        "{ fallback = \"json\" }",
        "breakwater.toml:16:24: routes[0].degrade.fallback: unknown fallback `json`, \
         expected one of `auto`, `page`, `problem`, `redirect`",
    );
}
