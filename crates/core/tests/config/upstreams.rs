//! The sites, upstreams and breakers that are refused.

use breakwater_core::circuit::outcome::Dialect;

use super::{VALID, check, check_breaker, check_route, site};

#[test]
fn a_site_has_a_name_and_bare_hosts() {
    let bare = "expected a bare host name in lower case, such as `shop.example`";
    for host in ["https://shop.example", "shop.example:8080", "shop.example/", "Shop.example", ""] {
        check(
            "\"shop.example\"",
            &format!("\"{host}\""),
            &format!("breakwater.toml:3:8: site.host: `{host}` is not allowed, {bare}"),
        );
    }
    check(
        "\"status.shop.example\"",
        "\"status.shop.example.\"",
        &format!(
            "breakwater.toml:4:15: site.status_host: `status.shop.example.` is not allowed, {bare}"
        ),
    );
    check(
        "\"status.shop.example\"",
        "\"shop.example\"",
        "breakwater.toml:4:15: site.status_host: `shop.example` is not allowed, \
         expected another host than `site.host`",
    );
    check(
        "\"Shop\"",
        "\" \"",
        "breakwater.toml:2:8: site.name: ` ` is not allowed, expected a name in one line",
    );
}

#[test]
fn the_status_is_served_below_a_path_or_not_at_all() {
    const EXPECTED: &str = "`false`, or a path without a slash at its end, such as `/status`";
    for (written, shown) in [("\"up\"", "up"), ("\"/up/\"", "/up/"), ("\"/\"", "/")] {
        check(
            "status_host =",
            &format!("status = {written}\nstatus_host ="),
            &format!(
                "breakwater.toml:4:10: site.status: `{shown}` is not allowed, expected {EXPECTED}"
            ),
        );
    }
    let with =
        |line: &str| site(&VALID.replace("status_host =", &format!("{line}\nstatus_host =")));
    assert_eq!(with("").status.as_deref(), Some("/status"));
    assert_eq!(with("status = \"/up\"").status.as_deref(), Some("/up"));
    assert_eq!(with("status = false").status, None);
}

#[test]
fn status_and_health_are_apart() {
    const EXPECTED: &str = "a path that is not below `site.health`, and not above it";
    for (lines, place, shown) in [
        ("status = \"/health\"", "4:10", "/health"),
        ("status = \"/health/page\"", "4:10", "/health/page"),
        ("health = \"/status/health\"\nstatus = \"/status\"", "5:10", "/status"),
        ("health = \"/status\"", "1:1", "/status"),
    ] {
        check(
            "status_host =",
            &format!("{lines}\nstatus_host ="),
            &format!(
                "breakwater.toml:{place}: site.status: `{shown}` is not allowed, expected {EXPECTED}"
            ),
        );
    }
    site(&VALID.replace("status_host =", "health = false\nstatus = \"/health\"\nstatus_host ="));
    site(&VALID.replace("status_host =", "health = \"/status-of-health\"\nstatus_host ="));
}

#[test]
fn a_route_leads_to_no_path_of_the_status() {
    const EXPECTED: &str = "a path that is not below `site.status`, where the public status is";
    for pattern in ["/status", "/status/*", "/status/feed.atom"] {
        check(
            "\"/api/*\"",
            &format!("\"{pattern}\""),
            &format!(
                "breakwater.toml:13:9: routes[0].match: `{pattern}` is not allowed, \
                 expected {EXPECTED}"
            ),
        );
    }
    let elsewhere = VALID.replace("\"/api/*\"", "\"/status/*\"");
    site(&elsewhere.replace("status_host =", "status = \"/up\"\nstatus_host ="));
    site(&VALID.replace("\"/api/*\"", "\"/status-codes/*\""));
}

#[test]
fn an_upstream_name_fits_into_a_header() {
    let expected = "is not allowed, expected a letter a-z, then up to 31 of a-z, 0-9, `_` and `-`";
    let long = "a".repeat(33);
    for (key, path, name) in [
        ("Web", "Web", "Web"),
        ("9web", "9web", "9web"),
        ("\"we b\"", "\"we b\"", "we b"),
        (&long, &long, &long),
    ] {
        check(
            "[upstreams.web]",
            &format!("[upstreams.{key}]"),
            &format!("breakwater.toml:5:12: upstreams.{path}: `{name}` {expected}"),
        );
    }
}

#[test]
fn an_origin_is_secure_and_names_a_place_only() {
    for (text, expected) in [
        (
            "ftp://web.example",
            "`ftp://web.example` is not an origin, expected `https://` and a host",
        ),
        (
            "http://web.example",
            "`http://web.example` is not an origin, expected `https://`; or `insecure = true` \
             beside it, with which cookies, passwords and pages can be read and changed on the way",
        ),
        (
            "https://user:secret@web.example",
            "`https://…@web.example` is not an origin, expected no user and no password in it",
        ),
        (
            "https://web.example?key=secret",
            "`https://web.example?…` is not an origin, expected no query and no fragment",
        ),
        (
            "https://web.example/",
            "`https://web.example/` is not an origin, expected no trailing slash",
        ),
        (
            "https://web.example/a//b",
            "`https://web.example/a//b` is not an origin, \
             expected a normalised, percent-encoded base path",
        ),
        (
            "https://web_1.example",
            "`https://web_1.example` is not an origin, \
             expected a host name in lower case, or an address",
        ),
        (
            "https://web.example:99999",
            "`https://web.example:99999` is not an origin, expected a port from 1 to 65535",
        ),
    ] {
        check(
            "\"https://web.example\"",
            &format!("\"{text}\""),
            &format!("breakwater.toml:6:10: upstreams.web.origin: {expected}"),
        );
    }
}

#[test]
fn an_unknown_dialect_is_refused_with_the_known_ones() {
    check(
        "dialect = \"http\"",
        "dialect = \"graphql\"",
        "breakwater.toml:10:11: upstreams.api.dialect: unknown dialect `graphql`, expected one of \
         `http`, `gemini`, `removebg`, `supabase_postgrest`, `supabase_storage`, `supabase_auth`, \
         `upstash`",
    );
}

#[test]
fn every_dialect_has_a_name() {
    for (name, dialect) in [
        ("http", Dialect::Http),
        ("gemini", Dialect::Gemini),
        ("removebg", Dialect::Removebg),
        ("supabase_postgrest", Dialect::SupabasePostgrest),
        ("supabase_storage", Dialect::SupabaseStorage),
        ("supabase_auth", Dialect::SupabaseAuth),
        ("upstash", Dialect::Upstash),
    ] {
        let text = VALID.replace("\"http\"", &format!("\"{name}\""));
        assert_eq!(site(&text).upstreams[1].dialect, dialect);
    }
}

#[test]
fn a_probe_is_a_path() {
    for (probe, shown) in [
        ("health", "health"),
        ("//evil.example", "//evil.example"),
        ("https://web.example/", "https://web.example/"),
        ("/a b?key=secret", "/a b?…"),
    ] {
        check(
            "probe = \"/\"",
            &format!("probe = \"{probe}\""),
            &format!(
                "breakwater.toml:7:9: upstreams.web.probe: `{shown}` is not allowed, \
                 expected a normalised path that begins with `/`"
            ),
        );
    }
    let site = site(&VALID.replace("probe = \"/\"", "probe = \"/rest/v1/?limit=1\""));
    assert_eq!(site.upstreams[0].probe.as_deref(), Some("/rest/v1/?limit=1"));
}

#[test]
fn a_breaker_that_cannot_be_is_refused_at_its_key() {
    check_breaker(
        "{ probes = 2, probe_successes = 3 }",
        "breakwater.toml:11:43: upstreams.api.breaker.probe_successes: cannot be `3`, \
         expected 1 to 2",
    );
    check_breaker(
        "{ window = \"10s\", window_calls = 10 }",
        "breakwater.toml:11:44: upstreams.api.breaker.window_calls: cannot be `10`, \
         expected either `window` or `window_calls`",
    );
    check_breaker(
        "{ slow_call = \"2s\" }",
        "breakwater.toml:11:25: upstreams.api.breaker.slow_call: cannot be `2s`, \
         expected `slow_call_rate` beside it, such as `50%`",
    );
    check_breaker(
        "{ failure_rate = \"150%\" }",
        "breakwater.toml:11:28: upstreams.api.breaker.failure_rate: `150%` is not a share, \
         expected a percentage from `0%` to `100%`",
    );
    check_breaker(
        "{ open_for = \"-5s\" }",
        "breakwater.toml:11:24: upstreams.api.breaker.open_for: `-5s` is not a duration, \
         expected a whole number with a unit: `250ms`, `30s`, `5m`, `1h`, `7d`",
    );
    check_breaker(
        "{ probes = -1 }",
        "breakwater.toml:11:22: upstreams.api.breaker.probes: `-1` is out of range, \
         expected a whole number from 0 to 4294967295",
    );
    check_breaker(
        "{ backoff = 0.5 }",
        "breakwater.toml:11:23: upstreams.api.breaker.backoff: cannot be `0.5`, \
         expected a factor from 1 to 100",
    );
    check_breaker(
        "{ count = \"4xx\" }",
        "breakwater.toml:11:21: upstreams.api.breaker.count: unknown count `4xx`, \
         expected one of `gateway`, `5xx`",
    );
    check_breaker(
        "{ mode = \"off\" }",
        "breakwater.toml:11:20: upstreams.api.breaker.mode: unknown mode `off`, \
         expected one of `auto`, `metrics_only`",
    );
    check_route(
        "breaker = { probes = 0 }",
        "breakwater.toml:15:22: routes[0].breaker.probes: cannot be `0`, expected 1 to 1000",
    );
}

#[test]
fn health_is_told_below_a_path_or_not_at_all() {
    const EXPECTED: &str = "`false`, or a path without a slash at its end, such as `/health`";
    for (written, shown) in [
        ("\"up\"", "up"),
        ("\"/up/\"", "/up/"),
        ("\"/\"", "/"),
        ("\"/a/*\"", "/a/*"),
        ("\"/_breakwater\"", "/_breakwater"),
    ] {
        check(
            "status_host =",
            &format!("health = {written}\nstatus_host ="),
            &format!(
                "breakwater.toml:4:10: site.health: `{shown}` is not allowed, expected {EXPECTED}"
            ),
        );
    }
    check(
        "status_host =",
        "health = true\nstatus_host =",
        &format!(
            "breakwater.toml:4:10: site.health: found the boolean `true`, expected {EXPECTED}"
        ),
    );
    let health = |line: &str| {
        site(&VALID.replace("status_host =", &format!("{line}\nstatus_host ="))).health
    };
    assert_eq!(health("").as_deref(), Some("/health"));
    assert_eq!(health("health = \"/up\"").as_deref(), Some("/up"));
    assert_eq!(health("health = false"), None);
}

#[test]
fn clear_text_to_another_machine_is_said_in_the_file() {
    let insecure = VALID.replace(
        "origin = \"https://web.example\"",
        "origin = \"http://10.0.0.5:8080\"\ninsecure = true",
    );
    assert_eq!(site(&insecure).upstreams[0].origin.as_str(), "http://10.0.0.5:8080");
    check(
        "probe = \"/\"",
        "insecure = true",
        "breakwater.toml:7:12: upstreams.web.insecure: `true` is not allowed, expected none, since \
         what is sent to this `origin` cannot be read on the way",
    );
}

#[test]
fn an_upstream_is_asked_by_its_own_name_or_by_another() {
    let host = |line: &str| {
        let text = VALID.replace("probe = \"/\"", &format!("probe = \"/\"\n{line}"));
        site(&text).upstreams[0].host.clone()
    };
    assert_eq!(host(""), None);
    assert_eq!(host("host = \"upstream\""), None);
    assert_eq!(host("host = \"site\"").as_deref(), Some("shop.example"));
    assert_eq!(host("host = \"blog.example\"").as_deref(), Some("blog.example"));
    for text in ["https://shop.example", "shop.example:8080", "Shop.example", ""] {
        check(
            "probe = \"/\"",
            &format!("host = \"{text}\""),
            &format!(
                "breakwater.toml:7:8: upstreams.web.host: `{text}` is not allowed, expected \
                 `site`, `upstream`, or a bare host name in lower case, such as `shop.example`"
            ),
        );
    }
}
