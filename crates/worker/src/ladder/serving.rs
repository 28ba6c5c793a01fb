//! The answers that a visitor on the ladder is given: an upstream's, a stored response or a
//! snapshot.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::location;
use breakwater_core::base::time::Millis;
use breakwater_core::cache::cache_status::{CacheStatus, Forwarded};
use breakwater_core::cache::meta::StoredMeta;
use breakwater_core::cache::stored::{self, Bytes, VOID_WITH_BANNER};
use breakwater_core::site::degrade::{Rung, Setback, Source, Target, Trouble};
use breakwater_core::site::request::{self, Validated};
use wasm_bindgen::prelude::*;
use web_sys::Response;

use super::call::{GoodAnswer, PassedOn};
use super::held::body_of;
use super::{LadderRun, Web};
use crate::attempts::AnswerBody;
use crate::platform::{self, Caught as _};
use crate::snapshots::Snapshot;
use crate::stored_responses::StoredResponse;
use crate::{answer, clock, fallback, outgoing, refresh, warnings};
use breakwater_platform::address::Address;

/// A stored response, as a visitor is given it.
struct ServedResponse<'a> {
    stored: StoredMeta,
    /// As [`Fields`] reads them.
    fields: &'a str,
    body: &'a Response,
}

impl LadderRun {
    /// Answers from this rung.
    pub(super) async fn give(&self, rung: Rung<Web>) -> Result<Option<Response>, JsValue> {
        match rung {
            Rung::Stored { response, revalidates } => {
                if revalidates {
                    refresh::start(&self.visit, &self.fields, &response);
                }
                let status = CacheStatus::Hit(response.stored.age(clock::now()));
                let served = self.serve_copy(&response, Source::Cache, status, None).await;
                // No call has led to a report, and yet the counts are to arrive.
                self.visit.talk_if_due(self.visit.target.circuit, clock::now());
                served
            }
            Rung::Stale { response, why: Setback { trouble, took } } => {
                let age = response.stored.age(clock::now());
                let status = CacheStatus::Instead(trouble.cache_status(), age);
                self.serve_copy(&response, Source::Stale, status, took).await
            }
            Rung::Snapshot { snapshot, why: Setback { trouble, took } } => {
                self.serve_snapshot(snapshot, trouble, took).await
            }
            Rung::Upstream { answer: GoodAnswer::Validated(validated, answer), .. } => {
                let Validated { response, stored, fields, .. } = validated;
                let status = CacheStatus::Validated(stored.age(clock::now()));
                let copy = ServedResponse { stored, fields: &fields, body: &response.response };
                let (took, beside) = (Some(answer.took), Some(&answer.response));
                self.serve(copy, Source::Cache, status, took, beside).await
            }
            Rung::Upstream { answer: GoodAnswer::Answer(answer), forwarded }
            | Rung::UpstreamError { answer, forwarded } => self.pass_on(answer, forwarded),
            Rung::Fallback(Setback { trouble, took }) => {
                fallback::answer(&self.visit, trouble, took)
            }
            Rung::NotSent => return Ok(None),
        }
        .map(Some)
    }

    /// Passes on what an upstream answered.
    pub(super) fn pass_on(
        &self,
        passed: PassedOn,
        forwarded: Option<Forwarded>,
    ) -> Result<Response, JsValue> {
        let (visit, PassedOn { answer, stored }) = (&self.visit, passed);
        let source = match answer.whom {
            Target::Origin => Source::Origin,
            Target::Backup => Source::Backup,
        };
        let bypassed = || visit.tells_of_cache.then(|| request::forwarded(&visit.method));
        let forwarded = forwarded.or_else(bypassed);
        let cache =
            forwarded.map(|why| CacheStatus::Forwarded(why, answer.response.status(), stored));
        let now = clock::now();
        let label = visit.label(answer.target, source, Some(answer.took), cache, now);
        visit.count_answer(source, answer.response.status(), now);
        let body: Option<JsValue> = match answer.body {
            AnswerBody::Own => None,
            AnswerBody::Whole(whole) => Some(whole.hand(visit)?),
            AnswerBody::Streamed(stream) => Some(stream.into()),
        };
        let origin = outgoing::said_origin(&visit.env, answer.target);
        let way = Address::of(&visit.url).way_from(&origin);
        warnings::look(visit, answer.target, &answer.response, way);
        answer::passed_on(&answer.response, body.as_ref(), way, label)
    }

    async fn serve_snapshot(
        &self,
        snapshot: Snapshot,
        trouble: Trouble,
        took: Option<Millis>,
    ) -> Result<Response, JsValue> {
        let Snapshot { stored, fields, body } = snapshot;
        let status = CacheStatus::Instead(trouble.cache_status(), stored.age(clock::now()));
        let copy = ServedResponse { stored, fields: &fields, body: &body };
        self.serve(copy, Source::Snapshot, status, took, None).await
    }

    async fn serve_copy(
        &self,
        copy: &StoredResponse,
        source: Source,
        status: CacheStatus,
        took: Option<Millis>,
    ) -> Result<Response, JsValue> {
        let copy =
            ServedResponse { stored: copy.stored, fields: &copy.fields, body: &copy.response };
        self.serve(copy, source, status, took, None).await
    }

    async fn serve(
        &self,
        copy: ServedResponse<'_>,
        source: Source,
        status: CacheStatus,
        took: Option<Millis>,
        beside: Option<&Response>,
    ) -> Result<Response, JsValue> {
        let (visit, now) = (&self.visit, clock::now());
        let (request, fields) = (Fields::new(&self.fields), Fields::new(copy.fields));
        let may_have_banner =
            source.steps_in() && stored::carries_banner(copy.stored.status, fields);
        let banner = match may_have_banner {
            true => fallback::banner(visit, copy.stored.age(now).age)?,
            false => None,
        };
        let bytes = if banner.is_some() { Bytes::Changed } else { Bytes::AsKept };
        let served = stored::serve(copy.stored, fields, &visit.method, request, bytes, now);
        let body = body_of(copy.body, &served).await?;
        let origin = outgoing::said_origin(&visit.env, visit.target);
        let address = Address::of(&visit.url);
        let (site, way) = (address.origin(), address.way_from(&origin));
        let fields = location::readdressed(Fields::new(&served.fields), &origin, &site);
        let label = visit.label(visit.target, source, took, Some(status), now);
        visit.count_answer(source, served.status, now);
        let lines = fields.as_deref().unwrap_or(&served.fields);
        let beside = beside.map(|answer| (answer, way));
        let answer = answer::of_copy(served.status, lines, &body, label, beside)?;
        match banner.filter(|_| served.is_whole_page()) {
            Some(banner) => {
                platform::with_banner(&answer, &banner, &VOID_WITH_BANNER.join(" ")).caught()
            }
            None => Ok(answer),
        }
    }
}
