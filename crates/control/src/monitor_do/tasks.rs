//! What takes time: each is a task of its own, and tells the host how it ended.

use std::rc::Rc;

use breakwater_core::site::monitoring::MonitorTask;
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::bindings::ExecutionContext;
use breakwater_platform::log;
use wasm_bindgen::prelude::*;

use super::{Inner, deliver, notify, probe};

impl Inner {
    /// Begins what takes time, in a task of its own.
    pub(super) fn begin(self: &Rc<Self>, task: MonitorTask) {
        let inner = Rc::clone(self);
        self.ctx.unchecked_ref::<ExecutionContext>().in_background(async move {
            let done = match task {
                MonitorTask::Probe(order) => probe::make(&inner, order).await,
                MonitorTask::Deliver(attempt, alert) => {
                    deliver::send(&inner, attempt, *alert).await
                }
                MonitorTask::Notify(batch) => notify::send(&inner, *batch).await,
                MonitorTask::Ping => deliver::ping(&inner).await,
            };
            if let Err(error) = done {
                log::error(LogEvent::MonitorFailed, &[], format_args!("monitor: {error}"));
            }
        });
    }
}
