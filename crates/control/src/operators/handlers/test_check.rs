//! `POST /_breakwater/checks/test`.

use breakwater_core::site::monitoring::prober_name;
use breakwater_core::site::operator::{CheckTest, Event};
use breakwater_core::watch::check::CheckObservation;
use breakwater_platform::clock;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::place_prober::PlaceProberClient;
use breakwater_platform::timer::within;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;

use crate::join_all::join_all;
use crate::monitor_do::view;
use crate::operators::whole_site::{refuse_failed, refuse_for_now};
use crate::operators::{OperatorRequest, body, history};
use crate::reply::{refuse, respond};

/// Tries a check once at each of its places.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let (test, text) = match body::read_check_test(asker.request).await {
        Ok(read) => read,
        Err(problem) => return refuse(problem, &[]),
    };
    match MonitorClient::of(asker.env).admit_test().await {
        Ok(Ok(())) => {}
        Ok(Err(wait)) => return refuse_for_now("too many checks were tried", wait),
        Err(error) => return refuse_failed("no check was tried", &error),
    }
    history::record_for(asker, Event::of_check_test(&test, asker.by.clone(), clock::now())).await;
    let check = test.check();
    let platform = check.from.iter().map(|place| (place.as_str(), place.location_hint()));
    let outside = check.outside.iter().map(|place| (place.as_str(), None));
    let places = platform.chain(outside).map(|place| at_place(asker, &test, &text, place));
    let answer = json!({
        "check": check.name,
        "kind": check.kind.as_str(),
        "places": join_all(places).await,
    });
    respond(200, &answer)
}

async fn at_place(
    asker: &OperatorRequest<'_>,
    test: &CheckTest,
    text: &str,
    (place, hint): (&str, Option<&str>),
) -> Value {
    let name = prober_name(place, 0);
    let prober = PlaceProberClient::named(asker.env, &name).near(hint);
    let made = Box::pin(prober.test(place.into(), text.into()));
    let limit = test.within(place);
    let error = match within(made, limit).await {
        Some(Ok(Some(found))) => return found_there(place, &found),
        Some(Ok(None)) => "nothing was found, and the Worker's log says why".into(),
        Some(Err(error)) => error.to_string(),
        None => format!("no answer within {limit}"),
    };
    json!({ "place": place, "error": error })
}

fn found_there(place: &str, found: &CheckObservation) -> Value {
    json!({
        "place": place,
        "result": found.result,
        "took_ms": found.took.get(),
        "status": found.status,
        "reasons": found.reasons,
        "failure": found.evidence.as_deref().map(view::failure),
    })
}
