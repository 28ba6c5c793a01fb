//! Fields of upstreams' answers that would lead visitors away from the site, or would be useless to
//! them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use breakwater_tests::{Answer, Reply, Scripted, World, eventually};

const SITE: [(&str, &str); 1] = [("host", "shop.example")];

/// Answers of an upstream that takes itself for the site. `{up}` is its address, `{host}` its name.
const SAID: [(&str, &str); 8] = [
    ("set-cookie", "session=1; Domain={host}; Path=/; HttpOnly"),
    ("set-cookie", "theme=dark; path=/;domain=.{HOST}; SameSite=Lax"),
    ("set-cookie", "shared=1; Domain=shop.example"),
    ("set-cookie", "odd=a=b, c; Expires=Sun, 06 Nov 2094 08:49:37 GMT"),
    ("refresh", "5; url={up}/next?a=1"),
    ("content-location", "{up}/list.json"),
    ("link", "<{up}/style.css>; rel=preload; as=style, </own.js>; rel=preload"),
    ("location", "{up}/new"),
];

fn said(up: &str, name: &str) -> Vec<(&'static str, String)> {
    let fill = |value: &str| {
        value.replace("{up}", up).replace("{host}", name).replace("{HOST}", &name.to_uppercase())
    };
    SAID.iter().map(|(field, value)| (*field, fill(value))).collect()
}

fn cookies(answer: &Answer) -> Vec<&str> {
    answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect()
}

#[track_caller]
fn leads_to_the_site(answer: &Answer) {
    assert_eq!(answer.field("refresh"), "5; url=http://shop.example/next?a=1");
    assert_eq!(answer.field("content-location"), "http://shop.example/list.json");
    assert_eq!(
        answer.field("link"),
        "<http://shop.example/style.css>; rel=preload; as=style, </own.js>; rel=preload"
    );
    assert_eq!(answer.field("location"), "http://shop.example/new");
}

#[tokio::test]
async fn an_upstreams_own_address_leads_to_the_site() -> Result<()> {
    let is_down = Arc::new(AtomicBool::new(false));
    let down = Arc::clone(&is_down);
    let upstream = Scripted::start(move |seen| {
        if down.load(Ordering::SeqCst) {
            return Reply::Disconnect;
        }
        let up = format!("http://{}", seen.field("host"));
        let name = seen.field("host").split(':').next().unwrap_or_default();
        let mut fields = said(&up, name);
        if seen.path.starts_with("/kept/") {
            fields.retain(|(name, _)| *name != "set-cookie");
        }
        Reply::Answer { status: 200, fields, body: "shirts".into() }
    })
    .await?;
    let world = World::start_scripted("what_an_upstream_says_of_itself", &upstream)?;
    for path in ["/scripted/a", "/retried/a", "/cached/a"] {
        let answer = world.visitor.get_with(path, &SITE).await?;
        assert_eq!((answer.status, answer.told("source")), (200, "origin"), "{path}");
        leads_to_the_site(&answer);
        assert_eq!(
            cookies(&answer),
            [
                "session=1; Path=/; HttpOnly",
                "theme=dark; path=/; SameSite=Lax",
                "shared=1; Domain=shop.example",
                "odd=a=b, c; Expires=Sun, 06 Nov 2094 08:49:37 GMT",
            ],
            "{path}"
        );
    }
    let stale = eventually("the copy is kept", async || {
        is_down.store(false, Ordering::SeqCst);
        world.visitor.get_with("/kept/a", &SITE).await?;
        is_down.store(true, Ordering::SeqCst);
        let answer = world.visitor.get_with("/kept/a", &SITE).await?;
        Ok((answer.told("source") == "stale").then_some(answer))
    })
    .await?;
    leads_to_the_site(&stale);
    Ok(())
}

#[tokio::test]
async fn an_address_of_another_site_stays() -> Result<()> {
    let upstream = Scripted::start(|_| {
        let fields = [
            ("set-cookie", "a=1; Domain=pay.example"),
            ("set-cookie", "b=Domain=localhost; Secure"),
            ("refresh", "5;url=https://pay.example/"),
            ("content-location", "/list"),
            ("link", "<https://cdn.example/a,b>; rel=\"preload,<x>\""),
        ];
        Reply::ok(&fields, "shirts")
    })
    .await?;
    let world = World::start_scripted("what_leads_elsewhere", &upstream)?;
    let answer = world.visitor.get_with("/scripted/a", &SITE).await?;
    assert_eq!(cookies(&answer), ["a=1; Domain=pay.example", "b=Domain=localhost; Secure"]);
    assert_eq!(answer.field("refresh"), "5;url=https://pay.example/");
    assert_eq!(answer.field("content-location"), "/list");
    assert_eq!(answer.field("link"), "<https://cdn.example/a,b>; rel=\"preload,<x>\"");
    Ok(())
}
