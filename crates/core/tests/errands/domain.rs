//! How long a domain is still registered.

use breakwater_core::watch::check::{Check, CheckObservation, ErrandStep};
use breakwater_core::watch::monitor::CheckResult;

use super::{Does, Run, TOOK, rules, time};

const LISTED: &str = include_str!("answers/iana-dns.json");
/// The registration ends on 2027-01-10.
const COM: &str = include_str!("answers/rdap-com.json");

fn check(lines: &str) -> Check {
    let text = "[[checks]]\nname = \"domain\"\nkind = \"domain\"\ndomain = \"shop.example\"\n";
    rules(&[text, lines].concat()).checks.remove(0)
}

/// What a check finds on a day, if the registry answers so.
#[track_caller]
fn found_on(day: &str, does: &Does<'_>) -> Run {
    let check = check("rdap = \"https://rdap.example/v1\"\n");
    let mut run = Run::begin(&check, "edge", time(&[day, "T00:00:00Z"].concat()));
    run.answer(does);
    run
}

#[track_caller]
fn observed(day: &str, body: &str) -> CheckObservation {
    found_on(day, &Does::Answer(200, body)).end().expect("an observation")
}

#[test]
fn the_registry_is_found_in_ianas_list_and_asked_for_the_name() {
    let mut run = Run::begin(&check(""), "edge", time("2026-11-28T08:00:00Z"));
    let (request, within) = run.asked();
    assert_eq!(request.url, "https://data.iana.org/rdap/dns.json");
    assert_eq!(within, run.check.timeout);
    run.answer(&Does::Answer(200, LISTED));
    let (request, within) = run.asked();
    assert_eq!(request.url, "https://rdap.registry.example/v1/domain/shop.example");
    assert_eq!(request.fields[0].0, "accept");
    assert_eq!(within.get(), run.check.timeout.get() - TOOK.get(), "both within one time-out");
    run.answer(&Does::Answer(200, COM));
    let found = run.end().expect("an observation");
    assert_eq!((found.result, found.status, found.evidence), (CheckResult::Up, Some(200), None));
}

#[test]
fn the_longest_entry_of_the_list_counts_and_only_whole_labels() {
    let base = |name: &str| {
        let text = format!("[[checks]]\nname = \"a\"\nkind = \"domain\"\ndomain = \"{name}\"\n");
        let check = rules(&text).checks.remove(0);
        let mut run = Run::begin(&check, "edge", time("2026-11-28T08:00:00Z"));
        run.answer(&Does::Answer(200, LISTED));
        match run.poll() {
            ErrandStep::Wait(_) => panic!("no wait"),
            ErrandStep::Ask { request, .. } => Ok(request.url),
            ErrandStep::End(end) => Err(end.expect_err("no observation").to_string()),
        }
    };
    assert_eq!(base("a.net").as_deref(), Ok("https://rdap.verisign.com/com/v1/domain/a.net"),);
    assert_eq!(
        base("a.shop.co.example").as_deref(),
        Ok("https://rdap.longest.example/domain/a.shop.co.example"),
    );
    assert_eq!(
        base("a.notcom").unwrap_err(),
        "IANA's list names no RDAP server for `a.notcom`: set `rdap` if it has one"
    );
    assert_eq!(base("a.plain").unwrap_err(), "the registry of `a.plain` has no secure server");
}

#[test]
fn the_end_of_the_registration_counts_and_not_that_of_the_registrars_own() {
    let well = observed("2026-12-10", COM);
    assert_eq!((well.result, well.reasons), (CheckResult::Up, vec![]));
    let near = observed("2026-12-12", COM);
    assert_eq!(near.result, CheckResult::Degraded);
    assert_eq!(near.reasons, ["the registration ends in 29 days, at 2027-01-10T04:00:00Z"]);
    let evidence = near.evidence.expect("evidence");
    assert_eq!(evidence.url, "https://rdap.example/v1/domain/shop.example");
    assert_eq!(
        evidence.curl(),
        Some(
            "curl --include --max-time 10 --location --header 'accept: application/rdap+json' \
             'https://rdap.example/v1/domain/shop.example'"
        )
    );
    assert_eq!(observed("2027-01-04", COM).result, CheckResult::Down);
    let over = observed("2027-02-01", COM);
    assert_eq!(over.reasons, ["the registration ended at 2027-01-10T04:00:00Z"]);
}

#[test]
fn a_domain_that_is_held_or_being_deleted_is_down_however_far_its_end_is() {
    for status in
        ["client hold", "server hold", "serverHold", "redemption period", "pending delete"]
    {
        let body = COM.replace("client update prohibited", status);
        let found = observed("2026-11-28", &body);
        assert_eq!(found.result, CheckResult::Down, "{status}");
        assert_eq!(found.reasons, [format!("the registry's status is `{status}`")]);
    }
    for status in ["active", "auto renew period", "server transfer prohibited"] {
        let body = COM.replace("client update prohibited", status);
        assert_eq!(observed("2026-11-28", &body).result, CheckResult::Up, "{status}");
    }
}

#[test]
fn a_registry_that_keeps_the_date_to_itself_degrades_the_check() {
    let body = COM
        .replace("\"expiration\",\"eventDate\":\"2027", "\"reregistration\",\"eventDate\":\"2027");
    let found = observed("2026-11-28", &body);
    assert_eq!(found.result, CheckResult::Degraded);
    assert_eq!(found.reasons, ["the registry does not say when it ends"]);
}

#[test]
fn a_name_that_the_registry_does_not_know_is_down() {
    for body in ["", "{\"errorCode\":404,\"title\":\"Not Found\"}"] {
        let found = found_on("2026-11-28", &Does::Answer(404, body)).end().expect("an observation");
        assert_eq!((found.result, found.status), (CheckResult::Down, Some(404)));
        assert_eq!(found.reasons, ["`shop.example` is not registered"]);
    }
}

#[test]
fn what_fails_on_the_way_says_nothing_of_the_domain() {
    for status in [301, 400, 401, 403, 418, 429, 500, 501, 502, 503, 504] {
        let run = found_on("2026-11-28", &Does::Answer(status, COM));
        assert_eq!(run.why(), format!("the registry answers {status}"));
    }
    assert_eq!(found_on("2026-11-28", &Does::Silence).why(), "the registry does not answer");
    let another = COM.replace("\"SHOP.EXAMPLE\",\"links", "\"ANOTHER.EXAMPLE\",\"links");
    let entity = COM.replacen("\"domain\"", "\"entity\"", 1);
    for body in ["", "<html>", "[]", "null", "{}", &another, &entity, &COM[..600]] {
        let run = found_on("2026-11-28", &Does::Answer(200, body));
        assert_eq!(run.why(), "the registry's answer is not the JSON of RDAP", "{body}");
    }
}

#[test]
fn without_ianas_list_nothing_is_said_of_the_domain() {
    for (does, why) in [
        (Does::Answer(503, ""), "the list of registries is not to be had: status 503"),
        (Does::Silence, "the list of registries is not to be had: no answer"),
        (Does::Answer(200, "<html>"), "the list of registries cannot be read"),
        (
            Does::Answer(200, "{\"services\":[[\"com\"],[],7]}"),
            "IANA's list names no RDAP server for `shop.example`: set `rdap` if it has one",
        ),
    ] {
        let mut run = Run::begin(&check(""), "edge", time("2026-11-28T08:00:00Z"));
        run.answer(&does);
        assert_eq!(run.why(), why);
    }
}

#[test]
fn an_errand_ends_with_its_time_out() {
    let mut run = Run::begin(&check(""), "edge", time("2026-11-28T08:00:00Z"));
    run.answer(&Does::Answer(200, LISTED));
    run.now = run.now + run.check.timeout;
    assert_eq!(run.why(), "the time-out is over");
}
