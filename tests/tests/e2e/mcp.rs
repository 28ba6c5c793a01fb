//! The tools for models, as the official clients use them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use breakwater_tests::{Answer, McpEra, McpSession, World};
use serde_json::{Value, json};

const PATH: &str = "/_breakwater/mcp";
const OPERATOR: (&str, &str) = ("authorization", "Bearer dev");
const JSON: (&str, &str) = ("content-type", "application/json");
const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

#[tokio::test]
async fn a_model_orders_with_a_reason_and_an_end_and_the_history_names_it() -> Result<()> {
    for era in McpEra::ALL {
        let world = World::start(&format!("a_model_orders_{era:?}"))?;
        let order = |more: Value| {
            let mut arguments = json!({ "upstream": "api", "override": "forced_open" });
            for (name, value) in more.as_object().into_iter().flatten() {
                arguments[name] = value.clone();
            }
            ("set_override", arguments)
        };
        let calls = [
            ("show_upstreams", json!({ "name": "api" })),
            order(json!({ "lasts": "30m" })),
            order(json!({ "reason": "the database moves" })),
            order(json!({ "reason": "the database moves", "lasts": "8d" })),
            order(json!({ "reason": "the database moves", "lasts": "30m" })),
            ("show_upstreams", json!({ "name": "api" })),
            order(json!({ "override": "auto", "reason": "it has moved" })),
            ("show_upstreams", json!({ "name": "api" })),
            ("show_events", json!({ "limit": 2 })),
        ];
        let session = McpSession::run(&world, era, "dev", &calls)?;
        let told = &session.told;
        let version = match era {
            McpEra::Handshake => "2025-11-25",
            McpEra::Stateless => "2026-07-28",
        };
        assert_eq!((&told["version"], &told["problems"]), (&json!(version), &json!([])), "{told}");
        assert_eq!(told["server"]["name"], "breakwater");
        assert!(told["instructions"].is_string());
        let has = |name: &str| told["tools"].as_array().into_iter().flatten().any(|it| it == name);
        assert!(has("show_upstreams") && has("set_override") && !has("report_success"), "{told}");

        let circuit = |call: usize| &session.structure(call)["upstreams"][0]["circuits"][0];
        assert_eq!(session.structure(0)["upstreams"].as_array().map(Vec::len), Some(1));
        assert_eq!((&circuit(0)["name"], &circuit(0)["state"]), (&json!("api"), &json!("closed")));
        assert!(session.refusal(1).starts_with("`reason` is missing. "));
        assert!(session.refusal(2).starts_with("`lasts` is missing. "));
        let lasts = "`lasts` cannot be `8d`, expected a duration from `1s` to `7d`, such as `30m`";
        assert_eq!(session.refusal(3), lasts);
        assert_eq!(session.structure(4)["circuits"][0]["state"], "forced_open");
        let held = &circuit(5)["override"];
        assert_eq!(
            (&held["by"], &held["reason"]),
            (&json!("token via mcp"), &json!("the database moves"))
        );
        assert_eq!(circuit(7)["override"], Value::Null);
        assert_ne!(circuit(7)["state"], "forced_open");

        let events = session.structure(8);
        assert_eq!(events["events"].as_array().map(Vec::len), Some(2));
        for (at, order, reason) in
            [(0, "auto", "it has moved"), (1, "forced_open", "the database moves")]
        {
            let event = &events["events"][at];
            assert_eq!((&event["order"], &event["reason"]), (&json!(order), &json!(reason)));
            assert_eq!(event["by"], "token via mcp");
        }
        let kept = world.operate("GET", "/_breakwater/events", "").await?.json();
        assert_eq!(kept["events"][0], events["events"][0], "the API shows the same history");
    }
    Ok(())
}

/// The clients refuse a structure that does not fit the schema of its tool, so each of these shows
/// that the table of the API tells what the API answers.
#[tokio::test]
async fn what_tools_answer_fits_their_schemas() -> Result<()> {
    let world = World::start_watched("what_tools_answer", &[])?;
    let opened = McpSession::run(
        &world,
        McpEra::Stateless,
        "dev",
        &[(
            "open_incident",
            json!({
                "title": "Slow", "severity": "P2", "text": "The shop is slow.", "notify": false,
                "components": { "shop": "degraded_performance" }, "reason": "visitors say so",
            }),
        )],
    )?;
    let opened = opened.structure(0);
    let incident = opened["id"].as_str().context("an id")?;
    let of_incident = |more: Value| {
        let mut arguments = json!({ "incident": incident, "reason": "an exercise" });
        for (name, value) in more.as_object().into_iter().flatten() {
            arguments[name] = value.clone();
        }
        arguments
    };
    let calls = [
        ("show_upstreams", json!({})),
        ("show_bypass", json!({})),
        ("show_snapshots", json!({})),
        ("show_maintenance", json!({})),
        ("show_budget", json!({})),
        ("show_objectives", json!({})),
        ("show_checks", json!({})),
        ("show_check", json!({ "check": "frontend" })),
        ("show_alerts", json!({})),
        ("show_incidents", json!({ "state": "investigating" })),
        (
            "update_incident",
            of_incident(json!({ "text": "Found.", "state": "identified", "notify": false })),
        ),
        ("add_note", of_incident(json!({ "text": "A note." }))),
        ("acknowledge_incident", of_incident(json!({}))),
        ("resolve_incident", of_incident(json!({ "notify": false }))),
        ("reopen_incident", of_incident(json!({ "text": "Again.", "notify": false }))),
        ("resolve_incident", of_incident(json!({ "notify": false }))),
        ("write_postmortem", of_incident(json!({ "text": "A cable." }))),
        ("show_incident", json!({ "incident": incident })),
        ("pause_check", json!({ "check": "frontend", "lasts": "1m", "reason": "an exercise" })),
        ("lift_pause", json!({ "check": "frontend", "reason": "an exercise" })),
        ("run_check", json!({ "check": "frontend", "reason": "an exercise" })),
        ("set_bypass", json!({ "lasts": "1m", "reason": "an exercise" })),
        ("lift_bypass", json!({ "reason": "an exercise" })),
        ("purge", json!({ "match": "/products/*", "reason": "an exercise" })),
        ("order_maintenance", json!({ "match": "/a/*", "lasts": "1m", "reason": "an exercise" })),
        ("lift_maintenance", json!({ "match": "/a/*", "reason": "an exercise" })),
        ("show_events", json!({})),
    ];
    let session = McpSession::run(&world, McpEra::Handshake, "dev", &calls)?;
    assert_eq!(session.told["problems"], json!([]));
    let of = |name: &str| {
        let call = calls.iter().position(|(called, _)| *called == name).context("no such call")?;
        Ok::<_, anyhow::Error>(session.structure(call))
    };
    for (at, (name, _)) in calls.iter().enumerate() {
        assert!(session.structure(at).is_object(), "{name}");
    }
    assert_eq!(of("show_checks")?["checks"].as_array().map(Vec::is_empty), Some(false));
    assert_eq!(of("show_incidents")?["incidents"][0]["id"], incident);
    let shown = of("show_incident")?;
    assert_eq!((&shown["state"], &shown["postmortem"]), (&json!("postmortem"), &json!("A cable.")));
    // What is open again belongs to no one yet.
    let taken_on = of("acknowledge_incident")?;
    assert_eq!(taken_on["acknowledged_by"], "the operators' token, via MCP");
    let changed = of("write_postmortem")?;
    assert_eq!(changed["timeline"].as_array().map(Vec::len), Some(5), "the end of it");
    assert!(changed["left_out"]["timeline"].as_u64() > Some(2), "{changed}");

    // Each change has left one event, the latest first.
    let events = of("show_events")?["events"].as_array().context("events")?;
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap_or("")).collect();
    assert_eq!(
        names,
        [
            "lift_maintenance",
            "maintenance",
            "purge",
            "circuits",
            "circuits",
            "run_check",
            "lift_pause",
            "pause_check",
            "write_postmortem",
            "resolve_incident",
            "reopen_incident",
            "resolve_incident",
            "acknowledge_incident",
            "add_note",
            "update_incident",
            "open_incident",
        ]
    );
    for event in events {
        let reason =
            if event["event"] == "open_incident" { "visitors say so" } else { "an exercise" };
        assert_eq!(
            (&event["by"], &event["reason"]),
            (&json!("token via mcp"), &json!(reason)),
            "{event}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_not_known_is_told_those_that_there_are() -> Result<()> {
    let world = World::start("a_name_that_is_not_known")?;
    let calls = [
        ("set_override", json!({ "upstream": "shop", "override": "auto", "reason": "a" })),
        ("show_incident", json!({ "incident": "inc-a" })),
        ("test_channel", json!({ "channel": "ops", "reason": "a", "notify": true })),
        ("show_events", json!({ "since": 1 })),
    ];
    let session = McpSession::run(&world, McpEra::Stateless, "dev", &calls)?;
    assert!(session.refusal(0).starts_with("no upstream `shop`, expected one of `web`, `api`, "));
    assert_eq!(session.refusal(1), "no incident `inc-a`");
    assert!(session.refusal(2).starts_with("`channel` cannot be `ops`"));
    let told = "unknown argument `since`, expected one of `event`, `limit`";
    assert_eq!(session.refusal(3), told);
    let kept = world.operate("GET", "/_breakwater/events", "").await?.json();
    assert_eq!(kept["events"], json!([]), "what was refused left nothing");
    Ok(())
}

#[tokio::test]
async fn strangers_and_other_sites_pages_get_no_tool() -> Result<()> {
    let world = World::start("strangers_get_no_tool")?;
    for era in McpEra::ALL {
        let told = McpSession::run(&world, era, "devx", &[])?.told;
        assert!(
            told["refused"]
                .as_str()
                .is_some_and(|told| told.contains("401") || told.contains("Unauthorized")),
            "{told}"
        );
    }
    let post = async |fields: &[(&str, &str)]| world.visitor.send("POST", PATH, fields, PING).await;
    for fields in [&[JSON][..], &[JSON, ("authorization", "Bearer devx")]] {
        let answer = post(fields).await?;
        assert_eq!(answer.status, 401);
        assert!(answer.field("www-authenticate").starts_with("Bearer"));
    }
    let own = format!("http://{}", world.visitor.authority());
    let confirmed = ("breakwater-request", "1");
    for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
        let answer = post(&[JSON, OPERATOR, ("origin", origin), confirmed]).await?;
        assert_eq!(answer.status, 403, "{origin}");
    }
    assert_eq!(post(&[JSON, OPERATOR, ("origin", &own)]).await?.status, 403);
    assert_eq!(post(&[JSON, OPERATOR, ("host", "shop.example")]).await?.status, 403, "in clear");
    for fields in [&[JSON, OPERATOR][..], &[JSON, OPERATOR, ("origin", &own), confirmed]] {
        let answer = post(fields).await?;
        assert_eq!(answer.json(), json!({ "jsonrpc": "2.0", "id": 1, "result": {} }));
        assert_eq!(answer.field("cache-control"), "no-store");
    }
    assert_eq!(world.backend.get("/__requests").await?.json()["total"], 0, "nothing was forwarded");
    Ok(())
}

#[tokio::test]
async fn the_transport_takes_json_by_post_and_offers_no_stream() -> Result<()> {
    let world = World::start("the_transport_takes_json")?;
    for method in ["GET", "DELETE", "PUT", "HEAD", "OPTIONS"] {
        let fields = [OPERATOR, ("accept", "text/event-stream")];
        let answer = world.visitor.send(method, PATH, &fields, "").await?;
        assert_eq!((answer.status, answer.field("allow")), (405, "POST"), "{method}");
    }
    let post = async |kind: &str, body: &str| -> Result<Answer> {
        world.visitor.send("POST", PATH, &[OPERATOR, ("content-type", kind)], body.to_owned()).await
    };
    let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let accepted = post("application/json", notification).await?;
    assert_eq!((accepted.status, accepted.text()), (202, String::new()));
    assert_eq!(post("text/plain", PING).await?.status, 415);
    let parse_error = post("application/json", "{").await?;
    assert_eq!((parse_error.status, &parse_error.json()["error"]["code"]), (400, &json!(-32700)));
    let long = format!("{PING}{}", " ".repeat(64 * 1024));
    assert_eq!(post("application/json", &long).await?.status, 413);
    Ok(())
}

#[tokio::test]
async fn a_program_that_runs_wild_is_slowed_down() -> Result<()> {
    let world = World::start("a_program_that_runs_wild")?;
    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "show_maintenance", "arguments": {} },
    });
    let (begun, mut errors) = (Instant::now(), 0);
    for _ in 0..62 {
        let answer = world.visitor.send("POST", PATH, &[OPERATOR, JSON], call.to_string()).await?;
        let result = &answer.json()["result"];
        if result["isError"] == true {
            let text = result["content"][0]["text"].as_str().unwrap_or_default();
            assert!(text.starts_with("too many calls, expected the next one in "), "{text}");
            errors += 1;
        }
    }
    // On a machine that is so busy that they took longer than a minute, more are admitted.
    let is_slow = begun.elapsed() >= Duration::from_secs(60);
    assert!(errors == 2 || is_slow, "{errors} of 62");
    let ping = world.visitor.send("POST", PATH, &[OPERATOR, JSON], PING).await?;
    assert_eq!(ping.status, 200, "only calls are counted");
    Ok(())
}
