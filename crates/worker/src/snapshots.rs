//! Snapshots for visitors, and what visitors' traffic tells their keeper.

use std::cell::RefCell;

use breakwater_core::base::fields::{self, Fields};
use breakwater_core::base::path;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::snapshot::{Head, Shelf, Sightings, key};
use breakwater_core::cache::stored::{OnError, StoredCopy};
use breakwater_core::site::config::Route;
use breakwater_platform::bucket::Bucket;
use breakwater_platform::site_object::SiteClient;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Response;
use worker::Env;

use crate::visit::Visit;
use crate::{clock, isolate};

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::default();
    static SIGHTINGS: RefCell<Sightings> = RefCell::default();
}

/// A snapshot, in the form of a copy.
pub(crate) struct Snapshot {
    pub(crate) stored: StoredCopy,
    pub(crate) fields: String,
    pub(crate) body: Response,
}

/// Whether there may be one for such a request: of a path that a rule names, or on a route that
/// keeps copies, where what pages need may be. Whoever names themselves gets none, and private
/// routes have none.
pub(crate) fn may_serve(route: &Route, path: &str, method: &str, has_authorization: bool) -> bool {
    let rules = &isolate::site().snapshots;
    !rules.list.is_empty()
        && (route.copy_rules().keeps() || rules.of(&path::normalise(path)).is_some())
        && matches!(method, "GET" | "HEAD")
        && !has_authorization
        && !route.private
}

/// Finds the snapshot of what a visitor asks for. A bucket that fails has none.
pub(crate) async fn find(
    visit: &Visit,
    path_and_query: &str,
    request: Fields<'_>,
) -> Option<Snapshot> {
    let bucket = Bucket::of(&visit.env).ok()?;
    if SHELF.with_borrow(|shelf| shelf.is_due(clock::now())) {
        let manifest = bucket.manifest().await.unwrap_or_default();
        SHELF.with_borrow_mut(|shelf| shelf.put(manifest, clock::now()));
    }
    let rules = &isolate::site().snapshots;
    let (path, status_since) = SHELF.with_borrow(|shelf| {
        let found = shelf.find(rules, path_and_query, |field| request.has(field), clock::now())?;
        Some((found.path.to_owned(), found.held.checked))
    })?;
    let (head, body) = bucket.object(&path).await.ok().flatten()?;
    let head = Head::parse(&head).ok()?;
    Some(Snapshot { stored: stored(&head, status_since), fields: lines(&head, &body), body })
}

fn stored(head: &Head, checked: Timestamp) -> StoredCopy {
    StoredCopy {
        born: checked.max(head.made),
        fresh_for: Millis::ZERO,
        on_error: OnError::Never,
        while_revalidate: Millis::ZERO,
        status: 200,
        asked: checked,
    }
}

fn lines(head: &Head, body: &Response) -> String {
    let mut lines = String::new();
    for (name, value) in &head.fields {
        fields::push(&mut lines, name, value);
    }
    // The object's own length, for ranges.
    if let Ok(Some(length)) = body.headers().get("content-length") {
        fields::push(&mut lines, "content-length", &length);
    }
    lines
}

/// Takes note of a page that everybody may see, and tells the keeper now and then.
pub(crate) fn note(visit: &Visit, path_and_query: &str, etag: Option<&str>) {
    if path_and_query.contains('?') {
        return;
    }
    let now = clock::now();
    let told = SIGHTINGS.with_borrow_mut(|sightings| {
        sightings.note(&isolate::site().snapshots, key::without_query(path_and_query), etag);
        sightings.poll(isolate::draw(), now)
    });
    let Some(told) = told else { return };
    let env: Env = visit.env.clone().unchecked_into();
    visit.ctx.wait_until(&future_to_promise(async move {
        if let Err(error) = SiteClient::of(&env).discover(told).await {
            worker::console_warn!("the keeper of snapshots was not told of pages: {error}");
        }
        Ok(JsValue::UNDEFINED)
    }));
}
