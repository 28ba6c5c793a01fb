//! What this isolate holds of bodies. How much that may be is for `core::stored response` to say.

use std::cell::RefCell;
use std::rc::Rc;

use breakwater_core::cache::stored::{Holdings, ShareId};
use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

use crate::clock;
use crate::exchange::Exchange;

thread_local! {
    static HELD: RefCell<Holdings> = RefCell::default();
}

/// Room for a body, which is given back when the last user of the body drops it.
pub(crate) struct BodyShare(ShareId);

impl BodyShare {
    /// Takes room for this many bytes, if there is any left.
    pub(crate) fn take(bytes: u32) -> Option<Self> {
        HELD.with_borrow_mut(|held| held.take(bytes, clock::now())).map(Self)
    }

    /// The body turned out to be this long.
    pub(crate) fn shrink(&self, bytes: u32) {
        HELD.with_borrow_mut(|held| held.shrink(self.0, bytes));
    }

    /// Holds it until the body has gone out, or cannot.
    pub(crate) fn hold_until(self: Rc<Self>, visit: &Exchange, done: Promise) {
        visit.ctx.in_background(async move {
            let _ = JsFuture::from(done).await;
            drop(self);
        });
    }
}

impl Drop for BodyShare {
    fn drop(&mut self) {
        HELD.with_borrow_mut(|held| held.give_back(self.0, clock::now()));
    }
}
