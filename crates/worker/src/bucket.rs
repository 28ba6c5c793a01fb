//! The bucket of snapshots. Bodies stay on the JavaScript side.

use breakwater_core::snapshot::{Hash, Manifest, ManifestError, key};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Headers, ReadableStream, Response, ResponseInit};

use crate::platform;

/// The binding of the bucket.
const BINDING: &str = "SNAPSHOTS";
/// On an object: its [`Head`].
const HEAD: &str = "head";
/// Names that one deletion may have (R2, Workers API, `delete`).
const DELETED_AT_ONCE: usize = 1_000;
/// A manifest that could not be read is put aside under this name.
const UNREAD: &str = "manifest-unread.json";

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type R2Bucket;
    #[wasm_bindgen(method, catch)]
    async fn get(this: &R2Bucket, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn put(
        this: &R2Bucket,
        name: &str,
        value: &JsValue,
        options: &JsValue,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn delete(this: &R2Bucket, names: &Array) -> Result<JsValue, JsValue>;

    type R2ObjectBody;
    #[wasm_bindgen(method, catch)]
    async fn text(this: &R2ObjectBody) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = digest)]
    async fn digest(algorithm: &str, data: &Uint8Array) -> Result<JsValue, JsValue>;
}

/// The bucket that the Worker is bound to.
pub(crate) struct Bucket(R2Bucket);

impl Bucket {
    /// # Errors
    /// If there is no such binding.
    pub(crate) fn of(env: &JsValue) -> Result<Self, JsValue> {
        let bucket = platform::property(env, BINDING);
        if bucket.is_undefined() {
            return Err(JsValue::from_str("no bucket is bound as SNAPSHOTS (wrangler.toml)"));
        }
        Ok(Self(bucket.unchecked_into()))
    }

    /// The manifest; none if none was written. One that cannot be read is put aside and reported:
    /// its pages are fetched anew.
    pub(crate) async fn manifest(&self) -> Result<Option<Manifest>, JsValue> {
        let Some(text) = self.text(key::MANIFEST).await? else { return Ok(None) };
        match Manifest::parse(&text) {
            Ok(manifest) => Ok(Some(manifest)),
            Err(error @ (ManifestError::Unreadable | ManifestError::Version(_))) => {
                worker::console_error!("the manifest of snapshots is put aside: {error}");
                self.0.put(UNREAD, &text.into(), &JsValue::UNDEFINED).await?;
                Ok(None)
            }
        }
    }

    /// The head and the body of a path's object, if it is there.
    pub(crate) async fn object(&self, path: &str) -> Result<Option<(String, Response)>, JsValue> {
        let found = self.0.get(&key::object(path)).await?;
        if found.is_null() {
            return Ok(None);
        }
        let metadata = platform::property(&found, "customMetadata");
        let head = platform::property(&metadata, HEAD).as_string().unwrap_or_default();
        let body: ReadableStream = platform::property(&found, "body").unchecked_into();
        let headers = Headers::new()?;
        let length = platform::property(&found, "size").as_f64().unwrap_or_default();
        headers.set("content-length", &length.to_string())?;
        let init = ResponseInit::new();
        init.set_headers(&headers);
        let response = Response::new_with_opt_readable_stream_and_init(Some(&body), &init)?;
        Ok(Some((head, response)))
    }

    pub(crate) async fn put_manifest(&self, text: &str) -> Result<(), JsValue> {
        self.0.put(key::MANIFEST, &text.into(), &JsValue::UNDEFINED).await?;
        Ok(())
    }

    /// Writes the object of a path, whole or not at all.
    pub(crate) async fn put(
        &self,
        path: &str,
        head: &str,
        body: &Uint8Array,
    ) -> Result<(), JsValue> {
        let metadata = Object::new();
        Reflect::set(&metadata, &HEAD.into(), &head.into())?;
        let options = Object::new();
        Reflect::set(&options, &"customMetadata".into(), &metadata)?;
        self.0.put(&key::object(path), body, &options).await?;
        Ok(())
    }

    pub(crate) async fn delete(&self, paths: &[String]) -> Result<(), JsValue> {
        for paths in paths.chunks(DELETED_AT_ONCE) {
            let names = paths.iter().map(|path| JsValue::from(key::object(path)));
            self.0.delete(&names.collect()).await?;
        }
        Ok(())
    }

    async fn text(&self, name: &str) -> Result<Option<String>, JsValue> {
        let found = self.0.get(name).await?;
        if found.is_null() {
            return Ok(None);
        }
        Ok(found.unchecked_into::<R2ObjectBody>().text().await?.as_string())
    }
}

/// The name of this content.
pub(crate) async fn hash(body: &Uint8Array) -> Result<Hash, JsValue> {
    let digest = Uint8Array::new(&digest("SHA-256", body).await?).to_vec();
    Hash::of_digest(&digest).ok_or_else(|| JsValue::from_str("no digest"))
}
