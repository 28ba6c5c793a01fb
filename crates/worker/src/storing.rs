//! Carries out what core decides about stored responses once a call has finished.

use std::convert::Infallible;
use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::Timestamp;
use breakwater_core::cache::copy::CopyKey;
use breakwater_core::cache::freshness::{Answered, Asked, Keep};
use breakwater_core::site::degrade::Whom;
use breakwater_core::site::request::{self, After, Asker, Finished, Validated, Validating};
use wasm_bindgen::JsValue;

use crate::calls::{Answer, Whole};
use crate::copies::{self, Copy};
use crate::holding::Share;
use crate::visit::Visit;

/// What the decision about an answer of the upstream's goes by.
pub(crate) fn finished<'a, S>(
    visit: &'a Visit,
    asked: Asked<'a>,
    key: &'a CopyKey,
    asker: Asker,
    answer: &'a Answer,
    validating: Option<Validating<'a, S>>,
) -> Finished<'a, Whole, S> {
    Finished {
        rules: visit.target.route.copy_rules(),
        asked,
        answered: answer.answered(),
        whom: answer.whom,
        asker,
        body: answer.whole_body(key),
        validating,
    }
}

/// Decides about an answer that passes through on the straight path.
pub(crate) fn decide_passing(
    visit: &Visit,
    status: u16,
    now: Timestamp,
) -> After<'_, Infallible, Infallible> {
    let finished = Finished {
        rules: visit.target.route.copy_rules(),
        asked: Asked { method: &visit.method, ..Asked::default() },
        answered: Answered { status, ..Answered::default() },
        whom: Whom::Origin,
        asker: Asker::Visitor,
        body: None,
        validating: None,
    };
    request::after(finished, || false, now)
}

/// A response on its way into the colo's cache.
pub(crate) struct PendingStore {
    keep: Keep,
    fields: String,
    body: JsValue,
    /// Room for the body, where it is held here.
    _share: Option<Rc<Share>>,
}

impl PendingStore {
    /// Of an answer that was read to its end.
    pub(crate) fn of_answer(keep: Keep, fields: String, whole: &Whole) -> Self {
        let _share = Some(Rc::clone(&whole.share));
        Self { keep, fields, body: whole.bytes.clone().into(), _share }
    }

    /// Of a stored response that was validated, if it may be stored again: with the body that is
    /// there, unless another was put in its place meanwhile. The body that was found is the
    /// visitor's: two readers of one body would have it held between them.
    pub(crate) async fn of_validated(
        key: &CopyKey,
        request: Fields<'_>,
        validated: &Validated<Rc<Copy>>,
    ) -> Option<Self> {
        let (keep, found) = (validated.keep.clone()?, &validated.response);
        let there = copies::find(key, request).await.ok()?;
        if (there.stored, &there.fields) != (found.stored, &found.fields) {
            return None;
        }
        let body = there.response.body().into();
        Some(Self { keep, fields: validated.fields.clone(), body, _share: None })
    }

    /// Stores it.
    pub(crate) async fn store(self, key: &CopyKey, request: Fields<'_>) -> Result<(), JsValue> {
        copies::keep(key, request, &self.keep, &self.fields, &self.body).await
    }
}
