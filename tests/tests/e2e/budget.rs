//! The budget of what Breakwater does by itself, as operators see it.

use anyhow::Result;

use crate::watch::{receiver, state_becomes, watched};

/// What is left is shown, to operators only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_monitor_tells_what_is_left_of_its_budget() -> Result<()> {
    let receiver = receiver(0)?;
    let world = watched("the_budget", &receiver)?;
    state_becomes(&world, "frontend", "up").await?;
    let shown = world.operate("GET", "/_breakwater/budget", "").await?;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let shown = shown.json();
    for resource in ["object_calls", "rows_written", "subrequests"] {
        let hour = &shown["hour"][resource];
        let (plan, budget) = (hour["plan"].as_u64(), hour["budget"].as_u64());
        assert!(plan > Some(0) && budget > plan, "{resource}: {shown}");
        // What a check of this file costs comes back within a second.
        let left = hour["left"].as_u64();
        assert!(left > plan && left <= budget.map(|it| it / 2), "{resource}: {shown}");
    }
    assert_eq!(shown["held"]["deliveries"], 0, "{shown}");
    assert!(shown["held"]["last_at"].is_null(), "{shown}");
    let stranger = world.visitor.get("/_breakwater/budget").await?;
    assert_eq!(stranger.status, 401, "{}", stranger.text());
    Ok(())
}
