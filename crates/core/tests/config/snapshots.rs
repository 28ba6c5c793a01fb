//! The rules for snapshots: those that are refused, and the defaults.

use breakwater_core::base::share::Share;
use breakwater_core::cache::snapshot::{PlatformPlan, SnapshotRule};

use super::{VALID, check_file, default_file, millis, site};

/// Checks that a rule with these lines below its `match` is refused with exactly this line. The
/// rule begins on line 20.
#[track_caller]
fn check(lines: &str, expected: &str) {
    check_rules(&format!("[[snapshots]]\nmatch = \"/products/*\"\n{lines}\n"), expected);
}

#[track_caller]
fn check_rules(rules: &str, expected: &str) {
    check_file(&format!("{VALID}{rules}"), &format!("breakwater.toml:{expected}"));
}

fn rules(text: &str) -> Vec<SnapshotRule> {
    site(&format!("{VALID}{text}")).snapshots.list
}

#[test]
fn a_rule_needs_only_its_paths_and_its_interval() {
    let rules = rules(
        "[[snapshots]]\nmatch = \"/products/*\"\nevery = \"10m\"\n\
         [[snapshots]]\nmatch = \"/\"\nevery = \"1h\"\ntitle = \"Home\"\n",
    );
    let [products, home] = rules.as_slice() else { panic!("two rules") };
    assert_eq!(
        (products.every, products.max, products.max_age),
        (millis("10m"), 100, millis("7d"))
    );
    assert_eq!((&products.source, &products.marker, &products.title), (&None, &None, &None));
    assert_eq!(products.min_share, Share::from_basis_points(5_000));
    assert_eq!((products.max_bytes, products.assets), (1024 * 1024, true));
    assert_eq!((home.max, home.title.as_deref()), (1, Some("Home")), "one path is one page");
    assert_eq!(site(VALID).snapshots.plan, PlatformPlan::Paid);
}

#[test]
fn the_default_file_keeps_the_pages_of_the_shop() {
    let site = default_file();
    assert_eq!(site.snapshots.plan, PlatformPlan::Paid);
    for (path, every, marker) in [("/", "10m", "StolenTee"), ("/products/7", "10m", "StolenTee")] {
        let (_, rule) = site.snapshots.of(path).unwrap();
        assert_eq!((rule.every, rule.marker.as_deref()), (millis(every), Some(marker)), "{path}");
    }
    assert!(site.snapshots.of("/account").is_none());
}

#[test]
fn unknown_and_missing_keys_are_refused() {
    check(
        "evry = \"10m\"",
        "22:1: snapshots[0]: unknown key `evry` (did you mean `every`?), expected one of `match`, \
         `every`, `max`, `source`, `max_age`, `marker`, `min_share`, `max_bytes`, `assets`, \
         `title`",
    );
    check("max = 5", "20:1: snapshots[0]: missing key `every`");
    check_rules("[[snapshots]]\nevery = \"10m\"\n", "20:1: snapshots[0]: missing key `match`");
    check_rules(
        "[snapshots]\nmatch = \"/\"\n",
        "20:1: snapshots: found a table, expected a list of tables",
    );
}

#[test]
fn times_have_limits() {
    for (line, expected) in [
        ("every = \"1m\"", "22:9: snapshots[0].every: `1m` is out of range, expected 2m to 1d"),
        ("every = \"25h\"", "22:9: snapshots[0].every: `25h` is out of range, expected 2m to 1d"),
        (
            "every = \"10m\"\nmax_age = \"31d\"",
            "23:11: snapshots[0].max_age: `31d` is out of range, expected 1ms to 30d",
        ),
    ] {
        check(line, expected);
    }
}

#[test]
fn sizes_have_limits() {
    for bytes in ["1023", "5242881"] {
        check(
            &format!("every = \"10m\"\nmax_bytes = {bytes}"),
            &format!(
                "23:13: snapshots[0].max_bytes: `{bytes}` is out of range, \
                 expected 1024 to 5242880 bytes"
            ),
        );
    }
    for max in ["0", "1001"] {
        check(
            &format!("every = \"1d\"\nmax = {max}"),
            &format!(
                "23:7: snapshots[0].max: `{max}` is out of range, \
                 expected 1 to 1000, with the other rules"
            ),
        );
    }
    check_rules(
        "[[snapshots]]\nmatch = \"/a/*\"\nevery = \"1d\"\nmax = 900\n\
         [[snapshots]]\nmatch = \"/b/*\"\nevery = \"1d\"\nmax = 101\n",
        "27:7: snapshots[1].max: `101` is out of range, expected 1 to 100, with the other rules",
    );
}

#[test]
fn an_interval_that_rounds_cannot_keep_is_refused_with_the_shortest_that_they_can() {
    check(
        "every = \"5m\"\nmax = 500",
        "22:9: snapshots[0].every: `5m` is out of range, expected `7m` or more for so many pages: \
         100 refreshes a minute in all",
    );
    let free = VALID.replace("[upstreams.web]", "plan = \"free\"\n[upstreams.web]");
    check_file(
        &format!("{free}[[snapshots]]\nmatch = \"/a/*\"\nevery = \"10m\"\nmax = 100\n"),
        "breakwater.toml:23:9: snapshots[0].every: `10m` is out of range, \
         expected `14m` or more for so many pages: 10 refreshes a minute in all",
    );
    // The second rule has only the capacity that the first one leaves.
    check_rules(
        "[[snapshots]]\nmatch = \"/a/*\"\nevery = \"10m\"\nmax = 800\n\
         [[snapshots]]\nmatch = \"/b/*\"\nevery = \"2m\"\nmax = 100\n",
        "26:9: snapshots[1].every: `2m` is out of range, expected `39m` or more for so many pages: \
         100 refreshes a minute in all",
    );
}

#[test]
fn a_plan_is_one_of_cloudflares() {
    super::check(
        "name = \"Shop\"",
        "name = \"Shop\"\nplan = \"pro\"",
        "breakwater.toml:3:8: site.plan: unknown plan `pro`, expected one of `free`, `paid`",
    );
}

#[test]
fn only_what_everybody_may_see_is_kept() {
    let text = VALID.replace("degrade = { stale_if_error = \"1h\" }", "private = true");
    check_file(
        &format!("{text}[[snapshots]]\nmatch = \"/api/products/*\"\nevery = \"10m\"\n"),
        "breakwater.toml:21:9: snapshots[0].match: `/api/products/*` is not allowed, \
         expected no snapshots on a route with `private = true`",
    );
}

#[test]
fn a_pattern_that_another_covers_is_refused() {
    check_rules(
        "[[snapshots]]\nmatch = \"/*\"\nevery = \"10m\"\n\
         [[snapshots]]\nmatch = \"/a\"\nevery = \"5m\"\n",
        "24:9: snapshots[1].match: `/a` is not allowed, \
         expected a pattern that no rule above it covers",
    );
    check_rules(
        "[[snapshots]]\nmatch = \"/a*\"\nevery = \"10m\"\n",
        "21:9: snapshots[0].match: `/a*` has a misplaced `*`, \
         expected it only at the end, after a `/`",
    );
}

#[test]
fn one_path_needs_no_source_and_many_no_title() {
    check_rules(
        "[[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\nsource = \"/sitemap.xml\"\n",
        "23:10: snapshots[0].source: `/sitemap.xml` is not allowed, \
         expected none for a single path, which need not be found",
    );
    check(
        "every = \"10m\"\ntitle = \"Shirts\"",
        "23:9: snapshots[0].title: `Shirts` is not allowed, \
         expected none for more than one path, since it is a link's text",
    );
    check(
        "every = \"10m\"\nsource = \"https://shop.example/sitemap.xml\"",
        "23:10: snapshots[0].source: `https://shop.example/sitemap.xml` is not allowed, \
         expected a normalised path that begins with `/`",
    );
    check(
        "every = \"10m\"\nmarker = \" \"",
        "23:10: snapshots[0].marker: ` ` is not allowed, \
         expected a text of up to 200 characters in one line",
    );
}
