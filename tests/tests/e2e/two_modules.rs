//! The data plane and the control plane are two wasm modules: when one breaks, the other works on.

use std::time::Duration;

use anyhow::Result;
use breakwater_tests::World;
use serde_json::json;

/// Whatever ends Rust in the middle of its work.
const KINDS: [&str; 5] = ["panic", "trap", "overflow", "memory", "killed"];
/// A route whose circuit opens after three failures, for ten minutes.
const OPENS: &str = "/blame/straight/a";

fn broke(log: &str, module: &str) -> bool {
    log.contains(&format!("{module}: the instance broke"))
}

#[tokio::test]
async fn a_trap_in_the_control_plane_leaves_replicas_and_visitors_alone() -> Result<()> {
    for kind in KINDS {
        // The coordinators fail, so that only the isolate's memory can know of an open circuit.
        let fault = format!("object,{kind}-control");
        let name = format!("a_trap_in_the_control_plane_{kind}");
        let world = World::start_with(&name, &[("BREAKWATER_FAULT", &fault)])?;
        world.break_with_status("/blame/*", 503).await?;
        world.circuit_becomes(OPENS, "open").await?;
        world.mend_backend().await?;
        let slow = json!({"match": "/products/1", "kind": "latency", "delay_ms": 800});
        world.break_backend(slow).await?;

        // A visitor waits for the upstream while operators find the control plane broken.
        let visitor = world.visitor.get("/products/1");
        let operators = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            for path in ["/_breakwater/upstreams", "/health", "/_breakwater/events"] {
                let answer = world.operate("GET", path, "").await?;
                assert_eq!(answer.status, 503, "{kind}, {path}");
            }
            anyhow::Ok(())
        };
        let (visitor, operators) = tokio::join!(visitor, operators);
        operators?;
        let visitor = visitor?;
        assert_eq!((visitor.status, visitor.told("source")), (200, "origin"), "{kind}");
        assert_eq!(world.visitor.get(OPENS).await?.told("circuit"), "open", "{kind}");

        let log = world.worker_log()?;
        assert!(broke(&log, "control"), "{kind}: {log}");
        assert!(!broke(&log, "worker"), "{kind}: {log}");
    }
    Ok(())
}

#[tokio::test]
async fn a_trap_in_the_data_plane_leaves_the_control_plane_alone() -> Result<()> {
    for kind in KINDS {
        // The objects say nothing, so that health is under way for two seconds.
        let fault = format!("object-hang,{kind}");
        let name = format!("a_trap_in_the_data_plane_{kind}");
        let world = World::start_with(&name, &[("BREAKWATER_FAULT", &fault)])?;
        let visitors = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            for path in ["/products/1", "/api/products"] {
                let answer = world.visitor.get(path).await?;
                assert_eq!((answer.status, answer.told("source")), (200, ""), "{kind}, {path}");
            }
            anyhow::Ok(())
        };
        let (health, visitors) = tokio::join!(world.visitor.get("/health"), visitors);
        visitors?;
        let health = health?;
        assert_eq!(health.field("content-type"), "application/health+json", "{kind}");
        let live = world.visitor.get("/health/live").await?;
        assert_eq!((live.status, live.json()["status"].as_str()), (200, Some("pass")), "{kind}");

        let log = world.worker_log()?;
        assert!(broke(&log, "worker"), "{kind}: {log}");
        assert!(!broke(&log, "control"), "{kind}: {log}");
    }
    Ok(())
}
