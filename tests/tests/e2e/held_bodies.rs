//! Bodies that the Worker holds in memory, and the limit for all of them.

use anyhow::Result;
use breakwater_tests::{Reply, Request, Scripted, World, eventually};
use bytes::Bytes;
use futures_util::future;
use http_body_util::{BodyExt, Full};

/// An isolate cannot hold all of these bodies at once; each has 3 MiB.
const VISITORS: usize = 48;
const LENGTH: usize = 250_000;

#[tokio::test]
async fn bodies_beyond_what_is_held_at_once_pass_as_they_come_and_are_whole() -> Result<()> {
    let upstream = Scripted::start(|seen| {
        if seen.field("x-fails") == "1" {
            return Reply::Disconnect;
        }
        Reply::ok(&[("cache-control", "max-age=60")], "x".repeat(LENGTH))
    })
    .await?;
    let world = World::start_scripted("bodies_beyond_what_is_held", &upstream)?;
    for round in 0..2 {
        // All requests are in progress before the first client reads a byte of its body.
        let begun = (0..VISITORS).map(|visitor| {
            let world = &world;
            async move {
                let request: Request = hyper::Request::get(format!("/kept/{round}/{visitor}"))
                    .header("host", world.visitor.authority())
                    .body(Full::new(Bytes::new()))?;
                world.visitor.exchange(request).await
            }
        });
        for answer in future::try_join_all(begun).await? {
            let (head, body) = answer.into_parts();
            assert_eq!(head.status, 200);
            assert_eq!(head.headers["content-length"], LENGTH.to_string());
            assert_eq!(body.collect().await?.to_bytes().len(), LENGTH);
        }
    }
    // The memory was released: a body is read completely again, and its response is stored.
    eventually("there is a copy", async || {
        assert_eq!(world.visitor.get("/kept/last").await?.body.len(), LENGTH);
        let answer = world.visitor.get_with("/kept/last", &[("x-fails", "1")]).await?;
        Ok((answer.told("source") == "stale").then_some(()))
    })
    .await
}
