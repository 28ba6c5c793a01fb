//! Flows: which requests they send, and what is kept of one that failed.

mod evidence;
mod invariants;
mod steps;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::config::parse_file;
use breakwater_core::watch::check::{
    Check, CheckAnswer, CheckKind, CheckObservation, CheckedAnswer, FlowRequest, FlowRun, FlowStep,
};

/// The time that each answer takes.
const TOOK: Millis = Millis::new(10);
const PASSWORD: &str = "c4n4ry/p&ss \"w0rd\"";

/// The flow of a shop.
const SHOP: &str = r#"
[[checks]]
name = "checkout"
kind = "flow"
timeout = "20s"
expect = { latency = "5s" }
steps = [
    { name = "form", url = "https://shop.example/login", capture = { csrf = 'body name="csrf" value="([^"]+)"' } },
    { name = "log-in", method = "POST", url = "https://shop.example/login", headers = { content-type = "application/x-www-form-urlencoded" }, body = "user=canary&password={{SHOP_PASSWORD}}&csrf={{csrf}}", capture = { token = "header x-token" } },
    { method = "POST", url = "https://shop.example/api/cart", headers = { authorization = "Bearer {{token}}", content-type = "application/json" }, body = '{"product": 3, "note": {"csrf": "{{csrf}}"}}', capture = { cart = "json id" } },
    { name = "order", method = "POST", url = "https://shop.example/api/carts/{{cart}}/orders", headers = { authorization = "Bearer {{token}}" }, expect = { status = "201", json = "state == \"placed\"" } },
    { name = "log-out", method = "DELETE", url = "https://shop.example/session", headers = { authorization = "Bearer {{token}}" }, always = true, timeout = "1s", expect = { status = "204" } },
]
"#;

fn flow(text: &str) -> (Check, Vec<FlowStep>) {
    let site = "site = { name = \"Shop\", host = \"shop.example\" }\n\
                upstreams.web = { origin = \"https://web.example\" }\n\
                routes = [{ match = \"/*\", upstream = \"web\" }]\n";
    let file = parse_file("breakwater.toml", &[site, text].concat()).expect("a site file");
    let [check] = file.watch.checks.try_into().expect("one check");
    let CheckKind::Flow(steps) = check.kind.clone() else { panic!("a flow") };
    (check, steps)
}

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + ms)
}

/// What a site answers.
#[derive(Clone, Debug, Default)]
struct Answer {
    status: u16,
    fields: String,
    body: String,
    /// Nothing comes for this long, if it is set.
    hangs: Option<Millis>,
}

fn answer(status: u16, fields: &str, body: &str) -> Answer {
    Answer { status, fields: fields.into(), body: body.into(), hangs: None }
}

/// Runs a flow, and returns what was asked and what was found.
fn run(
    (check, steps): &(Check, Vec<FlowStep>),
    mut answer: impl FnMut(&FlowRequest) -> Answer,
) -> (Vec<FlowRequest>, CheckObservation) {
    let secrets = vec![("SHOP_PASSWORD".into(), PASSWORD.into())];
    let mut now = at(0);
    let mut run = FlowRun::new(check, steps, "weur", secrets, now);
    let mut asked = Vec::new();
    while let Some(request) = run.poll_request(now) {
        assert!(run.poll_request(now).is_none(), "an answer is owed");
        let answer = answer(&request);
        let took = answer.hangs.unwrap_or(TOOK).min(request.limit);
        now = now + took;
        let is_late = answer.hangs.is_some_and(|hangs| hangs >= request.limit);
        run.handle_answer(
            &match is_late {
                true => CheckAnswer::TimedOut,
                false => CheckAnswer::Answered(CheckedAnswer {
                    status: answer.status,
                    fields: Fields::new(&answer.fields),
                    body: answer.body.as_bytes(),
                    size: answer.body.len() as u64,
                    is_cut: false,
                    url: "https://somewhere.example/",
                    took,
                }),
            },
            now,
        );
        asked.push(request);
    }
    (asked, run.finish(now))
}

/// What a shop that is well answers to [`SHOP`].
fn shop(request: &FlowRequest) -> Answer {
    match (&*request.method, &*request.url) {
        ("GET", "https://shop.example/login") => answer(
            200,
            "set-cookie: visit=v1s1t; Path=/\nset-cookie: form=f0rm; Path=/login",
            "<input name=\"csrf\" value=\"cs+rf\">",
        ),
        ("POST", "https://shop.example/login") => {
            answer(303, "location: /welcome\nset-cookie: session=s3ss10n; Path=/", "")
        }
        ("GET", "https://shop.example/welcome") => answer(200, "x-token: t0k3n.abc", "welcome"),
        ("POST", "https://shop.example/api/cart") => answer(200, "", r#"{"id": "c/1234"}"#),
        ("POST", "https://shop.example/api/carts/c%2F1234/orders") => {
            answer(201, "", r#"{"state": "placed"}"#)
        }
        ("DELETE", "https://shop.example/session") => answer(204, "", ""),
        other => panic!("asked {other:?}"),
    }
}

fn lines(asked: &[FlowRequest]) -> Vec<String> {
    asked.iter().map(|it| format!("{} {}", it.method, it.url)).collect()
}

fn field<'a>(request: &'a FlowRequest, name: &str) -> Option<&'a str> {
    Fields::new(&request.fields).get(name)
}
