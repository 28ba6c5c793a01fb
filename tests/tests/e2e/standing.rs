//! Operators' orders reach isolates without delay for any visitor.

use std::time::Instant;

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, World};
use futures_util::future;

/// 40 visitors come at once.
const VISITORS: usize = 40;
/// An isolate that could not learn of orders tries again after 5 s at the earliest.
const AGAIN_AFTER: u64 = 5;

#[tokio::test]
async fn no_more_than_one_visitor_waits_for_an_object_that_hangs() -> Result<()> {
    let upstream =
        Scripted::start(|_| Reply::ok(&[("cache-control", "max-age=60")], "page")).await?;
    let vars =
        [("BREAKWATER_UPSTREAM_SCRIPTED", upstream.url()), ("BREAKWATER_FAULT", "object-hang")];
    let world = World::start_with("no_more_than_one_visitor_waits", &vars)?;
    let begun = Instant::now();
    for path in ["/cached/a", "/cached/b", "/kept/a"] {
        let visits = (0..VISITORS).map(|_| world.visitor.get(path));
        for answer in future::try_join_all(visits).await? {
            assert_eq!(answer.status, 200);
        }
        // Each visitor who waited in vain is reported.
        let log = world.worker_log()?;
        let waited = log.matches("standing orders are not known within").count() as u64;
        let allowed = 1 + begun.elapsed().as_secs() / AGAIN_AFTER;
        assert!(waited <= allowed, "{path}: {waited} waited");
    }
    Ok(())
}
