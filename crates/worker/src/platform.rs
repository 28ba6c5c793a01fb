//! The platform's functions that no crate binds as they are needed here.
//!
//! A function that may throw is declared with `catch`: an exception that is not caught at the
//! border unwinds through the executor, and callers that wait for the work under way then wait for
//! ever. If such a function returns a handle, it returns an `Option` of it ([`Caught`]).

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

pub(crate) use breakwater_platform::bindings::{
    CACHE, Cache, Caught, ExecutionContext, Read, Reading, is_timeout, property, read_whole_within,
    variable,
};

#[wasm_bindgen(raw_module = "./body.ts")]
extern "C" {
    /// A body on its way to the visitor.
    pub(crate) type Passing;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn stream(this: &Passing) -> web_sys::ReadableStream;
    /// Rejects if the body broke off, and comes to `false` if the visitor took no more of it.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn done(this: &Passing) -> Promise;

    /// Passes an answer's body on.
    #[wasm_bindgen(catch)]
    pub(crate) fn watch(
        response: &web_sys::Response,
        stream: &web_sys::ReadableStream,
    ) -> Result<Option<Passing>, JsValue>;
    /// The same for a body that was read whole.
    #[wasm_bindgen(catch)]
    pub(crate) fn hand(whole: &Uint8Array) -> Result<Option<Passing>, JsValue>;

    /// The body from byte `start` to before byte `end`.
    #[wasm_bindgen(catch)]
    pub(crate) fn slice(
        response: &web_sys::Response,
        start: f64,
        end: f64,
    ) -> Result<Option<JsValue>, JsValue>;
    /// The body of a copy in this coding, decoded.
    #[wasm_bindgen(catch)]
    pub(crate) async fn decoded(
        response: &web_sys::Response,
        coding: &str,
    ) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(raw_module = "./call.ts")]
extern "C" {
    /// One call to an upstream.
    #[derive(Clone)]
    pub type Call;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Call;
    /// The answer's fields have to be there within `limit` milliseconds of the request's end.
    #[wasm_bindgen(method)]
    pub(crate) fn expect(this: &Call, limit: u32);
    /// There is an answer, or an error.
    #[wasm_bindgen(method)]
    pub(crate) fn settle(this: &Call);
    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &Call);
    /// For how many milliseconds it has been the upstream's turn; below zero if no body passes.
    #[wasm_bindgen(method)]
    pub(crate) fn waited(this: &Call) -> f64;
    /// What is known of a call that brought this instead of an answer, as
    /// `breakwater_core::circuit::outcome::Unanswered` reads it.
    #[wasm_bindgen(method)]
    pub(crate) fn facts(this: &Call, error: &JsValue, request: &web_sys::Request) -> String;

    /// A request's body as it comes in.
    #[derive(Clone)]
    pub(crate) type Incoming;
    /// With pauses of at most `idle` milliseconds, and at most `longest` in all.
    #[wasm_bindgen(catch)]
    pub(crate) fn incoming(
        request: &web_sys::Request,
        idle: u32,
        longest: u32,
    ) -> Result<Option<Incoming>, JsValue>;
    /// Holds at most `limit` bytes. The promise resolves to a word that
    /// `breakwater_core::base::wire::Held` reads.
    #[wasm_bindgen(method)]
    pub(crate) fn hold(this: &Incoming, limit: u32) -> Promise;
    /// What is held, if that is all of it.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn whole(this: &Incoming) -> JsValue;
}

#[wasm_bindgen(raw_module = "./examined.ts")]
extern "C" {
    /// The beginning of an answer's body.
    pub(crate) type Beginning;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn bytes(this: &Beginning) -> Uint8Array;
    /// Whether it is all of the body.
    #[wasm_bindgen(method, getter, js_name = isWhole)]
    pub(crate) fn is_whole(this: &Beginning) -> bool;

    /// Resolves to a [`Beginning`] of at most `limit` bytes, as far as it comes within `wait`
    /// milliseconds. The answer stays as it is.
    #[wasm_bindgen(catch)]
    pub(crate) fn beginning(
        response: &web_sys::Response,
        limit: u32,
        wait: u32,
    ) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(raw_module = "./exchange.ts")]
extern "C" {
    /// The facts that the decision about a request needs, in the form that
    /// `breakwater_core::site::wire::RequestFacts` reads.
    #[wasm_bindgen(js_name = readLines)]
    pub(crate) fn read(request: &web_sys::Request) -> String;

    /// All fields of `message`, which is a request or an answer, in the form that
    /// `breakwater_core::base::fields` reads.
    pub(crate) fn fields(message: &JsValue) -> String;

    /// Sends a visitor's request on without a body, with what a proxy drops and sets. `outgoing` is
    /// of `breakwater_core::site::wire::Outgoing`.
    #[wasm_bindgen(catch)]
    pub(crate) fn send(
        request: &web_sys::Request,
        outgoing: &str,
        call: &Call,
    ) -> Result<Option<Promise>, JsValue>;

    /// The same as another method, without the fields in `dropped` (names, parted by spaces, or `*`
    /// for all), with those in `set`, and with this body: bytes, an [`Incoming`], or none.
    #[wasm_bindgen(catch, js_name = sendChanged)]
    pub(crate) fn send_changed(
        request: &web_sys::Request,
        outgoing: &str,
        call: &Call,
        method: &str,
        dropped: &str,
        set: &str,
        body: &JsValue,
    ) -> Result<Option<Promise>, JsValue>;

    /// An upstream's answer, labelled; with its own body if `body` is undefined. `label` is of
    /// `breakwater_core::site::wire::Label`, with the way on which [`crate::readdressed`] takes it.
    #[wasm_bindgen(catch, js_name = passOn)]
    pub(crate) fn pass_on(
        response: &web_sys::Response,
        body: &JsValue,
        label: &str,
    ) -> Result<Option<web_sys::Response>, JsValue>;

    /// An answer of ours, labelled in the same way, with the cookies that `beside` sets, if there
    /// is one.
    #[wasm_bindgen(catch)]
    pub(crate) fn answer(
        status: u16,
        fields: &str,
        body: &JsValue,
        label: &str,
        beside: Option<&web_sys::Response>,
    ) -> Result<Option<web_sys::Response>, JsValue>;

    /// An HTML page with this at the end of its body, and without the fields in `voided` (names,
    /// parted by spaces). No cache may keep it. The page as it is where that cannot be done.
    #[wasm_bindgen(catch, js_name = withBanner)]
    pub(crate) fn with_banner(
        page: &web_sys::Response,
        banner: &str,
        voided: &str,
    ) -> Result<Option<web_sys::Response>, JsValue>;

    /// Path and query of each URL on the request's host that these two fields name, a line each.
    #[wasm_bindgen(js_name = otherTargets)]
    pub(crate) fn other_targets(url: &str, location: &str, content_location: &str) -> String;
}

#[wasm_bindgen(raw_module = "./stored.ts")]
extern "C" {
    /// A copy as the cache holds it.
    #[wasm_bindgen(catch, js_name = copy)]
    pub(crate) fn stored_copy(
        about: &str,
        fields: &str,
        body: &JsValue,
        seconds: f64,
    ) -> Result<Option<web_sys::Response>, JsValue>;
    /// A signpost as the cache holds it.
    #[wasm_bindgen(catch, js_name = signpost)]
    pub(crate) fn stored_signpost(
        text: &str,
        seconds: f64,
    ) -> Result<Option<web_sys::Response>, JsValue>;

    /// What stands under a key in the cache.
    pub(crate) type FoundEntry;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn response(this: &FoundEntry) -> web_sys::Response;
    /// What it says; empty if it is no signpost.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn signpost(this: &FoundEntry) -> String;
    /// What it says about itself, and after a line break its fields; empty if it is no copy.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn copy(this: &FoundEntry) -> String;
    /// What the signpost says that stands beside it; empty if there is none.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn changed(this: &FoundEntry) -> String;
    /// Looks up what stands under `key`, and a signpost under `other` if that is not empty.
    /// Resolves to a [`FoundEntry`], or to `undefined` if there is nothing, or not within `limit`
    /// milliseconds.
    #[wasm_bindgen(catch, js_name = lookUp)]
    pub(crate) async fn look_up(key: &str, other: &str, limit: u32) -> Result<JsValue, JsValue>;
}
