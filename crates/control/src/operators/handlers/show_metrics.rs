//! `GET /_breakwater/metrics`.

use std::cell::RefCell;
use std::fmt;

use breakwater_core::base::id::CircuitId;
use breakwater_core::site::config::Circuit;
use breakwater_core::site::metrics::{
    ANSWER_WITHIN, CircuitMetrics, MonitorMetrics, ScrapedNumbers, SiteMetrics,
};
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_core::telemetry::metrics::MetricsFormat;
use breakwater_platform::coordinator::CoordinatorClient;
use breakwater_platform::log;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::object::AskError;
use breakwater_platform::site_object::SiteClient;
use breakwater_platform::{clock, site, timer};
use futures::future;
use wasm_bindgen::JsValue;
use worker::Env;

use crate::join_all::join_all;
use crate::operators::OperatorRequest;
use crate::reply::send_text;
use crate::watch_rules::rules;
use crate::{counts, release};

/// The version and the commit of the build. Only one for deployment has a commit.
const BUILD: (&str, &str) = (release::VERSION, release::COMMIT);

thread_local! {
    /// What this instance heard of each object last.
    static NUMBERS: RefCell<Option<ScrapedNumbers>> = const { RefCell::new(None) };
}

/// Shows the numbers of all objects. One that does not answer is shown as it was heard of last, so
/// this never fails.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let accept = asker.request.headers().get("accept")?;
    let format = MetricsFormat::preferred(accept.as_deref());
    let env = asker.env;
    // What comes later is on the next page.
    timer::within(Box::pin(counts::send(env)), ANSWER_WITHIN).await;
    let circuits = site().circuits.iter().map(|it| of_circuit(env, it));
    let told = future::join3(join_all(circuits), of_site(env), of_monitor(env));
    let (circuits, site_told, monitor) = told.await;
    let now = clock::now();
    let page = NUMBERS.with_borrow_mut(|numbers| {
        let numbers = numbers.get_or_insert_with(|| ScrapedNumbers::new(site()));
        for (index, told) in circuits.into_iter().enumerate() {
            numbers.handle_circuit(CircuitId::new(index), told, now);
        }
        numbers.handle_site(site_told, now);
        if rules().needs_monitor() {
            numbers.handle_monitor(monitor, now);
        }
        numbers.page(format, BUILD, now)
    });
    send_text(200, format.content_type(), &page, &[("vary", "Accept, Cookie")])
}

async fn of_circuit(env: &Env, circuit: &Circuit) -> Option<CircuitMetrics> {
    let name = &circuit.name;
    in_time(CoordinatorClient::named(env, name).metrics(), |why| {
        let attributes = [LogAttribute::CircuitName.text(name)];
        let what = format_args!("metrics of circuit {name}: {why}");
        log::warn(LogEvent::CoordinatorFailed, &attributes, what);
    })
    .await
}

async fn of_site(env: &Env) -> Option<SiteMetrics> {
    in_time(SiteClient::of(env).metrics(), |why| {
        log::warn(LogEvent::SnapshotsFailed, &[], format_args!("metrics of the site: {why}"));
    })
    .await
}

async fn of_monitor(env: &Env) -> Option<MonitorMetrics> {
    if !rules().needs_monitor() {
        return None;
    }
    in_time(MonitorClient::of(env).metrics(), |why| {
        log::warn(LogEvent::MonitorFailed, &[], format_args!("metrics of the monitor: {why}"));
    })
    .await
}

/// What an object told, if it did so in time.
async fn in_time<T>(
    asked: impl Future<Output = Result<T, AskError>>,
    failed: impl FnOnce(&dyn fmt::Display),
) -> Option<T> {
    match timer::within(Box::pin(asked), ANSWER_WITHIN).await {
        Some(Ok(told)) => return Some(told),
        Some(Err(error)) => failed(&error),
        None => failed(&format_args!("no answer within {ANSWER_WITHIN}")),
    }
    None
}
