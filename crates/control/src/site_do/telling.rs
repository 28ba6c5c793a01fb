//! What the site's object tells the monitor. Nothing waits for that: the next round comes within a
//! minute.

use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::bindings::ExecutionContext;
use breakwater_platform::log;
use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::prelude::*;

use super::SiteDo;
use crate::watch_rules::rules;

impl SiteDo {
    /// Has the monitor make its round, in which it learns when the site is worked on. Nothing waits
    /// for that: the next round comes within a minute.
    pub(super) fn tell_monitor(&self) {
        if !rules().needs_monitor() {
            return;
        }
        let env = self.env.clone();
        self.ctx.unchecked_ref::<ExecutionContext>().in_background(async move {
            if let Err(error) = MonitorClient::of(&env).round(Vec::new(), Vec::new()).await {
                log::error(
                    LogEvent::MonitorFailed,
                    &[],
                    format_args!("the monitor is not told of maintenance: {error}"),
                );
            }
        });
    }

    /// Tells the monitor that the budget holds refreshes back. Nothing waits for that: the next
    /// round tells it again.
    pub(super) fn tell_of_held_refreshes(&self) {
        let env = self.env.clone();
        self.ctx.unchecked_ref::<ExecutionContext>().in_background(async move {
            if let Err(error) = MonitorClient::of(&env).refreshes_held().await {
                log::error(
                    LogEvent::MonitorFailed,
                    &[],
                    format_args!("the monitor is not told of held refreshes: {error}"),
                );
            }
        });
    }
}
