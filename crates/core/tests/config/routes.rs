//! The routes that are refused.

use breakwater_core::site::config::UPLOAD_MAX;
use breakwater_core::site::degrade::{BannerRule, Fallback};

use super::{VALID, check, check_file, check_route, site};

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
             expected 1ms to 10s, the route's `timeout`",
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

#[test]
fn a_redirect_needs_a_status_page_that_it_leads_to() {
    let redirect = "{ fallback = \"redirect\" }";
    let with_host = VALID.replace("{ stale_if_error = \"1h\" }", redirect);
    let with_path = with_host.replace("status_host = \"status.shop.example\"\n", "");
    for text in [&with_host, &with_path] {
        assert_eq!(site(text).routes[0].degrade.fallback, Fallback::Redirect);
    }
    check_file(
        &with_host.replace("status_host = \"status.shop.example\"", "status = false"),
        "breakwater.toml:16:24: routes[0].degrade.fallback: `redirect` is not allowed, \
         expected `status` or `status_host` in [site] beside it",
    );
}

#[test]
fn a_route_that_is_private_caches_nothing() {
    check_route(
        "private = true\ncache = true",
        "breakwater.toml:16:9: routes[0].cache: `true` is not allowed, \
         expected no copies on a route with `private = true`",
    );
}

#[test]
fn a_backup_is_another_known_upstream() {
    check_route(
        "backup = \"cdn\"",
        "breakwater.toml:15:10: routes[0].backup: unknown upstream `cdn`, expected one of `web`, \
         `api`",
    );
    check_route(
        "backup = \"api\"",
        "breakwater.toml:15:10: routes[0].backup: `api` is not allowed, \
         expected another upstream than the route's own",
    );
}

#[test]
fn a_deadline_is_no_shorter_than_one_call() {
    for deadline in ["9999ms", "11m"] {
        check_route(
            &format!("timeout = \"10s\"\ndeadline = \"{deadline}\""),
            &format!(
                "breakwater.toml:16:12: routes[0].deadline: `{deadline}` is out of range, \
                 expected 10s, the route's `timeout`, to 10m"
            ),
        );
    }
    check_route(
        "idle = \"0s\"",
        "breakwater.toml:15:8: routes[0].idle: `0s` is out of range, expected 1ms to 5m",
    );
    for upload_idle in ["0s", "301s"] {
        check_route(
            &format!("upload_idle = \"{upload_idle}\""),
            &format!(
                "breakwater.toml:15:15: routes[0].upload_idle: `{upload_idle}` is out of range, \
                 expected 1ms to 5m"
            ),
        );
    }
}

#[test]
fn calls_end_before_the_platform_ends_them_where_a_copy_may_answer_first() {
    const WHY: &str = "since a copy may answer after `patience`, and the platform ends what still \
                       runs 30s later";
    check_route(
        "cache = true\ntimeout = \"1m\"",
        &format!(
            "breakwater.toml:16:11: routes[0].timeout: `1m` is out of range, expected 1ms to \
             31s, {WHY}"
        ),
    );
    check_route(
        "cache = true\npatience = \"500ms\"\ntimeout = \"30s\"",
        &format!(
            "breakwater.toml:17:11: routes[0].timeout: `30s` is out of range, expected 1ms to \
             29500ms, {WHY}"
        ),
    );
    check_route(
        "cache = true\ntimeout = \"20s\"\ndeadline = \"40s\"",
        &format!(
            "breakwater.toml:17:12: routes[0].deadline: `40s` is out of range, expected 1ms to \
             31s, {WHY}"
        ),
    );
    // `stale_if_error` alone has the same effect.
    check_route(
        "timeout = \"5m\"",
        &format!(
            "breakwater.toml:15:11: routes[0].timeout: `5m` is out of range, expected 1ms to \
             31s, {WHY}"
        ),
    );
}

#[test]
fn default_deadlines_end_calls_before_the_platform_does() {
    let lasting = |keys: &str| {
        let text = VALID.replace("timeout = \"10s\"", keys);
        let route = site(&text).routes.swap_remove(0);
        (route.timeout.get(), route.deadline.get())
    };
    assert_eq!(lasting("cache = true\npatience = \"500ms\""), (10_000, 10_000));
    assert_eq!(lasting("backup = \"web\"\ncache = true"), (10_000, 20_000));
    assert_eq!(lasting("backup = \"web\"\ntimeout = \"20s\""), (20_000, 31_000));
}

#[test]
fn a_permit_outlasts_the_body_that_passes() {
    let route = site(VALID).routes.swap_remove(0);
    let longest = UPLOAD_MAX.get() + route.timeout.get();
    assert!(route.lease(true).get() > longest);
    assert!(route.lease(false).get() > route.timeout.get() && route.lease(false).get() < longest);
}

#[test]
fn errors_are_kept_for_minutes_at_most_and_by_caches_alone() {
    check_route(
        "cache = true\nnegative_ttl = \"6m\"",
        "breakwater.toml:16:16: routes[0].negative_ttl: `6m` is out of range, expected 1ms to 5m",
    );
    check_route(
        "negative_ttl = \"10s\"",
        "breakwater.toml:15:16: routes[0].negative_ttl: `10s` is not allowed, expected \
         `cache = true` on the route beside it",
    );
}

#[test]
fn what_answers_say_of_stale_use_is_overridden_by_a_word_of_the_routes_own() {
    check(
        "degrade = { stale_if_error = \"1h\" }",
        "override_cache_control = true",
        "breakwater.toml:16:26: routes[0].override_cache_control: `true` is not allowed, expected \
         `degrade = { stale_if_error = ... }` on the route",
    );
    let text = VALID.replacen("degrade =", "override_cache_control = true\ndegrade =", 1);
    assert!(site(&text).routes[0].store_rules().overrides);
}

#[test]
fn retries_have_limits() {
    check_route(
        "retry = { attempts = 11 }",
        "breakwater.toml:15:22: routes[0].retry.attempts: cannot be `11`, expected 1 to 10",
    );
    check_route(
        "retry = { tries = 2 }",
        "breakwater.toml:15:11: routes[0].retry: unknown key `tries`, expected one of `attempts`, \
         `base`, `max`, `budget`, `min_concurrency`",
    );
}

#[test]
fn unkeyed_fields_are_names_and_never_who_asks() {
    for name in ["Foo", "", "a b", "cookie", "authorization"] {
        check_route(
            &format!("unkeyed = [\"{name}\"]"),
            &format!(
                "breakwater.toml:15:12: routes[0].unkeyed[0]: `{name}` is not allowed, \
                 expected the name of a request field in lower case, other than `cookie` and \
                 `authorization`"
            ),
        );
    }
    check_route(
        "unkeyed = \"foo\"",
        "breakwater.toml:15:11: routes[0].unkeyed: found the string `\"foo\"`, \
         expected a list of field names",
    );
}

#[test]
fn escaped_slashes_are_dealt_with_in_one_of_four_ways() {
    check_route(
        "escaped_slashes = \"unescape\"",
        "breakwater.toml:15:19: routes[0].escaped_slashes: unknown way with escaped slashes \
         `unescape`, expected one of `auto`, `keep`, `refuse`, `decode`",
    );
}

#[test]
fn a_route_says_who_is_told_that_a_page_is_a_stored_one() {
    let rule =
        |line: &str| site(&VALID.replace("timeout = \"10s\"", line)).routes[0].banner.clone();
    assert_eq!(rule(""), None);
    assert_eq!(rule("banner = true"), Some(BannerRule::All));
    assert_eq!(rule("banner = false"), Some(BannerRule::Off));
    let names = ["sessionid".into(), "wordpress_logged_in_*".into()];
    assert_eq!(
        rule("banner = [\"sessionid\", \"wordpress_logged_in_*\"]"),
        Some(BannerRule::Cookies(names.into()))
    );
    check_route(
        "banner = \"all\"",
        "breakwater.toml:15:10: routes[0].banner: found the string `\"all\"`, expected `true`, \
         `false`, or a list of names of cookies",
    );
    for name in ["*", "a b", "a*b", ""] {
        check_route(
            &format!("banner = [\"{name}\"]"),
            &format!(
                "breakwater.toml:15:11: routes[0].banner[0]: `{name}` is not allowed, expected \
                 the name of a cookie, with `*` at its end at most"
            ),
        );
    }
}
