//! The operators' view, the proof of being one, and the requests that are refused.

use anyhow::Result;
use breakwater_tests::{Answer, World};
use serde_json::Value;

const PATH: &str = "/_breakwater/upstreams";
const OVERRIDE: &str = "/_breakwater/upstreams/api/override";
const BYPASS: &str = "/_breakwater/bypass";

#[tokio::test]
async fn only_operators_see_the_upstreams() -> Result<()> {
    let world = World::start("only_operators")?;
    for authorization in ["", "dev", "Bearer", "Bearer devx", "Bearer de", "Basic ZGV2"] {
        let answer = world.visitor.get_with(PATH, &[("authorization", authorization)]).await?;
        assert_eq!(answer.status, 401, "{authorization}");
        assert_eq!(answer.field("content-type"), "application/problem+json");
        assert!(answer.field("www-authenticate").starts_with("Bearer"));
    }
    let answer = world.visitor.get_with(PATH, &[("authorization", "bearer dev")]).await?;
    assert_eq!(answer.status, 200);
    assert_eq!(world.backend.get("/__requests").await?.json()["total"], 0, "nothing was forwarded");
    Ok(())
}

#[tokio::test]
async fn a_token_that_was_sent_in_clear_is_refused_whatever_it_says() -> Result<()> {
    let world = World::start("sent_in_clear")?;
    let host = ("host", "shop.example");
    let tokens = [("authorization", "Bearer dev"), ("authorization", "Bearer devx")];
    let claims = [("x-forwarded-proto", "https"), ("forwarded", "proto=https")];
    for path in [PATH, BYPASS, "/health/detailed"] {
        for token in tokens {
            for claim in claims {
                let answer = world.visitor.get_with(path, &[host, token, claim]).await?;
                let problem = problem(&answer, 403);
                let detail = problem["detail"].as_str().unwrap_or_default();
                assert!(detail.contains("https") && detail.contains("replace it"), "{detail}");
                assert_eq!(answer.field("location"), "", "a redirect would repeat the token");
            }
        }
        let here = world.visitor.get_with(path, &[tokens[0]]).await?;
        assert_eq!(here.status, 200, "{path} from the same machine: {}", here.text());
    }
    // Public endpoints answer over HTTP as before.
    assert_ne!(world.visitor.get_with("/health/live", &[host]).await?.status, 403);
    Ok(())
}

#[tokio::test]
async fn without_a_token_nobody_is_an_operator() -> Result<()> {
    let world = World::start_with("without_a_token", &[("ADMIN_TOKEN", "")])?;
    for authorization in ["Bearer ", "Bearer dev", ""] {
        let answer = world.visitor.get_with(PATH, &[("authorization", authorization)]).await?;
        assert_eq!(answer.status, 401, "{authorization:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_round_of_each_minute_probes_every_upstream_that_can_be() -> Result<()> {
    let mut world = World::start("the_round_of_each_minute")?;
    assert_eq!(world.stack.scheduled()?, "ok");
    let api = world.circuit("api").await?;
    assert_eq!(api["probes"][0]["passed"], true, "{api}");
    assert_eq!(api["probes"][0]["status"], 200);
    // Of `api` and of `hosted`, which are one backend.
    assert_eq!(world.requests_to("/health").await?, 2);
    assert_eq!(world.circuit("hooks").await?["probes"].as_array().map(Vec::len), Some(0));

    // A second round directly after it finds no page due.
    assert_eq!(world.stack.scheduled()?, "ok");
    assert_eq!(world.requests_to("/health").await?, 2);
    Ok(())
}

#[tokio::test]
async fn the_view_has_its_shape() -> Result<()> {
    let mut world = World::start("the_view_has_its_shape")?;
    world.stack.scheduled()?;
    let view = world.visitor.get_with(PATH, &[("authorization", "Bearer dev")]).await?.json();
    let names: Vec<_> = view["upstreams"].as_array().into_iter().flatten().collect();
    let names: Vec<_> = names.iter().map(|upstream| &upstream["name"]).collect();
    assert_eq!(
        names,
        [
            "web", "api", "hooks", "narrow", "scripted", "stored", "models", "backup", "blamed",
            "mended", "hosted"
        ]
    );
    let api = &view["upstreams"][1];
    assert_eq!((&api["critical"], &api["probe"]), (&true.into(), &"/health".into()));
    let circuit = &api["circuits"][0];
    let keys: Vec<_> = circuit.as_object().into_iter().flatten().map(|(key, _)| key).collect();
    assert_eq!(
        keys,
        [
            "calls",
            "failures",
            "generation",
            "last_round",
            "name",
            "orders",
            "probes",
            "replicas",
            "slow_calls",
            "state",
            "transitions"
        ]
    );
    let probe = circuit["probes"][0].as_object().into_iter().flatten();
    assert_eq!(
        probe.map(|(key, _)| key).collect::<Vec<_>>(),
        ["at", "passed", "status", "took_ms"]
    );
    Ok(())
}

#[tokio::test]
async fn only_operators_order_and_browsers_only_from_here() -> Result<()> {
    let world = World::start("only_operators_order")?;
    let order = r#"{"reason": "a", "lasts": "1m"}"#;
    let post =
        async |fields: &[(&str, &str)]| world.visitor.send("POST", BYPASS, fields, order).await;
    for fields in [&[][..], &[("authorization", "Bearer devx")]] {
        assert_eq!(post(fields).await?.status, 401, "{fields:?}");
    }
    let own = format!("http://{}", world.visitor.authority());
    let operator = ("authorization", "Bearer dev");
    let confirmed = ("breakwater-request", "1");
    let refused = async |fields: &[(&str, &str)], detail: &str| -> Result<()> {
        let answer = post(fields).await?;
        assert_eq!(problem(&answer, 403)["detail"], detail);
        Ok(())
    };
    let missing =
        "`Breakwater-Request` is missing, expected `Breakwater-Request: 1` beside `Origin`";
    refused(&[operator, ("origin", &own)], missing).await?;
    for origin in ["https://evil.example", "null"] {
        let detail = format!("`Origin` cannot be `{origin}`, expected `{own}`");
        refused(&[operator, ("origin", origin), confirmed], &detail).await?;
    }
    let none = world.operate("GET", BYPASS, "").await?.json();
    assert!(none["circuits"].as_array().into_iter().flatten().all(|c| c["bypass"].is_null()));
    assert_eq!(post(&[operator, ("origin", &own), confirmed]).await?.status, 200);
    // Reads change no state, from any origin.
    let fields = [operator, ("origin", "https://evil.example")];
    assert_eq!(world.visitor.get_with(BYPASS, &fields).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_invalid_order_is_refused_with_the_orders_that_are_allowed() -> Result<()> {
    let world = World::start("what_is_no_order")?;
    let long = format!(r#"{{"reason": "{}"}}"#, " ".repeat(4096));
    let lasts = "expected a duration from `1s` to `7d`, such as `30m`";
    for (method, path, body, status, detail) in [
        (
            "POST",
            OVERRIDE,
            r#"{"override": "forced_open", "reason": "a"}"#,
            400,
            &format!("`lasts` is missing, {lasts}")[..],
        ),
        (
            "POST",
            OVERRIDE,
            r#"{"override": "open", "reason": "a"}"#,
            400,
            "`override` cannot be `open`, expected one of `forced_open`, `forced_closed`, \
             `metrics_only`, `auto`",
        ),
        (
            "POST",
            OVERRIDE,
            r#"{"override": "auto", "reason": "a", "circuit": "web"}"#,
            400,
            "`circuit` cannot be `web`, expected one of `api`",
        ),
        (
            "POST",
            OVERRIDE,
            r#"{"override": "auto", "reason": "a", "until": 1}"#,
            400,
            "unknown key `until`, expected one of `override`, `reason`, `lasts`, `circuit`",
        ),
        (
            "POST",
            BYPASS,
            r#"{"reason": "a", "lasts": "8d"}"#,
            400,
            &format!("`lasts` cannot be `8d`, {lasts}"),
        ),
        (
            "POST",
            BYPASS,
            r#"{"reason": "", "lasts": "1m"}"#,
            400,
            "`reason` cannot be ``, expected 1 to 200 characters in one line",
        ),
        (
            "POST",
            BYPASS,
            r#"{"lasts": "1m"}"#,
            400,
            "`reason` is missing, expected 1 to 200 characters in one line",
        ),
        (
            "POST",
            BYPASS,
            "",
            400,
            "the body is not a JSON object: EOF while parsing a value at line 1 column 0",
        ),
        (
            "DELETE",
            BYPASS,
            r#"{"lasts": "1m"}"#,
            400,
            "unknown key `lasts`, expected one of `reason`",
        ),
        ("POST", BYPASS, &long, 413, "the body is too long, expected at most 4096 bytes"),
        (
            "POST",
            "/_breakwater/upstreams/shop/override",
            "{}",
            404,
            "no upstream `shop`, expected one of `web`, `api`, `hooks`, `narrow`, `scripted`, \
             `stored`, `models`, `backup`, `blamed`, `mended`, `hosted`",
        ),
        (
            "POST",
            "/_breakwater/bypas",
            "{}",
            404,
            "nothing at `/_breakwater/bypas`, expected one of `/_breakwater/upstreams`, \
             `/_breakwater/upstreams/{upstream}/history`, \
             `/_breakwater/upstreams/{upstream}/override`, `/_breakwater/bypass`, \
             `/_breakwater/snapshots`, `/_breakwater/purge`, `/_breakwater/maintenance`, \
             `/_breakwater/events`, `/_breakwater/configuration`, `/_breakwater/live`, \
             `/_breakwater/budget`, `/_breakwater/metrics`, `/_breakwater/checks`, \
             `/_breakwater/checks/test`, \
             `/_breakwater/checks/{check}`, \
             `/_breakwater/checks/{check}/run`, \
             `/_breakwater/checks/{check}/pause`, `/_breakwater/heartbeats/{heartbeat}`, \
             `/_breakwater/heartbeats/{heartbeat}/start`, \
             `/_breakwater/heartbeats/{heartbeat}/fail`, \
             `/_breakwater/heartbeats/{heartbeat}/{code}`, `/_breakwater/objectives`, \
             `/_breakwater/incidents`, \
             `/_breakwater/incidents/{incident}`, `/_breakwater/incidents/{incident}/update`, \
             `/_breakwater/incidents/{incident}/edit`, \
             `/_breakwater/incidents/{incident}/resolve`, \
             `/_breakwater/incidents/{incident}/reopen`, \
             `/_breakwater/incidents/{incident}/acknowledge`, \
             `/_breakwater/incidents/{incident}/note`, \
             `/_breakwater/incidents/{incident}/postmortem`, `/_breakwater/alerts`, \
             `/_breakwater/alerts/test`, `/_breakwater/alerts/resend`, `/_breakwater/session`, \
             `/_breakwater/sessions`, `/_breakwater/sessions/{session}`, \
             `/_breakwater/subscribers`, `/_breakwater/subscribers/find`, \
             `/_breakwater/subscribers/{subscriber}`",
        ),
    ] {
        let answer = world.operate(method, path, body).await?;
        assert_eq!(problem(&answer, status)["detail"], detail, "{method} {path} {body}");
    }
    for (method, path, allow) in [
        ("GET", OVERRIDE, "POST"),
        ("PUT", BYPASS, "GET, HEAD, POST, DELETE"),
        ("DELETE", PATH, "GET, HEAD"),
    ] {
        let answer = world.operate(method, path, "").await?;
        let detail = format!("`{method}` is not allowed here, expected {allow}");
        assert_eq!(problem(&answer, 405)["detail"], detail.as_str());
        assert_eq!(answer.field("allow"), allow);
    }
    assert_eq!(world.backend.get("/__requests").await?.json()["total"], 0, "nothing was forwarded");
    Ok(())
}

#[track_caller]
fn problem(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.field("content-type"), "application/problem+json");
    answer.json()
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_left_out_and_takes_no_view_along() -> Result<()> {
    let vars = [("BREAKWATER_FAULT", "unreadable-rows")];
    let mut world = World::start_with("a_row_that_cannot_be_read", &vars)?;
    let order = r#"{"override": "forced_open", "reason": "a", "lasts": "1m", "circuit": "web"}"#;
    let path = "/_breakwater/upstreams/web/override";
    assert_eq!(world.operate("POST", path, order).await?.status, 200);
    assert_eq!(world.stack.scheduled()?, "ok");
    let circuit = world.circuit("web").await?;
    assert!(circuit["unread"].as_u64().is_some_and(|unread| unread > 0), "{circuit:#}");
    assert_eq!(circuit["orders"][0]["reason"], "a", "{circuit:#}");
    for path in ["/_breakwater/events", "/_breakwater/snapshots", "/_breakwater/maintenance"] {
        let view = world.operate("GET", path, "").await?;
        assert_eq!(view.status, 200, "{path}: {}", view.text());
    }
    let history = world.operate("GET", "/_breakwater/events", "").await?.json();
    assert!(history["unread"].as_u64().is_some_and(|unread| unread > 0), "{history:#}");
    assert_eq!(history["events"][0]["reason"], "a", "{history:#}");
    Ok(())
}
