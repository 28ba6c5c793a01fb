//! Where errors are reported, and what is not.

use breakwater_core::base::share::Share;
use breakwater_core::site::config::Site;
use breakwater_core::telemetry::sentry::{ReportClass, ReportSchedule, SentrySettings};

use super::{VALID, check_below, site};

fn settings(keys: &str) -> SentrySettings {
    site(&format!("{VALID}[sentry]\n{keys}")).sentry.expect("settings")
}

/// Checks that these keys, which follow `[sentry]`, are refused.
#[track_caller]
fn check_keys(keys: &str, expected: &str) {
    check_below(&format!("[sentry]\n{keys}"), expected);
}

#[test]
fn nothing_is_reported_unless_the_file_says_so() {
    assert_eq!(site(VALID).sentry, None);
}

#[test]
fn a_tenth_of_the_requests_becomes_transactions_and_the_tunnel_is_off_by_default() {
    let settings = settings("dsn = \"SENTRY_DSN\"\n");
    assert_eq!(settings.dsn.as_str(), "SENTRY_DSN");
    assert_eq!(settings.traces_sample_rate, Share::from_basis_points(1_000));
    assert_eq!((settings.environment, settings.release), (None, None));
    assert_eq!((settings.ignore, settings.tunnel), (Vec::new(), None));
}

#[test]
fn all_keys_are_read_and_survive_json() {
    let text = format!(
        "{VALID}[sentry]\ndsn = \"SENTRY_DSN\"\nenvironment = \"production\"\n\
         release = \"shop@1.2.0+5\"\ntraces_sample_rate = 0.0125\n\
         ignore = [{{ class = \"circuit_transition\" }}, \
         {{ class = \"upstream_error\", route = \"/api/*\" }}]\n\
         tunnel = {{ dsn = \"PAGES_DSN\", per_minute = 60 }}\n"
    );
    let site = site(&text);
    let settings = site.sentry.as_ref().expect("settings");
    assert_eq!(settings.environment.as_deref(), Some("production"));
    assert_eq!(settings.release.as_deref(), Some("shop@1.2.0+5"));
    assert_eq!(settings.traces_sample_rate, Share::from_basis_points(125));
    let tunnel = settings.tunnel.as_ref().expect("a tunnel");
    assert_eq!((tunnel.dsn.as_str(), tunnel.per_minute), ("PAGES_DSN", 60));
    assert!(settings.ignores(ReportClass::CircuitTransition, None));
    assert!(settings.ignores(ReportClass::UpstreamError, Some("/api/*")));
    assert!(!settings.ignores(ReportClass::UpstreamError, Some("/*")));
    assert!(!settings.ignores(ReportClass::Panic, Some("/api/*")));
    let json = serde_json::to_string(&site).unwrap();
    assert_eq!(serde_json::from_str::<Site>(&json).unwrap(), site);
}

#[test]
fn each_class_can_be_ignored_by_its_name() {
    for class in ReportClass::ALL {
        let keys = format!("dsn = \"D\"\nignore = [{{ class = \"{}\" }}]\n", class.as_str());
        let settings = settings(&keys);
        for other in ReportClass::ALL {
            assert_eq!(settings.ignores(other, None), other == class, "{other:?}");
        }
    }
}

#[test]
fn the_check_ins_of_one_schedule_can_be_ignored() {
    for schedule in ReportSchedule::ALL {
        let keys = format!("dsn = \"D\"\nignore = [{{ schedule = \"{}\" }}]\n", schedule.as_str());
        let settings = settings(&keys);
        for other in ReportSchedule::ALL {
            assert_eq!(settings.ignores_schedule(other), other == schedule, "{other:?}");
        }
        assert!(ReportClass::ALL.iter().all(|class| !settings.ignores(*class, None)));
    }
    let both = "dsn = \"D\"\nignore = [{ class = \"check_in\", schedule = \"monitor\" }]\n";
    assert!(settings(both).ignores_schedule(ReportSchedule::Monitor));
    for other in ["class = \"panic\"", "route = \"/*\""] {
        check_keys(
            &format!("dsn = \"D\"\nignore = [{{ {other}, schedule = \"monitor\" }}]\n"),
            "3:11: sentry.ignore[0]: `schedule` is not allowed, expected no `route` and no class \
             but `check_in` beside it",
        );
    }
    check_keys(
        "dsn = \"D\"\nignore = [{ schedule = \"alarm\" }]\n",
        "3:24: sentry.ignore[0].schedule: unknown schedule `alarm`, expected one of `round`, \
         `monitor`, `snapshots`, `status_copies`",
    );
}

#[test]
fn a_rate_is_a_number_from_0_to_1() {
    for (text, points) in [("0", 0), ("1", 10_000), ("1.0", 10_000), ("0.1", 1_000), ("0.3", 3_000)]
    {
        let settings = settings(&format!("dsn = \"D\"\ntraces_sample_rate = {text}\n"));
        assert_eq!(settings.traces_sample_rate.basis_points(), points, "{text}");
    }
    for text in ["1.1", "-0.1", "0.00001", "10", "0.12345", "inf"] {
        let expected = format!(
            "3:22: sentry.traces_sample_rate: `{text}` is out of range, expected 0 to 1, \
             with at most four decimals"
        );
        check_keys(&format!("dsn = \"D\"\ntraces_sample_rate = {text}\n"), &expected);
    }
    check_keys(
        "dsn = \"D\"\ntraces_sample_rate = \"10%\"\n",
        "3:22: sentry.traces_sample_rate: found the string `\"10%\"`, expected a number",
    );
}

#[test]
fn a_dsn_is_named_and_never_shown() {
    check_keys("environment = \"production\"\n", "1:1: sentry: missing key `dsn`");
    check_keys(
        "dsn = \"https://key@sentry.example/1\"\n",
        "2:7: sentry.dsn: `…` is not allowed, expected the name of a Worker's secret, \
         such as `SUPABASE_KEY`, never its value",
    );
    check_keys(
        "dsn = \"D\"\ntunnel = { dsn = \"https://key@sentry.example/1\" }\n",
        "3:18: sentry.tunnel.dsn: `…` is not allowed, expected the name of a Worker's secret, \
         such as `SUPABASE_KEY`, never its value",
    );
    check_keys("dsn = \"D\"\ntunnel = {}\n", "3:10: sentry.tunnel: missing key `dsn`");
}

#[test]
fn names_that_sentry_refuses_are_refused() {
    for environment in ["", "a/b", "a b", "None", &"a".repeat(65)] {
        let expected = format!(
            "3:15: sentry.environment: `{environment}` is not allowed, expected 1 to 64 of a-z, \
             A-Z, 0-9, `_`, `.` and `-`, and not `None`"
        );
        check_keys(&format!("dsn = \"D\"\nenvironment = \"{environment}\"\n"), &expected);
    }
    check_keys(
        "dsn = \"D\"\nrelease = \"shop/1\"\n",
        "3:11: sentry.release: `shop/1` is not allowed, expected 1 to 200 of a-z, A-Z, 0-9, `_`, \
         `.`, `-`, `@` and `+`, such as `shop@1.2.0`",
    );
}

#[test]
fn a_rule_names_a_class_or_a_route_that_exist() {
    check_keys(
        "dsn = \"D\"\nignore = [{ class = \"panics\" }]\n",
        "3:21: sentry.ignore[0].class: unknown class `panics`, expected \
         one of `panic`, `cpu_limit_kill`, `circuit_transition`, `failed_delivery`, \
         `failed_object_call`, `upstream_error`, `transaction`, `check_in`, `log`",
    );
    check_keys(
        "dsn = \"D\"\nignore = [{ route = \"/checkout\" }]\n",
        "3:21: sentry.ignore[0].route: unknown route `/checkout`, expected one of `/api/*`, `/*`",
    );
    check_keys(
        "dsn = \"D\"\nignore = [{}]\n",
        "3:11: sentry.ignore[0]: missing key, expected one of `class`, `route`, \
         `schedule`",
    );
    let rule = "{ class = \"panic\" }, ";
    check_keys(
        &format!("dsn = \"D\"\nignore = [{}]\n", rule.repeat(33)),
        "3:683: sentry.ignore[32]: `33` is out of range, expected 32 rules at most",
    );
}

#[test]
fn the_tunnel_has_a_rate() {
    check_keys(
        "dsn = \"D\"\ntunnel = { dsn = \"P\", per_minute = 0 }\n",
        "3:36: sentry.tunnel.per_minute: `0` is out of range, expected 1 to 10000",
    );
}
