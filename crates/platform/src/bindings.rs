//! The platform's functions, and those of the entry, that both modules need and that no crate binds
//! as they are needed here.
//!
//! A function that may throw says `catch`: an exception that is not caught at the border unwinds
//! through the executor, and the work under way is then never finished. One that may throw and
//! returns a handle returns an `Option` of it ([`Caught`]).

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Headers, Response, ResponseInit};

#[wasm_bindgen]
extern "C" {
    /// Sends a request of ours, the fields of `init` on top of its own.
    #[wasm_bindgen(js_name = fetch)]
    pub fn fetch(request: &web_sys::Request, init: &web_sys::RequestInit) -> Promise;

    /// The context of an event, or of a Durable Object.
    #[derive(Clone)]
    pub type ExecutionContext;
    /// Keeps the event alive until this is done.
    #[wasm_bindgen(method, js_name = waitUntil)]
    pub fn wait_until(this: &ExecutionContext, work: &Promise);

    /// A binding that sends e-mail.
    pub type EmailBinding;
    /// Sends an e-mail. Rejects with an error whose `code` says why it is not sent.
    #[wasm_bindgen(method, catch)]
    pub async fn send(this: &EmailBinding, email: &JsValue) -> Result<JsValue, JsValue>;

    /// The colo's cache.
    #[derive(Clone)]
    pub type Cache;
    /// The cache that the platform gives every Worker.
    #[wasm_bindgen(thread_local_v2, js_namespace = caches, js_name = default)]
    pub static CACHE: Cache;
    /// Looks up an entry: a `Response`, or `undefined`.
    #[wasm_bindgen(method, catch, js_name = match)]
    pub async fn match_(this: &Cache, key: &str) -> Result<JsValue, JsValue>;
    /// Stores an entry.
    #[wasm_bindgen(method, catch)]
    pub async fn put(this: &Cache, key: &str, response: &Response) -> Result<JsValue, JsValue>;
    /// Deletes an entry. Resolves to whether there was one.
    #[wasm_bindgen(method, catch)]
    pub async fn delete(this: &Cache, key: &str) -> Result<JsValue, JsValue>;
}

impl ExecutionContext {
    /// Does this behind the answer, and keeps the event alive until it is done.
    pub fn in_background(&self, work: impl Future<Output = ()> + 'static) {
        self.wait_until(&future_to_promise(async move {
            work.await;
            Ok(JsValue::UNDEFINED)
        }));
    }
}

#[wasm_bindgen(raw_module = "./connect.ts")]
extern "C" {
    /// Sends a request of ours, which asks for the host `name`, or for the URL's own if that is
    /// empty.
    #[wasm_bindgen(catch, js_name = fetchAs)]
    pub fn fetch_as(
        url: &str,
        name: &str,
        init: &web_sys::RequestInit,
    ) -> Result<Option<Promise>, JsValue>;
}

#[wasm_bindgen(raw_module = "./body.ts")]
extern "C" {
    /// A body that is being read whole.
    #[derive(Clone)]
    pub type Reading;
    /// Begins to read the body of `message`, a request or an answer: at most `limit` bytes, with
    /// pauses of at most `idle` milliseconds.
    #[wasm_bindgen(catch, js_name = readWhole)]
    pub fn read_whole(message: &JsValue, limit: u32, idle: u32)
    -> Result<Option<Reading>, JsValue>;
    /// The same, and the body comes within `longest` milliseconds, or it has paused for too long.
    /// The entry waits for `patience` milliseconds at most, where it waits for it. `is_raw` says
    /// that nothing decodes the body, so that it is as long as its `Content-Length` says.
    #[wasm_bindgen(catch, js_name = readWhole)]
    pub fn read_whole_within(
        message: &JsValue,
        limit: u32,
        idle: u32,
        longest: u32,
        patience: u32,
        is_raw: bool,
    ) -> Result<Option<Reading>, JsValue>;
    /// Resolves to a [`Read`]; rejects if it broke off, in a way of which [`is_timeout`] is true if
    /// it paused for too long.
    #[wasm_bindgen(method, getter)]
    pub fn result(this: &Reading) -> Promise;
    /// Ends the wait for the end of the body: the result is then a stream of all of it.
    #[wasm_bindgen(method)]
    pub fn release(this: &Reading);

    /// What became of reading a body whole.
    pub type Read;
    /// All of it; none if it is a stream instead.
    #[wasm_bindgen(method, getter)]
    pub fn whole(this: &Read) -> Option<Uint8Array>;
    /// All of it as it comes, where it could not be read whole.
    #[wasm_bindgen(method, getter)]
    pub fn stream(this: &Read) -> web_sys::ReadableStream;
}

/// Whether this is what the platform and the entry throw where something took too long.
pub fn is_timeout(error: &JsValue) -> bool {
    error.dyn_ref::<js_sys::Error>().is_some_and(|error| error.name() == "TimeoutError")
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Reflect, js_name = get)]
    fn get(object: &JsValue, name: &str) -> Result<Option<JsValue>, JsValue>;
}

/// The result of an import that may throw. A plain handle has its slot in the table of handles
/// before the exception is looked for, and nothing gives that slot back; an empty `Option` takes
/// none.
pub trait Caught<T> {
    /// Returns the handle.
    ///
    /// # Errors
    /// What was thrown.
    fn caught(self) -> Result<T, JsValue>;
}

impl<T> Caught<T> for Result<Option<T>, JsValue> {
    fn caught(self) -> Result<T, JsValue> {
        self?.ok_or(JsValue::UNDEFINED)
    }
}

/// A property of an object, `undefined` if it has none, or if it is itself `undefined`.
pub fn property(object: &JsValue, name: &str) -> JsValue {
    get(object, name).caught().unwrap_or(JsValue::UNDEFINED)
}

/// A variable or secret of the Worker, if it is set and not empty.
pub fn variable(env: &JsValue, name: &str) -> Option<String> {
    property(env, name).as_string().filter(|value| !value.is_empty())
}

/// Makes an answer of ours.
///
/// # Errors
/// What the platform throws, as for a field that no header may be.
pub fn response<'a>(
    status: u16,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    body: Option<&str>,
) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in fields {
        headers.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    Response::new_with_opt_str_and_init(body, &init)
}
