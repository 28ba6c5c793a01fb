use super::*;
use crate::circuit::breaker::State;
use crate::circuit::fleet::Orders;
use crate::site::operator::site;
use alloc::format;
use alloc::string::ToString;
use core::fmt;

const WEB: usize = 0;

fn reason(text: &str) -> OrderReason {
    OrderReason::try_from(String::from(text)).unwrap()
}

fn read_override(body: &str) -> (Order, Vec<usize>) {
    Order::parse_override(body.as_bytes(), &site(), WEB).unwrap()
}

#[track_caller]
fn refused<T: fmt::Debug>(parsed: Result<T, OrderError>, message: &str) {
    assert_eq!(parsed.unwrap_err().to_string(), message);
}

#[track_caller]
fn override_refused(body: &str, message: &str) {
    refused(Order::parse_override(body.as_bytes(), &site(), WEB), message);
}

#[track_caller]
fn bypass_refused(body: &str, message: &str) {
    refused(Order::parse_bypass(body.as_bytes()), message);
}

#[test]
fn an_override_is_for_all_circuits_of_its_upstream() {
    for (name, chosen) in [
        ("forced_open", Override::ForcedOpen),
        ("forced_closed", Override::ForcedClosed),
        ("metrics_only", Override::MetricsOnly),
    ] {
        let body = format!(r#"{{"override":"{name}","reason":"a deploy","lasts":"30m"}}"#);
        let lasts = Millis::from_secs(30 * 60);
        let order = Order::Override { chosen, lasts, reason: reason("a deploy") };
        assert_eq!(read_override(&body), (order, [0, 2].into()));
    }
}

#[test]
fn an_override_may_name_one_circuit() {
    let body = r#"{"override":"auto","reason":"over","circuit":"web/products/*"}"#;
    assert_eq!(read_override(body), (Order::Auto { reason: reason("over") }, [2].into()));
}

#[test]
fn a_circuit_of_another_upstream_is_refused() {
    for (value, shown) in [(r#""api""#, "api"), ("7", "7"), ("null", "null"), (r#""""#, "")] {
        let body = format!(r#"{{"override":"auto","reason":"a","circuit":{value}}}"#);
        let known = "expected one of `web`, `web/products/*`";
        override_refused(&body, &format!("`circuit` cannot be `{shown}`, {known}"));
    }
}

#[test]
fn an_override_is_one_of_four() {
    let allowed = "expected one of `forced_open`, `forced_closed`, `metrics_only`, `auto`";
    for (value, shown) in
        [(r#""open""#, "open"), ("true", "true"), ("null", "null"), (r#"["auto"]"#, r#"["auto"]"#)]
    {
        let body = format!(r#"{{"override":{value},"reason":"a","lasts":"1m"}}"#);
        override_refused(&body, &format!("`override` cannot be `{shown}`, {allowed}"));
    }
    override_refused(r#"{"reason":"a"}"#, &format!("`override` is missing, {allowed}"));
}

#[test]
fn an_order_lasts_from_a_second_to_a_week() {
    for (text, ms) in [("1s", 1_000), ("1000ms", 1_000), ("7d", 604_800_000)] {
        let body = format!(r#"{{"reason":"a","lasts":"{text}"}}"#);
        let order = Order::Bypass { lasts: Millis::new(ms), reason: reason("a") };
        assert_eq!(Order::parse_bypass(body.as_bytes()), Ok(order));
    }
    let allowed = "expected a duration from `1s` to `7d`, such as `30m`";
    for (value, shown) in [
        (r#""999ms""#, "999ms"),
        (r#""8d""#, "8d"),
        (r#""604801s""#, "604801s"),
        (r#""99999999999999999999d""#, "99999999999999999999d"),
        (r#""-5s""#, "-5s"),
        (r#""soon""#, "soon"),
        ("1800", "1800"),
    ] {
        let body = format!(r#"{{"reason":"a","lasts":{value}}}"#);
        bypass_refused(&body, &format!("`lasts` cannot be `{shown}`, {allowed}"));
    }
    bypass_refused(r#"{"reason":"a"}"#, &format!("`lasts` is missing, {allowed}"));
    override_refused(
        r#"{"override":"forced_open","reason":"a"}"#,
        &format!("`lasts` is missing, {allowed}"),
    );
}

#[test]
fn what_does_not_lapse_takes_no_time() {
    override_refused(
        r#"{"override":"auto","reason":"a","lasts":"1m"}"#,
        "`lasts` cannot be `1m`, expected nothing beside `auto`, which does not lapse",
    );
}

#[test]
fn a_reason_is_a_line_that_says_something() {
    for text in ["a", "schön: 100 % ☂", &"é".repeat(REASON_MAX)] {
        let body = format!(r#"{{"reason":"{text}","lasts":"1m"}}"#);
        let order = Order::parse_bypass(body.as_bytes()).unwrap();
        assert_eq!(order.reason().map(OrderReason::as_str), Some(text));
    }
    let allowed = "expected 1 to 200 characters in one line";
    let long = "é".repeat(REASON_MAX + 1);
    let shown_long = format!("{}…", "é".repeat(60));
    for (text, shown) in
        [("", ""), ("   ", "   "), (r"a\nb", r"a\nb"), (r"\u0007", r"\u{7}"), (&long, &shown_long)]
    {
        let body = format!(r#"{{"reason":"{text}","lasts":"1m"}}"#);
        bypass_refused(&body, &format!("`reason` cannot be `{shown}`, {allowed}"));
    }
    bypass_refused(r#"{"lasts":"1m"}"#, &format!("`reason` is missing, {allowed}"));
    bypass_refused(r#"{"lasts":"1m","reason":7}"#, &format!("`reason` cannot be `7`, {allowed}"));
}

#[test]
fn a_bypass_is_lifted_with_or_without_a_reason() {
    assert_eq!(Order::parse_lift(b""), Ok(Order::LiftBypass { reason: None }));
    assert_eq!(Order::parse_lift(b"{}"), Ok(Order::LiftBypass { reason: None }));
    let given = Order::LiftBypass { reason: Some(reason("it works")) };
    assert_eq!(Order::parse_lift(br#"{"reason":"it works"}"#), Ok(given));
    refused(
        Order::parse_lift(br#"{"reason":""}"#),
        "`reason` cannot be ``, expected 1 to 200 characters in one line",
    );
    refused(
        Order::parse_lift(br#"{"lasts":"1m"}"#),
        "unknown key `lasts`, expected one of `reason`",
    );
}

#[test]
fn unknown_keys_are_refused() {
    override_refused(
        r#"{"overide":"auto","reason":"a"}"#,
        "unknown key `overide`, expected one of `override`, `reason`, `lasts`, `circuit`",
    );
    bypass_refused(
        r#"{"reason":"a","lasts":"1m","circuit":"web"}"#,
        "unknown key `circuit`, expected one of `reason`, `lasts`",
    );
}

#[test]
fn a_key_counts_once() {
    bypass_refused(
        r#"{"reason":"a","lasts":"1m","reason":"b"}"#,
        "the body is not a JSON object: `reason` is there twice at line 1 column 40",
    );
}

#[test]
fn what_is_not_an_object_is_refused() {
    for (body, words) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("lasts=30m", "expected value at line 1 column 1"),
        (r#"["a","1m"]"#, "invalid type: sequence, expected an object at line 1 column 0"),
        (r#"{"reason":"a"} x"#, "trailing characters at line 1 column 16"),
        (r#"{"reason":"a",}"#, "trailing comma at line 1 column 15"),
    ] {
        bypass_refused(body, &format!("the body is not a JSON object: {words}"));
    }
    let invalid = Order::parse_bypass(b"{\"reason\":\"\xff\"}");
    refused(
        invalid,
        "the body is not a JSON object: invalid unicode code point at line 1 column 12",
    );
}

#[test]
fn depth_is_bounded() {
    let deep = format!(r#"{{"reason":{}}}"#, "[".repeat(BODY_MAX));
    assert!(Order::parse_bypass(deep.as_bytes()).is_err());
}

#[test]
fn a_circuit_follows_each_order() {
    let policy = Policy::default();
    let mut coordinator = Coordinator::new(&policy);
    let (lasts, now) = (Millis::from_secs(60), Timestamp::from_millis(1_000));
    let mut state_after = |order: Order| {
        order.give_to(&mut coordinator, &policy, now);
        (coordinator.state(), coordinator.orders(now))
    };
    let (chosen, reason) = (Override::ForcedOpen, reason("a"));
    let (until, open) = (now + lasts, Order::Override { chosen, lasts, reason: reason.clone() });
    let overridden = Orders { chosen: Some((chosen, until)), bypass_until: None };
    assert_eq!(state_after(open), (State::ForcedOpen, overridden));
    let bypassed = Orders { bypass_until: Some(until), ..overridden };
    let bypass = Order::Bypass { lasts, reason: reason.clone() };
    assert_eq!(state_after(bypass), (State::ForcedClosed, bypassed));
    let lift = Order::LiftBypass { reason: None };
    assert_eq!(state_after(lift), (State::ForcedOpen, overridden));
    assert_eq!(state_after(Order::Auto { reason }), (State::HalfOpen, Orders::default()));
}

#[test]
fn an_order_reads_back_as_it_was_sent() {
    for order in [
        read_override(r#"{"override":"forced_open","reason":"a","lasts":"1m"}"#).0,
        read_override(r#"{"override":"auto","reason":"a"}"#).0,
        Order::parse_bypass(br#"{"reason":"a","lasts":"1m"}"#).unwrap(),
        Order::parse_lift(b"").unwrap(),
    ] {
        let sent = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&sent).unwrap(), order, "{sent}");
    }
}

#[test]
fn an_order_with_a_bad_reason_is_not_read_back() {
    let sent = r#"{"auto":{"reason":"a\nb"}}"#;
    assert!(serde_json::from_str::<Order>(sent).is_err());
}
