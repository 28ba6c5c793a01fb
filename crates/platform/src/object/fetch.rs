//! A request of an object's own, with a time limit.

use breakwater_core::base::time::Millis;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit, RequestRedirect, Response};

use crate::bindings::{self, Caught, Read, read_whole};
use crate::clock;
use crate::timer::{milliseconds, within};

/// An answer.
#[derive(Debug)]
pub struct FetchedAnswer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: FetchedBody,
}

/// The body of an answer.
#[derive(Debug)]
pub enum FetchedBody {
    /// It was not asked for.
    Unread,
    /// All of it.
    Whole(Uint8Array),
    /// It is longer than allowed.
    TooLong,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum FetchError {
    /// It did not come in time.
    TimedOut,
    /// The request could not be made, or the connection broke; the platform's words.
    Failed(String),
}

impl From<JsValue> for FetchError {
    fn from(thrown: JsValue) -> Self {
        // The timer of a body's reading may be the first to say so.
        if bindings::is_timeout(&thrown) {
            return Self::TimedOut;
        }
        let message = thrown.dyn_ref::<js_sys::Error>().map(|error| error.message().into());
        Self::Failed(message.unwrap_or_else(|| "the request failed".into()))
    }
}

/// Fetches a URL, redirects unfollowed, and asks for the host `name`; the URL's own if it is empty.
/// The answer has to be there within `limit`, and with it its
/// body if `body_max` says how many bytes of it are wanted at most.
///
/// # Errors
/// Why there is no answer.
pub async fn fetch_within<'a>(
    url: &str,
    name: &str,
    method: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    body_max: Option<u32>,
    limit: Millis,
) -> Result<FetchedAnswer, FetchError> {
    let headers = Headers::new()?;
    for (name, value) in fields {
        headers.set(name, value)?;
    }
    let abort = AbortController::new()?;
    let init = RequestInit::new();
    init.set_method(method);
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort.signal()));
    let until = clock::now() + limit;
    let fetched = async {
        let call = JsFuture::from(bindings::fetch_as(url, name, &init).caught()?);
        let response: Response = within(call, limit).await.ok_or(FetchError::TimedOut)??.into();
        let body = match body_max {
            None => FetchedBody::Unread,
            Some(max) => {
                let left = until.since(clock::now());
                let reading = read_whole(&response, max, milliseconds(left)).caught()?;
                let read = within(JsFuture::from(reading.result()), left).await;
                let read = read.ok_or(FetchError::TimedOut)??.unchecked_into::<Read>();
                match read.whole() {
                    Some(whole) => FetchedBody::Whole(whole),
                    None => FetchedBody::TooLong,
                }
            }
        };
        Ok(FetchedAnswer { status: response.status(), body })
    };
    let fetched = fetched.await;
    // The rest of the body, or the call itself, is not waited for.
    abort.abort();
    fetched
}
