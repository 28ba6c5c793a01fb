//! The dependencies that are accepted, and those that are refused.

use breakwater_core::watch::dependency::{DEPENDENCIES_MAX, Dependency, DependencyKind};
use breakwater_core::watch::health::Group;

use super::{VALID, check_below, millis, site};

/// A valid dependency, which is placed below the last line of `VALID`.
const BACKEND: &str = r#"[[dependencies]]
name = "backend"
kind = "backend_health"
url = "https://api.example"
timeout = "2s"
every = "10s"
"#;

fn dependencies(text: &str) -> Vec<Dependency> {
    site(&format!("{VALID}{text}")).dependencies
}

/// Checks that the dependency with `from` replaced by `to` is refused with exactly this line. Line
/// numbers count from the first line of the dependency.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    assert_eq!(BACKEND.matches(from).count(), 1, "{from} stands once in the dependency");
    check_below(&BACKEND.replace(from, to), expected);
}

#[test]
fn a_site_may_have_no_dependencies() {
    assert_eq!(dependencies(""), []);
    assert_eq!(site(&format!("dependencies = []\n{VALID}")).dependencies, []);
}

#[test]
fn a_dependency_is_optional_for_all_and_probed_each_half_minute_by_default() {
    let text = BACKEND.replace("timeout = \"2s\"\nevery = \"10s\"\n", "");
    let [backend] = dependencies(&text).try_into().unwrap();
    assert_eq!((backend.name.as_str(), backend.kind), ("backend", DependencyKind::BackendHealth));
    assert_eq!(backend.url.as_str(), "https://api.example/health");
    assert_eq!((backend.timeout, backend.every), (millis("5s"), millis("30s")));
    assert_eq!((backend.critical, backend.group, backend.secret), (false, Group::All, None));
}

#[test]
fn a_short_interval_shortens_the_default_timeout() {
    let text = BACKEND.replace("timeout = \"2s\"\nevery = \"10s\"\n", "every = \"2s\"\n");
    assert_eq!(dependencies(&text)[0].timeout, millis("2s"));
}

#[test]
fn what_is_written_is_what_is_read() {
    let text = BACKEND.replace(
        "every = \"10s\"",
        "every = \"1m\"\ncritical = true\ngroup = \"ready\"\nsecret = \"HEALTH_TOKEN\"",
    );
    let [backend] = dependencies(&text).try_into().unwrap();
    assert_eq!((backend.timeout, backend.every), (millis("2s"), millis("1m")));
    assert_eq!((backend.critical, backend.group), (true, Group::Ready));
    assert_eq!(backend.secret.unwrap().as_str(), "HEALTH_TOKEN");
}

#[test]
fn every_kind_has_a_name() {
    for kind in DependencyKind::ALL {
        let secret = match kind {
            DependencyKind::SupabaseRest
            | DependencyKind::SupabaseAuth
            | DependencyKind::SupabaseStorage => "secret = \"KEY\"",
            DependencyKind::UpstashRedis => "secret = \"TOKEN\"",
            DependencyKind::Http
            | DependencyKind::BackendHealth
            | DependencyKind::Statuspage
            | DependencyKind::S3 => "",
        };
        let text = BACKEND.replace("backend_health", kind.as_str()).replace(
            "url = \"https://api.example\"",
            &format!("url = \"https://api.example/rest/v1/products\"\n{secret}"),
        );
        assert_eq!(dependencies(&text)[0].kind, kind);
    }
}

#[test]
fn an_unknown_kind_is_refused_with_the_known_ones() {
    check(
        "\"backend_health\"",
        "\"postgres\"",
        "3:8: dependencies[0].kind: unknown kind `postgres`, expected one of \
         `http`, `backend_health`, `supabase_rest`, `supabase_auth`, `supabase_storage`, \
         `upstash_redis`, `statuspage`, `s3`",
    );
}

#[test]
fn an_unknown_key_is_refused_with_the_known_ones() {
    check(
        "every = \"10s\"",
        "interval = \"10s\"",
        "6:1: dependencies[0]: unknown key `interval`, expected one of `name`, \
         `kind`, `url`, `timeout`, `every`, `critical`, `group`, `secret`",
    );
}

#[test]
fn what_a_dependency_needs_is_named() {
    for (line, key) in [
        ("name = \"backend\"\n", "name"),
        ("kind = \"backend_health\"\n", "kind"),
        ("url = \"https://api.example\"\n", "url"),
    ] {
        check(line, "", &format!("1:1: dependencies[0]: missing key `{key}`"));
    }
}

#[test]
fn a_name_is_one_that_nothing_else_has() {
    check(
        "\"backend\"",
        "\"Backend\"",
        "2:8: dependencies[0].name: `Backend` is not allowed, \
         expected a letter a-z, then up to 31 of a-z, 0-9, `_` and `-`",
    );
    check(
        "\"backend\"",
        "\"web\"",
        "2:8: dependencies[0].name: `web` is not allowed, \
         expected a name that no upstream and no other dependency has",
    );
    check_below(
        &[BACKEND, BACKEND].concat(),
        "8:8: dependencies[1].name: `backend` is not allowed, \
         expected a name that no upstream and no other dependency has",
    );
}

#[test]
fn a_url_is_secure_and_shows_no_secret() {
    for (url, expected) in [
        (
            "http://api.example/health",
            "`http://api.example` is not a URL to ask, \
             expected `https://`, since `http://` is for localhost only",
        ),
        (
            "https://user:secret@api.example/health",
            "`https://…@api.example/health` is not a URL to ask, \
             expected no user and no password in it",
        ),
        (
            "https://api.example/a b?key=secret",
            "`https://api.example/a b?…` is not a URL to ask, \
             expected a normalised path, then a query if need be",
        ),
        ("api.example", "`api.example` is not a URL to ask, expected `https://` and a host"),
    ] {
        check(
            "\"https://api.example\"",
            &format!("\"{url}\""),
            &format!("4:7: dependencies[0].url: {expected}"),
        );
    }
}

#[test]
fn postgrest_is_asked_for_a_table() {
    check(
        "kind = \"backend_health\"",
        "secret = \"KEY\"\nkind = \"supabase_rest\"",
        "5:7: dependencies[0].url: `https://api.example` is not a URL to ask, \
         expected a table to ask below `/rest/v1/`, such as `/rest/v1/products?select=id`",
    );
}

#[test]
fn times_have_limits_and_probes_never_overlap() {
    for (from, to, expected) in [
        (
            "\"10s\"",
            "\"500ms\"",
            "6:9: dependencies[0].every: `500ms` is out of range, expected 1s to 1h",
        ),
        (
            "\"10s\"",
            "\"2h\"",
            "6:9: dependencies[0].every: `2h` is out of range, expected 1s to 1h",
        ),
        (
            "\"2s\"",
            "\"11s\"",
            "5:11: dependencies[0].timeout: `11s` is out of range, \
             expected 1ms to 10s, the dependency's `every`",
        ),
        (
            "\"2s\"\nevery = \"10s\"",
            "\"31s\"\nevery = \"1m\"",
            "5:11: dependencies[0].timeout: `31s` is out of range, expected 1ms to 30s",
        ),
        (
            "\"10s\"",
            "10",
            "6:9: dependencies[0].every: found the integer `10`, \
             expected a duration such as `30s`",
        ),
    ] {
        check(from, to, expected);
    }
}

#[test]
fn no_dependency_is_live() {
    for group in ["live", "startup"] {
        check(
            "every = \"10s\"",
            &format!("group = \"{group}\""),
            &format!(
                "6:9: dependencies[0].group: unknown group `{group}`, \
                 expected one of `ready`, `all`"
            ),
        );
    }
}

#[test]
fn a_secret_is_named_and_never_written_down() {
    for value in ["sb_secret_1f2e3d", "eyJhbGciOiJIUzI1NiJ9.e30.x", ""] {
        check(
            "every = \"10s\"",
            &format!("secret = \"{value}\""),
            "6:10: dependencies[0].secret: `…` is not allowed, \
             expected the name of a Worker's secret, such as `SUPABASE_KEY`, never its value",
        );
    }
    check(
        "kind = \"backend_health\"",
        "kind = \"upstash_redis\"",
        "1:1: dependencies[0]: missing key `secret`",
    );
    check(
        "kind = \"backend_health\"",
        "secret = \"TOKEN\"\nkind = \"statuspage\"",
        "3:10: dependencies[0].secret: `TOKEN` is not allowed, \
         expected no secret, since dependencies of this kind are asked without one",
    );
}

#[test]
fn dependencies_are_bounded() {
    let one = |n| BACKEND.replace("\"backend\"", &format!("\"d{n}\""));
    let most: String = (0..DEPENDENCIES_MAX).map(one).collect();
    assert_eq!(dependencies(&most).len(), DEPENDENCIES_MAX);
    check_below(
        &(most + BACKEND),
        "193:1: dependencies[32]: `33` is out of range, \
         expected 32 dependencies at most",
    );
}

#[test]
fn the_default_file_asks_the_backend_and_shows_the_defaults() {
    let file = include_str!("../../../../breakwater.toml");
    let [backend] = site(file).dependencies.try_into().unwrap();
    assert_eq!((backend.name.as_str(), backend.kind), ("backend", DependencyKind::BackendHealth));
    let shown: String = file
        .lines()
        .skip_while(|line| *line != "[[dependencies]]")
        .filter_map(|line| line.strip_prefix("# "))
        .take_while(|line| !line.starts_with("Others"))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_eq!(shown.lines().count(), 3);
    let name_and_url = "name = \"a\"\nkind = \"http\"\nurl = \"https://a.example\"\n";
    let bare = format!("[[dependencies]]\n{name_and_url}");
    assert_eq!(dependencies(&format!("{bare}{shown}")), dependencies(&bare));
}

#[test]
fn the_example_in_comments_is_taken() {
    let file = include_str!("../../../../breakwater.toml");
    let (_, example) = file.split_once("# Others take").unwrap();
    let example: String = example
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim())
        .flat_map(|line| [line, "\n"])
        .collect();
    let [database] = dependencies(&example).try_into().unwrap();
    assert_eq!(database.kind, DependencyKind::SupabaseRest);
}

#[test]
fn dependencies_survive_json() {
    let site = site(&format!("{VALID}{BACKEND}"));
    let json = serde_json::to_string(&site).unwrap();
    assert_eq!(serde_json::from_str::<breakwater_core::site::config::Site>(&json).unwrap(), site);
}
