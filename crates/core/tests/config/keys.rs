//! Errors in keys, types and syntax, which are refused anywhere in the file.

use super::{VALID, check, check_breaker, check_file, check_route};

#[test]
fn a_syntax_error_names_its_place() {
    check(
        "name = \"Shop\"",
        "name = \"Shop",
        "breakwater.toml:2:13: invalid basic string, expected `\"`",
    );
    check(
        "[upstreams.web]",
        "[upstreams.web",
        "breakwater.toml:5:15: unclosed table, expected `]`",
    );
    check("[upstreams.web]", "[upstreams.api]", "breakwater.toml:8:12: duplicate key `api`");
    check("probe = \"/\"", "origin = \"x\"", "breakwater.toml:7:1: duplicate key `origin`");
    check(
        "\"https://web.example\"",
        "https://user:secret@web.example",
        "breakwater.toml:6:10: string values must be quoted, expected literal string",
    );
}

#[test]
fn a_misspelt_key_is_named_with_the_one_that_was_meant() {
    check(
        "[upstreams.web]",
        "[upstream.web]",
        "breakwater.toml:5:2: unknown key `upstream` (did you mean `upstreams`?), \
         expected one of `site`, `upstreams`, `routes`, `dependencies`, `snapshots`, \
         `maintenance`, `checks`, `components`, `status`, `channels`, `alerts`, `globalping`, \
         `budget`, `operators`, `logs`, `tracing`, `objectives`, `sentry`",
    );
    check(
        "host = \"shop.example\"",
        "hots = \"shop.example\"",
        "breakwater.toml:3:1: site: unknown key `hots` (did you mean `host`?), \
         expected one of `name`, `host`, `status_host`, `status`, `health`, `locales`, `banner`, \
         `plan`, `zone`, `maintenance_secret`",
    );
    check(
        "probe = \"/\"",
        "prob = \"/\"",
        "breakwater.toml:7:1: upstreams.web: unknown key `prob` (did you mean `probe`?), \
         expected one of `origin`, `insecure`, `host`, `critical`, `probe`, `dialect`, \
         `breaker`",
    );
    check_breaker(
        "{ open_fro = \"5s\" }",
        "breakwater.toml:11:13: upstreams.api.breaker: unknown key `open_fro` (did you mean \
         `open_for`?), expected one of `consecutive_failures`, `failure_rate`, `slow_call_rate`, \
         `slow_call`, `window`, `window_calls`, `minimum_calls`, `open_for`, `backoff`, \
         `open_for_max`, `jitter`, `probes`, `probe_successes`, `probe_timeout`, `ramp`, \
         `max_concurrent`, `count`, `mode`",
    );
    check_route(
        "time_out = \"5s\"",
        "breakwater.toml:15:1: routes[0]: unknown key `time_out` (did you mean `timeout`?), \
         expected one of `match`, `upstream`, `escaped_slashes`, `backup`, `timeout`, `deadline`, \
         `idle`, `upload_idle`, `patience`, `retry`, `private`, \
         `cache`, `negative_ttl`, `unkeyed`, `override_cache_control`, `breaker`, `banner`, \
         `degrade`",
    );
    check(
        "{ stale_if_error = \"1h\" }",
        "{ fallbak = \"page\" }",
        "breakwater.toml:16:13: routes[0].degrade: unknown key `fallbak` (did you mean \
         `fallback`?), expected one of `stale_if_error`, `fallback`",
    );
}

#[test]
fn a_key_of_a_later_version_is_unknown() {
    check(
        "[upstreams.web]",
        "[[egress]]\nname = \"a\"\n[upstreams.web]",
        "breakwater.toml:5:3: unknown key `egress`, expected one of `site`, `upstreams`, \
         `routes`, `dependencies`, `snapshots`, `maintenance`, `checks`, `components`, `status`, \
         `channels`, `alerts`, `globalping`, `budget`, `operators`, `logs`, `tracing`, \
         `objectives`, `sentry`",
    );
}

#[test]
fn the_first_unknown_key_of_a_table_is_reported() {
    check(
        "probe = \"/\"",
        "zzz = 1\naaa = 2",
        "breakwater.toml:7:1: upstreams.web: unknown key `zzz`, \
         expected one of `origin`, `insecure`, `host`, `critical`, `probe`, `dialect`, \
         `breaker`",
    );
}

#[test]
fn a_missing_key_is_named() {
    check_file("", "breakwater.toml:1:1: missing key `site`");
    check("host = \"shop.example\"\n", "", "breakwater.toml:1:1: site: missing key `host`");
    check("name = \"Shop\"\n", "", "breakwater.toml:1:1: site: missing key `name`");
    check(
        "origin = \"https://web.example\"\n",
        "",
        "breakwater.toml:5:1: upstreams.web: missing key `origin`",
    );
    check("match = \"/api/*\"\n", "", "breakwater.toml:12:1: routes[0]: missing key `match`");
    check("upstream = \"web\"\n", "", "breakwater.toml:17:1: routes[1]: missing key `upstream`");
    let site = "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n";
    check_file(site, "breakwater.toml:1:1: missing key `upstreams`");
    check_file(
        &format!("{site}[upstreams]\n"),
        "breakwater.toml:4:1: upstreams: there is none, expected a table `[upstreams.NAME]`",
    );
}

#[test]
fn a_value_of_another_type_is_refused() {
    check(
        "name = \"Shop\"",
        "name = 5",
        "breakwater.toml:2:8: site.name: found the integer `5`, expected a string",
    );
    check(
        "probe = \"/\"",
        "critical = \"yes\"",
        "breakwater.toml:7:12: upstreams.web.critical: found the string `\"yes\"`, \
         expected `true` or `false`",
    );
    check_route(
        "timeout = 10",
        "breakwater.toml:15:11: routes[0].timeout: found the integer `10`, \
         expected a duration such as `30s`",
    );
    check_route(
        "breaker = \"auto\"",
        "breakwater.toml:15:11: routes[0].breaker: found the string `\"auto\"`, expected a table",
    );
    check_breaker(
        "{ failure_rate = 0.5 }",
        "breakwater.toml:11:28: upstreams.api.breaker.failure_rate: found the float `0.5`, \
         expected a share such as `50%`",
    );
    check_breaker(
        "{ consecutive_failures = [3] }",
        "breakwater.toml:11:36: upstreams.api.breaker.consecutive_failures: found a list, \
         expected a whole number",
    );
    check_breaker(
        "{ backoff = 2024-01-01 }",
        "breakwater.toml:11:23: upstreams.api.breaker.backoff: found the date `2024-01-01`, \
         expected a number",
    );
    let head = &VALID[..VALID.find("[[routes]]").unwrap()];
    check_file(
        &format!("{head}[routes]\n"),
        "breakwater.toml:12:1: routes: found a table, expected a list of tables",
    );
}
