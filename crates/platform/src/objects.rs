//! How Durable Objects are asked, and what they say.

use breakwater_core::base::json;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use worker::{Env, Error};

use crate::bindings::Caught as _;

#[wasm_bindgen(raw_module = "./objects.ts")]
extern "C" {
    /// What an object says.
    pub(crate) type Said;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Said) -> u16;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn text(this: &Said) -> String;
    /// Comes to what the object [`Said`].
    #[wasm_bindgen(catch, js_name = ask)]
    pub(crate) async fn ask_object(
        env: &JsValue,
        binding: &str,
        name: &str,
        path: &str,
        body: &str,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = reply)]
    pub(crate) fn response(status: u16, text: &str) -> Result<Option<web_sys::Response>, JsValue>;
}

/// What an object says.
#[derive(Debug)]
pub struct Reply {
    /// A status of HTTP.
    pub status: u16,
    /// JSON with 200, else what is wrong.
    pub text: String,
}

impl Reply {
    /// A good reply.
    pub fn ok(text: impl Into<String>) -> Self {
        Self { status: 200, text: text.into() }
    }

    /// A refusal.
    pub fn error(status: u16, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// The value that a good reply holds.
    ///
    /// # Errors
    /// What is wrong, or why the text is not of a `T`.
    pub fn read<T: DeserializeOwned>(&self) -> worker::Result<T> {
        match self.status {
            200 => Ok(json::read(&self.text)?),
            _ => Err(Error::RustError(self.text.clone())),
        }
    }
}

/// Asks the object that is bound so and has this name. What is asked is the path, and what belongs
/// to it the body.
///
/// # Errors
/// What the platform throws.
pub async fn ask(
    env: &Env,
    binding: &str,
    name: &str,
    path: &str,
    body: &str,
) -> worker::Result<Reply> {
    let said = ask_object(env, binding, name, path, body).await?.unchecked_into::<Said>();
    Ok(Reply { status: said.status(), text: said.text() })
}

/// What the platform gets of an object.
///
/// # Errors
/// What went wrong, for the caller to be thrown.
pub fn reply(said: worker::Result<Reply>) -> Result<web_sys::Response, JsValue> {
    let Reply { status, text } = said?;
    response(status, &text).caught()
}
