//! Asking an object, and its reply.

use std::fmt;

use breakwater_core::base::json;
use breakwater_core::telemetry::sentry::SentryFault;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use worker::Env;

use crate::bindings::{Caught as _, property};
use crate::sentry;

#[wasm_bindgen(raw_module = "./objects.ts")]
extern "C" {
    /// What an object says.
    type Said;
    #[wasm_bindgen(method, getter)]
    fn text(this: &Said) -> String;
    /// Comes to what the object [`Said`].
    #[wasm_bindgen(catch, js_name = ask)]
    async fn ask_object(
        env: &JsValue,
        binding: &str,
        name: &str,
        body: &str,
        hint: Option<&str>,
    ) -> Result<JsValue, JsValue>;
    /// Comes to the answer of an object that is asked to take a WebSocket.
    #[wasm_bindgen(catch, js_name = connect)]
    async fn connect_object(
        env: &JsValue,
        binding: &str,
        name: &str,
        told: &str,
    ) -> Result<JsValue, JsValue>;
    /// The platform's answer with this text.
    #[wasm_bindgen(catch, js_name = reply)]
    fn response(text: &str) -> Result<Option<web_sys::Response>, JsValue>;
}

/// Why an object did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectError {
    /// The site has nothing of the object's name: another version of the site asks, or a deploy
    /// has removed it.
    NoSuch(String),
    /// Another version of Breakwater asks: the request cannot be read.
    Request(String),
    /// The object's storage failed, or what it holds cannot be read.
    Storage(String),
    /// The bucket of snapshots failed.
    Bucket(String),
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuch(name) => write!(f, "the site has no `{name}`"),
            Self::Request(error) => write!(f, "the request cannot be read: {error}"),
            Self::Storage(error) | Self::Bucket(error) => f.write_str(error),
        }
    }
}

impl From<worker::Error> for ObjectError {
    fn from(error: worker::Error) -> Self {
        Self::Storage(error.to_string())
    }
}

impl From<serde_json::Error> for ObjectError {
    fn from(error: serde_json::Error) -> Self {
        Self::Storage(error.to_string())
    }
}

/// What comes of what an object was asked.
pub type ObjectResult<T> = Result<T, ObjectError>;

/// Why there is no reply of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskError {
    /// The platform could not ask it, or it broke ("Durable Objects", "Error handling").
    Unreached {
        /// The platform's words.
        message: String,
        /// The object was not reached at all, and asking again may help.
        is_retryable: bool,
        /// The object has more requests than it can take.
        is_overloaded: bool,
    },
    /// The object says what is wrong.
    Refused(ObjectError),
    /// The reply cannot be read: the object is of another version.
    Reply(String),
}

impl AskError {
    /// The error as one word. There is none for an object of which the site knows nothing: that is
    /// an answer.
    const fn reported(&self) -> Option<&'static str> {
        match self {
            Self::Unreached { is_overloaded: true, .. } => Some("overloaded"),
            Self::Unreached { .. } => Some("unreached"),
            Self::Refused(ObjectError::NoSuch(_)) => None,
            Self::Refused(ObjectError::Request(_)) => Some("request"),
            Self::Refused(ObjectError::Storage(_)) => Some("storage"),
            Self::Refused(ObjectError::Bucket(_)) => Some("bucket"),
            Self::Reply(_) => Some("reply"),
        }
    }
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreached { message, .. } => f.write_str(message),
            Self::Refused(error) => error.fmt(f),
            Self::Reply(error) => write!(f, "the reply cannot be read: {error}"),
        }
    }
}

impl From<JsValue> for AskError {
    fn from(thrown: JsValue) -> Self {
        let says = |name| property(&thrown, name).is_truthy();
        let message = property(&thrown, "message").as_string();
        Self::Unreached {
            message: message.unwrap_or_else(|| format!("{thrown:?}")),
            is_retryable: says("retryable"),
            is_overloaded: says("overloaded"),
        }
    }
}

/// JSON as it is stored and shown, so that nothing in between has to read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(pub String);

/// Asks the object of this name, which the platform makes near `hint` if it is new, for an
/// operation. Use the client that [`protocol!`](crate::protocol) makes. A failure is reported.
///
/// # Errors
/// Why there is no reply.
pub async fn ask<T: DeserializeOwned>(
    env: &Env,
    (binding, operation): (&str, &str),
    object: (&str, Option<&str>),
    request: &impl Serialize,
) -> Result<T, AskError> {
    let asked = ask_once(env, binding, object, request).await;
    if let Err(error) = &asked
        && let Some(error) = error.reported()
    {
        sentry::fault(SentryFault::FailedObjectCall { object: binding, operation, error });
    }
    asked
}

async fn ask_once<T: DeserializeOwned>(
    env: &Env,
    binding: &str,
    (name, hint): (&str, Option<&str>),
    request: &impl Serialize,
) -> Result<T, AskError> {
    // The object cannot know its own name when its alarm wakes it, so it is told.
    let body = serde_json::to_string(&(name, request)).map_err(unreadable)?;
    let said: Said = ask_object(env, binding, name, &body, hint).await?.unchecked_into();
    json::read::<Result<T, ObjectError>>(&said.text())
        .map_err(unreadable)?
        .map_err(AskError::Refused)
}

/// Has the object of this name take a WebSocket, and tells it `told`. Returns the platform's
/// answer.
///
/// # Errors
/// Why there is no answer.
pub async fn connect(
    env: &Env,
    binding: &str,
    name: &str,
    told: &impl Serialize,
) -> Result<web_sys::Response, AskError> {
    let told = serde_json::to_string(told).map_err(unreadable)?;
    Ok(connect_object(env, binding, name, &told).await?.unchecked_into())
}

fn unreadable(error: serde_json::Error) -> AskError {
    AskError::Reply(error.to_string())
}

/// Writes a reply as it travels.
///
/// # Errors
/// If it cannot be written.
pub fn encode<T: Serialize>(reply: &T) -> Result<String, ObjectError> {
    Ok(serde_json::to_string(&Ok::<&T, ObjectError>(reply))?)
}

/// Reads the body of a request to an object, has it served, and makes the platform's answer of the
/// reply.
///
/// # Errors
/// What the platform throws.
pub async fn respond<R: DeserializeOwned>(
    body: &str,
    serve: impl AsyncFnOnce(String, R) -> Result<String, ObjectError>,
) -> Result<web_sys::Response, JsValue> {
    let reply = match json::read::<(String, R)>(body) {
        Ok((name, request)) => serve(name, request).await,
        Err(error) => Err(ObjectError::Request(error.to_string())),
    };
    let text = reply.unwrap_or_else(|error| {
        // Keys of texts and texts alone: it can always be written.
        serde_json::to_string(&Err::<(), ObjectError>(error)).unwrap_or_default()
    });
    response(&text).caught()
}
