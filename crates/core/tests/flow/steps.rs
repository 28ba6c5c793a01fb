//! Which requests follow each other.

use breakwater_core::base::time::Millis;
use breakwater_core::watch::check::FLOW_REDIRECTS_MAX;
use breakwater_core::watch::monitor::CheckResult;

use super::{Answer, SHOP, answer, field, flow, lines, run, shop};

const LOGIN: &str = "POST https://shop.example/login";
const LOG_OUT: &str = "DELETE https://shop.example/session";

#[test]
fn a_customers_way_is_gone_with_what_was_answered_before() {
    let (asked, found) = run(&flow(SHOP), shop);
    assert_eq!(
        lines(&asked),
        [
            "GET https://shop.example/login",
            LOGIN,
            "GET https://shop.example/welcome",
            "POST https://shop.example/api/cart",
            "POST https://shop.example/api/carts/c%2F1234/orders",
            LOG_OUT,
        ]
    );
    let [form, login, welcome, cart, order, _] = &*asked else { panic!("six requests") };
    assert_eq!(field(form, "cookie"), None);
    assert_eq!(
        login.body.as_deref(),
        Some("user=canary&password=c4n4ry%2Fp%26ss%20%22w0rd%22&csrf=cs%2Brf")
    );
    assert_eq!(field(login, "cookie"), Some("form=f0rm; visit=v1s1t"), "the longer path first");
    assert_eq!((&*welcome.method, welcome.body.as_deref()), ("GET", None));
    assert_eq!(field(welcome, "content-type"), None);
    assert_eq!(field(welcome, "cookie"), Some("visit=v1s1t; session=s3ss10n"));
    assert_eq!(field(cart, "authorization"), Some("Bearer t0k3n.abc"));
    assert_eq!(
        cart.body.as_deref(),
        Some(r#"{"product": 3, "note": {"csrf": "cs+rf"}}"#),
        "as JSON writes it"
    );
    assert_eq!(order.body, None);
    assert_eq!((found.result, found.status), (CheckResult::Up, Some(204)));
    assert_eq!((found.took, found.reasons), (Millis::new(60), vec![]));
    assert_eq!(found.evidence, None);
}

#[test]
fn a_step_that_fails_ends_the_flow_but_for_what_is_always_made() {
    let (asked, found) = run(&flow(SHOP), |request| match &*request.url {
        "https://shop.example/api/cart" => answer(503, "", "sold out"),
        _ => shop(request),
    });
    assert_eq!(
        lines(&asked)[2..],
        ["GET https://shop.example/welcome", "POST https://shop.example/api/cart", LOG_OUT]
    );
    assert_eq!((found.result, found.status), (CheckResult::Down, Some(503)));
    assert_eq!(found.reasons, ["step `3`: status 503, expected 2xx"]);
}

#[test]
fn what_is_always_made_is_left_out_where_it_needs_what_was_not_captured() {
    let (asked, found) = run(&flow(SHOP), |request| match &*request.method {
        "POST" => answer(401, "", ""),
        _ => shop(request),
    });
    assert_eq!(lines(&asked), ["GET https://shop.example/login", LOGIN]);
    assert_eq!(found.reasons, ["step `log-in`: status 401, expected 2xx"]);
}

#[test]
fn nothing_captured_is_a_failure() {
    let (asked, found) = run(&flow(SHOP), |request| match &*request.url {
        "https://shop.example/welcome" => answer(200, "", ""),
        _ => shop(request),
    });
    assert_eq!(asked.len(), 3);
    assert_eq!(found.result, CheckResult::Down);
    assert_eq!(
        found.reasons,
        ["step `log-in`: nothing is captured as `token`: the answer has no such field"]
    );
}

#[test]
fn steps_that_are_always_made_have_time_of_their_own() {
    let (asked, found) = run(&flow(SHOP), |request| match &*request.url {
        "https://shop.example/api/cart" => {
            Answer { hangs: Some(Millis::from_secs(60)), ..Answer::default() }
        }
        _ => shop(request),
    });
    // 20 s in all, of which the log-out has one, and what came before took 30 ms.
    assert_eq!(asked[3].limit, Millis::new(18_970));
    assert_eq!(asked[4].limit, Millis::from_secs(1));
    assert_eq!(lines(&asked)[4], LOG_OUT);
    assert_eq!(
        found.reasons,
        ["step `3`: no answer within 18970ms", "it took 19010ms, expected 5s at most"]
    );
    let (asked, found) = run(&flow(SHOP), |request| match &*request.method {
        "GET" => Answer { hangs: Some(Millis::from_secs(60)), ..Answer::default() },
        _ => shop(request),
    });
    assert_eq!(asked.len(), 1, "there is no token to log out with");
    assert_eq!(found.took, Millis::from_secs(19));
}

#[test]
fn a_clean_up_that_fails_is_a_failure_too() {
    let (_, found) = run(&flow(SHOP), |request| match &*request.method {
        "DELETE" => answer(500, "", ""),
        _ => shop(request),
    });
    assert_eq!(found.result, CheckResult::Down);
    assert_eq!(found.reasons, ["step `log-out`: status 500, expected 204"]);
}

#[test]
fn a_step_that_is_only_degraded_goes_on() {
    let text = SHOP.replace("{ name = \"form\",", "{ name = \"form\", warn = { size_min = 999 },");
    let (asked, found) = run(&flow(&text), shop);
    assert_eq!(asked.len(), 6);
    assert_eq!((found.result, found.status), (CheckResult::Degraded, Some(204)));
    assert_eq!(found.reasons, ["step `form`: a body of 33 bytes, expected at least 999"]);
    assert_eq!(found.evidence.unwrap().step.as_deref(), Some("form"));
}

#[test]
fn a_flow_that_is_slow_as_a_whole_is_degraded() {
    let text = SHOP.replace("latency = \"5s\"", "latency = \"59ms\"");
    let (_, found) = run(&flow(&text), shop);
    assert_eq!(found.result, CheckResult::Degraded);
    assert_eq!(found.reasons, ["it took 60ms, expected 59ms at most"]);
    let evidence = found.evidence.unwrap();
    assert_eq!((evidence.step, evidence.steps.len()), (None, 5));
}

#[test]
fn redirects_are_followed_within_the_origin_and_no_more_than_a_few() {
    let home = "[[checks]]\nname = \"a\"\nkind = \"flow\"\n\
                steps = [{ url = \"https://shop.example/a?b\" }]\n";
    let (asked, found) = run(&flow(home), |_| answer(302, "location: next", ""));
    assert_eq!(asked.len(), 1 + FLOW_REDIRECTS_MAX);
    assert_eq!(found.reasons, ["step `1`: more than 3 redirects"]);

    let (asked, found) = run(&flow(home), |_| answer(302, "location: https://id.example/?c", ""));
    assert_eq!(asked.len(), 1);
    assert_eq!(
        found.reasons,
        [
            "step `1`: status 302, expected 2xx",
            "step `1`: it redirects to another origin, which a flow does not ask"
        ]
    );

    let stays = home.replace("?b\"", "?b\", redirects = false, expect = { status = 302 }");
    let (asked, found) = run(&flow(&stays), |_| answer(302, "location: next", ""));
    assert_eq!((asked.len(), found.result), (1, CheckResult::Up));
}

#[test]
fn a_value_that_fits_into_no_field_is_not_sent() {
    let text = "[[checks]]\nname = \"a\"\nkind = \"flow\"\nsteps = [\n\
                { url = \"https://a.example/\", capture = { a = 'json a' } },\n\
                { url = \"https://a.example/b\", headers = { x-a = \"{{a}}\" } }]\n";
    let (asked, found) = run(&flow(text), |_| answer(200, "", r#"{"a": "ä"}"#));
    assert_eq!(asked.len(), 1);
    assert_eq!(found.reasons, ["step `2`: a value does not fit into the field `x-a`"]);
    let (asked, found) = run(&flow(text), |_| answer(200, "", "{\"a\": \"b\\nx-evil: 1\"}"));
    assert_eq!(asked.len(), 1);
    assert_eq!(
        found.reasons,
        ["step `1`: nothing is captured as `a`: the value has control characters"]
    );
}
