//! What the isolates of one site share.

use anyhow::Result;
use breakwater_tests::{World, eventually};

#[tokio::test]
async fn isolates_share_the_cache_as_those_of_one_colo_do() -> Result<()> {
    let world = World::start_with_isolates("isolates_share_the_cache", 2, &[])?;
    let page = async |isolate: usize| {
        world.isolates[isolate].get_with("/", &[("host", "shop.example")]).await
    };
    assert_eq!(page(0).await?.told("source"), "origin");
    world.break_with_status("/*", 503).await?;
    eventually("another isolate serves the copy", async || {
        Ok((page(1).await?.told("source") == "stale").then_some(()))
    })
    .await
}
