//! The counts against a healthy upstream, in front of a [`World`] whose configuration names the
//! circuit `blamed`.

use anyhow::Result;
use serde_json::{Value, json};

use crate::world::{World, eventually};

/// A path at which the upstream behind `blamed` fails.
pub const SICK: &str = "/blame/straight/sick";

/// Makes the upstream fail twice. The isolate reports that at once, together with everything that
/// it had counted before: there is no other failure, and the circuit is closed. Three failures in a
/// row would open it. Returns the circuit as operators see it.
pub async fn assert_unblamed(world: &World) -> Result<Value> {
    for _ in 0..2 {
        let sick = world.visitor.get(SICK).await?;
        assert_eq!((sick.status, sick.told("circuit")), (503, "closed"));
    }
    let circuit = eventually("the failures are told", async || {
        let circuit = world.circuit("blamed").await?;
        Ok((circuit["failures"].as_u64() >= Some(2)).then_some(circuit))
    })
    .await?;
    assert_eq!(
        (&circuit["state"], &circuit["failures"]),
        (&json!("closed"), &json!(2)),
        "{circuit}"
    );
    Ok(circuit)
}
