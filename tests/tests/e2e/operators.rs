//! What operators see, and who is one.

use anyhow::Result;
use breakwater_tests::World;

const PATH: &str = "/_breakwater/upstreams";

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
    assert_eq!(world.requests_to("/health").await?, 1);
    assert_eq!(world.circuit("hooks").await?["probes"].as_array().map(Vec::len), Some(0));

    // A second round right after finds nothing due.
    assert_eq!(world.stack.scheduled()?, "ok");
    assert_eq!(world.requests_to("/health").await?, 1);
    Ok(())
}

#[tokio::test]
async fn the_view_has_its_shape() -> Result<()> {
    let mut world = World::start("the_view_has_its_shape")?;
    world.stack.scheduled()?;
    let view = world.visitor.get_with(PATH, &[("authorization", "Bearer dev")]).await?.json();
    let names: Vec<_> = view["upstreams"].as_array().into_iter().flatten().collect();
    let names: Vec<_> = names.iter().map(|upstream| &upstream["name"]).collect();
    assert_eq!(names, ["web", "api", "hooks"]);
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
            "name",
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
