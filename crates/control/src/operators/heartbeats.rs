//! What becomes of the reports of jobs.

use breakwater_core::site::operator::HeartbeatReport;
use breakwater_core::watch::check::Check;
use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::prelude::*;

use super::OperatorRequest;
use super::watch::refuse_unknown;
use super::whole_site::{NOT_KNOWN, refuse_failed, refuse_for_now};
use crate::api::ReportAnswer;
use crate::reply::respond;

/// Has the monitor take a report.
pub(super) async fn take(
    asker: &OperatorRequest<'_>,
    check: &Check,
    report: HeartbeatReport,
) -> Result<JsValue, JsValue> {
    let monitor = MonitorClient::of(asker.env);
    let answer = ReportAnswer { check: check.name.clone(), report: report.as_str() };
    let name = check.name.clone();
    let taken = match report {
        HeartbeatReport::Success => monitor.beat(name, None).await,
        HeartbeatReport::Start => monitor.start(name).await,
        HeartbeatReport::Failure { reason } => monitor.beat(name, Some(reason)).await,
    };
    match taken {
        Ok(Ok(true)) => respond(200, &answer),
        Ok(Ok(false)) => refuse_unknown("heartbeat", &check.name),
        Ok(Err(wait)) => refuse_for_now("the budget for reports is exceeded", wait),
        Err(error) => refuse_failed(NOT_KNOWN, &error),
    }
}
