//! From where checks are made, how much evidence they take, and what follows from it.

use super::{BARE, check, checks};

#[test]
fn places_are_known_and_each_stands_once() {
    for (from, expected) in [
        (
            "[]",
            "4:8: checks[0].from: there is none, expected at least one place, such as `[\"edge\"]`",
        ),
        (
            "[\"traffic\"]",
            "4:9: checks[0].from[0]: unknown place `traffic`, expected one of `edge`, `wnam`, \
             `enam`, `sam`, `weur`, `eeur`, `apac`, `apac-ne`, `apac-se`, `oc`, `afr`, `me`",
        ),
        (
            "[\"weur\", \"weur\"]",
            "4:17: checks[0].from[1]: `weur` is not allowed, expected each place once",
        ),
        (
            "[\"edge\", \"wnam\", \"enam\", \"sam\", \"weur\", \"eeur\", \"apac\"]",
            "4:56: checks[0].from[6]: `7` is out of range, expected 6 places at most",
        ),
    ] {
        check(&format!("from = {from}"), expected);
    }
}

#[test]
fn no_more_places_have_to_agree_than_there_are() {
    check(
        "places = 2",
        "4:10: checks[0].places: `2` is out of range, \
         expected 1 to 1, since the check has one place",
    );
    check(
        "upstream = \"web\"\nplaces = 3",
        "5:10: checks[0].places: `3` is out of range, expected 1 to 2, all of its places",
    );
}

#[test]
fn traffic_is_of_something_that_exists() {
    check(
        "upstream = \"wep\"",
        "4:12: checks[0].upstream: unknown upstream `wep`, expected one of `web`, `api`",
    );
    check("dependency = \"a\"", "4:14: checks[0].dependency: unknown dependency `a`");
    check(
        "upstream = \"web\"\ndependency = \"a\"",
        "5:14: checks[0].dependency: `a` is not allowed, \
         expected `upstream` or `dependency`, not both",
    );
}

#[test]
fn times_and_counts_have_limits() {
    for (lines, expected) in [
        ("every = \"999ms\"", "4:9: checks[0].every: `999ms` is out of range, expected 1s to 1d"),
        ("every = \"25h\"", "4:9: checks[0].every: `25h` is out of range, expected 1s to 1d"),
        (
            "timeout = \"31s\"",
            "4:11: checks[0].timeout: `31s` is out of range, expected 1ms to 30s",
        ),
        (
            "every = \"5s\"\ntimeout = \"6s\"",
            "5:11: checks[0].timeout: `6s` is out of range, \
             expected 1ms to 5s, the check's `every`",
        ),
        ("failures = 0", "4:12: checks[0].failures: `0` is out of range, expected 1 to 100"),
        ("successes = 101", "4:13: checks[0].successes: `101` is out of range, expected 1 to 100"),
        ("flaps = 101", "4:9: checks[0].flaps: `101` is out of range, expected 1 to 100"),
        (
            "failures = -1",
            "4:12: checks[0].failures: `-1` is out of range, \
             expected a whole number from 0 to 4294967295",
        ),
        ("recheck = \"61s\"", "4:11: checks[0].recheck: `61s` is out of range, expected 1s to 1m"),
        (
            "stale_after = \"59s\"",
            "4:15: checks[0].stale_after: `59s` is out of range, expected 1m to 7d",
        ),
        (
            "flap_window = \"8d\"",
            "4:15: checks[0].flap_window: `8d` is out of range, expected 1ms to 7d",
        ),
        (
            "stable_for = \"25h\"",
            "4:14: checks[0].stable_for: `25h` is out of range, expected 0ms to 1d",
        ),
        (
            "alert_after = \"25h\"",
            "4:15: checks[0].alert_after: `25h` is out of range, expected 0ms to 1d",
        ),
        (
            "severity = \"P4\"",
            "4:12: checks[0].severity: unknown severity `P4`, \
             expected one of `P0`, `P1`, `P2`, `P3`",
        ),
    ] {
        check(lines, expected);
    }
}

#[test]
fn a_runbook_is_a_path_or_a_secure_url() {
    for runbook in [
        "RUNBOOK.md",
        "docs/runbooks/site-down.md#steps",
        "https://wiki.example",
        "https://wiki.example/a?b=c#d",
    ] {
        let text = format!("{BARE}runbook = \"{runbook}\"\n");
        assert_eq!(checks(&text)[0].runbook.as_deref(), Some(runbook));
    }
    for (runbook, shown) in [
        ("/docs/a.md", "/docs/a.md"),
        ("docs/../../a.md", "docs/../../a.md"),
        ("docs//a.md", "docs//a.md"),
        ("./a.md", "./a.md"),
        ("#a", "#…"),
        ("a b.md", "a b.md"),
        ("a\\nb.md", "a\\nb.md"),
        ("a.md#b c", "a.md#…"),
        ("javascript:alert", "javascript:alert"),
        ("http://wiki.example/", "http://wiki.example/"),
        ("https://user:secret@wiki.example/", "https://…@wiki.example/"),
        ("https://", "https://"),
    ] {
        check(
            &format!("runbook = \"{runbook}\""),
            &format!(
                "4:11: checks[0].runbook: `{shown}` is not allowed, expected a path such as \
                 `docs/runbooks/site-down.md`, or a URL that begins with `https://`"
            ),
        );
    }
}
