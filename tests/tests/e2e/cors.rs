//! The parts of Breakwater's own answers that scripts of other origins may read (Fetch standard,
//! "CORS protocol").

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use breakwater_tests::{Answer, Reply, Scripted, Seen, World, eventually};

const APP: &str = "https://app.example";
/// A script wants to read these fields of a problem, none of which it can read unless they are
/// exposed.
const EXPOSED: [&str; 3] = ["retry-after", "breakwater", "x-request-id"];

/// An upstream that can be taken down.
struct Upstream {
    server: Scripted,
    is_down: Arc<AtomicBool>,
}

impl Upstream {
    async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Result<Self> {
        let is_down = Arc::new(AtomicBool::new(false));
        let down = Arc::clone(&is_down);
        let server = Scripted::start(move |seen| {
            if down.load(Ordering::SeqCst) { Reply::Disconnect } else { answer(seen) }
        })
        .await?;
        Ok(Self { server, is_down })
    }

    fn goes_down(&self) {
        self.is_down.store(true, Ordering::SeqCst);
    }
}

/// It answers as most middlewares do: one origin is allowed, with credentials; other origins get no
/// CORS fields.
fn lets_in_the_app(seen: &Seen) -> Reply {
    let mut fields = vec![("vary", "origin")];
    if seen.field("origin") == APP {
        fields.push(("access-control-allow-origin", APP));
        fields.push(("access-control-allow-credentials", "true"));
        if seen.method == "OPTIONS" {
            fields.push(("access-control-allow-methods", "GET, PUT"));
            fields.push(("access-control-allow-headers", "x-cart, content-type"));
            fields.push(("access-control-max-age", "7200"));
        }
    }
    let status = if seen.method == "OPTIONS" { 204 } else { 200 };
    Reply::status(status, &fields, "")
}

#[track_caller]
fn is_readable(answer: &Answer, allowed: &str) {
    assert_eq!(answer.field("access-control-allow-origin"), allowed, "{:?}", answer.headers);
    let exposed = answer.field("access-control-expose-headers").to_ascii_lowercase();
    for name in EXPOSED {
        assert!(exposed.split(", ").any(|other| other == name), "{name} in {exposed}");
    }
    assert!(varies_by(answer, "origin"), "{:?}", answer.headers);
}

fn varies_by(answer: &Answer, field: &str) -> bool {
    let vary = answer.field("vary").to_ascii_lowercase();
    vary.split(", ").any(|other| other == field)
}

#[tokio::test]
async fn a_problem_is_readable_by_scripts_of_other_origins() -> Result<()> {
    let mut world = World::start("a_problem_is_readable")?;
    world.origin.kill();
    let page = ("accept", "text/html");
    for path in ["/api/echo", "/products", "/api/products"] {
        for fields in [&[("origin", APP)][..], &[("origin", "null")], &[("origin", APP), page]] {
            let answer = world.visitor.get_with(path, fields).await?;
            assert_eq!((answer.status, answer.told("source")), (503, "fallback"), "{path}");
            is_readable(&answer, "*");
            assert_eq!(answer.field("access-control-allow-credentials"), "");
        }
    }
    let own = format!("http://{}", world.visitor.authority());
    for fields in [&[("origin", &*own)][..], &[]] {
        let answer = world.visitor.get_with("/api/echo", fields).await?;
        assert_eq!(answer.field("access-control-allow-origin"), "", "nobody asks for it");
        assert!(varies_by(&answer, "origin"), "{:?}", answer.headers);
    }
    Ok(())
}

#[tokio::test]
async fn so_are_maintenance_and_refusals() -> Result<()> {
    let world = World::start("maintenance_is_readable")?;
    let origin = [("origin", APP)];
    let refused = world.visitor.get_with(&format!("/?{}", "x".repeat(8_200)), &origin).await?;
    assert_eq!(refused.status, 414);
    assert_eq!(refused.field("access-control-allow-origin"), "*");
    let order = r#"{"match": "/api/*", "lasts": "7d", "reason": "a test"}"#;
    world.operate("POST", "/_breakwater/maintenance", order).await?;
    let answer = eventually("the isolate knows", async || {
        let answer = world.visitor.get_with("/api/echo", &origin).await?;
        Ok((answer.told("source") == "maintenance").then_some(answer))
    })
    .await?;
    is_readable(&answer, "*");
    Ok(())
}

#[tokio::test]
async fn credentials_are_let_in_where_the_upstream_let_them_in() -> Result<()> {
    let upstream = Upstream::start(lets_in_the_app).await?;
    let world = World::start_scripted("credentials_are_let_in", &upstream.server)?;
    for path in ["/scripted/a", "/retried/a", "/cached/a"] {
        let with = |origin| [("origin", origin), ("cookie", "session=1")];
        for origin in [APP, "https://evil.example"] {
            assert_eq!(world.visitor.get_with(path, &with(origin)).await?.status, 200);
        }
        upstream.goes_down();
        let other = path.replace("/a", "/b");
        let answer = world.visitor.get_with(&other, &with(APP)).await?;
        assert_eq!((answer.status, answer.told("source")), (503, "fallback"));
        is_readable(&answer, APP);
        assert_eq!(answer.field("access-control-allow-credentials"), "true");
        let answer = world.visitor.get_with(path, &with("https://evil.example")).await?;
        is_readable(&answer, "*");
        assert_eq!(answer.field("access-control-allow-credentials"), "", "no more than before");
        upstream.is_down.store(false, Ordering::SeqCst);
    }
    Ok(())
}

#[tokio::test]
async fn a_preflight_is_answered_as_the_upstream_did_and_never_beyond() -> Result<()> {
    let upstream = Upstream::start(lets_in_the_app).await?;
    let world = World::start_scripted("a_preflight_is_answered", &upstream.server)?;
    let ask = async |path: &str, origin: &str, method: &str| {
        let fields = [
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", "content-type,x-cart"),
        ];
        world.visitor.send("OPTIONS", path, &fields, "").await
    };
    for path in ["/scripted/cart", "/retried/cart"] {
        upstream.is_down.store(false, Ordering::SeqCst);
        let well = ask(path, APP, "PUT").await?;
        assert_eq!((well.status, well.field("access-control-max-age")), (204, "7200"));
        assert!(!ask(path, "https://evil.example", "PUT").await?.headers.contains_key("x-cart"));
        upstream.goes_down();
        let answer = ask(path, APP, "PUT").await?;
        assert_eq!((answer.status, answer.told("source")), (204, "fallback"), "{path}");
        assert_eq!(answer.field("access-control-allow-origin"), APP);
        assert_eq!(answer.field("access-control-allow-credentials"), "true");
        assert_eq!(answer.field("access-control-allow-methods"), "GET, PUT");
        assert_eq!(answer.field("access-control-allow-headers"), "x-cart, content-type");
        assert_eq!(answer.field("access-control-max-age"), "0", "what was said once ages");
        assert_eq!(answer.field("cache-control"), "no-store");
        assert!(answer.body.is_empty());
        for (path, origin, method) in [
            (path, "https://evil.example", "PUT"),
            (path, APP, "DELETE"),
            (&*format!("{path}/other"), APP, "PUT"),
        ] {
            let refused = ask(path, origin, method).await?;
            assert_eq!(refused.status, 503, "{method} {path} of {origin}");
            assert_eq!(refused.field("access-control-allow-methods"), "");
            assert_eq!(refused.field("access-control-allow-headers"), "");
        }
        // Then the script can read the reason.
        let fields = [("origin", APP), ("content-type", "text/plain"), ("x-cart", "1")];
        let answer = world.visitor.send("PUT", path, &fields, "{}").await?;
        assert_eq!(answer.status, 503);
        is_readable(&answer, APP);
    }
    Ok(())
}

#[tokio::test]
async fn an_open_circuit_answers_preflights_too() -> Result<()> {
    let upstream = Upstream::start(lets_in_the_app).await?;
    let hooks = [("BREAKWATER_UPSTREAM_HOOKS", upstream.server.url())];
    let world = World::start_with("an_open_circuit_answers_preflights", &hooks)?;
    let fields = [("origin", APP), ("access-control-request-method", "PUT")];
    world.visitor.send("OPTIONS", "/webhooks/cart", &fields, "").await?;
    upstream.goes_down();
    // Each opening lasts three seconds.
    eventually("a preflight meets the open circuit", async || {
        let answer = world.visitor.send("OPTIONS", "/webhooks/cart", &fields, "").await?;
        assert_eq!((answer.status, answer.told("source")), (204, "fallback"));
        assert_eq!(answer.field("access-control-allow-origin"), APP);
        Ok((answer.told("circuit") == "open").then_some(()))
    })
    .await?;
    let answer = world.visitor.send("PUT", "/webhooks/cart", &fields[..1], "").await?;
    assert_eq!(answer.status, 503);
    is_readable(&answer, APP);
    Ok(())
}

#[tokio::test]
async fn a_copy_that_a_script_could_not_read_is_not_given_to_one() -> Result<()> {
    // It allows every origin, says so only in answers to scripts, and omits `Vary`.
    let upstream = Upstream::start(|seen| {
        let origin = seen.field("origin").to_owned();
        let mut fields = vec![("cache-control", "max-age=600"), ("content-type", "text/plain")];
        if seen.path.ends_with("/public") {
            fields.push(("access-control-allow-origin", "*"));
        } else if !origin.is_empty() {
            fields.push(("access-control-allow-origin", &origin));
        }
        Reply::ok(&fields, "shirts")
    })
    .await?;
    let world = World::start_scripted("a_copy_that_a_script_could_not_read", &upstream.server)?;
    for path in ["/cached/list", "/cached/public", "/kept/list", "/kept/public"] {
        assert_eq!(world.visitor.get(path).await?.status, 200);
    }
    let kept = |path: &'static str| {
        let (world, upstream) = (&world, &upstream);
        async move {
            eventually("the copy is kept", async || {
                upstream.goes_down();
                let source = world.visitor.get(path).await?.told("source").to_owned();
                upstream.is_down.store(false, Ordering::SeqCst);
                world.visitor.get(path).await?;
                Ok((source != "fallback").then_some(()))
            })
            .await
        }
    };
    kept("/kept/list").await?;
    kept("/kept/public").await?;
    let origin = [("origin", APP)];
    let answer = world.visitor.get_with("/cached/list", &origin).await?;
    assert_eq!((answer.status, answer.told("source")), (200, "origin"));
    assert_eq!(answer.field("access-control-allow-origin"), APP);
    let answer = world.visitor.get_with("/cached/public", &origin).await?;
    assert_eq!(answer.told("source"), "cache", "this one may be read by everybody");
    let cookie = [("origin", APP), ("cookie", "a=b")];
    let answer = world.visitor.get_with("/cached/public", &cookie).await?;
    assert_eq!(answer.told("source"), "origin", "but not with credentials");
    upstream.goes_down();
    let answer = world.visitor.get_with("/kept/public", &origin).await?;
    assert_eq!((answer.status, answer.told("source")), (200, "stale"));
    let answer = world.visitor.get_with("/kept/list", &origin).await?;
    assert_eq!((answer.status, answer.told("source")), (503, "fallback"));
    is_readable(&answer, "*");
    let answer = world.visitor.get("/kept/list").await?;
    assert_eq!((answer.status, answer.told("source")), (200, "stale"), "to others it is as good");
    Ok(())
}
