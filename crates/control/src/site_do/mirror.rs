//! Writes the status page's copies in other places.

use breakwater_core::base::budget::{Draw, Importance, Occasion};
use breakwater_core::base::fields;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::sigv4::{SignedRequest, SigningKey};
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::budget::mirror_push;
use breakwater_core::site::config::{Mirror, MirrorStorage, MirrorTarget};
use breakwater_core::site::resolve::SiteHost;
use breakwater_core::site::status::mirror::{
    MIRROR_BASE, MIRROR_PUSH_WITHIN, MIRROR_PUT_WITHIN, MirrorError, MirrorEvent, MirrorProgress,
    TargetProgress, exported, fingerprint, key_of, relative_links,
};
use breakwater_core::site::status::page::Subscriptions;
use breakwater_core::site::status::{
    PublicStatus, StatusEndpoint, StatusRead, StatusView, WIDGET_SCRIPT, etag,
};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::address::Address;
use breakwater_platform::bindings::{is_timeout, property, variable};
use breakwater_platform::log;
use breakwater_platform::object::ObjectResult;
use breakwater_platform::timer::milliseconds;
use breakwater_platform::{clock, site};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::{SiteDo, stored};
use crate::faults;
use crate::status::render;
use crate::status_pages::{self, asset};
use crate::watch_rules::rules;

#[wasm_bindgen(raw_module = "./mirror.ts")]
extern "C" {
    /// Comes to the status of the answer; zero if there is none. Rejects with a time-out
    /// (`is_timeout`).
    #[wasm_bindgen(catch, js_name = putFile)]
    async fn put_file(
        url: &str,
        fields: &str,
        body: &JsValue,
        limit: u32,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = putInBucket)]
    async fn put_in_bucket(
        bucket: &JsValue,
        key: &str,
        content_type: &str,
        cache_control: &str,
        body: &JsValue,
    ) -> Result<JsValue, JsValue>;
}

/// What a file is put with.
struct MirrorFile {
    content_type: String,
    cache_control: String,
    /// A string, or bytes.
    body: JsValue,
}

/// A file, with its name and with what it is known by.
type NamedFile = (String, String, MirrorFile);

/// Renews what is due of the copies. One renewal is under way at a time. Returns whether nothing of
/// it failed.
pub(super) async fn renew(object: &SiteDo, status: &PublicStatus) -> ObjectResult<bool> {
    let Some(mirror) = &rules().status.mirror else { return Ok(true) };
    if object.mirrors.replace(true) {
        // How that one goes is told to the round that began it.
        return Ok(true);
    }
    let done = renew_all(object, mirror, status).await;
    object.mirrors.set(false);
    done
}

async fn renew_all(object: &SiteDo, mirror: &Mirror, status: &PublicStatus) -> ObjectResult<bool> {
    let begun = clock::now();
    let view = status.at(begun);
    let state = fingerprint(&view);
    let mut progress = load(object)?;
    let (mut files, mut is_sound) = (None, true);
    for target in mirror.targets() {
        let of = progress.of(target.name());
        if !of.is_due(mirror, &state, begun) {
            continue;
        }
        let files: &Vec<NamedFile> = files.get_or_insert_with(|| files_of(&view));
        let turn = of.turn(files);
        let cost = mirror_push(target, u32::try_from(turn.len()).unwrap_or(u32::MAX));
        let mut ledger = object.ledger()?;
        let drawn = ledger.draw(cost, (Occasion::Planned, Importance::Normal), begun);
        object.keep_ledger(ledger)?;
        if let Draw::Held(_) = drawn {
            log::error(
                LogEvent::MirrorFailed,
                &[],
                format_args!("mirror {}: the budget holds it back", target.name()),
            );
            is_sound = false;
            continue;
        }
        let ended = put_all(object, target, of, &turn, begun).await;
        let now = clock::now();
        let is_complete = !files.iter().any(|(key, tag, _)| of.wants(key, tag));
        let turned = match &ended {
            Ok(()) if is_complete => {
                let keys: Vec<&str> = files.iter().map(|(key, ..)| key.as_str()).collect();
                MirrorEvent::of(of.handle_complete(&keys, &state, now), target.name(), None, now)
            }
            // The rest follows in the next round.
            Ok(()) => None,
            Err(error) => {
                log::error(
                    LogEvent::MirrorFailed,
                    &[],
                    format_args!("mirror {}: {error}", target.name()),
                );
                is_sound = false;
                MirrorEvent::of(of.handle_failed(now), target.name(), Some(error), now)
            }
        };
        let store = object.store()?;
        store.put_json(stored::MIRROR, &progress.to_stored())?;
        if let Some(event) = turned {
            store.add(stored::EVENTS, &event)?;
        }
    }
    Ok(is_sound)
}

/// How far the copies have got. What cannot be read is as if nothing had been written yet.
fn load(object: &SiteDo) -> ObjectResult<MirrorProgress> {
    let Some(json) = object.store()?.get_json(stored::MIRROR)? else {
        return Ok(MirrorProgress::default());
    };
    Ok(MirrorProgress::from_stored(&json).unwrap_or_else(|error| {
        log::error(LogEvent::MirrorFailed, &[], format_args!("mirror: {error}"));
        MirrorProgress::default()
    }))
}

/// Puts files one by one, until one fails or time is up.
async fn put_all(
    object: &SiteDo,
    target: MirrorTarget<'_>,
    progress: &mut TargetProgress,
    files: &[&NamedFile],
    begun: Timestamp,
) -> Result<(), MirrorError> {
    for (key, tag, file) in files {
        if clock::now().since(begun) >= MIRROR_PUSH_WITHIN {
            break;
        }
        match target {
            MirrorTarget::Storage(storage) => put(object, storage, key, file).await?,
            MirrorTarget::Bucket(binding) => {
                let bucket = property(object.env.as_ref(), binding);
                if bucket.is_undefined() {
                    return Err(MirrorError::NoBinding(binding.into()));
                }
                let MirrorFile { content_type, cache_control, body } = file;
                put_in_bucket(&bucket, key, content_type, cache_control, body)
                    .await
                    .map_err(|_| MirrorError::Unreachable)?;
            }
        }
        progress.handle_put(key, tag);
    }
    Ok(())
}

async fn put(
    object: &SiteDo,
    storage: &MirrorStorage,
    key: &str,
    file: &MirrorFile,
) -> Result<(), MirrorError> {
    let secret = |name: &SecretName| {
        let value = variable(object.env.as_ref(), name.as_str()).unwrap_or_default();
        let value = value.trim();
        match value.is_empty() {
            true => Err(MirrorError::SecretUnset(name.clone())),
            false => Ok(value.to_owned()),
        }
    };
    let (access_key, secret_key) = (secret(&storage.access_key)?, secret(&storage.secret_key)?);
    let url = [faults::mirror(object.env.as_ref(), &storage.url).as_str(), key].concat();
    let address = Address::of(&url);
    let body = match file.body.as_string() {
        Some(text) => text.into_bytes(),
        None => file.body.unchecked_ref::<Uint8Array>().to_vec(),
    };
    let (host, path) = (address.host, address.path);
    let request = SignedRequest { method: "PUT", host, path, fields: &[], body: &body };
    let signing_key =
        SigningKey { access_key: &access_key, secret_key: &secret_key, region: &storage.region };
    let signature = signing_key.sign(&request, clock::now());
    let mut lines = String::new();
    fields::push(&mut lines, "content-type", &file.content_type);
    fields::push(&mut lines, "cache-control", &file.cache_control);
    for (name, value) in signature.fields() {
        fields::push(&mut lines, name, value);
    }
    match put_file(&url, &lines, &file.body, milliseconds(MIRROR_PUT_WITHIN)).await {
        Ok(status) => match status.as_f64().unwrap_or_default() as u16 {
            200..=299 => Ok(()),
            0 => Err(MirrorError::Unreachable),
            status => Err(MirrorError::Refused(status)),
        },
        Err(error) if is_timeout(&error) => Err(MirrorError::TimedOut),
        Err(_) => Err(MirrorError::Unreachable),
    }
}

/// All files, in the order in which they are put.
fn files_of(view: &StatusView<'_>) -> Vec<NamedFile> {
    let paths = status_pages::asset_paths();
    let assets = [paths.css, paths.js, paths.image];
    let assets = assets.map(|name| (StatusEndpoint::Asset(name), name.to_owned()));
    let script = status_pages::asset_name(WIDGET_SCRIPT).unwrap_or_default();
    let bundled = assets.into_iter().chain([(StatusEndpoint::WidgetScript, script)]);
    let bundled = bundled.filter_map(|(endpoint, name)| {
        let body = asset(&name)?.body();
        Some((key_of(endpoint)?, name, file(&endpoint.file_fields(), body)))
    });
    let Some(addresses) = site().status_addresses() else { return Vec::new() };
    let place = addresses.place_with_base(site(), MIRROR_BASE);
    let locale = site().locales.first().map_or("", String::as_str);
    let objects = exported(view);
    let keys: Vec<String> = objects.iter().map(|object| object.key.clone()).collect();
    let bundled: Vec<NamedFile> = bundled.collect();
    let is_there =
        |key: &str| keys.iter().any(|it| it == key) || bundled.iter().any(|(it, ..)| it == key);
    let rendered: Vec<NamedFile> = objects
        .iter()
        .filter_map(|object| {
            let read = StatusRead {
                endpoint: object.endpoint,
                host: SiteHost::Status,
                locale: 0,
                is_chosen: false,
                rest: "",
                query: "",
            };
            // Forms and reports are taken from pages of the site alone.
            let body = render(&read, &place, view, Subscriptions::default(), None)?;
            let body = relative_links(&body, &object.key, addresses.url(), is_there);
            let tag = object.tag.clone().unwrap_or_else(|| etag(&body));
            let fields = object.endpoint.fields(locale, "", true);
            Some((object.key.clone(), tag, file(&fields, body.into())))
        })
        .collect();
    bundled.into_iter().chain(rendered).collect()
}

fn file(lines: &str, body: JsValue) -> MirrorFile {
    let field = |name| fields::Fields::new(lines).get(name).unwrap_or_default().to_owned();
    MirrorFile { content_type: field("content-type"), cache_control: field("cache-control"), body }
}
