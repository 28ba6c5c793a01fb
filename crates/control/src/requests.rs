//! Requests and connections of Breakwater's own.

use breakwater_core::base::time::Millis;
use breakwater_core::watch::check::MESSAGES_MAX;
use breakwater_platform::timer::milliseconds;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./requests.ts")]
extern "C" {
    /// An answer.
    pub(crate) type Answered;
    /// Its status.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn status(this: &Answered) -> u16;
    /// Its fields, a line each.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn fields(this: &Answered) -> String;
    /// The beginning of its body.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn body(this: &Answered) -> Uint8Array;
    /// The bytes of the whole body, as far as they were counted.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn size(this: &Answered) -> f64;
    /// Whether more of the body was there than is kept.
    #[wasm_bindgen(method, getter, js_name = isCut)]
    pub(crate) fn is_cut(this: &Answered) -> bool;
    /// The URL that answered.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn url(this: &Answered) -> String;

    #[wasm_bindgen(catch, js_name = send)]
    async fn send_request(
        ctx: &JsValue,
        is_own: bool,
        url: &str,
        method: &str,
        fields: &str,
        body: Option<&str>,
        follows: bool,
        body_max: u32,
        size_max: u32,
        limit: u32,
    ) -> Result<JsValue, JsValue>;

    /// A WebSocket, or the answer that refused it.
    pub(crate) type Conversation;
    /// The answer that refused it.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn refusal(this: &Conversation) -> Option<Answered>;
    #[wasm_bindgen(method, catch, js_name = next)]
    async fn next_message(this: &Conversation, limit: u32) -> Result<JsValue, JsValue>;
    /// Ends it.
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &Conversation);

    #[wasm_bindgen(catch, js_name = converse)]
    async fn begin_conversation(
        ctx: &JsValue,
        is_own: bool,
        url: &str,
        fields: &str,
        text: Option<&str>,
        messages_max: u32,
        message_max: u32,
        limit: u32,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = connectTo)]
    async fn connect(host: &str, port: u16, limit: u32) -> Result<JsValue, JsValue>;
}

/// A request of Breakwater's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnRequest<'a> {
    /// Whether it goes to the site itself, the way of a visitor's request.
    pub(crate) is_own: bool,
    /// The whole URL.
    pub(crate) url: &'a str,
    /// The method.
    pub(crate) method: &'a str,
    /// The fields, a line each.
    pub(crate) fields: &'a str,
    /// The body.
    pub(crate) body: Option<&'a str>,
    /// Whether redirects are followed.
    pub(crate) follows_redirects: bool,
    /// Bytes of the answer's body that are returned.
    pub(crate) body_max: u32,
    /// Bytes of it that are counted.
    pub(crate) size_max: u32,
}

/// Sends a request. All of the answer that is wanted has to be there within `limit`.
///
/// # Errors
/// What the platform throws, or a time-out (`is_timeout`).
pub(crate) async fn send(
    ctx: &JsValue,
    request: OwnRequest<'_>,
    limit: Millis,
) -> Result<Answered, JsValue> {
    let sent = send_request(
        ctx,
        request.is_own,
        request.url,
        request.method,
        request.fields,
        request.body,
        request.follows_redirects,
        request.body_max,
        request.size_max,
        milliseconds(limit),
    );
    Ok(sent.await?.unchecked_into())
}

/// Opens a connection, and closes it.
///
/// # Errors
/// What the platform throws, or a time-out (`is_timeout`).
pub(crate) async fn connect_to(host: &str, port: u16, limit: Millis) -> Result<(), JsValue> {
    connect(host, port, milliseconds(limit)).await.map(drop)
}

/// Opens a WebSocket within `limit`, and sends a text. Of the request, the method and the limits of
/// redirects mean nothing; `body_max` bounds each message.
///
/// # Errors
/// What the platform throws, or a time-out (`is_timeout`).
pub(crate) async fn converse(
    ctx: &JsValue,
    request: OwnRequest<'_>,
    limit: Millis,
) -> Result<Conversation, JsValue> {
    let begun = begin_conversation(
        ctx,
        request.is_own,
        request.url,
        request.fields,
        request.body,
        MESSAGES_MAX,
        request.body_max,
        milliseconds(limit),
    );
    Ok(begun.await?.unchecked_into())
}

impl Conversation {
    /// The next message; `None` when the other side has ended it.
    ///
    /// # Errors
    /// A time-out (`is_timeout`).
    pub(crate) async fn next(&self, limit: Millis) -> Result<Option<Vec<u8>>, JsValue> {
        let message = self.next_message(milliseconds(limit)).await?;
        Ok(message.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec()))
    }
}
