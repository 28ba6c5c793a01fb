//! The key of `[operators]`.

use breakwater_core::site::access::{EmailAddress, Rank};
use breakwater_core::site::config::{SiteFile, WatchRules, parse_file};

use super::{VALID, check_below};

const AUDIENCE: &str = "4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2";

fn file(lines: &str) -> SiteFile {
    parse_file("breakwater.toml", &format!("{VALID}{lines}")).expect("a site file")
}

/// The line `access`, with this in its `roles`.
fn access(roles: &str) -> String {
    format!(
        "[operators]\naccess = {{ team = \"shop\", audience = \"{AUDIENCE}\", \
         roles = {{ {roles} }} }}\n"
    )
}

#[test]
fn without_the_table_no_one_comes_by_access() {
    for lines in ["", "[operators]\n"] {
        assert_eq!(file(lines).watch.access, None, "{lines}");
    }
}

#[test]
fn the_file_says_who_has_which_role() {
    let roles = "admin = [\"Kim@shop.example\"], viewer = [\"*@shop.example\", \"a@b.example\"]";
    let SiteFile { site, watch, checks_json } = file(&access(roles));
    let embedded = serde_json::to_string(&watch).expect("it is JSON");
    let embedded = WatchRules::embedded(&embedded, &checks_json, &site).expect("it reads back");
    assert_eq!(embedded.access, watch.access);
    let rules = watch.access.expect("there is one");
    assert_eq!(rules.issuer(), "https://shop.cloudflareaccess.com");
    assert_eq!(rules.audience, AUDIENCE);
    for (email, rank) in [
        ("kim@shop.example", Some(Rank::Admin)),
        ("lou@shop.example", Some(Rank::Viewer)),
        ("a@b.example", Some(Rank::Viewer)),
        ("b@b.example", None),
    ] {
        assert_eq!(rules.rank_of(&EmailAddress::parse(email).expect("one")), rank, "{email}");
    }
}

#[test]
fn what_is_missing_or_is_no_pattern_is_refused() {
    for (roles, column, expected) in [
        (
            "",
            "operators.access.roles: there is none, expected at least one of `admin`, \
             `responder`, `viewer`",
            "",
        ),
        (
            "viewer = []",
            "operators.access.roles: there is none, expected at least one of `admin`, \
             `responder`, `viewer`",
            "",
        ),
        (
            "root = [\"*\"]",
            "operators.access.roles: unknown key `root`, expected one of `admin`, `responder`, \
             `viewer`",
            "",
        ),
        (
            "viewer = [\"shop.example\"]",
            "operators.access.roles.viewer[0]: `shop.example` is not allowed",
            "expected `*`, a domain such as `*@shop.example`, or an address such as \
             `kim@shop.example`",
        ),
    ] {
        let text = format!("{VALID}{}", access(roles));
        let error = parse_file("breakwater.toml", &text).expect_err(roles).to_string();
        assert!(error.contains(column) && error.contains(expected), "{error}");
    }
    let many = vec!["\"*\""; 101].join(", ");
    let text = format!("{VALID}{}", access(&format!("viewer = [{many}]")));
    let error = parse_file("breakwater.toml", &text).expect_err("too many").to_string();
    assert!(error.contains("100 patterns of a role at most"), "{error}");
}

#[test]
fn a_team_and_an_audience_have_their_forms() {
    let line = |team: &str, audience: &str| {
        format!(
            "[operators]\naccess = {{ team = \"{team}\", audience = \"{audience}\", \
             roles = {{ viewer = [\"*\"] }} }}\n"
        )
    };
    for team in ["", "Shop", "shop.cloudflareaccess.com", "https://shop", "-shop", "shop-"] {
        let text = format!("{VALID}{}", line(team, AUDIENCE));
        let error = parse_file("breakwater.toml", &text).expect_err(team).to_string();
        assert!(error.contains("the first label of the team's domain"), "{error}");
    }
    for audience in ["", "short", "4714c1358e65fe4b 08ad6d432a5f878f"] {
        let text = format!("{VALID}{}", line("shop", audience));
        let error = parse_file("breakwater.toml", &text).expect_err(audience).to_string();
        assert!(error.contains("the application's audience tag"), "{error}");
    }
    check_below(
        "[operators]\naccess = { team = \"shop\" }\n",
        "2:10: operators.access: missing key `audience`",
    );
    check_below(
        "[operators]\ntokens = []\n",
        "2:1: operators: unknown key `tokens`, expected one of `access`",
    );
}
