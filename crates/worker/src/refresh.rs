//! Breakwater's own requests for pages, which carry nothing personal. They make a stored response
//! of pages for which only visitors ask whose own requests make none, and renew a stale stored
//! response while no visitor waits.

use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::cache::freshness::{self, CacheRequest};
use breakwater_core::cache::kind::VisitorKind;
use breakwater_core::cache::stored::CacheKey;
use breakwater_core::site::degrade::{CallResult, Rungs, StoredUse};
use breakwater_core::site::request::{self, Absent, After, Asker, is_young, may_refresh};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::attempts::{self, Release};
use crate::exchange::Exchange;
use crate::isolate::{self, Spare};
use crate::outgoing::OutgoingRequest;
use crate::recording::Recorder;
use crate::stored_responses::{self, StoredResponse};
use crate::storing::{self, PendingStore};
use crate::{absences, clock, standing};
use breakwater_platform::address::Address;

/// What is open to our own requests, which wait for stored responses as visitors do.
const KEEPS: Rungs = Rungs { stored: StoredUse::OnError, has_snapshots: false };

/// Renews a stored response behind the visitor, unless that is under way here already.
pub(crate) fn start(visit: &Rc<Exchange>, fields: &str, copy: &StoredResponse) {
    let rules = visit.target.route.store_rules();
    let lines = freshness::renewing(rules, Fields::new(fields), Fields::new(&copy.fields));
    if let Some(own) = lines.map(|lines| Own::new(visit, lines, false))
        && isolate::try_take_revalidation(&own.key, clock::now())
    {
        own.spawn(None);
    }
}

/// Asks for a page with these fields behind a visitor whose own request let nothing be stored, if
/// others ask for the page too, and the last time was long enough ago.
pub(crate) fn start_if_due(visit: &Rc<Exchange>, fields: String) {
    let (route, now) = (visit.target.route, clock::now());
    let own = Own::new(visit, fields, true);
    let was_asked_before = isolate::take_note(&own.key);
    if may_refresh(was_asked_before, isolate::state(visit.target.circuit, now))
        && let Some(spare) = Spare::take(route, now + route.deadline, now)
        && isolate::try_take_refresh(&own.key, now)
    {
        own.spawn(Some(spare));
    }
}

/// Asks with these fields whether a page is gone for everybody that was missing for one visitor, of
/// which there is a copy.
pub(crate) fn ask_whether_absent(visit: &Exchange, fields: String) {
    let (route, now) = (visit.target.route, clock::now());
    let own = Own::new(visit, fields, false);
    // That there is a copy says that the page was asked for before.
    if may_refresh(true, isolate::state(visit.target.circuit, now))
        && let Some(spare) = Spare::take(route, now + route.deadline, now)
        && isolate::try_take_refresh(&own.key, now)
    {
        own.spawn(Some(spare));
    }
}

/// A request of ours.
struct Own {
    visit: Exchange,
    fields: String,
    key: CacheKey,
    only_if_old: bool,
}

impl Own {
    fn new(visit: &Exchange, fields: String, only_if_old: bool) -> Self {
        let unkeyed = &visit.target.route.unkeyed;
        let key = stored_responses::key_of(
            Address::of(&visit.url),
            VisitorKind::of(Fields::new(&fields), unkeyed),
        );
        // It has time of its own, and is no part of what the visitor waits for.
        let (arrived, recorder) = (clock::now(), Recorder::default());
        let visit = Exchange { arrived, recorder, ..visit.clone() };
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
        let found = stored_responses::find(key, fields).await.ok().map(Rc::new);
        let is_young =
            |copy: &StoredResponse| is_young(copy.stored.age(clock::now()).age, copy.is_outdated);
        if *only_if_old && found.as_deref().is_some_and(is_young) {
            return Ok(());
        }
        let asked = CacheRequest {
            method: "GET",
            path: visit.path(),
            fields,
            has_unkeyed: false,
            requested_at: clock::now(),
            stored_status: found.as_deref().map(|copy| copy.stored.status),
            tag_purges: standing::tag_purges(),
        };
        let validators = found.as_deref().and_then(|copy| copy.validators(fields));
        let sending = OutgoingRequest::own(&self.fields, validators);
        let (called, verdict) = attempts::run(visit, &sending, KEEPS, &Release::default()).await?;
        if let Some(verdict) = verdict {
            verdict.judge(visit).await;
        }
        let CallResult::Good(answer) = called else { return Ok(()) };
        if let Some(Absent::ForAll(absence)) =
            request::absent(visit.target.route.store_rules(), asked, answer.answered(), answer.whom)
        {
            absences::withdraw(visit, key, absence, found.as_deref()).await;
        }
        let validating = found.as_ref().map(StoredResponse::validating);
        let finished = storing::finished(visit, asked, key, Asker::Breakwater, &answer, validating);
        let pending = match request::after(finished, || true, clock::now()) {
            After::Store { body, storable, fields } => {
                Some(PendingStore::of_answer(storable, fields, body))
            }
            After::Validated(validated) => {
                PendingStore::of_validated(key, fields, &validated).await
            }
            After::Invalidate | After::Refresh { .. } | After::NotStored(_) => None,
        };
        match pending {
            Some(pending) => pending.store(key, fields).await,
            None => Ok(()),
        }
    }
}
