//! Has places make checks.

use std::rc::Rc;

use breakwater_core::site::monitoring::{ProbeOrder, prober_name};
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_core::watch::check::{
    Check, CheckObservation, CheckPlace, TRAFFIC, TrafficFindings, TrafficSource,
};
use breakwater_platform::coordinator::CoordinatorClient;
use breakwater_platform::log;
use breakwater_platform::object::ObjectResult;
use breakwater_platform::place_prober::PlaceProberClient;
use breakwater_platform::prober::ProberClient;
use breakwater_platform::timer::within;
use breakwater_platform::{clock, site};

use super::Inner;
use crate::join_all::join_all;
use crate::watch_rules::rules;

/// Has the place make the checks, and hands what it found to the host. A place that says nothing
/// says nothing of the checks: what is known of them grows old.
pub(super) async fn make(inner: &Rc<Inner>, order: ProbeOrder) -> ObjectResult<()> {
    let found = if order.place == TRAFFIC {
        of_traffic(inner, &order).await
    } else {
        let name = prober_name(&order.place, order.group);
        let place = CheckPlace::ALL.iter().find(|place| place.as_str() == order.place);
        let hint = place.and_then(|place| place.location_hint());
        let prober = PlaceProberClient::named(&inner.env, &name).near(hint);
        let made = Box::pin(prober.make(order.place.clone(), order.checks.clone()));
        match within(made, order.within).await {
            Some(Ok(found)) => found,
            Some(Err(error)) => {
                log::error(
                    LogEvent::PlaceFailed,
                    &[LogAttribute::Place.text(&order.place)],
                    format_args!("place {}: {error}", order.place),
                );
                Vec::new()
            }
            None => {
                log::error(
                    LogEvent::PlaceFailed,
                    &[LogAttribute::Place.text(&order.place)],
                    format_args!("place {}: no answer within {}", order.place, order.within),
                );
                Vec::new()
            }
        }
    };
    inner
        .event(|host, random, now| {
            host.handle_observations(rules(), &order.place, order.group, &found, random, now);
        })
        .await
}

/// What circuits and probers say.
async fn of_traffic(inner: &Inner, order: &ProbeOrder) -> Vec<CheckObservation> {
    let checks = order.checks.iter().filter_map(|name| rules().check(name));
    let found = join_all(checks.map(|check| of_source(inner, check))).await;
    found.into_iter().flatten().collect()
}

async fn of_source(inner: &Inner, check: &Check) -> Option<CheckObservation> {
    let begun = clock::now();
    let findings = match check.traffic.as_ref()? {
        TrafficSource::Upstream(name) => {
            let site = site();
            let of_upstream = site.circuits.iter().filter(|circuit| {
                site.upstreams.get(circuit.upstream).is_some_and(|it| it.name == *name)
            });
            let views = of_upstream
                .map(|circuit| CoordinatorClient::named(&inner.env, &circuit.name).view());
            let states = join_all(views).await;
            TrafficFindings::Circuits(states.into_iter().flatten().map(|it| it.state).collect())
        }
        TrafficSource::Dependency(name) => {
            let found = ProberClient::named(&inner.env, name).findings().await.ok()?;
            let known = site().dependencies.iter().find(|known| known.name == *name)?;
            if found.is_stale(known.every, clock::now()) {
                return None;
            }
            TrafficFindings::Dependency(found.status())
        }
    };
    check.observe_traffic(&findings, clock::now().since(begun))
}
