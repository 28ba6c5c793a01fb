//! Telling consoles what operators do.

use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::bindings::ExecutionContext;
use breakwater_platform::log;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::object::Json;
use wasm_bindgen::JsCast as _;

use super::SiteDo;

impl SiteDo {
    /// Has the monitor's object, which holds the connections, tell consoles of an event. Nothing
    /// waits for that: a console that misses it reads the history later.
    pub(super) fn tell_consoles(&self, event: String) {
        let env = self.env.clone();
        self.ctx.unchecked_ref::<ExecutionContext>().in_background(async move {
            if let Err(error) = MonitorClient::of(&env).ordered(Json(event)).await {
                log::error(
                    LogEvent::ConsoleUntold,
                    &[],
                    format_args!("consoles are not told of an order: {error}"),
                );
            }
        });
    }
}
