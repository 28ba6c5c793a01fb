//! Breakwater's own requests for pages, which carry nothing personal. They make a copy of pages for
//! which only visitors ask whose own requests make none, and renew a stale copy while no visitor
//! waits.

use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::cache::copy::{CopyKey, REFRESH_EVERY};
use breakwater_core::cache::freshness::{self, Answered, Asked};
use breakwater_core::cache::kind::Kind;
use breakwater_core::circuit::breaker::State;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::address::Address;
use crate::calls::{self, Called, Release};
use crate::clock;
use crate::copies::{self, Copy};
use crate::isolate::{self, Spare};
use crate::sending::Sending;
use crate::visit::Visit;

/// Renews a copy behind the visitor, unless that is under way here already.
pub(crate) fn start(visit: &Rc<Visit>, fields: &str, copy: &Copy) {
    let rules = visit.target.route.copy_rules();
    let lines = freshness::renewing(rules, Fields::new(fields), Fields::new(&copy.fields));
    if let Some(own) = lines.map(|lines| Own::new(visit, lines, false))
        && isolate::revalidation_is_due(&own.key, clock::now())
    {
        own.spawn(None);
    }
}

/// Makes or renews a copy behind a visitor whose own request made none, if their answer would have
/// been kept otherwise, others ask for it too, and there has been none for a while: never in
/// trouble.
pub(crate) fn start_if_due(visit: &Rc<Visit>, asked: Asked<'_>, answered: Answered<'_>) {
    let (route, now) = (visit.target.route, clock::now());
    let Some(lines) = freshness::anonymous(route.copy_rules(), asked, answered, now) else {
        return;
    };
    let own = Own::new(visit, lines, true);
    let is_wanted = isolate::is_repeated(&own.key)
        && isolate::state(visit.target.circuit, now) == State::Closed;
    if is_wanted
        && let Some(spare) = Spare::take(route, now + route.deadline, now)
        && isolate::refresh_is_due(&own.key, now)
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
        let found = copies::find(key, Fields::new(fields)).await.ok();
        let is_young =
            |copy: &Copy| !copy.is_outdated && copy.stored.age(clock::now()).age < REFRESH_EVERY;
        if *only_if_old && found.as_ref().is_some_and(is_young) {
            return Ok(());
        }
        let asked = Asked {
            method: "GET",
            path: visit.path(),
            fields: Fields::new(fields),
            has_unkeyed: false,
            at: clock::now(),
            beside: found.as_ref().map(|copy| copy.stored.status),
        };
        let validators = found.as_ref().and_then(|copy| copy.validators(asked.fields));
        let sending = Sending::own(fields, validators);
        let (called, unjudged) = calls::run(visit, &sending, true, &Release::default()).await?;
        if let Some(unjudged) = unjudged {
            unjudged.judge(visit).await;
        }
        let Called::Good(answer) = called else { return Ok(()) };
        let (rules, now) = (visit.target.route.copy_rules(), clock::now());
        let new = Fields::new(&answer.fields);
        if let (304, Some(copy)) = (answer.response.status(), found) {
            let fields = freshness::freshened(Fields::new(&copy.fields), new);
            let status = copy.stored.status;
            let kept = freshness::confirm(rules, asked, status, Fields::new(&fields), now);
            if let Ok(keep) = kept {
                let body = copy.response.body().into();
                copies::keep(key, asked.fields, &keep, &fields, &body).await?;
            }
        } else if let Some((whole, keep)) = answer.to_keep(rules, asked) {
            let fields = freshness::kept_fields(new, whole.bytes.length() as usize);
            copies::keep(key, asked.fields, &keep, &fields, &whole.bytes).await?;
        }
        Ok(())
    }
}
