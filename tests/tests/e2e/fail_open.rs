//! Breakwater's own faults change no answer while the upstream is healthy.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use breakwater_core::site::forwarding::DROPPED;
use breakwater_tests::{Reply, Scripted, Seen, World, eventually};
use serde_json::json;

/// The compiled site.
const SITE_MODULE: &str = "site.js";
/// The file of the data plane's module.
const WORKER: &str = "breakwater_worker_bg.wasm";
/// The file of the control plane's module.
const CONTROL: &str = "breakwater_control_bg.wasm";
/// A visitor who leaves waits for 50 ms.
const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_panic_on_every_request_changes_no_answer_to_a_get() -> Result<()> {
    for fault in ["panic", "panic-end", "panic-copy", "panic-called"] {
        let name = format!("a_panic_on_every_request_{fault}");
        let world = World::start_with(&name, &[("BREAKWATER_FAULT", fault)])?;
        for round in 0..4 {
            for path in ["/", "/products/3", "/api/products", "/assets/style.css", "/nothing-here"]
            {
                let direct = world.backend.get(path).await?;
                let answer = world.visitor.get(path).await?;
                let place = format!("{fault}, {path}, round {round}");
                assert_eq!(answer.status, direct.status, "{place}");
                assert_eq!(answer.field("etag"), direct.field("etag"), "{place}");
                assert_eq!(answer.field("content-type"), direct.field("content-type"), "{place}");
                // Each rendering of a page has its number.
                let text = |text: String| text.replace(|c: char| c.is_ascii_digit(), "");
                assert_eq!(text(answer.text()), text(direct.text()), "{place}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_panic_sends_nothing_twice_that_may_have_arrived() -> Result<()> {
    // Before the call no request was sent; after it, the upstream's answer counts.
    for (fault, status, arrived) in [("panic", 201, 1), ("panic-end", 201, 1)] {
        let name = format!("a_panic_sends_nothing_twice_{fault}");
        let world = World::start_with(&name, &[("BREAKWATER_FAULT", fault)])?;
        let post = world.visitor.send("POST", "/api/orders", &[], "{}").await?;
        assert_eq!(post.status, status, "{fault}");
        assert_eq!(world.requests_to("/api/orders").await?, arrived, "{fault}");
    }
    Ok(())
}

#[tokio::test]
async fn a_panic_on_the_ladder_sends_nothing_twice_that_may_have_arrived() -> Result<()> {
    // Before the call no request was sent; after it, the answer is lost with the instance.
    for (fault, is_answered) in [("panic-copy", true), ("panic-called", false)] {
        let name = format!("a_panic_on_the_ladder_{fault}");
        let world = World::start_with(&name, &[("BREAKWATER_FAULT", fault)])?;
        for method in ["POST", "DELETE"] {
            let path = format!("/backed/{method}");
            let order = world.visitor.send(method, &path, &[], "").await?;
            assert_eq!(world.requests_to(&path).await?, 1, "{fault}, {method}");
            assert_eq!(order.status != 503, is_answered, "{fault}, {method}: {}", order.status);
        }
    }
    Ok(())
}

#[tokio::test]
async fn requests_in_flight_survive_another_requests_panic() -> Result<()> {
    let world = World::start_with("requests_in_flight", &[("BREAKWATER_FAULT", "panic-copy")])?;
    let slow = json!({"match": "/api/echo", "kind": "latency", "delay_ms": 400});
    world.break_backend(slow).await?;
    let (slow, panicking) =
        tokio::join!(world.visitor.get("/api/echo"), world.visitor.get("/products/1"));
    assert_eq!(panicking?.status, 200);
    assert_eq!(slow?.status, 200, "its half of the instance is lost, the answer is not");
    Ok(())
}

#[tokio::test]
async fn a_coordinator_that_throws_changes_no_answer() -> Result<()> {
    for fault in ["object", "object-panic"] {
        let name = format!("a_coordinator_that_throws_{fault}");
        let mut world = World::start_with(&name, &[("BREAKWATER_FAULT", fault)])?;
        for path in ["/", "/products/3", "/api/products", "/assets/style.css"] {
            let answer = world.visitor.get(path).await?;
            assert_eq!(answer.status, 200, "{fault} {path}");
            // A panic of the object does not touch the instance under a visitor's call.
            assert_eq!(answer.told("source"), "origin", "{fault} {path}");
        }
        world.stack.scheduled()?;
        let order = world.visitor.send("POST", "/api/orders", &[], "{}").await?;
        assert_eq!(order.status, 201, "{fault}: {}", order.text());
    }
    Ok(())
}

#[tokio::test]
async fn without_a_coordinator_the_isolates_own_breaker_decides() -> Result<()> {
    let world = World::start_with("the_isolates_own_breaker", &[("BREAKWATER_FAULT", "object")])?;
    world.break_with_status("/api/*", 503).await?;
    world.circuit_becomes("/api/echo", "open").await?;
    world.mend_backend().await?;
    let answer = world.circuit_becomes("/api/echo", "closed").await?;
    assert_eq!(answer.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_visitor_who_leaves_does_not_open_the_circuit() -> Result<()> {
    let world = World::start("a_visitor_who_leaves")?;
    let slow = json!({"match": "/api/echo", "kind": "latency", "delay_ms": 300});
    world.break_backend(slow).await?;
    for _ in 0..6 {
        let left = tokio::time::timeout(SHORT, world.visitor.get("/api/echo"));
        assert!(left.await.is_err(), "the visitor left before the answer");
    }
    eventually("all calls reached the backend", async || {
        Ok((world.requests_to("/api/echo").await? == 6).then_some(()))
    })
    .await?;
    world.mend_backend().await?;
    let answer = world.visitor.get("/api/echo").await?;
    assert_eq!((answer.status, answer.told("circuit")), (200, "closed"));
    Ok(())
}

#[tokio::test]
async fn the_outcome_arrives_also_when_the_visitor_leaves() -> Result<()> {
    let world = World::start("the_outcome_arrives")?;
    world.break_backend(json!({"match": "/*", "kind": "hang"})).await?;
    for (path, circuit) in [("/webhooks/payments", "hooks"), ("/products/1", "web/products/*")] {
        for _ in 0..3 {
            let left = tokio::time::timeout(SHORT, world.visitor.get(path));
            assert!(left.await.is_err(), "the visitor left before the answer");
        }
        // No visitor waits for the time-outs, and still they open the circuit.
        eventually("the circuit opens", async || {
            Ok((world.circuit(circuit).await?["state"] == "open").then_some(()))
        })
        .await?;
        assert_eq!(world.requests_to(path).await?, 3, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_visitor_who_leaves_in_the_middle_lets_the_upstream_go() -> Result<()> {
    let world = World::start("a_visitor_who_leaves_in_the_middle")?;
    // The fault is tried on the straight path, and on the ladder.
    for path in ["/api/echo?stream", "/api/stream?chunks=1000&every_ms=50"] {
        world
            .break_backend(json!({"match": "/api/echo", "kind": "slow_body", "delay_ms": 400}))
            .await?;
        let request = hyper::Request::get(path)
            .header("host", world.visitor.authority())
            .header("x-long", "x".repeat(8_000))
            .body(http_body_util::Empty::<bytes::Bytes>::new())?;
        let response = world.visitor.exchange(request).await?;
        assert_eq!(response.status(), 200, "{path}");
        eventually("the backend is at it", async || {
            Ok((open_requests(&world).await? == 1).then_some(()))
        })
        .await?;
        drop(response);
        eventually(&format!("{path}: the backend is let go"), async || {
            Ok((open_requests(&world).await? == 0).then_some(()))
        })
        .await?;
        world.mend_backend().await?;
        // The upstream gets no blame for it either.
        let echo = world.visitor.get("/api/echo").await?;
        assert_eq!((echo.status, echo.told("circuit")), (200, "closed"), "{path}");
    }
    Ok(())
}

/// The number of requests that the backend is answering.
async fn open_requests(world: &World) -> Result<u64> {
    let open = world.backend.get("/__open").await?.json();
    Ok(open["requests"].as_u64().unwrap_or(u64::MAX))
}

#[tokio::test]
async fn a_call_that_throws_before_it_is_sent_gives_its_permit_back() -> Result<()> {
    let world = World::start_with("a_call_that_throws", &[("BREAKWATER_FAULT", "throw")])?;
    // One call at a time: if a permit were kept, the next calls would be rejected.
    for round in 0..4 {
        let answer = world.visitor.get("/narrow/a").await?;
        assert_eq!(answer.status, 404, "failed open to the backend in round {round}");
    }
    Ok(())
}

#[tokio::test]
async fn whatever_ends_rust_in_the_middle_of_its_work_changes_no_answer() -> Result<()> {
    // The fault is in the visitor's own event, and in a microtask without a caller that sees it.
    for place in ["", "-copy"] {
        for kind in ["trap", "overflow", "memory", "killed"] {
            let fault = format!("{kind}{place}");
            let name = format!("whatever_ends_rust_{fault}");
            let world = World::start_with(&name, &[("BREAKWATER_FAULT", &fault)])?;
            for round in 0..2 {
                for path in ["/products/3", "/api/products", "/api/echo"] {
                    let answer = world.visitor.get(path).await?;
                    assert_eq!(answer.status, 200, "{fault}, {path}, round {round}");
                }
            }
            let log = world.worker_log()?;
            assert!(log.contains("the instance broke"), "{fault}: {log}");
            // The control plane answers operators, whatever the data plane does.
            let live = world.visitor.get("/_breakwater/upstreams").await?;
            assert_eq!(live.status, 401, "{fault}");
        }
    }
    Ok(())
}

/// A copy of the bundle, to change it.
fn copied_bundle(name: &str) -> Result<PathBuf> {
    let built = PathBuf::from(std::env::var("BREAKWATER_TEST_BUNDLE")?);
    let root = PathBuf::from(std::env::var("BREAKWATER_ROOT")?);
    let bundle = root.join(format!("target/e2e/{name}.bundle"));
    fs::create_dir_all(&bundle)?;
    for file in ["index.js", SITE_MODULE, WORKER, CONTROL] {
        fs::copy(built.join(file), bundle.join(file))?;
    }
    Ok(bundle)
}

/// The platform starts a script before it takes a deployment of it.
#[tokio::test]
async fn code_does_not_start_with_a_site_of_another_form() -> Result<()> {
    let bundle = copied_bundle("another_form")?;
    let site = fs::read_to_string(bundle.join(SITE_MODULE))?;
    let (form, another) = ("export const form = 1;", "export const form = 99;");
    assert!(site.contains(form));
    fs::write(bundle.join(SITE_MODULE), site.replace(form, another))?;
    let error = World::start_with_bundle("site_of_another_form", bundle).err();
    let said = error.map(|error| format!("{error:#}")).unwrap_or_default();
    assert!(said.contains("site.js has form 99, and this code reads form 1"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_wasm_that_gives_no_instance_changes_no_answer() -> Result<()> {
    let bundle = copied_bundle("no_instance")?;
    // The script is a module without contents.
    fs::write(bundle.join(WORKER), b"\0asm\x01\0\0\0")?;
    let world = World::start_with_bundle("a_wasm_that_gives_no_instance", bundle)?;
    for round in 0..2 {
        let page = world.visitor.get("/products/3").await?;
        assert_eq!(page.status, 200, "round {round}");
        let order = world.visitor.send("POST", "/api/orders", &[], "{}").await?;
        assert_eq!(order.status, 201, "round {round}: {}", order.text());
    }
    assert_eq!(world.requests_to("/api/orders").await?, 2);
    // The control plane answers operators all the same.
    assert_eq!(world.visitor.get("/_breakwater/events").await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn failing_open_a_request_looks_as_it_does_otherwise() -> Result<()> {
    const OTHERS: [(&str, &str); 9] = [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("x-request-id", "mine"),
        ("connection", "x-secret, authorization"),
        ("x-secret", "one connection"),
        ("authorization", "Bearer kim"),
        ("accept", "text/plain"),
        ("via", "1.0 fred"),
    ];
    // `Connection` stands there already, and the client sends no `Expect` or `TE` of ours.
    let dropped = DROPPED.iter().filter(|name| !["connection", "expect", "te"].contains(name));
    let mut fields: Vec<_> = dropped.map(|name| (*name, "spoofed")).collect();
    fields.extend(OTHERS);
    let mut looks = Vec::new();
    for fault in ["none", "panic"] {
        let upstream = Scripted::start(|_: &Seen| Reply::ok(&[], "fine")).await?;
        let vars = [("BREAKWATER_FAULT", fault), ("BREAKWATER_UPSTREAM_SCRIPTED", upstream.url())];
        let world = World::start_with(&format!("failing_open_{fault}"), &vars)?;
        let answer = world.visitor.send("POST", "/scripted/a?b=c", &fields, "body").await?;
        assert_eq!((answer.status, answer.text().as_str()), (200, "fine"), "{fault}");
        let seen = upstream.seen("/scripted/a?b=c");
        assert_eq!(seen.len(), 1, "{fault}");
        assert_eq!(seen[0].body, "body", "{fault}");
        assert_eq!(seen[0].field("x-request-id").len(), 32, "{fault}");
        assert_eq!(seen[0].field("x-forwarded-host"), world.visitor.authority(), "{fault}");
        // These fields differ with each request or each stack, or name one of our calls.
        let mut look: Vec<_> = seen[0]
            .headers
            .iter()
            .filter(|(name, _)| {
                !["x-request-id", "traceparent", "x-forwarded-host", "host"]
                    .contains(&name.as_str())
            })
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        look.sort();
        looks.push(look);
    }
    assert_eq!(looks[0], looks[1]);
    let seen = looks[1].join("\n");
    assert!(seen.contains("via: \"1.0 fred, 1.1 breakwater-shop.example\""), "{seen}");
    for dropped in ["spoofed", "6.6.6.6", "evil", "gopher", "mine", "one connection"] {
        assert!(!seen.contains(dropped), "{dropped} must not pass: {seen}");
    }
    Ok(())
}

#[tokio::test]
async fn failing_open_requests_are_refused_as_they_are_otherwise() -> Result<()> {
    for fault in ["none", "panic"] {
        let vars = [("BREAKWATER_FAULT", fault)];
        let world = World::start_with(&format!("failing_open_refuses_{fault}"), &vars)?;
        let long = format!("/api/echo?{}", "x".repeat(9_000));
        let large = "x".repeat(20_000);
        for (path, fields, status) in [
            (long.as_str(), &[][..], 414),
            ("/api/echo", &[("x-a", large.as_str()), ("x-b", &large)][..], 431),
            ("/api/echo", &[("via", "1.1 breakwater-shop.example")][..], 508),
            ("/api/echo%00", &[][..], 400),
            ("/x%2f..%2fapi/echo", &[][..], 400),
        ] {
            let answer = world.visitor.get_with(path, fields).await?;
            assert_eq!(answer.status, status, "{fault}, {}", &path[..20.min(path.len())]);
            assert_eq!(answer.field("content-type"), "application/problem+json", "{fault}");
        }
        assert_eq!(world.requests_to("/api/echo").await?, 0, "{fault}");
    }
    Ok(())
}

#[tokio::test]
async fn failing_open_no_visitor_waits_longer_than_the_route_says() -> Result<()> {
    let upstream = Scripted::start(|_: &Seen| Reply::Silence).await?;
    let vars = [("BREAKWATER_FAULT", "panic"), ("BREAKWATER_UPSTREAM_SCRIPTED", upstream.url())];
    let world = World::start_with("failing_open_no_visitor_waits", &vars)?;
    // The time-out is 2 s, while the client would wait for 30 s.
    assert_eq!(world.visitor.get("/retried/a").await?.status, 503);
    Ok(())
}
