//! What this isolate knows of the public status, and how it learns: from the colo's cache, from the
//! monitor, or from the bucket.

use std::cell::RefCell;

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Millis;
use breakwater_core::site::status::{
    ASK_AGAIN_AFTER, AskingNote, KeptStatus, KnownStatus, NextStep, PublicStatus,
    STATUS_ASK_WITHIN, STATUS_KEPT_FOR, StatusKnowledge,
};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::bindings::ExecutionContext;
use breakwater_platform::log;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::timer::{sleep, within};
use breakwater_platform::{clock, colo};
use futures::future;
use wasm_bindgen::prelude::*;
use worker::Env;

use super::copies;
use crate::watch_rules::rules;
use crate::{faults, random};

/// How long the bucket may take, in milliseconds, where a request waits that has nothing to show.
const RESCUE_WITHIN: Millis = Millis::from_secs(1);

/// What a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// There is something to show.
    No,
    /// It renews what is known, and waits for that.
    Renews,
    /// Another request renews it.
    Follows,
}

thread_local! {
    static KNOWLEDGE: RefCell<Option<StatusKnowledge>> = const { RefCell::new(None) };
}

fn with<T>(work: impl FnOnce(&mut StatusKnowledge) -> T) -> T {
    KNOWLEDGE.with_borrow_mut(|known| {
        work(known.get_or_insert_with(|| StatusKnowledge::new(random::draw())))
    })
}

/// What is known; nothing if nothing is.
pub(super) fn known() -> Option<KnownStatus> {
    with(|knowledge| knowledge.known().cloned())
}

/// Begins to renew what is known if that is due, behind the answer where there is something to
/// show.
pub(super) fn begin(env: &JsValue, ctx: &ExecutionContext) -> Wait {
    if !rules().needs_monitor() {
        return Wait::No;
    }
    let now = clock::now();
    let (is_due, is_awaited) = with(|it| (it.begin(now), it.is_awaited(now)));
    match (is_due, is_awaited) {
        (true, true) => Wait::Renews,
        (false, true) => Wait::Follows,
        (true, false) => {
            let env: Env = env.clone().unchecked_into();
            ctx.in_background(async move { renew(&env).await });
            Wait::No
        }
        (false, false) => Wait::No,
    }
}

/// Waits until something is known, or it is known that nothing can be.
pub(super) async fn wait(env: &JsValue, wait: Wait) {
    match wait {
        Wait::No => {}
        Wait::Renews => renew(env.unchecked_ref()).await,
        // Each request has a timer of its own, since none can await what another's does.
        Wait::Follows => {
            while let Some(wait) = with(|it| it.looks_again_in(clock::now())) {
                sleep(wait).await;
            }
        }
    }
}

async fn renew(env: &Env) {
    loop {
        let (kept, asking) = (key("kept"), key("asking"));
        let looked =
            future::join(colo::read::<KeptStatus>(&kept), colo::read::<AskingNote>(&asking));
        let (kept, note) = looked.await;
        match with(|it| it.handle_look(kept, note, clock::now())) {
            NextStep::Done => return,
            NextStep::LookAgain(wait) => sleep(wait).await,
            NextStep::Ask => break,
        }
    }
    let asked = clock::now();
    colo::put(&key("asking"), &asked, ASK_AGAIN_AFTER).await;
    faults::note("the monitor is asked for the public status");
    match within(Box::pin(MonitorClient::of(env).status()), STATUS_ASK_WITHIN).await {
        Some(Ok(status)) => {
            let kept = with(|it| it.handle_reply(status, asked));
            colo::put(&key("kept"), &kept, STATUS_KEPT_FOR).await;
            return;
        }
        Some(Err(error)) => log::error(
            LogEvent::StatusUnknown,
            &[],
            format_args!("the public status is not known: {error}"),
        ),
        None => {
            log::error(
                LogEvent::StatusUnknown,
                &[],
                format_args!("the public status is not known within {STATUS_ASK_WITHIN}"),
            );
        }
    }
    if with(|it| it.handle_lost(clock::now())) {
        let copy = within(Box::pin(copies::read(env)), RESCUE_WITHIN).await;
        if let Some(status) = copy.flatten() {
            with(|it| it.handle_rescue(status));
        }
    }
}

/// The name of what the isolates of a colo share. One of another form is not found.
fn key(what: &str) -> String {
    format!("{}/status/{}/{what}", colo::KEY_PREFIX, PublicStatus::VERSION)
}
