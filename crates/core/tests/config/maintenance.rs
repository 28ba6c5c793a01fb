//! Maintenance, languages and the banner: the values that are read, and those that are refused.

use breakwater_core::base::rfc3339;

use super::{VALID, check, check_file, site};

/// Checks that these windows are refused with exactly this line. The windows begin on line 20.
#[track_caller]
fn check_windows(windows: &str, expected: &str) {
    check_file(&format!("{VALID}{windows}"), &format!("breakwater.toml:{expected}"));
}

#[test]
fn a_window_has_times_and_may_have_paths_and_a_message() {
    let site = site(&format!(
        "{VALID}[[maintenance]]\nstart = 2026-12-01T03:00:00+01:00\n\
         end = \"2026-12-01T04:00:00Z\"\n\
         [[maintenance]]\nmatch = \"/api/*\"\nstart = 2026-12-02 02:00:00Z\n\
         end = 2026-12-02T02:30:00.5Z\nmessage = \"A new database.\"\n"
    ));
    let [all, api] = site.maintenance.windows.as_slice() else { panic!("two windows") };
    assert_eq!((all.pattern.as_str(), &all.message), ("/*", &None));
    assert_eq!(Some(all.start), rfc3339::parse("2026-12-01T02:00:00Z"));
    assert_eq!(Some(all.end), rfc3339::parse("2026-12-01T04:00:00Z"));
    assert_eq!(api.pattern.as_str(), "/api/*");
    assert_eq!(api.end.since(api.start).get(), 30 * 60_000 + 500);
    assert_eq!(api.message.as_deref(), Some("A new database."));
}

#[test]
fn a_time_has_an_offset() {
    for (written, found) in [
        ("2026-12-01T02:00:00", "`2026-12-01T02:00:00` is not allowed"),
        ("2026-12-01", "`2026-12-01` is not allowed"),
        ("\"soon\"", "`soon` is not allowed"),
        ("1795424400", "found the integer `1795424400`"),
    ] {
        check_windows(
            &format!("[[maintenance]]\nstart = {written}\n"),
            &format!(
                "21:9: maintenance[0].start: {found}, \
                 expected a time with its offset, such as `2026-12-24T20:00:00Z`"
            ),
        );
    }
}

#[test]
fn a_window_ends_after_its_start_and_within_a_month() {
    for end in ["2026-12-01T02:00:00Z", "2026-11-01T02:00:00Z", "2027-01-01T02:00:00Z"] {
        check_windows(
            &format!("[[maintenance]]\nstart = 2026-12-01T02:00:00Z\nend = {end}\n"),
            &format!(
                "22:7: maintenance[0].end: `{end}` is out of range, expected a time after `start`, \
                 and at most 30d after it: until 2026-12-31T02:00:00Z"
            ),
        );
    }
}

#[test]
fn a_window_has_no_other_keys_and_not_fewer() {
    check_windows(
        "[[maintenance]]\nstrat = 1\n",
        "21:1: maintenance[0]: unknown key `strat` (did you mean `start`?), \
         expected one of `match`, `start`, `end`, `message`",
    );
    check_windows(
        "[[maintenance]]\nstart = 2026-12-01T02:00:00Z\n",
        "20:1: maintenance[0]: missing key `end`",
    );
    let window = "start = 2026-12-01T02:00:00Z\nend = 2026-12-01T03:00:00Z\n";
    check_windows(
        &format!("[[maintenance]]\n{window}match = \"/a*\"\n"),
        "23:9: maintenance[0].match: `/a*` has a misplaced `*`, \
         expected it only at the end, after a `/`",
    );
    check_windows(
        &format!("[[maintenance]]\n{window}message = \"a\\nb\"\n"),
        "23:11: maintenance[0].message: `a\\nb` is not allowed, \
         expected 1 to 300 characters in one line",
    );
    check_windows(
        &format!("[[maintenance]]\n{window}").repeat(51),
        "20:1: maintenance: `51` is out of range, expected at most 50 of them",
    );
}

#[test]
fn a_secret_is_named_and_never_written() {
    let with = |name: &str| format!("name = \"Shop\"\nmaintenance_secret = {name:?}");
    let text = VALID.replace("name = \"Shop\"", &with("MAINTENANCE_SECRET"));
    assert_eq!(site(&text).maintenance.secret.as_deref(), Some("MAINTENANCE_SECRET"));
    for secret in ["hunter2", "", "A B", "9A", "Ä"] {
        check(
            "name = \"Shop\"",
            &with(secret),
            "breakwater.toml:3:22: site.maintenance_secret: `…` is not allowed, \
             expected the name of a Worker secret: a letter A-Z, then A-Z, 0-9 and `_`",
        );
    }
}

#[test]
fn locales_are_those_that_there_are() {
    let with = |list: &str| format!("name = \"Shop\"\nlocales = {list}");
    let text = VALID.replace("name = \"Shop\"", &with("[\"de\", \"en\"]"));
    assert_eq!(site(&text).locales, ["de", "en"]);
    assert_eq!(site(VALID).locales, ["en"]);
    for (list, expected) in [
        (
            "[\"en\", \"xx\"]",
            "18: site.locales[1]: unknown locale `xx`, expected one of `de`, `en`, `es`, `fr`",
        ),
        ("[\"en\", \"en\"]", "18: site.locales[1]: `en` is not allowed, expected each locale once"),
        ("[]", "11: site.locales: there is none, expected at least one locale, such as `[\"en\"]`"),
        ("\"en\"", "11: site.locales: found the string `\"en\"`, expected a list of strings"),
        ("[1]", "12: site.locales[0]: found the integer `1`, expected a string"),
    ] {
        check("name = \"Shop\"", &with(list), &format!("breakwater.toml:3:{expected}"));
    }
}

#[test]
fn the_banner_is_off_unless_it_is_on() {
    assert!(!site(VALID).banner);
    assert!(site(&VALID.replace("name = \"Shop\"", "name = \"Shop\"\nbanner = true")).banner);
}
