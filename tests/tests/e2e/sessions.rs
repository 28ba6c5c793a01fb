//! Roles of operators, and the sessions of their browsers.

use anyhow::{Context, Result};
use breakwater_core::site::access::Rank;
use breakwater_core::site::operator::{API, Access, Role};
use breakwater_tests::{Answer, Client, Reply, Scripted, World, eventually};
use serde_json::Value;

const SESSION: &str = "/_breakwater/session";
const BYPASS: &str = "/_breakwater/bypass";
const EVENTS: &str = "/_breakwater/events";
const LOGIN: &str = "/_breakwater/console/login";
const ORDER: &str = r#"{"reason": "a", "lasts": "1m"}"#;
/// The name that the cookie has without https.
const COOKIE: &str = "breakwater-session";
/// The tokens of the lower roles; that of admins is `dev`.
const TOKENS: [(&str, &str); 2] = [("RESPONDER_TOKEN", "help"), ("VIEWER_TOKEN", "look")];
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const CONFIRMED: (&str, &str) = ("breakwater-request", "1");

fn origin(at: &Client) -> String {
    format!("http://{}", at.authority())
}

/// Exchanges a token as a program does. Returns the cookie, as the browser sends it.
async fn login(at: &Client, token: &str) -> Result<String> {
    login_with(at, token, "").await
}

async fn login_with(at: &Client, token: &str, cookie: &str) -> Result<String> {
    let fields = [("authorization", &*format!("Bearer {token}")), ("cookie", cookie)];
    let answer = at.send("POST", SESSION, &fields, "").await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let set = answer.field("set-cookie").split(';').next().unwrap_or_default().to_owned();
    assert!(set.starts_with(&format!("{COOKIE}=")) && set.len() > COOKIE.len() + 40, "{set}");
    Ok(set)
}

/// A write as the site's own page sends it.
async fn write(at: &Client, cookie: &str, method: &str, path: &str, body: &str) -> Result<Answer> {
    let own = origin(at);
    let fields = [("cookie", cookie), ("origin", &*own), CONFIRMED];
    at.send(method, path, &fields, body.to_owned()).await
}

async fn read(at: &Client, cookie: &str, path: &str) -> Result<Answer> {
    at.get_with(path, &[("cookie", cookie)]).await
}

async fn latest_event(world: &World) -> Result<Value> {
    Ok(world.operate("GET", EVENTS, "").await?.json()["events"][0].clone())
}

#[tokio::test]
async fn a_token_is_exchanged_for_a_cookie_that_neither_scripts_nor_other_sites_get() -> Result<()>
{
    let world = World::start_with("a_token_is_exchanged", &TOKENS)?;
    for (token, role, by) in [
        ("dev", "admin", "token"),
        ("help", "responder", "token:responder"),
        ("look", "viewer", "token:viewer"),
    ] {
        let fields = [("authorization", &*format!("Bearer {token}")), ("user-agent", "a browser")];
        let answer = world.visitor.send("POST", SESSION, &fields, "").await?;
        let set = answer.field("set-cookie");
        let (cookie, attributes) = set.split_once("; ").context("attributes")?;
        assert_eq!(attributes, "Max-Age=28800; Path=/; HttpOnly; SameSite=Strict");
        assert!(!set.contains(token), "{set}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("vary", "Cookie"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.field(name), value, "{name}");
        }
        let who = read(&world.visitor, cookie, SESSION).await?;
        assert_eq!((who.status, who.field("vary")), (200, "Cookie"));
        let who = who.json();
        assert_eq!((&who["role"], &who["by"]), (&role.into(), &by.into()));
        assert_eq!(who["proof"], "session");
        assert!(who["expires_at"].is_string() && who["idle_at"].is_string(), "{who}");
        assert_eq!(answer.json()["role"], role);
        let event = latest_event(&world).await?;
        assert_eq!((&event["event"], &event["by"]), (&"begin_session".into(), &by.into()));
        let token = format!("Bearer {token}");
        let by_token = world.visitor.get_with(SESSION, &[("authorization", &token)]).await?.json();
        assert_eq!((&by_token["role"], &by_token["proof"]), (&role.into(), &"token".into()));
        assert!(by_token["expires_at"].is_null());
    }
    let health = [("cookie", &*login(&world.visitor, "look").await?)];
    let detailed = world.visitor.get_with("/health/detailed", &health).await?;
    let told = (detailed.status, detailed.field("cache-control"), detailed.field("vary"));
    assert_eq!(told, (200, "no-store", "Cookie"));
    Ok(())
}

#[tokio::test]
async fn a_session_writes_from_the_sites_own_pages_alone() -> Result<()> {
    let world = World::start_with("a_session_writes", &TOKENS)?;
    let (visitor, own) = (&world.visitor, origin(&world.visitor));
    let cookie = login(visitor, "help").await?;
    let session = ("cookie", &*cookie);
    let post = async |fields: &[(&str, &str)]| visitor.send("POST", BYPASS, fields, ORDER).await;
    for fields in [
        &[session][..],
        &[session, CONFIRMED],
        &[session, ("origin", &own)],
        &[session, ("origin", "https://evil.example"), CONFIRMED],
        &[session, ("origin", "null"), CONFIRMED],
    ] {
        assert_eq!(post(fields).await?.status, 403, "{fields:?}");
    }
    let none = world.operate("GET", BYPASS, "").await?.json();
    assert!(none["circuits"].as_array().into_iter().flatten().all(|c| c["bypass"].is_null()));
    assert_eq!(write(visitor, &cookie, "POST", BYPASS, ORDER).await?.status, 200);
    assert_eq!(latest_event(&world).await?["by"], "token:responder");

    let site = |site| [session, ("sec-fetch-site", site)];
    assert_eq!(visitor.get_with(EVENTS, &site("cross-site")).await?.status, 403);
    for own in ["same-origin", "same-site", "none"] {
        assert_eq!(visitor.get_with(EVENTS, &site(own)).await?.status, 200, "{own}");
    }
    // A token that is wrong is not made good by what the browser adds.
    let wrong = [session, ("authorization", "Bearer devx")];
    assert_eq!(visitor.get_with(EVENTS, &wrong).await?.status, 401);
    let basic = [session, ("authorization", "Basic ZGV2")];
    assert_eq!(visitor.get_with(EVENTS, &basic).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_id_that_a_client_brings_is_never_a_session() -> Result<()> {
    let world = World::start_with("an_id_that_a_client_brings", &TOKENS)?;
    let visitor = &world.visitor;
    let id = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    let chosen = [
        format!("{COOKIE}=chosen"),
        format!("{COOKIE}=viewer.{id}.{id}"),
        format!("__Host-{COOKIE}=viewer.{id}.{id}"),
    ];
    for cookie in &chosen {
        let got = login_with(visitor, "look", cookie).await?;
        assert_ne!(&got, cookie);
        let refused = read(visitor, cookie, SESSION).await?;
        assert_eq!(refused.status, 401, "{cookie}");
        assert_eq!(read(visitor, &got, SESSION).await?.status, 200);
    }
    // A cookie is not that of a higher role because it says so.
    let viewer = login(visitor, "look").await?;
    for role in ["admin", "responder"] {
        let raised = viewer.replace("=viewer.", &format!("={role}."));
        assert_eq!(read(visitor, &raised, SESSION).await?.status, 401, "{role}");
    }
    // Of two, one is not ours.
    let twice = format!("{viewer}; {COOKIE}=chosen");
    assert_eq!(read(visitor, &twice, SESSION).await?.status, 401);

    let before = login(visitor, "look").await?;
    let after = login_with(visitor, "help", &before).await?;
    assert_ne!(before, after);
    assert_eq!(read(visitor, &before, SESSION).await?.status, 401, "the login has ended it");
    assert_eq!(read(visitor, &after, SESSION).await?.json()["role"], "responder");
    Ok(())
}

#[tokio::test]
async fn a_cookie_that_is_replayed_after_the_logout_opens_nothing() -> Result<()> {
    let world = World::start_with_isolates("replayed_after_the_logout", 2, &TOKENS)?;
    let [here, there] = &world.isolates[..] else { anyhow::bail!("two isolates") };
    let cookie = login(here, "help").await?;
    for isolate in [here, there] {
        assert_eq!(read(isolate, &cookie, EVENTS).await?.status, 200);
    }
    let forged = here.send("DELETE", SESSION, &[("cookie", &*cookie)], "").await?;
    assert_eq!(forged.status, 403);
    let ended = write(here, &cookie, "DELETE", SESSION, "").await?;
    assert_eq!(ended.status, 200, "{}", ended.text());
    assert_eq!(
        ended.field("set-cookie"),
        format!("{COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict")
    );
    assert_eq!(latest_event(&world).await?["event"], "end_session");

    let replayed = read(here, &cookie, EVENTS).await?;
    assert_eq!(replayed.status, 401);
    assert!(replayed.field("set-cookie").starts_with(&format!("{COOKIE}=; Max-Age=0")));
    for isolate in [here, there] {
        assert_eq!(write(isolate, &cookie, "POST", BYPASS, ORDER).await?.status, 401);
    }
    eventually("another isolate reads no more", async || {
        Ok((read(there, &cookie, EVENTS).await?.status == 401).then_some(()))
    })
    .await?;
    assert_eq!(write(here, &cookie, "DELETE", SESSION, "").await?.status, 401);
    let by_token = world.operate("DELETE", SESSION, "").await?;
    assert_eq!(by_token.status, 409, "{}", by_token.text());
    Ok(())
}

#[tokio::test]
async fn a_session_ends_with_its_token_and_outlives_a_restart() -> Result<()> {
    let mut world = World::start_with("a_session_ends_with_its_token", &TOKENS)?;
    let viewer = login(&world.visitor, "look").await?;
    let responder = login(&world.visitor, "help").await?;
    world.restart_worker_with(&[("VIEWER_TOKEN", "another")])?;
    assert_eq!(read(&world.visitor, &viewer, EVENTS).await?.status, 401);
    assert_eq!(read(&world.visitor, &responder, EVENTS).await?.status, 200);
    world.restart_worker_with(&[("RESPONDER_TOKEN", "")])?;
    assert_eq!(read(&world.visitor, &responder, EVENTS).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn admins_see_and_end_the_sessions_of_others() -> Result<()> {
    let world = World::start_with("admins_end_sessions", &TOKENS)?;
    let viewer = login(&world.visitor, "look").await?;
    let path = "/_breakwater/sessions";
    for token in ["look", "help"] {
        let token = format!("Bearer {token}");
        let refused = world.visitor.get_with(path, &[("authorization", &token)]).await?;
        assert_eq!(refused.status, 403, "{}", refused.text());
    }
    let shown = world.operate("GET", path, "").await?.json();
    let session = &shown["sessions"][0];
    assert_eq!((&session["role"], &session["by"]), (&"viewer".into(), &"token:viewer".into()));
    assert!(!shown.to_string().contains(viewer.rsplit('.').next().unwrap_or(&viewer)));
    let name = session["session"].as_str().context("a name")?;
    let ended = world.operate("DELETE", &format!("{path}/{name}"), "").await?;
    assert_eq!(ended.json()["ended"], name, "{}", ended.text());
    assert_eq!(read(&world.visitor, &viewer, EVENTS).await?.status, 401);
    let again = world.operate("DELETE", &format!("{path}/{name}"), "").await?;
    assert_eq!(again.json()["detail"], format!("no session `{name}`"));
    let event = latest_event(&world).await?;
    assert_eq!((&event["of"], &event["by"]), (&"token:viewer".into(), &"token".into()));
    Ok(())
}

/// A path that a line of the table stands for, of the watched site.
fn example(path: &str) -> String {
    [
        ("{upstream}", "web"),
        ("{check}", "products"),
        ("{incident}", "inc-a"),
        ("{session}", "0123456789ab"),
        ("{subscriber}", "e0123456789abcdef0123456789abcdef"),
    ]
    .iter()
    .fold(path.to_owned(), |path, (place, name)| path.replace(place, name))
}

#[tokio::test]
async fn a_viewer_sees_and_changes_nothing() -> Result<()> {
    let world = World::start_watched("a_viewer_changes_nothing", &TOKENS)?;
    let (visitor, own) = (&world.visitor, origin(&world.visitor));
    let cookie = login(visitor, "look").await?;
    let state = async || -> Result<Vec<Value>> {
        let mut views = Vec::new();
        for view in ["events", "bypass", "maintenance", "incidents", "alerts", "sessions"] {
            let view = world.operate("GET", &format!("/_breakwater/{view}"), "").await?.json();
            assert!(view.is_object(), "{view}");
            views.push(view);
        }
        Ok(views)
    };
    let before = state().await?;
    let token = ("authorization", "Bearer look");
    let session = [("cookie", &*cookie), ("origin", &*own), CONFIRMED];
    let (mut reads, mut writes) = (0, 0);
    for endpoint in &API {
        let Role::Operator(needed) = endpoint.role else { continue };
        let (path, what) =
            (example(endpoint.path), format!("{} {}", endpoint.method, endpoint.path));
        for fields in [&[token][..], &session] {
            let body = if endpoint.access == Access::Read { "" } else { "{}" };
            match endpoint.access {
                Access::Read if needed == Rank::Viewer => {
                    let answer = visitor.get_with(&path, fields).await?;
                    assert!(![401, 403].contains(&answer.status), "{what}: {}", answer.text());
                    reads += 1;
                }
                Access::Read | Access::Write => {
                    let answer = visitor.send(endpoint.method, &path, fields, body).await?;
                    assert_eq!(answer.status, 403, "{what}: {}", answer.text());
                    assert_eq!(
                        answer.json()["detail"],
                        format!("this takes the role `{needed}`, and yours is `viewer`"),
                        "{what}"
                    );
                    writes += 1;
                }
                // Its own session is its own to end.
                Access::Session => {}
            }
        }
    }
    assert!(reads > 20 && writes > 30, "{reads} reads and {writes} writes");
    assert_eq!(state().await?, before);
    Ok(())
}

#[tokio::test]
async fn a_responder_acts_in_trouble_and_is_named() -> Result<()> {
    let world = World::start_with("a_responder_acts", &TOKENS)?;
    let help = [("authorization", "Bearer help")];
    let answer = world.visitor.send("POST", BYPASS, &help, ORDER).await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(latest_event(&world).await?["by"], "token:responder");
    assert_eq!(world.circuit("web").await?["orders"][0]["by"], "token:responder");
    // The admins' token is as it was.
    assert_eq!(world.operate("DELETE", BYPASS, "").await?.status, 200);
    assert_eq!(latest_event(&world).await?["by"], "token");
    Ok(())
}

#[tokio::test]
async fn logins_that_fail_are_limited_by_client_and_a_token_needs_none() -> Result<()> {
    let world = World::start_with("logins_that_fail", &TOKENS)?;
    let from = ("cf-connecting-ip", "203.0.113.7");
    let attempt = async |token: &str, from| {
        let fields = [("authorization", &*format!("Bearer {token}")), from];
        world.visitor.send("POST", SESSION, &fields, "").await
    };
    for n in 0..10 {
        let answer = attempt("devx", from).await?;
        assert_eq!(answer.status, 401, "{n}: {}", answer.text());
        assert_eq!(answer.field("set-cookie"), "");
    }
    for token in ["devx", "dev"] {
        let answer = attempt(token, from).await?;
        assert_eq!(answer.status, 429, "{token}: {}", answer.text());
        let seconds: u64 = answer.field("retry-after").parse()?;
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    assert_eq!(attempt("dev", ("cf-connecting-ip", "203.0.113.8")).await?.status, 200);
    let fields = [("authorization", "Bearer dev"), from];
    assert_eq!(world.visitor.get_with(EVENTS, &fields).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_login_page_works_without_a_script_and_for_this_site_alone() -> Result<()> {
    let world = World::start_with("the_login_page", &TOKENS)?;
    let (visitor, own) = (&world.visitor, origin(&world.visitor));
    let page = visitor.get(LOGIN).await?;
    assert_eq!((page.status, page.field("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.field("content-security-policy");
    for rule in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert_eq!((page.field("x-frame-options"), page.field("cache-control")), ("DENY", "no-store"));
    assert!(page.text().contains("Tees &amp; &lt;Tests&gt;"), "{}", page.text());
    assert!(page.text().contains("<form method=\"post\" action=\"/_breakwater/session\">"));
    assert_eq!(visitor.send("POST", LOGIN, &[], "").await?.status, 405);

    let submit = async |fields: &[(&str, &str)], body: &'static str| {
        visitor.send("POST", SESSION, &[&[FORM], fields].concat(), body).await
    };
    for fields in [&[][..], &[("origin", "https://evil.example")], &[("origin", "null")]] {
        let refused = submit(fields, "token=dev").await?;
        assert_eq!((refused.status, refused.field("set-cookie")), (403, ""), "{fields:?}");
    }
    let wrong = submit(&[("origin", &own)], "token=devx").await?;
    assert_eq!((wrong.status, wrong.field("set-cookie")), (401, ""));
    assert!(wrong.text().contains("This is the token of no role."), "{}", wrong.text());
    let right = submit(&[("origin", &own)], "token=look").await?;
    assert_eq!((right.status, right.field("location")), (303, "/_breakwater/console"));
    let cookie = right.field("set-cookie").split(';').next().unwrap_or_default();
    assert_eq!(read(visitor, cookie, SESSION).await?.json()["role"], "viewer");

    // A script of the console does the same with JSON.
    let json = |origin| [("origin", origin), CONFIRMED, ("content-type", "application/json")];
    let body = r#"{"token": "look"}"#;
    assert_eq!(visitor.send("POST", SESSION, &json(&own), body).await?.status, 200);
    let evil = json("https://evil.example");
    assert_eq!(visitor.send("POST", SESSION, &evil, body).await?.status, 403);
    assert_eq!(visitor.send("POST", SESSION, &json(&own), "{}").await?.status, 400);
    Ok(())
}

#[tokio::test]
async fn no_upstream_sees_or_sets_a_session() -> Result<()> {
    let upstream = Scripted::start(|seen| {
        let fields = [
            ("set-cookie", "a=b; Path=/"),
            ("set-cookie", "breakwater-session=v; Path=/"),
            ("set-cookie", "__Host-breakwater-session=v; Path=/; Secure"),
        ];
        Reply::ok(&fields, format!("cookie={}", seen.field("cookie")))
    })
    .await?;
    for fault in ["", "panic", "panic-end", "panic-copy"] {
        let name = format!("no_upstream_sees_a_session_{fault}");
        let vars = [("BREAKWATER_FAULT", fault), ("BREAKWATER_UPSTREAM_SCRIPTED", upstream.url())];
        let world = World::start_with(&name, &vars)?;
        for path in ["/scripted/a", "/kept/a", "/cached/a"] {
            for (cookie, seen) in [
                ("breakwater-session=v.w.x; c=d", "cookie=c=d"),
                ("c=d; __Host-breakwater-session=v.w.x", "cookie=c=d"),
                ("breakwater-session=v; __Host-breakwater-session=w", "cookie="),
                ("c=d; e=f", "cookie=c=d; e=f"),
            ] {
                let answer = read(&world.visitor, cookie, path).await?;
                let place = format!("{fault} {path} {cookie}");
                assert_eq!((answer.status, &*answer.text()), (200, seen), "{place}");
                let set: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
                assert_eq!(set, ["a=b; Path=/"], "{place}");
            }
        }
        let post = [("cookie", "breakwater-session=v; c=d")];
        let answer = world.visitor.send("POST", "/scripted/a", &post, "body").await?;
        assert_eq!(answer.text(), "cookie=c=d", "{fault}");
    }
    Ok(())
}
