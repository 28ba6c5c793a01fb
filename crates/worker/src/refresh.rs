//! Breakwater's own requests for pages, which carry nothing of anybody: so there is a copy also of
//! what only visitors with cookies ask for, and a stale one is renewed while nobody waits.

use std::rc::Rc;

use breakwater_core::copy::{CopyKey, REFRESH_EVERY};
use breakwater_core::degrade::Whom;
use breakwater_core::fields::{self, Fields};
use breakwater_core::freshness::{self, Answered, Asked};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::calls::{self, Body, Called, Release};
use crate::copies;
use crate::sending::{self, Sending};
use crate::visit::Visit;
use crate::{clock, edge};

/// Renews a copy behind the visitor, unless that is under way here already.
pub(crate) fn start(visit: &Rc<Visit>, fields: &Rc<str>, key: &CopyKey) {
    if edge::revalidation_is_due(key, clock::now()) {
        spawn(visit, fields, key, false);
    }
}

/// Makes or renews a copy behind the visitor, if there has been none for a while.
pub(crate) fn start_if_due(visit: &Rc<Visit>, fields: &Rc<str>, key: &CopyKey) {
    if edge::refresh_is_due(key, clock::now()) {
        spawn(visit, fields, key, true);
    }
}

fn spawn(visit: &Rc<Visit>, fields: &Rc<str>, key: &CopyKey, only_if_old: bool) {
    let (visit, fields, key) = (Rc::clone(visit), Rc::clone(fields), key.clone());
    let ctx = visit.ctx.clone();
    ctx.wait_until(&future_to_promise(async move {
        run(&visit, &anonymous(&fields), &key, only_if_old).await?;
        Ok(JsValue::UNDEFINED)
    }));
}

/// The visitor's fields without what is theirs.
fn anonymous(visitors: &str) -> String {
    let mut lines = String::new();
    for (name, value) in Fields::new(visitors).iter() {
        if !sending::is_left_out(name) {
            fields::push(&mut lines, name, value);
        }
    }
    lines
}

async fn run(visit: &Visit, fields: &str, key: &CopyKey, only_if_old: bool) -> Result<(), JsValue> {
    let found = copies::find(key, Fields::new(fields)).await.ok();
    let is_young = |copy: &copies::Copy| copy.stored.age(clock::now()).age < REFRESH_EVERY;
    if only_if_old && found.as_ref().is_some_and(is_young) {
        return Ok(());
    }
    let route = visit.target.route;
    let asked = Asked {
        method: "GET",
        path: visit.path(),
        fields: Fields::new(fields),
        has_unkeyed: visit.has_unkeyed,
        at: clock::now(),
        beside: found.as_ref().map(|copy| copy.stored.status),
    };
    let validators = found.as_ref().and_then(|copy| copy.validators(asked.fields));
    let sending = Sending::anonymous(validators);
    let (called, unjudged) = calls::run(visit, &sending, true, &Release::default()).await?;
    if let Some(unjudged) = unjudged {
        unjudged.judge(visit).await;
    }
    let Called::Good(answer) = called else { return Ok(()) };
    let (rules, now, new) = (route.copy_rules(), clock::now(), Fields::new(&answer.fields));
    match (answer.response.status(), &answer.body, found) {
        (304, _, Some(copy)) => {
            let fields = freshness::freshened(Fields::new(&copy.fields), new);
            let status = copy.stored.status;
            let kept = freshness::confirm(rules, asked, status, Fields::new(&fields), now);
            if let Ok(keep) = kept {
                let body = Uint8Array::new(&JsFuture::from(copy.response.array_buffer()?).await?);
                copies::keep(key, asked.fields, &keep, &fields, &body).await?;
            }
        }
        (status, Body::Whole(body), _) if answer.whom == Whom::Origin => {
            if let Ok(keep) = freshness::keep(rules, asked, Answered { status, fields: new }, now) {
                let fields = freshness::kept_fields(new, body.length() as usize);
                copies::keep(key, asked.fields, &keep, &fields, body).await?;
            }
        }
        _ => {}
    }
    Ok(())
}
