//! Breakwater's own requests for pages, which carry nothing personal. They make a copy of pages for
//! which only visitors ask whose own requests make none, and renew a stale copy while no visitor
//! waits.

use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::cache::copy::CopyKey;
use breakwater_core::cache::freshness::{self, Asked};
use breakwater_core::cache::kind::Kind;
use breakwater_core::site::degrade::CallResult;
use breakwater_core::site::request::{self, After, Asker, is_young, may_refresh};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::address::Address;
use crate::calls::{self, Release};
use crate::clock;
use crate::copies::{self, Copy};
use crate::edge::{self, Spare};
use crate::sending::Sending;
use crate::storing::{self, PendingStore};
use crate::visit::Visit;

/// Renews a copy behind the visitor, unless that is under way here already.
pub(crate) fn start(visit: &Rc<Visit>, fields: &str, copy: &Copy) {
    let rules = visit.target.route.copy_rules();
    let lines = freshness::renewing(rules, Fields::new(fields), Fields::new(&copy.fields));
    if let Some(own) = lines.map(|lines| Own::new(visit, lines, false))
        && edge::revalidation_is_due(&own.key, clock::now())
    {
        own.spawn(None);
    }
}

/// Asks for a page with these fields behind a visitor whose own request let nothing be stored, if
/// others ask for the page too, and the last time was long enough ago.
pub(crate) fn start_if_due(visit: &Rc<Visit>, fields: String) {
    let (route, now) = (visit.target.route, clock::now());
    let own = Own::new(visit, fields, true);
    let was_asked_before = edge::is_repeated(&own.key);
    if may_refresh(was_asked_before, edge::state(visit.target.circuit, now))
        && let Some(spare) = Spare::take(route, now + route.deadline, now)
        && edge::refresh_is_due(&own.key, now)
    {
        own.spawn(Some(spare));
    }
}

/// A request of ours.
struct Own {
    visit: Visit,
    fields: String,
    key: CopyKey,
    only_if_old: bool,
}

impl Own {
    fn new(visit: &Visit, fields: String, only_if_old: bool) -> Self {
        let unkeyed = &visit.target.route.unkeyed;
        let key = copies::key_of(Address::of(&visit.url), Kind::of(Fields::new(&fields), unkeyed));
        // It has time of its own.
        let visit = Visit { arrived: clock::now(), ..visit.clone() };
        Self { visit, fields, key, only_if_old }
    }

    fn spawn(self, spare: Option<Spare>) {
        let ctx = self.visit.ctx.clone();
        ctx.wait_until(&future_to_promise(async move {
            self.run().await?;
            drop(spare);
            Ok(JsValue::UNDEFINED)
        }));
    }

    async fn run(&self) -> Result<(), JsValue> {
        let Self { visit, fields, key, only_if_old } = self;
        let fields = Fields::new(fields);
        let found = copies::find(key, fields).await.ok().map(Rc::new);
        let is_young = |copy: &Copy| is_young(copy.stored.age(clock::now()).age, copy.is_outdated);
        if *only_if_old && found.as_deref().is_some_and(is_young) {
            return Ok(());
        }
        let asked = Asked {
            method: "GET",
            path: visit.path(),
            fields,
            has_unkeyed: false,
            at: clock::now(),
            beside: found.as_deref().map(|copy| copy.stored.status),
        };
        let validators = found.as_deref().and_then(|copy| copy.validators(fields));
        let sending = Sending::own(&self.fields, validators);
        let (called, unjudged) = calls::run(visit, &sending, true, &Release::default()).await?;
        if let Some(unjudged) = unjudged {
            unjudged.judge(visit).await;
        }
        let CallResult::Good(answer) = called else { return Ok(()) };
        let validating = found.as_ref().map(Copy::validating);
        let finished = storing::finished(visit, asked, key, Asker::Breakwater, &answer, validating);
        let pending = match request::after(finished, || true, clock::now()) {
            After::Store { body, keep, fields } => {
                Some(PendingStore::of_answer(keep, fields, body))
            }
            After::Validated(validated) => {
                PendingStore::of_validated(key, fields, &validated).await
            }
            After::Invalidate | After::Refresh { .. } | After::Nothing => None,
        };
        match pending {
            Some(pending) => pending.store(key, fields).await,
            None => Ok(()),
        }
    }
}
