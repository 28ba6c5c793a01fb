//! Carries out what core decides about stored responses once a call has finished.

use std::convert::Infallible;
use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::Timestamp;
use breakwater_core::cache::freshness::{CacheRequest, ResponseHead, Storable};
use breakwater_core::cache::stored::CacheKey;
use breakwater_core::site::degrade::Target;
use breakwater_core::site::request::{self, After, Asker, Finished, Validated, Validating};
use wasm_bindgen::JsValue;
use web_sys::Response;

use crate::attempts::{UpstreamAnswer, Whole};
use crate::exchange::Exchange;
use crate::holding::BodyShare;
use crate::stored_responses::{self, StoredResponse};
use crate::{absences, platform};

/// What the decision about an answer of the upstream's goes by.
pub(crate) fn finished<'a, S>(
    visit: &'a Exchange,
    asked: CacheRequest<'a>,
    key: &'a CacheKey,
    asker: Asker,
    answer: &'a UpstreamAnswer,
    validating: Option<Validating<'a, S>>,
) -> Finished<'a, Whole, S> {
    Finished {
        rules: visit.target.route.store_rules(),
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
    visit: &Exchange,
    status: u16,
    now: Timestamp,
) -> After<'_, Infallible, Infallible> {
    let finished = Finished {
        rules: visit.target.route.store_rules(),
        asked: CacheRequest { method: &visit.method, ..CacheRequest::default() },
        answered: ResponseHead { status, ..ResponseHead::default() },
        whom: Target::Origin,
        asker: Asker::Visitor,
        body: None,
        validating: None,
    };
    request::after(finished, || false, now)
}

/// Takes note of an answer that passes through on the straight path and says that there is nothing.
#[cold]
pub(crate) fn note_absence(visit: &Exchange, response: &Response) {
    let (asked, answered) = (platform::fields(&visit.request), platform::fields(response));
    let asked = CacheRequest {
        method: &visit.method,
        path: visit.path(),
        fields: Fields::new(&asked),
        has_unkeyed: visit.has_unkeyed,
        requested_at: visit.arrived,
        stored_status: None,
        tag_purges: visit.tag_purges,
    };
    let answered = ResponseHead { status: response.status(), fields: Fields::new(&answered) };
    absences::note(visit, asked, answered, Target::Origin);
}

/// A response on its way into the colo's cache.
pub(crate) struct PendingStore {
    storable: Storable,
    fields: String,
    body: JsValue,
    /// Room for the body, where it is held here.
    _share: Option<Rc<BodyShare>>,
}

impl PendingStore {
    /// Of an answer that was read to its end.
    pub(crate) fn of_answer(storable: Storable, fields: String, whole: &Whole) -> Self {
        let _share = Some(Rc::clone(&whole.share));
        Self { storable, fields, body: whole.bytes.clone().into(), _share }
    }

    /// Of a stored response that was validated, if it may be stored again: with the body that is
    /// there, unless another was put in its place meanwhile. The body that was found is the
    /// visitor's: two readers of one body would have it held between them.
    pub(crate) async fn of_validated(
        key: &CacheKey,
        request: Fields<'_>,
        validated: &Validated<Rc<StoredResponse>>,
    ) -> Option<Self> {
        let (storable, found) = (validated.storable.clone()?, &validated.response);
        let there = stored_responses::find(key, request).await.ok()?;
        if (there.stored, &there.fields) != (found.stored, &found.fields) {
            return None;
        }
        let body = there.response.body().into();
        Some(Self { storable, fields: validated.fields.clone(), body, _share: None })
    }

    /// Stores it.
    pub(crate) async fn store(self, key: &CacheKey, request: Fields<'_>) -> Result<(), JsValue> {
        stored_responses::keep(key, request, &self.storable, &self.fields, &self.body).await
    }
}
