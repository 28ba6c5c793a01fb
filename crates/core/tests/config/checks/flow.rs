//! The steps of flows.

use breakwater_core::base::json;
use breakwater_core::site::config::WatchRules;
use breakwater_core::watch::check::{
    CheckKind, FLOW_CAPTURES_MAX, FLOW_STEPS_MAX, FlowCapture, FlowStep, FlowTemplate,
};

use super::super::check_below;
use super::{checks, millis, secret, watch};

const HEAD: &str = "[[checks]]\nname = \"a\"\nkind = \"flow\"\ntimeout = \"5s\"\nsteps = [\n";
const LOGIN: &str = r#"{ name = "log-in", method = "POST", url = "https://a.example/login", headers = { x-key = { secret = "KEY", prefix = "k " } }, body = '{"p": "{{PASSWORD}}"}', expect = { status = 201 }, capture = { token = "json token", cart = 'header location /carts/(\d+)' } },
"#;
const CART: &str = r#"{ url = "https://a.example/carts/{{cart}}?x={{ token }}", headers = { Authorization = "Bearer {{token}}" }, redirects = false, timeout = "2s" },
"#;
const OUT: &str = r#"{ url = "https://a.example", always = true },
"#;

fn flow(steps: &[&str]) -> String {
    [HEAD, &steps.concat(), "]\n"].concat()
}

fn read(steps: &[&str]) -> Vec<FlowStep> {
    let [check] = checks(&flow(steps)).try_into().expect("one check");
    let CheckKind::Flow(steps) = check.kind else { panic!("a flow") };
    steps
}

/// Refuses a step that comes after [`LOGIN`]. `error` begins with its column and the rest of its
/// key.
#[track_caller]
fn check_step(step: &str, error: &str) {
    let (column, rest) = error.split_once(' ').expect("a column");
    check_below(&flow(&[LOGIN, step]), &format!("7:{column}: checks[0].steps[1]{rest}"));
}

#[test]
fn what_is_written_is_what_is_read() {
    let [login, cart, out] = read(&[LOGIN, CART, OUT]).try_into().unwrap();
    let template = |text: &str| FlowTemplate::parse(text).unwrap();
    let capture = |text: &str| FlowCapture::parse(text).unwrap();
    assert_eq!((&*login.name, &*cart.name, &*out.name), ("log-in", "2", "3"));
    assert_eq!((&*login.method, &login.url), ("POST", &template("https://a.example/login")));
    assert_eq!(
        login.fields,
        [("x-key".into(), FlowTemplate::of_secret("k ".into(), secret("KEY")))]
    );
    assert_eq!(login.body, Some(template("{\"p\": \"{{PASSWORD}}\"}")));
    assert_eq!(
        login.capture,
        [
            ("token".into(), capture("json token")),
            ("cart".into(), capture(r"header location /carts/(\d+)")),
        ]
    );
    assert!(login.expect.status.contains(201) && !login.expect.status.contains(200));
    let secrets: Vec<_> = login.secrets().map(|name| name.as_str()).collect();
    assert_eq!(secrets, ["KEY", "PASSWORD"]);
    assert_eq!(cart.url, template("https://a.example/carts/{{cart}}?x={{token}}"));
    assert_eq!(cart.fields, [("authorization".into(), template("Bearer {{token}}"))]);
    assert_eq!((login.follows_redirects, cart.follows_redirects), (true, false));
    assert_eq!(out.url, template("https://a.example/"));
    assert_eq!((login.always, out.always), (false, true));
    let timeouts = [login.timeout, cart.timeout, out.timeout];
    assert_eq!(timeouts, [millis("5s"), millis("2s"), millis("2s")]);
}

#[test]
fn flows_survive_json() {
    let watch = watch(&flow(&[LOGIN, CART, OUT]));
    let text = serde_json::to_string(&watch).unwrap();
    assert_eq!(json::read::<WatchRules>(&text).unwrap(), watch);
}

#[test]
fn a_placeholder_is_known_or_escaped() {
    check_step(
        r#"{ url = "https://a.example/{{id}}" }"#,
        "9 .url: unknown captured value `id`, expected one of `cart`, `token`",
    );
    check_step(
        r#"{ url = "https://a.example/", method = "PUT", body = "{{ a b }}" }"#,
        "54 .body: `…` is not allowed, expected `{{name}}` for what an earlier step captured, \
         `{{NAME}}` for a secret, or `\\{{` for two braces",
    );
    let escaped = r#"{ url = "https://a.example/", method = "PUT", body = '\{{id}}' },"#;
    let [step] = read(&[escaped]).try_into().unwrap();
    assert_eq!(step.body, Some(FlowTemplate::of_text("{{id}}".into())));
}

#[test]
fn a_placeholder_never_chooses_the_host_and_a_url_has_no_secret() {
    const BEHIND: &str =
        "9 .url: `…` is not allowed, expected placeholders only in the path and the query";
    for url in ["https://{{cart}}.example/", "https://a.example{{cart}}", "https://a.{{cart}}/b"] {
        check_step(&format!("{{ url = \"{url}\" }}"), BEHIND);
    }
    check_step(
        r#"{ url = "{{cart}}" }"#,
        "9 .url: `x` is not a URL to ask, expected `https://` and a host",
    );
    check_step(
        r#"{ url = "https://a.example/?key={{KEY}}" }"#,
        "9 .url: `…` is not allowed, expected no secret in a URL, since URLs end up in logs; send \
         it in a field or in the body",
    );
}

#[test]
fn a_password_is_not_written_into_the_file() {
    check_step(
        r#"{ url = "https://a.example/", headers = { authorization = "Bearer abc" } }"#,
        "59 .headers.authorization: `…` is not allowed, expected \
         `{ secret = \"NAME\", prefix = \"Bearer \" }` or `Bearer {{token}}`, never the secret",
    );
    check_step(
        r#"{ url = "https://a.example/", body = "secret" }"#,
        "38 .body: `…` is not allowed, expected another `method` than `GET` and `HEAD` beside it",
    );
}

#[test]
fn what_is_captured_has_a_name_and_a_source() {
    let captures = "`json PATH`, `header NAME`, `header NAME PATTERN` or `body PATTERN`, where a \
                    pattern is a regular expression with one group";
    check_step(
        r#"{ url = "https://a.example/", capture = { a = "cookie b" } }"#,
        &format!("47 .capture.a: `cookie b` is not allowed, expected {captures}"),
    );
    check_step(
        r#"{ url = "https://a.example/", capture = { A = "json b" } }"#,
        "43 .capture.A: `A` is not allowed, expected a letter a-z, then up to 31 of a-z, 0-9 and \
         `_`",
    );
    let many: Vec<String> =
        (0..=FLOW_CAPTURES_MAX - 2).map(|n| format!("a{n} = \"json b\"")).collect();
    let step = format!("{{ url = \"https://a.example/\", capture = {{ {} }} }}", many.join(", "));
    let column = step.rfind("\"json").unwrap() + 1;
    check_step(
        &step,
        &format!(
            "{column} .capture.a18: `21` is out of range, \
             expected 20 captured values of a flow at most"
        ),
    );
}

#[test]
fn steps_are_bounded_and_share_the_time() {
    check_below(&flow(&[]), "5:9: checks[0].steps: there is none, expected at least one step");
    let most: Vec<&str> = vec![OUT; 1];
    assert_eq!(read(&most).len(), 1);
    let step = "{ url = \"https://a.example/\" },\n";
    assert_eq!(read(&[step; FLOW_STEPS_MAX]).len(), FLOW_STEPS_MAX);
    check_below(
        &flow(&[step; FLOW_STEPS_MAX + 1]),
        "16:1: checks[0].steps[10]: `11` is out of range, expected 10 steps at most",
    );
    check_step(
        r#"{ url = "https://a.example/", timeout = "6s" }"#,
        "41 .timeout: `6s` is out of range, expected 1ms to 5s, the check's `timeout`",
    );
    let expected = "expected time that is left for the other steps: what steps with `always` may \
                    take is taken off the check's `timeout`";
    check_step(
        r#"{ url = "https://a.example/", always = true, timeout = "5s" }"#,
        &format!("56 .timeout: `5s` is not allowed, {expected}"),
    );
    check_below(
        &flow(&[OUT, OUT, OUT]),
        &format!("8:1: checks[0].steps[2].timeout: `2s` is not allowed, {expected}"),
    );
}

#[test]
fn a_step_has_a_name_of_its_own_and_known_keys() {
    check_step(
        r#"{ name = "log-in", url = "https://a.example/" }"#,
        "10 .name: `log-in` is not allowed, expected a name that no other step has",
    );
    check_step(
        r#"{ url = "https://a.example/", captures = {} }"#,
        "31 : unknown key `captures` (did you mean `capture`?), expected one of `name`, `url`, \
         `method`, `headers`, `body`, `redirects`, `expect`, `warn`, `capture`, `timeout`, \
         `always`",
    );
    check_below(
        &flow(&[OUT]).replace("steps", "expect = { status = 200 }\nsteps"),
        "5:12: checks[0].expect: unknown key `status`, expected one of `latency`",
    );
}
