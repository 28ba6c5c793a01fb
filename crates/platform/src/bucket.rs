//! The bucket of snapshots, which has a copy of the public status besides. Bodies of snapshots stay
//! on the JavaScript side.

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::cache::snapshot::{Manifest, key};
use breakwater_core::site::binding;
use breakwater_core::site::status::PublicStatus;
use breakwater_core::telemetry::log::LogEvent;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::bindings::property;
use crate::log;

/// The binding of the bucket.
const BINDING: &str = binding::SNAPSHOTS;
/// The copy of the public status has this name. No path's object begins like it.
const STATUS: &str = "status.json";
/// A manifest that could not be read is put aside under this name.
const UNREAD: &str = "manifest-unread.json";

#[wasm_bindgen(raw_module = "./snapshots.ts")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readText)]
    async fn read_text(bucket: &JsValue, name: &str) -> Result<JsValue, JsValue>;
    /// An object of the bucket: its head, and its body as an answer.
    type StoredObject;
    #[wasm_bindgen(method, getter)]
    fn head(this: &StoredObject) -> String;
    #[wasm_bindgen(method, getter)]
    fn response(this: &StoredObject) -> Response;
    /// Comes to a [`StoredObject`], `null` if there is none.
    #[wasm_bindgen(catch, js_name = readObject)]
    async fn read_object(bucket: &JsValue, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    async fn write(
        bucket: &JsValue,
        name: &str,
        head: &str,
        body: &JsValue,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    async fn remove(bucket: &JsValue, names: &str) -> Result<JsValue, JsValue>;
}

/// The bucket that the Worker is bound to.
pub struct Bucket(JsValue);

impl Bucket {
    /// The bucket that `env` binds.
    ///
    /// # Errors
    /// If there is no such binding.
    pub fn of(env: &JsValue) -> Result<Self, JsValue> {
        let bucket = property(env, BINDING);
        if bucket.is_undefined() {
            return Err(JsValue::from_str("no bucket is bound as SNAPSHOTS (wrangler.toml)"));
        }
        Ok(Self(bucket))
    }

    /// The manifest; none if none was written. One that cannot be read is put aside and reported:
    /// its pages are fetched again.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn manifest(&self) -> Result<Option<Manifest>, JsValue> {
        let Some(text) = read_text(&self.0, key::MANIFEST).await?.as_string() else {
            return Ok(None);
        };
        match Manifest::parse(&text) {
            Ok(manifest) => Ok(Some(manifest)),
            Err(error) => {
                log::error(
                    LogEvent::StoredUnread,
                    &[],
                    format_args!("the manifest of snapshots is put aside: {error}"),
                );
                write(&self.0, UNREAD, "", &text.into()).await?;
                Ok(None)
            }
        }
    }

    /// The copy of the public status, if there is one that can be read.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn status(&self) -> Result<Option<PublicStatus>, JsValue> {
        let text = read_text(&self.0, STATUS).await?.as_string();
        Ok(text.and_then(|text| PublicStatus::from_stored(&text).ok()))
    }

    /// Writes the copy of the public status.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn put_status(&self, status: &PublicStatus) -> Result<(), JsValue> {
        write(&self.0, STATUS, "", &status.to_stored().into()).await?;
        Ok(())
    }

    /// The head and the body of a path's object, if it is there.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn object(&self, path: &str) -> Result<Option<(String, Response)>, JsValue> {
        let found = read_object(&self.0, &key::object(path)).await?;
        if found.is_null() {
            return Ok(None);
        }
        let found: StoredObject = found.unchecked_into();
        Ok(Some((found.head(), found.response())))
    }

    /// Writes the manifest.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn put_manifest(&self, text: String) -> Result<(), JsValue> {
        write(&self.0, key::MANIFEST, "", &text.into()).await?;
        Ok(())
    }

    /// Writes the object of a path.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn put(&self, path: &str, head: &str, body: &Uint8Array) -> Result<(), JsValue> {
        write(&self.0, &key::object(path), head, body).await?;
        Ok(())
    }

    /// Deletes the objects of these paths.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn delete(&self, paths: &[String]) -> Result<(), JsValue> {
        let names: Vec<String> = paths.iter().map(|path| key::object(path)).collect();
        remove(&self.0, &names.join("\n")).await?;
        Ok(())
    }
}
