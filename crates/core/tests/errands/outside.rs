//! Places outside the platform, by Globalping. The answers have the form of the schemas in its API
//! document.

use breakwater_core::base::time::Millis;
use breakwater_core::watch::check::{CheckFieldValue, CheckObservation, ErrandStep};
use breakwater_core::watch::monitor::CheckResult;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Does, Run, rules, time};

const CREATED: &str = include_str!("answers/globalping-created.json");
const RUNNING: &str = include_str!("answers/globalping-running.json");
const HTTP: &str = include_str!("answers/globalping-http.json");
const FAILED: &str = include_str!("answers/globalping-failed.json");
/// The certificate ends on 2026-12-30.
const TLS: &str = include_str!("answers/globalping-tls.json");
const PING: &str = include_str!("answers/globalping-ping.json");
const DNS: &str = include_str!("answers/globalping-dns.json");
const LIMIT: &str = include_str!("answers/globalping-limit.json");
const NO_PROBES: &str = include_str!("answers/globalping-no-probes.json");

const PAGE: &str =
    "url = \"https://shop.example/a?b=c\"\nexpect = { body_contains = \"StolenTee\" }";
const CERTIFICATE: &str = "kind = \"tls\"\ntarget = \"shop.example:443\"";
const DATABASE: &str = "kind = \"tcp\"\ntarget = \"db.example:5432\"";
const NAME: &str = "kind = \"dns\"\ndomain = \"shop.example\"\ncontains = \"192.0.2.10\"";

/// A check with these lines, at the one place that it has.
fn begun(lines: &str, day: &str) -> Run {
    let text = format!(
        "[globalping]\ntoken = \"GLOBALPING_TOKEN\"\n\
         [[checks]]\nname = \"a\"\nfrom = [\"globalping:DE\"]\n{lines}\n"
    );
    let mut rules = rules(&text);
    let check = rules.checks.remove(0);
    let mut run = Run::begin(&check, "outside DE", time(&[day, "T08:00:00Z"].concat()));
    run.account = rules.globalping;
    run
}

/// A check whose test was ordered, and whose result is this.
fn ended(lines: &str, day: &str, result: &str) -> Run {
    let mut run = begun(lines, day);
    run.answer(&Does::Answer(202, CREATED));
    run.wait();
    run.answer(&Does::Answer(200, result));
    run
}

#[track_caller]
fn observed(lines: &str, result: &str) -> CheckObservation {
    ended(lines, "2026-11-28", result).end().expect("an observation")
}

/// A result with one of its values replaced. The pointer begins at the probe's result.
fn changed(result: &str, pointer: &str, value: Value) -> String {
    let mut whole: Value = serde_json::from_str(result).expect("JSON");
    *whole.pointer_mut(&["/results/0/result", pointer].concat()).expect(pointer) = value;
    whole.to_string()
}

#[test]
fn a_test_is_ordered_by_the_account_from_the_place() {
    for (lines, test) in [
        (
            PAGE,
            json!({"type": "http", "target": "shop.example", "measurementOptions": {
                "protocol": "HTTPS", "port": 443,
                "request": {"method": "GET", "path": "/a", "query": "b=c", "headers": {}}}}),
        ),
        (
            "url = \"https://[2001:db8::1]:8443\"\nmethod = \"HEAD\"\nheaders = { accept = \"a\" }",
            json!({"type": "http", "target": "2001:db8::1", "measurementOptions": {
                "protocol": "HTTPS", "port": 8443,
                "request": {"method": "HEAD", "path": "/", "query": "",
                    "headers": {"accept": "a"}}}}),
        ),
        (
            CERTIFICATE,
            json!({"type": "http", "target": "shop.example", "measurementOptions": {
                "protocol": "HTTPS", "port": 443, "request": {"method": "HEAD", "path": "/"}}}),
        ),
        (
            DATABASE,
            json!({"type": "ping", "target": "db.example", "measurementOptions": {
                "protocol": "TCP", "port": 5432, "packets": 1}}),
        ),
        (
            NAME,
            json!({"type": "dns", "target": "shop.example",
                "measurementOptions": {"query": {"type": "A"}}}),
        ),
    ] {
        let (request, within) = begun(lines, "2026-11-28").asked();
        assert_eq!(request.method, "POST");
        assert_eq!(request.url, "https://api.globalping.io/v1/measurements");
        assert_eq!(within, Millis::from_secs(20), "the check's time-out, and the way");
        let token = request.fields.iter().find(|(name, _)| name == "authorization");
        let Some((_, CheckFieldValue::Secret { prefix, name })) = token else {
            panic!("{token:?}")
        };
        assert_eq!((prefix.as_str(), name.as_str()), ("Bearer ", "GLOBALPING_TOKEN"));
        let mut test = test;
        test["locations"] = json!([{"magic": "DE"}]);
        test["limit"] = json!(1);
        test["timeout"] = json!(10);
        let body: Value = serde_json::from_str(&request.body.expect("a body")).unwrap();
        assert_eq!(body, test);
    }
}

#[test]
fn the_result_is_asked_for_without_the_token_until_it_is_there() {
    let mut run = begun(PAGE, "2026-11-28");
    run.answer(&Does::Answer(202, CREATED));
    for _ in 0..3 {
        assert!(run.wait() >= Millis::new(500), "Globalping allows two requests a second");
        let (request, _) = run.asked();
        assert_eq!(request.url, "https://api.globalping.io/v1/measurements/nzGzfAGL7sZfUs3c");
        assert!(request.fields.iter().all(|(name, _)| name != "authorization"));
        run.answer(&Does::Answer(200, RUNNING));
    }
    run.wait();
    run.answer(&Does::Answer(200, HTTP));
    let found = run.end().expect("an observation");
    assert_eq!((found.result, found.status), (CheckResult::Up, Some(200)));
    assert_eq!(found.took, Millis::new(214), "what the probe measured");
}

#[test]
fn a_test_without_end_is_given_up_after_its_time_and_few_requests() {
    let mut run = begun(&format!("{PAGE}\ntimeout = \"30s\""), "2026-11-28");
    let begin = run.now;
    run.answer(&Does::Answer(202, CREATED));
    let mut requests = 1;
    let why = loop {
        match run.poll() {
            ErrandStep::Wait(span) => run.now = run.now + span,
            ErrandStep::Ask { .. } => {
                requests += 1;
                run.answer(&Does::Answer(200, RUNNING));
            }
            ErrandStep::End(end) => break end.expect_err("no observation").to_string(),
        }
    };
    assert_eq!(why, "Globalping has no result in time");
    assert!(run.now.since(begin) <= Millis::from_secs(41), "{:?}", run.now.since(begin));
    assert!(requests <= 21, "{requests}");
}

#[test]
fn an_answer_is_judged_as_any_other_and_says_where_it_was_asked_for() {
    let found = observed(PAGE, &changed(HTTP, "/statusCode", json!(503)));
    assert_eq!((found.result, found.status), (CheckResult::Down, Some(503)));
    assert_eq!(
        found.reasons,
        ["status 503, expected 2xx", "asked from Falkenstein, DE (Hetzner Online)"]
    );
    let evidence = found.evidence.expect("evidence");
    assert_eq!(evidence.place, "outside DE");
    assert_eq!(evidence.body, "<title>StolenTee</title>");
    assert_eq!(evidence.fields[0].1, "text/html; charset=utf-8");
    let cut = changed(&changed(HTTP, "/rawBody", json!("<title>")), "/truncated", json!(true));
    assert_eq!(
        observed(PAGE, &cut).reasons[0],
        "the body does not contain `StolenTee` in the part that is read"
    );
    let slow = changed(HTTP, "/timings/total", json!(10_001));
    assert_eq!(observed(PAGE, &slow).reasons[0], "no answer within 10s");
}

#[test]
fn connections_and_names_are_judged_too() {
    let found = observed(DATABASE, PING);
    assert_eq!((found.result, found.took), (CheckResult::Up, Millis::new(24)));
    let refused = changed(PING, "/stats/rcv", json!(0));
    let refused = changed(&refused, "/stats/avg", json!(null));
    let found = observed(DATABASE, &refused);
    assert_eq!(found.result, CheckResult::Down);
    assert_eq!(found.reasons[0], "the target accepted no connection");
    assert_eq!(observed(NAME, DNS).result, CheckResult::Up);
    let gone = changed(DNS, "/statusCode", json!(3));
    assert_eq!(observed(NAME, &gone).reasons[0], "the resolver says NXDOMAIN");
    let another = changed(DNS, "/answers/1/value", json!("192.0.2.11"));
    assert_eq!(observed(NAME, &another).reasons[0], "no record of type A is `192.0.2.10`");
}

#[test]
fn a_certificate_is_told_before_its_end() {
    let on = |day| ended(CERTIFICATE, day, TLS).end().expect("an observation");
    let well = on("2026-12-08");
    assert_eq!((well.result, well.reasons, well.evidence), (CheckResult::Up, vec![], None));
    let near = on("2026-12-10");
    assert_eq!(near.result, CheckResult::Degraded);
    assert_eq!(near.reasons[0], "the certificate ends in 19 days, at 2026-12-30T00:00:00Z");
    assert_eq!(
        near.evidence.expect("evidence").curl(),
        Some(
            "openssl s_client -connect 'shop.example:443' -servername 'shop.example' </dev/null \
             2>/dev/null | openssl x509 -noout -enddate -issuer -subject"
        )
    );
    assert_eq!(on("2026-12-27").result, CheckResult::Down);
}

#[test]
fn a_certificate_that_browsers_refuse_is_down() {
    for error in ["ERR_TLS_CERT_ALTNAME_INVALID", "CERT_HAS_EXPIRED", "SELF_SIGNED_CERT_IN_CHAIN"] {
        let refused = changed(TLS, "/tls/authorized", json!(false));
        let mut refused: Value = serde_json::from_str(&refused).unwrap();
        refused["results"][0]["result"]["tls"]["error"] = json!(error);
        let found = observed(CERTIFICATE, &refused.to_string());
        assert_eq!(found.result, CheckResult::Down);
        assert_eq!(found.reasons[0], format!("the certificate is not accepted: {error}"));
    }
    // An error that is no text is left out.
    let refused = changed(TLS, "/tls/authorized", json!(false));
    assert_eq!(observed(CERTIFICATE, &refused).reasons[0], "the certificate is not accepted");
    let none = changed(TLS, "/tls", json!(null));
    assert_eq!(observed(CERTIFICATE, &none).reasons[0], "the target shows no certificate");
}

#[test]
fn a_target_that_does_not_answer_is_down_and_a_probe_that_fails_says_nothing() {
    for lines in [PAGE, CERTIFICATE, DATABASE, NAME] {
        let found = observed(lines, FAILED);
        assert_eq!(found.result, CheckResult::Down);
        assert_eq!(
            found.reasons,
            ["the target gave the probe no answer", "asked from Falkenstein, DE (Hetzner Online)"]
        );
        for source in ["internal", "resolver"] {
            let failed = changed(FAILED, "/failureSource", json!(source));
            let run = ended(lines, "2026-11-28", &failed);
            assert_eq!(run.why(), "the probe of Globalping failed");
        }
        let gone = changed(FAILED, "/status", json!("offline"));
        assert_eq!(ended(lines, "2026-11-28", &gone).why(), "the probe of Globalping is gone");
    }
}

#[test]
fn what_globalping_refuses_says_nothing_of_the_target() {
    for (status, body, why) in [
        (429, LIMIT, "Globalping answers 429: rate_limit_exceeded"),
        (422, NO_PROBES, "Globalping answers 422: no_probes_found"),
        (401, "{\"error\":{\"type\":\"Un authorized\"}}", "Globalping answers 401"),
        (500, "", "Globalping answers 500"),
        (200, CREATED, "Globalping answers 200"),
        (202, "{\"id\":\"../limits\"}", "Globalping's answer names no test"),
        (202, "<html>", "Globalping's answer names no test"),
    ] {
        let mut run = begun(PAGE, "2026-11-28");
        run.answer(&Does::Answer(status, body));
        assert_eq!(run.why(), why);
    }
    let mut run = begun(PAGE, "2026-11-28");
    run.answer(&Does::Silence);
    assert_eq!(run.why(), "Globalping does not answer");
    let mut run = begun(PAGE, "2026-11-28");
    run.account = None;
    assert_eq!(run.why(), "the site file names no account of Globalping");
}

#[test]
fn a_busy_globalping_is_asked_for_the_result_again() {
    let mut run = begun(PAGE, "2026-11-28");
    run.answer(&Does::Answer(202, CREATED));
    for status in [429, 500, 503] {
        run.wait();
        run.answer(&Does::Answer(status, ""));
    }
    run.wait();
    run.answer(&Does::Answer(200, HTTP));
    assert_eq!(run.end().expect("an observation").result, CheckResult::Up);
    let mut run = begun(PAGE, "2026-11-28");
    run.answer(&Does::Answer(202, CREATED));
    run.wait();
    run.answer(&Does::Answer(404, "{\"error\":{\"type\":\"not_found\"}}"));
    assert_eq!(run.why(), "Globalping answers 404: not_found");
}

proptest! {
    /// Whatever of a result is missing or of another type, there is an end and no panic, and the
    /// target is blamed only where the probe says that it answered or that it failed.
    #[test]
    fn a_damaged_result_blames_no_target(
        at in 0usize..40,
        put in prop_oneof![Just(json!(null)), Just(json!(7)), Just(json!("x")), Just(json!([])), Just(json!({}))],
        kind in 0usize..4,
    ) {
        let (lines, result) =
            [(PAGE, HTTP), (CERTIFICATE, TLS), (DATABASE, PING), (NAME, DNS)][kind];
        let mut whole: Value = serde_json::from_str(result).expect("JSON");
        let result = whole.pointer_mut("/results/0/result").unwrap();
        let keys: Vec<String> = result.as_object().unwrap().keys().cloned().collect();
        let key = &keys[at % keys.len()];
        result[key] = put;
        let run = ended(lines, "2026-11-28", &whole.to_string());
        if let Ok(found) = run.end() {
            let is_judged = ["statusCode", "status", "rawBody", "tls", "answers", "truncated"];
            prop_assert!(
                found.result == CheckResult::Up || is_judged.contains(&key.as_str()),
                "{key}: {found:?}"
            );
        }
    }
}
