//! Operators who come by Cloudflare Access.

use anyhow::Result;
use breakwater_core::site::access::KEY_FETCHES_MAX;
use breakwater_tests::{AccessTeam, Answer, World};

const FIELD: &str = "cf-access-jwt-assertion";
const SESSION: &str = "/_breakwater/session";
const BYPASS: &str = "/_breakwater/bypass";
const ORDER: &str = r#"{"reason": "a", "lasts": "1m"}"#;
/// Where nothing listens.
const NOWHERE: &str = "http://127.0.0.1:1";

fn world(name: &str, team: &str) -> Result<World> {
    World::start_with(name, &[("BREAKWATER_ACCESS", team)])
}

async fn who(world: &World, token: &str) -> Result<Answer> {
    world.visitor.get_with(SESSION, &[(FIELD, token)]).await
}

#[tokio::test]
async fn those_whom_access_lets_pass_have_the_role_that_the_site_file_says() -> Result<()> {
    let team = AccessTeam::start().await?;
    let world = world("those_whom_access_lets_pass", team.server.url())?;
    for (token, role, by) in [
        ("good", "admin", "kim@shop.example"),
        ("lou", "responder", "lou@shop.example"),
        ("viewer", "viewer", "someone@agency.example"),
    ] {
        let answer = who(&world, team.token(token)).await?;
        assert_eq!(answer.status, 200, "{token}: {}", answer.text());
        let answer = answer.json();
        assert_eq!((&answer["role"], &answer["by"]), (&role.into(), &by.into()));
        assert_eq!(answer["proof"], "access");
    }
    assert_eq!(team.asked(), 1, "the keys are kept");
    Ok(())
}

#[tokio::test]
async fn what_access_did_not_sign_for_this_site_opens_nothing() -> Result<()> {
    let team = AccessTeam::start().await?;
    let world = world("what_access_did_not_sign", team.server.url())?;
    for (token, said) in [
        ("another audience", "`aud`"),
        ("another issuer", "`iss`"),
        ("no person", "`email`"),
        ("expired", "has expired"),
        ("from the future", "not valid yet"),
        ("no algorithm", "algorithm"),
        ("no algorithm, a signature", "algorithm"),
        ("a shared secret", "algorithm"),
        ("another key of this name", "signature is wrong"),
        ("an unknown key", "`kid`"),
        ("other claims", "signature is wrong"),
        ("no token", "no JSON Web Token"),
    ] {
        let answer = who(&world, team.token(token)).await?;
        assert_eq!(answer.status, 401, "{token}: {}", answer.text());
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains(said), "{token}: {detail}");
    }
    // What is unknown is asked for a few times, and no one else waits for that.
    for _ in 0..2 * KEY_FETCHES_MAX {
        assert_eq!(who(&world, team.token("an unknown key")).await?.status, 401);
    }
    assert!(team.asked() <= KEY_FETCHES_MAX, "{}", team.asked());
    assert_eq!(who(&world, team.token("good")).await?.status, 200);
    // The cookie of Access is no proof: a page may set cookies.
    let cookie = format!("CF_Authorization={}", team.token("good"));
    let answer = world.visitor.get_with(SESSION, &[("cookie", &cookie)]).await?;
    assert_eq!(answer.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_write_by_access_comes_from_the_sites_own_pages_and_names_the_person() -> Result<()> {
    let team = AccessTeam::start().await?;
    let world = world("a_write_by_access", team.server.url())?;
    let own = format!("http://{}", world.visitor.authority());
    let (lou, viewer) = ((FIELD, team.token("lou")), (FIELD, team.token("viewer")));
    let confirmed = ("breakwater-request", "1");
    let post =
        async |fields: &[(&str, &str)]| world.visitor.send("POST", BYPASS, fields, ORDER).await;
    for fields in [
        &[lou][..],
        &[lou, confirmed],
        &[lou, ("origin", &own)],
        &[lou, ("origin", "https://evil.example"), confirmed],
        &[viewer, ("origin", &own), confirmed],
    ] {
        assert_eq!(post(fields).await?.status, 403, "{fields:?}");
    }
    let answer = post(&[lou, ("origin", &own), confirmed]).await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let events = world.operate("GET", "/_breakwater/events", "").await?.json();
    assert_eq!(events["events"][0]["by"], "lou@shop.example");
    assert_eq!(world.circuit("web").await?["orders"][0]["by"], "lou@shop.example");
    let cross_site = [lou, ("sec-fetch-site", "cross-site")];
    assert_eq!(world.visitor.get_with(SESSION, &cross_site).await?.status, 403);
    Ok(())
}

#[tokio::test]
async fn while_access_is_down_a_token_opens_as_before() -> Result<()> {
    let team = AccessTeam::start().await?;
    let world = world("while_access_is_down", NOWHERE)?;
    let answer = who(&world, team.token("good")).await?;
    assert_eq!(answer.status, 401);
    let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.contains("keys cannot be had now"), "{detail}");
    let fields = [(FIELD, team.token("good")), ("authorization", "Bearer dev")];
    assert_eq!(world.visitor.get_with(SESSION, &fields).await?.json()["role"], "admin");
    Ok(())
}
