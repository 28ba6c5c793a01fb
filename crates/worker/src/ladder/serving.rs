//! The answers that a visitor on the ladder is given: an upstream's, a copy or a snapshot.

use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::location;
use breakwater_core::base::time::Millis;
use breakwater_core::cache::cache_status::{CacheStatus, Forwarded};
use breakwater_core::cache::copy::{self, Bytes, Part, VOID_WITH_BANNER};
use breakwater_core::cache::stored::StoredCopy;
use breakwater_core::site::degrade::{Rung, Source, Trouble, Whom};
use wasm_bindgen::prelude::*;
use web_sys::Response;

use super::call::{Brought, Confirmed, asked};
use super::held::body_of;
use super::{Climb, status_of, trouble_of};
use crate::address::Address;
use crate::calls::{Answer, Body, Called};
use crate::copies::Copy;
use crate::platform::{self, Caught as _};
use crate::snapshots::Snapshot;
use crate::{answer, clock, fallback, refresh, sending};

/// A copy, as a visitor is given it.
struct Given<'a> {
    stored: StoredCopy,
    /// As [`Fields`] reads them.
    fields: &'a str,
    body: &'a Response,
}

impl Climb {
    /// Answers from this rung. `found`: the copy that there is. `brought`: what the calls brought.
    pub(super) async fn give(
        &self,
        rung: Rung,
        found: Option<Rc<Copy>>,
        brought: Option<Brought>,
        missing: Forwarded,
    ) -> Result<Response, JsValue> {
        match (rung, found, brought) {
            (Rung::Cache { revalidates }, Some(copy), _) => {
                if revalidates {
                    refresh::start(&self.visit, &self.fields, &copy);
                }
                let status = CacheStatus::Hit(copy.stored.age(clock::now()));
                self.serve_copy(&copy, Source::Cache, status, None).await
            }
            (Rung::Stale, Some(copy), brought) => {
                let (trouble, took) = trouble_of(brought.as_ref());
                let status =
                    CacheStatus::Instead(trouble.cache_status(), copy.stored.age(clock::now()));
                self.serve_copy(&copy, Source::Stale, status, took).await
            }
            (Rung::Called, Some(copy), Some(Brought::Confirmed(confirmed))) => {
                let Confirmed { stored, fields, answer } = confirmed;
                let status = CacheStatus::Confirmed(stored.age(clock::now()));
                let copy = Given { stored, fields: &fields, body: &copy.response };
                let (took, beside) = (Some(answer.took), Some(&answer.response));
                self.serve(copy, Source::Cache, status, took, beside).await
            }
            (Rung::Called, found, Some(Brought::Called(Called::Good(answer)))) => {
                self.pass_on(answer, missing, status_of(found.as_deref()))
            }
            (Rung::Own, found, Some(Brought::Called(Called::Bad { answer: Some(answer), .. }))) => {
                self.pass_on(answer, missing, status_of(found.as_deref()))
            }
            (_, _, brought) => {
                let (trouble, took) = trouble_of(brought.as_ref());
                fallback::answer(&self.visit, trouble, took)
            }
        }
    }

    /// Passes on what an upstream answered. `beside`: the status of the copy that there is.
    fn pass_on(
        &self,
        answer: Answer,
        missing: Forwarded,
        beside: Option<u16>,
    ) -> Result<Response, JsValue> {
        let visit = &self.visit;
        let source = match answer.whom {
            Whom::Origin => Source::Origin,
            Whom::Backup => Source::Backup,
        };
        let route = visit.target.route;
        let cache = (route.cache && self.rungs.copy).then(|| {
            let asked = asked(visit, &self.fields, beside);
            let is_kept = answer.to_keep(route.copy_rules(), asked).is_some();
            CacheStatus::Forwarded(missing, answer.response.status(), is_kept)
        });
        let now = clock::now();
        let label = visit.label(answer.target, source, Some(answer.took), cache, now);
        let body: Option<JsValue> = match answer.body {
            Body::Own => None,
            Body::Whole(whole) => Some(whole.hand(visit)?),
            Body::Streamed(stream) => Some(stream.into()),
        };
        let origin = sending::origin(&visit.env, answer.target);
        answer::passed_on(&answer.response, body.as_ref(), &origin, Address::of(&visit.url), label)
    }

    pub(super) async fn serve_snapshot(
        &self,
        snapshot: Snapshot,
        trouble: Trouble,
        took: Option<Millis>,
    ) -> Result<Response, JsValue> {
        let Snapshot { stored, fields, body } = snapshot;
        let status = CacheStatus::Instead(trouble.cache_status(), stored.age(clock::now()));
        let copy = Given { stored, fields: &fields, body: &body };
        self.serve(copy, Source::Snapshot, status, took, None).await
    }

    async fn serve_copy(
        &self,
        copy: &Copy,
        source: Source,
        status: CacheStatus,
        took: Option<Millis>,
    ) -> Result<Response, JsValue> {
        let copy = Given { stored: copy.stored, fields: &copy.fields, body: &copy.response };
        self.serve(copy, source, status, took, None).await
    }

    async fn serve(
        &self,
        copy: Given<'_>,
        source: Source,
        status: CacheStatus,
        took: Option<Millis>,
        beside: Option<&Response>,
    ) -> Result<Response, JsValue> {
        let (visit, now) = (&self.visit, clock::now());
        let (request, fields) = (Fields::new(&self.fields), Fields::new(copy.fields));
        let may_have_banner = matches!(source, Source::Stale | Source::Snapshot)
            && copy.stored.status == 200
            && copy::carries_banner(fields);
        let banner = match may_have_banner {
            true => fallback::banner(visit, copy.stored.age(now).age)?,
            false => None,
        };
        let bytes = if banner.is_some() { Bytes::Changed } else { Bytes::AsKept };
        let served = copy::serve(copy.stored, fields, &visit.method, request, bytes, now);
        let body = body_of(copy.body, &served).await?;
        let origin = sending::origin(&visit.env, visit.target);
        let site = Address::of(&visit.url).origin();
        let fields = location::readdressed(Fields::new(&served.fields), &origin, &site);
        let label = visit.label(visit.target, source, took, Some(status), now);
        let lines = fields.as_deref().unwrap_or(&served.fields);
        let beside = beside.map(|answer| (answer, &*origin, &*site));
        let answer = answer::of_copy(served.status, lines, &body, label, beside)?;
        match banner.filter(|_| (served.status, served.part) == (200, Part::Whole)) {
            Some(banner) => {
                platform::with_banner(&answer, &banner, &VOID_WITH_BANNER.join(" ")).caught()
            }
            None => Ok(answer),
        }
    }
}
