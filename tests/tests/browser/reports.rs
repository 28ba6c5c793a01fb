//! Errors that no code of a page catches, and what of them reaches Sentry through the tunnel: of a
//! page of the site that has Sentry's own SDK, and of Breakwater's own pages.

use anyhow::{Context as _, Result};
use breakwater_tests::receivers::SentryProject;
use breakwater_tests::{World, normalised, operate, visit};
use sentry_types::protocol::v7::Envelope;
use serde_json::{Value, json};

use crate::texts;

/// What stands for a secret wherever a visitor may have one.
const CANARY: &str = "canary7f3a";
const KEY: &str = "e12d836b15bb49d7bbf99e64295d995b";
/// The variable that the tests' sites name.
const DSN: &str = "SENTRY_REPORTS_DSN";
/// What stands for the DSN in the documentation.
const DSN_OF_DOCS: &str = "https://KEY@HOST/PROJECT";

/// The first script in the documentation of the tunnel, for this project.
fn documented(dsn: &str) -> Result<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/sentry.md");
    let text = std::fs::read_to_string(file)?;
    let (_, tunnel) = text.split_once("## The tunnel").context("no chapter")?;
    let (_, code) = tunnel.split_once("```js\n").context("no script")?;
    let (code, _) = code.split_once("```").context("no end")?;
    anyhow::ensure!(code.contains(DSN_OF_DOCS), "{code}");
    Ok(code.replace(DSN_OF_DOCS, dsn))
}

/// The events that came, by what each says of its error.
fn event_of(project: &SentryProject, said: &str) -> Result<Value> {
    let events = project.items("event");
    let is_meant = |event: &&Value| event["exception"]["values"][0]["value"] == said;
    let mut meant = events.iter().filter(is_meant);
    let first = meant.next().with_context(|| format!("no {said}: {events:?}"))?;
    anyhow::ensure!(meant.next().is_none(), "{said} came twice");
    Ok(first.clone())
}

/// Everything that came was taken, and has nothing of the visitor's.
#[track_caller]
fn assert_clean(project: &SentryProject) {
    for envelope in project.received() {
        assert!(envelope.items.is_ok(), "{envelope:?}");
        assert!(!envelope.text().contains(CANARY), "{}", envelope.text());
        assert!(!format!("{:?}", envelope.seen.headers).contains(CANARY), "{envelope:?}");
        for field in ["cookie", "referer", "origin"] {
            assert_eq!(envelope.seen.field(field), "", "{field}");
        }
    }
}

/// What Sentry's own intake keeps of the events is what was meant. Its crate for Rust reads ours
/// too; it refuses what its SDK for browsers sends, whose values the intake may change.
fn assert_read(project: &SentryProject, are_ours: bool) -> Result<()> {
    let with_event = |text: &String| text.contains("\n{\"type\":\"event\"");
    let sent: Vec<String> =
        project.received().iter().map(|it| it.text()).filter(with_event).collect();
    for text in sent.iter().filter(|_| are_ours) {
        let read = Envelope::from_slice(text.as_bytes())?;
        anyhow::ensure!(read.event().is_some_and(|event| event.release.is_some()), "{text}");
    }
    let kept = normalised(&sent)?;
    for envelope in kept["envelopes"].as_array().context("envelopes")? {
        let item = &envelope["items"][0];
        assert_eq!(item["errors"], json!([]), "{item}");
        assert!(!are_ours || item["changed"] == json!([]), "{item}");
    }
    Ok(())
}

/// Three errors of one of Breakwater's own pages came once each, and say where they are from.
fn assert_reported(project: &SentryProject, page: &str, sent: &Value) -> Result<Vec<Value>> {
    let of_test = ["a test broke the page", "a test refused a promise", "the last"];
    let mut traces = Vec::new();
    let mut events = Vec::new();
    for said in of_test {
        let event = event_of(project, said)?;
        let release = event["release"].as_str().unwrap_or_default();
        assert!(release.starts_with("breakwater@"), "{event}");
        assert_eq!(event["environment"], "test", "{event}");
        assert_eq!(event["tags"]["breakwater.page"], page, "{event}");
        let trace = event["contexts"]["trace"]["trace_id"].as_str().unwrap_or_default();
        assert_eq!(trace.len(), 32, "{event}");
        traces.push(trace.to_owned());
        events.push(event);
    }
    traces.dedup();
    assert_eq!(traces.len(), 1, "a view of a page is one trace");
    let mechanism = |index: usize| &events[index]["exception"]["values"][0]["mechanism"]["type"];
    assert_eq!((mechanism(0), mechanism(1)), (&json!("onerror"), &json!("onunhandledrejection")));
    let statuses = sent["statuses"].as_array().into_iter().flatten();
    assert!(statuses.clone().count() > 0 && statuses.clone().all(|it| it == 200), "{sent}");
    assert_clean(project);
    assert_read(project, true)?;
    Ok(events)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn an_error_of_the_sites_page_arrives_once_by_sentrys_own_sdk() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let world = World::start_with("browser_sdk", &[(DSN, &dsn)])?;
    let url = format!("{}/products/7", world.stack.url());
    let options =
        |code: String| json!({ "does": "sdk", "url": url, "canary": CANARY, "code": code });
    let seen = visit(options(documented(&dsn)?)).await?;
    assert_eq!(seen["statuses"], json!([200, 200]), "{seen}");
    assert_eq!(project.items("event").len(), 2);
    let mut traces = Vec::new();
    for (kind, said) in [("TypeError", "cart is undefined"), ("RangeError", "payment was refused")]
    {
        let event = event_of(&project, said)?;
        let exception = &event["exception"]["values"][0];
        assert_eq!(exception["type"], kind);
        assert_eq!(exception["mechanism"]["handled"], false);
        let frames = exception["stacktrace"]["frames"].as_array().context("no frames")?;
        let is_ours = |frame: &Value| frame["filename"] == format!("{}/app.js", world.stack.url());
        assert!(frames.iter().any(is_ours), "{frames:?}");
        assert_eq!(event["release"], "shop@1.2.0");
        assert_eq!(event["environment"], "production");
        assert_eq!(event["request"]["url"], format!("{}/products/8", world.stack.url()));
        let trace = event["contexts"]["trace"]["trace_id"].as_str().unwrap_or_default();
        assert_eq!(trace.len(), 32, "{event}");
        traces.push(trace.to_owned());
    }
    assert_eq!(traces[0], traces[1], "a view of a page is one trace");
    assert_clean(&project);
    assert_read(&project, false)?;

    // What the settings are for: without them the SDK does send the canary.
    let code = format!(
        "import * as Sentry from \"@sentry/browser\";\nSentry.init({{ dsn: \"{dsn}\", \
         tunnel: \"/_breakwater/tunnel\", release: \"shop@1.2.0\" }});\n"
    );
    visit(options(code)).await?;
    let events = project.items("event");
    assert_eq!(events.len(), 4);
    assert!(events[2..].iter().all(|event| event.to_string().contains(CANARY)), "{events:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn an_error_of_the_status_page_arrives_once() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let world = World::start_with("browser_status_reports", &[(DSN, &dsn)])?;
    let breaks = "Intl.DateTimeFormat.prototype.resolvedOptions = () => { \
                  throw new SyntaxError(\"no time zone\") }";
    let url = format!("{}/status", world.stack.url());
    let seen =
        visit(json!({ "does": "fail", "url": url, "canary": CANARY, "breaks": breaks })).await?;
    let events = assert_reported(&project, "status", &seen)?;
    assert_eq!(events[0]["request"]["url"], url);
    assert_eq!(project.items("event").len(), 4);
    // It happened while the page's own script ran first, and is found in it.
    let own = event_of(&project, "no time zone")?;
    let frames = &own["exception"]["values"][0]["stacktrace"]["frames"];
    let place = frames[0]["filename"].as_str().unwrap_or_default();
    assert!(place.starts_with("/status/assets/status-page-") && place.ends_with(".js"), "{own}");
    assert!(texts(&seen["requests"]).iter().any(|url| url.contains("/report-page-")), "{seen}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn an_error_of_the_console_arrives_once() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let world = World::start_with("browser_console_reports", &[(DSN, &dsn)])?;
    let site = world.stack.url();
    let seen = operate(json!({ "does": "fail", "url": site, "token": "dev", "canary": CANARY }));
    let events = assert_reported(&project, "console", &seen.await?)?;
    assert_eq!(events[0]["request"]["url"], format!("{site}/_breakwater/console/circuit"));
    assert_eq!(project.items("event").len(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn an_error_of_the_fallback_page_arrives_once_and_not_the_visitors_address() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let mut world = World::start_with("browser_fallback_reports", &[(DSN, &dsn)])?;
    world.origin.kill();
    let breaks = "Intl.NumberFormat = function () { throw new SyntaxError(\"no numbers\") }";
    let site = world.stack.url();
    let url = format!("{site}/products/{CANARY}");
    let seen =
        visit(json!({ "does": "fail", "url": url, "canary": CANARY, "breaks": breaks })).await?;
    let events = assert_reported(&project, "fallback", &seen)?;
    assert_eq!(events[0]["request"]["url"], format!("{site}/"));
    let own = event_of(&project, "no numbers")?;
    let frames = &own["exception"]["values"][0]["stacktrace"]["frames"];
    assert_eq!(
        (&frames[0]["filename"], &frames[0]["abs_path"]),
        (&json!("/"), &json!(format!("{site}/")))
    );
    Ok(())
}
