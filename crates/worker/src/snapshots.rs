//! Snapshots for visitors, and what visitors' traffic tells their keeper.

use std::cell::RefCell;

use breakwater_core::base::fields::Fields;
use breakwater_core::cache::meta::StoredMeta;
use breakwater_core::cache::snapshot::{Discoveries, Head, ManifestCache};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::bucket::Bucket;
use breakwater_platform::log;
use breakwater_platform::site_object::SiteClient;
use wasm_bindgen::prelude::*;
use web_sys::Response;
use worker::Env;

use crate::exchange::Exchange;
use crate::{clock, isolate, stored_responses};
use breakwater_platform::address::Address;

thread_local! {
    static MANIFEST: RefCell<ManifestCache> = RefCell::default();
    static DISCOVERIES: RefCell<Discoveries> = RefCell::default();
}

/// A snapshot, in the form of a stored response.
pub(crate) struct Snapshot {
    pub(crate) stored: StoredMeta,
    pub(crate) fields: String,
    pub(crate) body: Response,
}

/// Finds the snapshot of what a visitor asks for. A bucket that fails has none.
pub(crate) async fn find(
    visit: &Exchange,
    path_and_query: &str,
    request: Fields<'_>,
) -> Option<Snapshot> {
    let bucket = Bucket::of(&visit.env).ok()?;
    if MANIFEST.with_borrow(|manifest| manifest.is_due(clock::now())) {
        let manifest = bucket.manifest().await.unwrap_or_default();
        MANIFEST.with_borrow_mut(|cache| cache.put(manifest, clock::now()));
    }
    let rules = &isolate::site().snapshots;
    let (path, checked) = MANIFEST.with_borrow(|manifest| {
        let found =
            manifest.find(rules, path_and_query, |field| request.has(field), clock::now())?;
        Some((found.path.to_owned(), found.held.checked))
    })?;
    // The keeper learns later of what this colo knows to be withdrawn.
    let address = Address::of(&visit.url);
    if visit.tells_of_cache && stored_responses::is_withdrawn(address, checked).await {
        return None;
    }
    let (head, body) = bucket.object(&path).await.ok().flatten()?;
    let head = Head::parse(&head).ok()?;
    // The object's own length, for ranges.
    let length = body.headers().get("content-length").ok().flatten();
    let fields = head.lines(length.as_deref());
    Some(Snapshot { stored: head.stored(checked), fields, body })
}

/// Takes note of a page that everybody may see, and tells the keeper now and then.
pub(crate) fn note(visit: &Exchange, path_and_query: &str, etag: Option<&str>) {
    tell(visit, |discoveries| {
        discoveries.note(&isolate::site().snapshots, path_and_query, etag);
    });
}

/// The same for a page that was withdrawn.
pub(crate) fn note_withdrawn(visit: &Exchange, path_and_query: &str) {
    tell(visit, |discoveries| {
        discoveries.note_withdrawn(&isolate::site().snapshots, path_and_query);
    });
}

fn tell(visit: &Exchange, note: impl FnOnce(&mut Discoveries)) {
    let now = clock::now();
    let told = DISCOVERIES.with_borrow_mut(|discoveries| {
        note(discoveries);
        discoveries.poll(isolate::draw(), now)
    });
    let Some(told) = told else { return };
    let env: Env = visit.env.clone().unchecked_into();
    visit.ctx.in_background(async move {
        if let Err(error) = SiteClient::of(&env).discover(told).await {
            log::warn(
                LogEvent::SnapshotsFailed,
                &[],
                format_args!("the keeper of snapshots was not told of pages: {error}"),
            );
        }
    });
}
