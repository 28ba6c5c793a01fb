//! What is kept of a flow that failed.

use breakwater_core::base::json;
use breakwater_core::watch::check::{CheckObservation, FailureEvidence};

use super::{SHOP, answer, flow, run, shop};

fn failed_order() -> CheckObservation {
    let (_, found) = run(&flow(SHOP), |request| match &*request.url {
        "https://shop.example/api/carts/c%2F1234/orders" => answer(
            500,
            "location: /oops?code=0123\ncontent-type: text/plain",
            "cart c/1234 (c%2F1234) of t0k3n.abc, session s3ss10n, csrf cs+rf",
        ),
        _ => shop(request),
    });
    found
}

#[test]
fn the_step_that_failed_is_named_with_its_request_and_all_timings() {
    let evidence = failed_order().evidence.expect("evidence");
    assert_eq!(evidence.step.as_deref(), Some("order"));
    assert_eq!((evidence.method.as_deref(), evidence.status), (Some("POST"), Some(500)));
    assert_eq!(evidence.url, "https://shop.example/api/carts/{{cart}}/orders");
    assert_eq!(
        evidence.curl(),
        Some(
            "curl --include --request 'POST' --max-time 20 --location --globoff --header \
             'authorization: Bearer '\"$token\" --cookie \"$cookies\" \
             'https://shop.example/api/carts/'\"$cart\"'/orders'"
        )
    );
    let steps: Vec<_> =
        evidence.steps.iter().map(|it| (&*it.step, it.took.get(), it.status)).collect();
    assert_eq!(
        steps,
        [
            ("form", 10, Some(200)),
            ("log-in", 20, Some(200)),
            ("3", 10, Some(200)),
            ("order", 10, Some(500)),
            ("log-out", 10, Some(204)),
        ]
    );
}

#[test]
fn nothing_that_was_captured_is_in_it() {
    let found = failed_order();
    let evidence = found.evidence.as_deref().expect("evidence");
    assert_eq!(evidence.body, "cart $cart ($cart) of $token, session $session, csrf $csrf");
    let location = ("location".to_owned(), "/oops?…".to_owned());
    assert!(evidence.fields.contains(&location), "{:?}", evidence.fields);
}

#[test]
fn the_command_of_a_form_has_variables_for_what_is_secret() {
    let (_, found) = run(&flow(SHOP), |request| match &*request.method {
        "POST" => answer(500, "", "the password c4n4ry/p&ss \"w0rd\" is wrong"),
        _ => shop(request),
    });
    let evidence = found.evidence.expect("evidence");
    assert_eq!(
        evidence.curl(),
        Some(
            "curl --include --request 'POST' --max-time 20 --location --globoff --header \
             'content-type: application/x-www-form-urlencoded' --cookie \"$cookies\" --data-raw \
             'user=canary&password='\"$SHOP_PASSWORD\"'&csrf='\"$csrf\" \
             'https://shop.example/login'"
        )
    );
    assert_eq!(evidence.body, "the password $SHOP_PASSWORD is wrong");
}

#[test]
fn an_answer_that_was_to_bring_a_token_is_not_shown() {
    let (_, found) = run(&flow(SHOP), |request| match &*request.url {
        "https://shop.example/welcome" => answer(200, "", "{\"access\": \"another-t0k3n\"}"),
        _ => shop(request),
    });
    assert_eq!(found.evidence.expect("evidence").body, "");
    let text = SHOP.replace("header x-token", "json access.a");
    let (_, found) = run(&flow(&text), |request| match &*request.url {
        "https://shop.example/welcome" => answer(500, "", "an error of the database"),
        _ => shop(request),
    });
    assert_eq!(found.evidence.expect("evidence").body, "an error of the database");
}

#[test]
fn what_is_stored_reads_back_and_older_evidence_too() {
    let evidence = failed_order().evidence.expect("evidence");
    let text = serde_json::to_string(&evidence).unwrap();
    assert_eq!(json::read::<FailureEvidence>(&text).unwrap(), *evidence);
    assert!(
        text.contains(r#""step":"order","steps":[{"step":"form","took":"10ms","status":200},"#),
        "{text}"
    );
    let old = r#"{"at":1,"place":"weur","url":"https://a/","took":"5ms","reasons":["a"]}"#;
    assert_eq!(json::read::<FailureEvidence>(old).unwrap().steps, []);
}
