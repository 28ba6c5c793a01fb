//! Consoles are told what happens as it happens, over WebSockets.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use breakwater_tests::World;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderName;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

const PATH: &str = "/_breakwater/live";
const OVERRIDE: &str = "/_breakwater/upstreams/api/override";
const OPERATOR: (&str, &str) = ("authorization", "Bearer dev");
/// A message that is due comes within 20 s.
const LIMIT: Duration = Duration::from_secs(20);
/// The platform puts an object to sleep that has done nothing for ten seconds.
const ASLEEP_AFTER: Duration = Duration::from_secs(12);
/// The connections that there may be, as core has it.
const CONNECTIONS_MAX: usize = 50;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a connection with these fields, or returns the status that refused it.
async fn connect(world: &World, fields: &[(&str, &str)]) -> Result<Result<Socket, u16>> {
    let mut request = format!("ws://{}{PATH}", world.visitor.authority()).into_client_request()?;
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        request.headers_mut().insert(name, value.parse()?);
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(Ok(socket)),
        Err(tungstenite::Error::Http(answer)) => Ok(Err(answer.status().as_u16())),
        Err(error) => Err(error.into()),
    }
}

/// Opens the connection of a program of an operator, and reads its greeting.
async fn console(world: &World) -> Result<Socket> {
    let Ok(mut socket) = connect(world, &[OPERATOR]).await? else { bail!("it was refused") };
    let greeting: Value = serde_json::from_str(&next(&mut socket).await?)?;
    assert_eq!(greeting["news"], json!([]));
    let lasts = greeting["lasts_ms"].as_u64().unwrap_or_default();
    assert!((3_590_000..=3_600_000).contains(&lasts), "{greeting}");
    Ok(socket)
}

/// The next text.
async fn next(socket: &mut Socket) -> Result<String> {
    loop {
        let message = timeout(LIMIT, socket.next()).await.context("nothing was told")?;
        match message.context("the connection has ended")?? {
            Message::Text(text) => return Ok(text.to_string()),
            Message::Close(frame) => bail!("the connection was closed: {frame:?}"),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// The first news of this type.
async fn told(socket: &mut Socket, kind: &str) -> Result<Value> {
    loop {
        let message: Value = serde_json::from_str(&next(socket).await?)?;
        let news = message["news"].as_array().context("no news")?;
        if let Some(found) = news.iter().find(|news| news["type"] == kind) {
            return Ok(found.clone());
        }
    }
}

async fn force_open(world: &World) -> Result<()> {
    let order = r#"{"override": "forced_open", "reason": "a test", "lasts": "5m"}"#;
    let answer = world.operate("POST", OVERRIDE, order).await?;
    ensure!(answer.status == 200, "{}", answer.text());
    Ok(())
}

#[tokio::test]
async fn only_operators_listen_and_browsers_only_from_here() -> Result<()> {
    let world = World::start("only_operators_listen")?;
    let own = format!("http://{}", world.visitor.authority());
    for (fields, status) in [
        (&[][..], 401),
        (&[("authorization", "Bearer devx")], 401),
        (&[("origin", &*own)], 401),
        (&[OPERATOR, ("origin", "https://evil.example")], 403),
        (&[OPERATOR, ("origin", "null")], 403),
    ] {
        let refused = connect(&world, fields).await?.err();
        assert_eq!(refused, Some(status), "{fields:?}");
    }
    assert!(connect(&world, &[OPERATOR, ("origin", &own)]).await?.is_ok());
    let plain = world.operate("GET", PATH, "").await?;
    // The platform leaves `Upgrade` out of an answer that opens nothing.
    assert_eq!(plain.status, 426, "{}", plain.text());
    Ok(())
}

#[tokio::test]
async fn a_console_is_told_of_an_order_and_of_the_circuits_turn() -> Result<()> {
    let world = World::start("told_of_a_turn")?;
    let (mut one, mut other) = (console(&world).await?, console(&world).await?);
    force_open(&world).await?;
    for socket in [&mut one, &mut other] {
        // They come in either order, as each has a way of its own to the monitor.
        let (mut circuit, mut order) = (None, None);
        while circuit.is_none() || order.is_none() {
            let message: Value = serde_json::from_str(&next(socket).await?)?;
            for news in message["news"].as_array().into_iter().flatten() {
                match news["type"].as_str() {
                    Some("circuit") => circuit = Some(news.clone()),
                    Some("order") => order = Some(news["event"].clone()),
                    _ => bail!("told of something else: {news}"),
                }
            }
        }
        let turned = json!({
            "type": "circuit", "upstream": "api", "circuit": "api",
            "from": "closed", "to": "forced_open",
        });
        assert_eq!(circuit, Some(turned));
        let event = order.context("no order")?;
        assert_eq!((&event["event"], &event["order"]), (&json!("circuits"), &json!("forced_open")));
        assert_eq!(event["reason"], "a test");
    }
    Ok(())
}

#[tokio::test]
async fn pings_are_answered_and_anything_else_ends_the_connection() -> Result<()> {
    let world = World::start("pings_are_answered")?;
    let mut socket = console(&world).await?;
    socket.send(Message::text("ping")).await?;
    assert_eq!(next(&mut socket).await?, "pong");
    socket.send(Message::text("tell me all")).await?;
    let error = next(&mut socket).await.unwrap_err().to_string();
    assert!(error.contains("only pings are taken"), "{error}");
    Ok(())
}

#[tokio::test]
async fn an_object_that_has_slept_tells_the_consoles_that_it_kept() -> Result<()> {
    let world = World::start("slept_and_told")?;
    let mut socket = console(&world).await?;
    sleep(ASLEEP_AFTER).await;
    force_open(&world).await?;
    let turned = told(&mut socket, "circuit").await?;
    assert_eq!(turned["to"], "forced_open");
    Ok(())
}

#[tokio::test]
async fn connections_have_a_bound_and_those_that_end_make_room() -> Result<()> {
    let world = World::start("consoles_have_a_bound")?;
    let mut consoles = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        consoles.push(console(&world).await?);
    }
    assert_eq!(connect(&world, &[OPERATOR]).await?.err(), Some(429));
    let mut last = consoles.pop().context("a console")?;
    last.close(None).await?;
    drop(last);
    breakwater_tests::eventually("there is room again", async || {
        Ok(connect(&world, &[OPERATOR]).await?.ok().map(drop))
    })
    .await
}
