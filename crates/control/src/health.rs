//! The site's health, as an isolate has collected it: from what probers and coordinators keep, and
//! never by asking a dependency itself.

use std::cell::RefCell;
use std::fmt;

use breakwater_core::base::fields;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::snapshot::Coverage;
use breakwater_core::circuit::latency::Percentiles;
use breakwater_core::circuit::window::Tally;
use breakwater_core::site::closed;
use breakwater_core::site::config::{Circuit, Upstream};
use breakwater_core::site::health::{COLLECT_WITHIN, Collection, HealthEndpoint};
use breakwater_core::site::operator::ANSWER_FIELDS;
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_core::watch::health::{
    AnswerFacts, CONTENT_TYPE, CircuitFacts, Detail, ProbeFacts, Service, upstream,
};
use breakwater_platform::bindings::response;
use breakwater_platform::circuit_view::CircuitState;
use breakwater_platform::coordinator::CoordinatorClient;
use breakwater_platform::log;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::object::AskError;
use breakwater_platform::prober::ProberClient;
use breakwater_platform::site_object::SiteClient;
use breakwater_platform::timer::within;
use breakwater_platform::{clock, site, standing};
use futures::future;
use wasm_bindgen::prelude::*;
use web_sys::Request;
use worker::Env;

use crate::watch_rules::rules;
use crate::{join_all, operators};

thread_local! {
    static COLLECTION: RefCell<Option<Collection>> = const { RefCell::new(None) };
}

/// Answers a request for the site's health.
pub(crate) async fn answer(
    endpoint: HealthEndpoint,
    request: Request,
    env: JsValue,
) -> Result<JsValue, JsValue> {
    let method = request.method();
    if !matches!(method.as_str(), "GET" | "HEAD") {
        return operators::refuse_method("GET, HEAD");
    }
    if endpoint == HealthEndpoint::Detailed
        && let Some(refusal) = operators::refusal(&request, &env).await?
    {
        return Ok(refusal);
    }
    if endpoint != HealthEndpoint::Live {
        future::join(standing::learn_first_if_due(&env), collect_if_due(env.unchecked_ref())).await;
    }
    let now = clock::now();
    with(now, |collection| {
        standing::with_known(|standing| {
            let file = &site().maintenance;
            collection.handle_closed(closed::site_closed(file, standing, now));
        });
        let report = collection.report(endpoint.group(), now);
        let service = Service { id: &site().name, version: env!("CARGO_PKG_VERSION") };
        let detail = match endpoint {
            HealthEndpoint::Detailed => Detail::Operator,
            HealthEndpoint::Aggregate | HealthEndpoint::Live | HealthEndpoint::Ready => {
                Detail::Stranger
            }
        };
        // Every shape here has keys that are texts, which is all that could fail.
        let body = serde_json::to_string(&report.document(service, detail)).unwrap_or_default();
        let fresh_for = collection.fresh_for(&report, detail);
        let status = report.status().http_status();
        let mut lines = String::new();
        match detail {
            Detail::Operator => {
                ANSWER_FIELDS
                    .iter()
                    .for_each(|(name, value)| fields::push(&mut lines, name, value));
            }
            Detail::Public | Detail::Stranger => {}
        }
        if status == 503 {
            let seconds = collection.retry_after(now).as_secs_ceil();
            fields::push(&mut lines, "retry-after", &seconds.to_string());
        }
        let body = Some(body.as_str()).filter(|_| method != "HEAD");
        respond(status, lines, body, fresh_for, collection.age(now))
    })
}

fn respond(
    status: u16,
    mut lines: String,
    body: Option<&str>,
    fresh_for: Millis,
    age: Millis,
) -> Result<JsValue, JsValue> {
    fields::push(&mut lines, "content-type", CONTENT_TYPE);
    let seconds = fresh_for.get() / 1000;
    let control =
        if seconds == 0 { "no-store".into() } else { format!("public, max-age={seconds}") };
    fields::push(&mut lines, "cache-control", &control);
    fields::push(&mut lines, "age", &(age.get() / 1000).to_string());
    Ok(response(status, fields::Fields::new(&lines).iter(), body)?.into())
}

fn with<T>(now: Timestamp, work: impl FnOnce(&mut Collection) -> T) -> T {
    COLLECTION.with_borrow_mut(|held| {
        work(held.get_or_insert_with(|| Collection::new(site(), rules(), now)))
    })
}

/// Asks probers and coordinators for what they found, none for longer than core allows.
async fn collect_if_due(env: &Env) {
    let begun = clock::now();
    if !with(begun, |collection| collection.begin(begun)) {
        return;
    }
    let site = site();
    let dependencies =
        site.dependencies.iter().map(|one| in_time(ProberClient::named(env, &one.name).findings()));
    let circuits = site
        .circuits
        .iter()
        .map(|circuit| in_time(CoordinatorClient::named(env, &circuit.name).view()));
    let (found, states, coverage, round) = future::join4(
        join_all::join_all(dependencies),
        join_all::join_all(circuits),
        coverage(env),
        watch_round(env, begun),
    )
    .await;
    let now = clock::now();
    with(now, |collection| {
        for (index, found) in found.into_iter().enumerate() {
            match found {
                Ok(found) => collection.handle_dependency(site, index, found),
                // What is known of it grows stale, and says so.
                Err(error) => {
                    log::error(
                        LogEvent::ProberFailed,
                        &[LogAttribute::Dependency.text(&site.dependencies[index].name)],
                        format_args!("prober {}: {error}", site.dependencies[index].name),
                    );
                }
            }
        }
        let told = |(circuit, state): (&Circuit, Result<CircuitState, Unheard<AskError>>)| {
            state
                .inspect_err(|error| {
                    log::error(
                        LogEvent::CoordinatorFailed,
                        &[LogAttribute::CircuitName.text(&circuit.name)],
                        format_args!("coordinator {}: {error}", circuit.name),
                    );
                })
                .ok()
        };
        let states: Vec<_> = site.circuits.iter().zip(states).map(told).collect();
        let failed = states.iter().filter(|state| state.is_none()).count();
        collection.handle_coordinators(states.len(), failed, now.since(begun), now);
        if let Some(coverage) = coverage {
            collection.handle_snapshots(coverage, now);
        }
        collection.handle_watch_round(round);
        collection.handle_round(states.iter().flatten().filter_map(|state| state.last_round).max());
        for (index, of) in site.upstreams.iter().enumerate() {
            if let Some(found) = look_at(index, of, &states) {
                collection.handle_upstream(index, found, now);
            }
        }
        collection.finish(begun);
    });
}

/// Why nothing is known of an object.
enum Unheard<E> {
    /// It said nothing in time.
    Late,
    /// It could not be asked, or said what is wrong.
    Failed(E),
}

impl<E: fmt::Display> fmt::Display for Unheard<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => write!(f, "nothing was said within {COLLECT_WITHIN}"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

/// What an object says, if it says it in time.
async fn in_time<T, E>(said: impl Future<Output = Result<T, E>>) -> Result<T, Unheard<E>> {
    let said = within(Box::pin(said), COLLECT_WITHIN).await;
    said.ok_or(Unheard::Late)?.map_err(Unheard::Failed)
}

/// How well the site's pages are kept, if any are to be and their keeper says so.
async fn coverage(env: &Env) -> Option<Coverage> {
    if site().snapshots.list.is_empty() {
        return None;
    }
    let told = in_time(SiteClient::of(env).coverage()).await;
    told.inspect_err(|error| {
        log::error(LogEvent::SnapshotsFailed, &[], format_args!("keeper of snapshots: {error}"));
    })
    .ok()
}

/// When the monitor's last full round ended, if it has to be asked and says so.
async fn watch_round(env: &Env, now: Timestamp) -> Option<Timestamp> {
    if !with(now, |collection| collection.wants_watch_round(now)) {
        return None;
    }
    let told = in_time(MonitorClient::of(env).last_round()).await;
    told.inspect_err(|error| {
        log::error(LogEvent::MonitorFailed, &[], format_args!("monitor: {error}"));
    })
    .ok()
    .flatten()
}

/// What its circuits and probes say of an upstream; nothing if none of them could be asked.
fn look_at(
    index: usize,
    of: &Upstream,
    states: &[Option<CircuitState>],
) -> Option<Vec<breakwater_core::watch::health::Measurement>> {
    let site = site();
    let circuits = site.circuits.iter().zip(states).enumerate();
    let own: Vec<(usize, &Circuit, &CircuitState)> = circuits
        .filter(|(_, (circuit, _))| circuit.upstream == index)
        .filter_map(|(at, (circuit, state))| Some((at, circuit, state.as_ref()?)))
        .collect();
    if own.is_empty() {
        return None;
    }
    let route = |at: usize| {
        let route = site.routes.iter().find(|route| route.circuit == at)?;
        (at != of.circuit).then(|| route.pattern.as_str())
    };
    let facts: Vec<_> = own
        .iter()
        .map(|(at, _, state)| CircuitFacts {
            route: route(*at),
            state: state.state,
            tally: Tally {
                calls: state.calls,
                failures: state.failures,
                slow_calls: state.slow_calls,
            },
            latency: state.latency.map(Percentiles::from),
            answers: state.answers.map(|answers| AnswerFacts {
                errors: answers.errors,
                sources: answers.by_source(),
            }),
        })
        .collect();
    let probes = own.iter().find(|(at, ..)| *at == of.circuit).map(|(.., state)| &state.probes);
    let probes: Vec<_> = probes
        .into_iter()
        .flatten()
        .map(|probe| ProbeFacts {
            passed: probe.passed,
            status: probe.status,
            took: Millis::new(probe.took_ms),
        })
        .collect();
    Some(upstream(&facts, &probes))
}
