//! What a check makes of an answer.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::Millis;
use breakwater_core::watch::check::{
    Assertion, BodyPattern, CheckedAnswer, Expectation, FieldAssertion, JsonAssertion, REASONS_MAX,
    StatusSet,
};
use breakwater_core::watch::monitor::CheckResult;
use proptest::prelude::*;

const PAGE: CheckedAnswer<'_> = CheckedAnswer {
    status: 200,
    fields: Fields::new("content-type:text/html; charset=utf-8\nage:12\netag:\"1\""),
    body: b"<title>StolenTee</title>",
    size: 24,
    is_cut: false,
    url: "https://shop.example/",
    took: Millis::new(120),
};

const DATA: &[u8] = br#"{"status": "ok", "items": [{"price": 9.5, "tags": ["new"]}], "total": 1,
    "big": 9007199254740993, "none": null}"#;

fn json(text: &str) -> Assertion {
    Assertion::Json(JsonAssertion::parse(text).expect("an assertion about JSON"))
}

fn field(text: &str) -> Assertion {
    Assertion::Field(FieldAssertion::parse(text).expect("an assertion about a field"))
}

fn required(assertion: Assertion) -> Expectation {
    Expectation { required: [assertion].into(), ..Expectation::default() }
}

fn holds(assertion: Assertion, answer: &CheckedAnswer<'_>) -> bool {
    required(assertion).judge(answer).result == CheckResult::Up
}

#[test]
fn a_status_outside_the_set_is_down_and_says_what_was_expected() {
    let expectation = Expectation::default();
    assert_eq!(expectation.judge(&PAGE).result, CheckResult::Up);
    let judged = expectation.judge(&CheckedAnswer { status: 502, ..PAGE });
    assert_eq!(judged.result, CheckResult::Down);
    assert_eq!(judged.reasons, ["status 502, expected 2xx"]);
    let judged = expectation.judge(&CheckedAnswer { status: 526, ..PAGE });
    let expected = "status 526 (the target's certificate is not valid), expected 2xx";
    assert_eq!(judged.reasons, [expected]);
    let status = StatusSet::parse(["2xx", "502"]).unwrap();
    let expectation = Expectation { status, ..Expectation::default() };
    assert_eq!(expectation.judge(&CheckedAnswer { status: 502, ..PAGE }).result, CheckResult::Up);
}

#[test]
fn an_answer_that_is_slower_than_the_limit_is_degraded_and_no_worse() {
    let limit = Some(Millis::new(120));
    let expectation = Expectation { latency: limit, ..Expectation::default() };
    assert_eq!(expectation.judge(&PAGE).result, CheckResult::Up, "exactly at the limit");
    let judged = expectation.judge(&CheckedAnswer { took: Millis::new(121), ..PAGE });
    assert_eq!(judged.result, CheckResult::Degraded);
    assert_eq!(judged.reasons, ["it took 121ms, expected 120ms at most"]);
}

#[test]
fn a_preferred_assertion_only_degrades_and_a_required_one_outweighs_it() {
    let absent = || Assertion::BodyContains("sold out".into());
    let preferred = Expectation { preferred: [absent()].into(), ..Expectation::default() };
    assert_eq!(preferred.judge(&PAGE).result, CheckResult::Degraded);
    let both = Expectation { required: [absent()].into(), ..preferred };
    let judged = both.judge(&PAGE);
    assert_eq!((judged.result, judged.reasons.len()), (CheckResult::Down, 2));
}

#[test]
fn texts_and_patterns_are_searched_in_the_body() {
    let pattern = |text| Assertion::BodyMatches(BodyPattern::parse(text).unwrap());
    for (assertion, is_so) in [
        (Assertion::BodyContains("StolenTee".into()), true),
        (Assertion::BodyContains("stolentee".into()), false),
        (Assertion::BodyLacks("error".into()), true),
        (Assertion::BodyLacks("title".into()), false),
        (pattern("<title>.+</title>"), true),
        (pattern("^title"), false),
    ] {
        assert_eq!(holds(assertion.clone(), &PAGE), is_so, "{assertion:?}");
    }
}

#[test]
fn what_is_missing_from_a_body_that_was_cut_says_so() {
    let cut = CheckedAnswer { is_cut: true, ..PAGE };
    let judged = required(Assertion::BodyContains("footer".into())).judge(&cut);
    assert_eq!(judged.reasons, ["the body does not contain `footer` in the part that is read"]);
}

#[test]
fn values_in_json_are_compared() {
    let answer = CheckedAnswer { body: DATA, ..PAGE };
    for (text, is_so) in [
        ("status == \"ok\"", true),
        ("status != \"ok\"", false),
        ("status contains \"o\"", true),
        ("status lacks \"x\"", true),
        ("items.length == 1", true),
        ("items.length >= 1.0", true),
        ("items[0].price < 10", true),
        ("items[0].price <= 9.5", true),
        ("items[0].price > 9.5", false),
        ("items[0].tags contains \"new\"", true),
        ("items[0] contains \"price\"", true),
        ("total == 1.0", true),
        ("big == 9007199254740993", true),
        ("big == 9007199254740992", false),
        ("status > 1", false),
        ("none == null", true),
        ("none exists", true),
        ("error absent", true),
        ("error exists", false),
        ("error == null", false),
        ("error != \"x\"", false),
        ("$.total exists", true),
    ] {
        assert_eq!(holds(json(text), &answer), is_so, "{text}");
    }
}

#[test]
fn a_body_that_is_no_json_fails_each_assertion_about_it() {
    let judged = required(json("error absent")).judge(&PAGE);
    assert_eq!(judged.result, CheckResult::Down);
    assert_eq!(judged.reasons, ["the body is not JSON, expected `error absent`"]);
}

#[test]
fn fields_are_compared_as_texts_and_as_numbers() {
    for (text, is_so) in [
        ("content-type contains \"html\"", true),
        ("content-type == \"text/html\"", false),
        ("age <= 12", true),
        ("age < 12", false),
        ("age == \"12\"", true),
        ("etag exists", true),
        ("x-powered-by absent", true),
        ("cache-control lacks \"private\"", true),
        ("cache-control exists", false),
    ] {
        assert_eq!(holds(field(text), &PAGE), is_so, "{text}");
    }
}

#[test]
fn size_and_final_url_are_compared() {
    for (assertion, is_so) in [
        (Assertion::SizeMin(24), true),
        (Assertion::SizeMin(25), false),
        (Assertion::SizeMax(24), true),
        (Assertion::SizeMax(23), false),
        (Assertion::FinalUrl("https://shop.example/".into()), true),
        (Assertion::FinalUrl("https://shop.example/login".into()), false),
    ] {
        assert_eq!(holds(assertion.clone(), &PAGE), is_so, "{assertion:?}");
    }
}

#[test]
fn reasons_are_bounded_and_say_how_many_more_there_are() {
    let count = REASONS_MAX + 3;
    let required = (0..count).map(|n| Assertion::SizeMin(100 + n as u64)).collect();
    let judged = Expectation { required, ..Expectation::default() }.judge(&PAGE);
    assert_eq!(judged.reasons.len(), REASONS_MAX);
    assert_eq!(judged.reasons[REASONS_MAX - 1], "4 more assertions do not hold");
}

#[test]
fn an_assertion_that_cannot_be_read_is_refused_with_its_text() {
    for text in ["", "a", "a ==", "a = 1", "a == x", "a exists 1", "== 1", "a.b..c == 1"] {
        assert_eq!(JsonAssertion::parse(text).unwrap_err().value, text);
    }
    for text in [
        "",
        "Etag exists",
        "etag",
        "etag is 1",
        ": == 1",
        "x contains 12",
        "x == true",
        "x == null",
    ] {
        assert_eq!(FieldAssertion::parse(text).unwrap_err().value, text);
    }
}

#[test]
fn an_assertion_is_shown_as_it_was_written() {
    for text in ["status == \"ok\"", "$[0].a >= 1", "items.length < 3", "error absent"] {
        assert_eq!(JsonAssertion::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(FieldAssertion::parse("etag  exists ").unwrap().to_string(), "etag exists");
}

#[test]
fn an_expectation_survives_its_stored_form() {
    let expectation = Expectation {
        status: StatusSet::parse(["200", "3xx"]).unwrap(),
        required: [
            json("none == null"),
            json("error absent"),
            json("a.b[0] == {\"c\": [1, null]}"),
            field("etag exists"),
            Assertion::BodyMatches(BodyPattern::parse("a+").unwrap()),
        ]
        .into(),
        preferred: [Assertion::SizeMax(9)].into(),
        latency: Some(Millis::from_secs(2)),
    };
    let text = serde_json::to_string(&expectation).unwrap();
    assert_eq!(breakwater_core::base::json::read::<Expectation>(&text).unwrap(), expectation);
}

proptest! {
    #[test]
    fn any_answer_can_be_judged(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        path in "[a-z.\\[\\]0-9$]{0,12}",
        operator in "(==|!=|<|>|contains|lacks) ",
        value in "[0-9\"a\\[\\]]{1,5}",
        status in 0u16..1000,
    ) {
        let answer = CheckedAnswer { body: &body, status, ..PAGE };
        if let Ok(assertion) = JsonAssertion::parse(&(path + " " + &operator + &value)) {
            let judged = required(Assertion::Json(assertion)).judge(&answer);
            prop_assert_eq!(judged.result == CheckResult::Up, judged.reasons.is_empty());
        }
    }
}
