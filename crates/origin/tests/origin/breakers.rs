//! The shop's calls to third-party APIs, in the form of another backend that answers, fails and
//! hangs for real.

use std::time::Duration;

use breakwater_origin::{Api, Secret, Settings};
use serde_json::json;

use crate::support::{Answer, Server, within};

const EXTRACT: &str = "/v1beta/models/gemini-2.5-flash-image:generateContent";
const IMAGE: &str = "not really a photo";

/// Starts a shop whose APIs are all at `upstream`.
async fn shop(upstream: &Server) -> Server {
    let api = || {
        let base = format!("http://{}", upstream.address);
        Some(Api { base, key: Some(Secret::new("s3cret")) })
    };
    Server::start_with(Settings {
        gemini: api(),
        removebg: api(),
        supabase: api(),
        api_timeout: Duration::from_millis(500),
        ..Settings::default()
    })
    .await
}

/// Calls Gemini through the shop.
async fn logo(shop: &Server) -> Answer {
    shop.send("POST /api/studio/logo\ncontent-type: image/png", IMAGE).await
}

async fn calls_to(upstream: &Server, path: &str) -> u64 {
    let counts = upstream.get("/__requests").await.json();
    counts["by_path"][path].as_u64().unwrap_or_default()
}

async fn circuit(shop: &Server, name: &str) -> serde_json::Value {
    let health = shop.get("/health/detailed").await.json();
    health["checks"][format!("{name}:circuit")][0].clone()
}

#[tokio::test]
async fn the_breaker_opens_after_five_failures_and_calls_no_more() {
    let upstream = Server::start().await;
    upstream.fault(json!({"match": EXTRACT, "kind": "status", "status": 503})).await;
    let shop = shop(&upstream).await;
    for call in 1..=5 {
        assert_eq!(circuit(&shop, "gemini").await["observedValue"], "closed", "before call {call}");
        let answer = logo(&shop).await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.json()["cause"], "overload");
    }
    for _ in 0..3 {
        let answer = logo(&shop).await;
        assert_eq!((answer.status, &answer.json()["circuit"]), (503, &json!("open")));
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((55..=60).contains(&wait), "{wait}");
        assert_eq!(answer.json()["retry_after"], wait);
    }
    assert_eq!(calls_to(&upstream, EXTRACT).await, 5);
    let circuit = circuit(&shop, "gemini").await;
    assert_eq!((&circuit["observedValue"], &circuit["status"]), (&json!("open"), &json!("fail")));
}

#[tokio::test]
async fn each_api_has_the_preset_of_the_seed() {
    let upstream = Server::start().await;
    upstream.fault(json!({"match": "/*", "kind": "status", "status": 503})).await;
    let shop = shop(&upstream).await;
    for (name, head, failures, open_for) in [
        ("gemini", "POST /api/studio/logo\ncontent-type: image/png", 5, 60),
        ("removebg", "POST /api/studio/cutout\ncontent-type: image/png", 3, 300),
        ("supabase", "GET /api/studio/designs", 10, 30),
    ] {
        let call =
            async || shop.send(head, if head.starts_with("POST") { IMAGE } else { "" }).await;
        for _ in 0..failures {
            assert_eq!(circuit(&shop, name).await["observedValue"], "closed", "{name}");
            assert_eq!(call().await.json()["upstream"], name);
        }
        assert_eq!(circuit(&shop, name).await["observedValue"], "open", "{name}");
        let wait: u64 = call().await.header("retry-after").unwrap().parse().unwrap();
        assert!(wait <= open_for && wait + 5 >= open_for, "{name}: {wait}");
    }
}

#[tokio::test]
async fn an_open_circuit_makes_health_warn_and_not_fail() {
    let upstream = Server::start().await;
    upstream.fault(json!({"match": EXTRACT, "kind": "reset"})).await;
    let shop = shop(&upstream).await;
    for _ in 0..5 {
        assert_eq!(logo(&shop).await.json()["cause"], "disconnected");
    }
    let health = shop.get("/health").await;
    assert_eq!((health.status, &health.json()["status"]), (200, &json!("warn")));
    assert!(health.json()["output"].as_str().unwrap().contains("gemini fails"));
    assert_eq!(shop.get("/health/ready").await.json()["status"], "pass");
}

#[tokio::test]
async fn a_call_that_hangs_ends_with_its_timeout_and_counts() {
    let upstream = Server::start().await;
    upstream.fault(json!({"match": EXTRACT, "kind": "hang"})).await;
    let shop = shop(&upstream).await;
    let answer = logo(&shop).await;
    assert_eq!((answer.status, &answer.json()["cause"]), (504, &json!("timed_out")));
    let health = shop.get("/health/detailed").await.json();
    assert_eq!(health["checks"]["gemini:failuresInARow"][0]["observedValue"], 1);
}

#[tokio::test]
async fn a_call_counts_also_when_its_visitor_has_left() {
    let upstream = Server::start().await;
    upstream
        .fault(json!({"match": EXTRACT, "kind": "status", "status": 503, "delay_ms": 200}))
        .await;
    let shop = shop(&upstream).await;
    let mut visitor = shop.connect().await;
    visitor.send("POST /api/studio/logo\ncontent-type: image/png", IMAGE).await;
    within(async {
        while calls_to(&upstream, EXTRACT).await == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(visitor);
    within(async {
        loop {
            let health = shop.get("/health/detailed").await.json();
            if health["checks"]["gemini:failuresInARow"][0]["observedValue"] == 1 {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_no_failure_of_the_api() {
    // The stand-in has no such path, and answers accordingly.
    let upstream = Server::start().await;
    let shop = shop(&upstream).await;
    for _ in 0..6 {
        let answer = logo(&shop).await;
        assert_eq!((answer.status, &answer.json()["cause"]), (422, &json!("caller")));
        assert_eq!(answer.json()["upstream_status"], 404);
    }
    assert_eq!(circuit(&shop, "gemini").await["observedValue"], "closed");
    assert_eq!(calls_to(&upstream, EXTRACT).await, 6);
}

#[tokio::test]
async fn a_good_answer_is_passed_on_with_our_key_behind_it() {
    let upstream = Server::start().await;
    let api = |path: &str| {
        Some(Api {
            base: format!("http://{}{path}", upstream.address),
            key: Some(Secret::new("s3cret")),
        })
    };
    // The echo accepts anything after a `?`, including the APIs' own paths.
    let echo = || api("/api/echo?");
    let settings =
        Settings { gemini: echo(), removebg: echo(), supabase: echo(), ..Settings::default() };
    let shop = Server::start_with(settings).await;
    for (head, key, value) in [
        ("POST /api/studio/logo\ncontent-type: image/png", "x-goog-api-key", "s3cret"),
        ("POST /api/studio/cutout\ncontent-type: image/webp", "x-api-key", "s3cret"),
        ("GET /api/studio/designs", "authorization", "Bearer s3cret"),
    ] {
        let answer = shop.send(head, if head.starts_with("POST") { IMAGE } else { "" }).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.json()["headers"][key], json!([value]), "{head}");
    }
}

#[tokio::test]
async fn without_an_address_a_route_says_that_it_is_not_configured() {
    let shop = Server::start().await;
    for (head, variable) in [
        ("POST /api/studio/logo\ncontent-type: image/png", "GEMINI_URL"),
        ("POST /api/studio/cutout\ncontent-type: image/png", "REMOVEBG_URL"),
        ("GET /api/studio/designs", "SUPABASE_URL"),
    ] {
        let answer = shop.send(head, if head.starts_with("POST") { IMAGE } else { "" }).await;
        assert_eq!(answer.status, 501);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.ends_with(&format!("is not configured: {variable} is not set")), "{detail}");
    }
    let answer = shop.send("POST /api/studio/logo\ncontent-type: text/plain", IMAGE).await;
    assert_eq!(answer.status, 415);
}
