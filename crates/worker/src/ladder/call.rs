//! The calls behind one visitor, and what follows from them whether the visitor waits or not.

use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::cache::copy::CopyKey;
use breakwater_core::cache::freshness::{self, Asked, Keep};
use breakwater_core::cache::stored::StoredCopy;
use breakwater_core::site::degrade::Whom;
use futures::channel::oneshot;
use wasm_bindgen::prelude::*;

use crate::address::Address;
use crate::calls::{self, Answer, Begun, Body, Called, Release};
use crate::copies::{self, Copy};
use crate::holding::Share;
use crate::sending::Sending;
use crate::visit::Visit;
use crate::{clock, refresh, snapshots};

/// What the calls brought, as the visitor gets it.
pub(super) enum Brought {
    Called(Called),
    /// The copy, which the upstream has confirmed.
    Confirmed(Confirmed),
}

/// What a copy is by the upstream's word. Its body is the one that was found.
pub(super) struct Confirmed {
    pub(super) stored: StoredCopy,
    pub(super) fields: String,
    /// The 304, which may have set the visitor's cookies.
    pub(super) answer: Answer,
}

/// What is to be done to get an answer.
pub(super) enum Errand {
    Send(Sending),
    /// The call was made before.
    Begun(Begun),
}

/// The calls of one visitor, and what follows from them.
pub(super) struct Call {
    pub(super) visit: Rc<Visit>,
    pub(super) fields: Rc<str>,
    pub(super) key: CopyKey,
    pub(super) reads_whole: bool,
    pub(super) release: Release,
    /// The status of the copy that was there already.
    pub(super) beside: Option<u16>,
}

impl Call {
    pub(super) async fn run(
        &self,
        errand: Errand,
        confirmable: Option<Rc<Copy>>,
        visitor: oneshot::Sender<Brought>,
    ) -> Result<(), JsValue> {
        let visit = &*self.visit;
        let (called, unjudged) = match errand {
            Errand::Send(sending) => {
                calls::run(visit, &sending, self.reads_whole, &self.release).await?
            }
            Errand::Begun(begun) => {
                calls::go_on(visit, begun, self.reads_whole, &self.release).await?
            }
        };
        let (brought, keeping) = match (called, confirmable) {
            (Called::Good(answer), Some(copy)) if answer.response.status() == 304 => {
                let (stored, fields, keeping) = self.confirm(&copy, &answer).await;
                (Brought::Confirmed(Confirmed { stored, fields, answer }), keeping)
            }
            (called, _) => {
                let keeping = self.kept(&called);
                self.tell_of(&called);
                if let Called::Good(answer) = &called
                    && let Some(invalidation) = visit.invalidation(&answer.response)
                {
                    invalidation.await;
                }
                (Brought::Called(called), keeping)
            }
        };
        let mut storing = Box::pin(self.store(keeping));
        let route = visit.target.route;
        // Where copies answer, whoever asks next is to find this one.
        let stored = if route.cache {
            let left = (visit.arrived + route.patience).since(clock::now());
            calls::within(&mut storing, left).await
        } else {
            None
        };
        // The visitor may have been given a copy by now, or have left.
        let _ = visitor.send(brought);
        if let Some(unjudged) = unjudged {
            unjudged.judge(visit).await;
        }
        match stored {
            Some(stored) => stored,
            None => storing.await,
        }
    }

    async fn store(&self, keeping: Option<Keeping>) -> Result<(), JsValue> {
        let Some(Keeping { keep, fields, body, share: _held }) = keeping else { return Ok(()) };
        copies::keep(&self.key, Fields::new(&self.fields), &keep, &fields, &body).await
    }

    /// The copy as the upstream's 304 has it now, and the same to be kept: with the body that is
    /// there, unless another was put in its place meanwhile.
    async fn confirm(&self, copy: &Copy, answer: &Answer) -> (StoredCopy, String, Option<Keeping>) {
        let update = Fields::new(&answer.fields);
        let fields = freshness::freshened(Fields::new(&copy.fields), update);
        let (asked, status) = (self.asked(), copy.stored.status);
        let rules = self.visit.target.route.copy_rules();
        let kept = freshness::confirm(rules, asked, status, Fields::new(&fields), clock::now());
        let stored = kept.as_ref().map_or(copy.stored, |keep| keep.stored);
        let Ok(keep) = kept else { return (stored, fields, None) };
        // The body that was found is the visitor's: two readers of one would have it held between
        // them.
        let there = copies::find(&self.key, Fields::new(&self.fields)).await.ok();
        let there =
            there.filter(|there| (there.stored, &there.fields) == (copy.stored, &copy.fields));
        let keeping = there.map(|there| Keeping {
            keep,
            fields: fields.clone(),
            body: there.response.body().into(),
            share: None,
        });
        (stored, fields, keeping)
    }

    /// The answer as a copy, if it is to become one.
    fn kept(&self, called: &Called) -> Option<Keeping> {
        let (Called::Good(answer) | Called::Bad { answer: Some(answer), .. }) = called else {
            return None;
        };
        let route = self.visit.target.route;
        let (whole, keep) = answer.to_keep(route.copy_rules(), self.asked())?;
        let fields = Fields::new(&answer.fields);
        if !route.cache && !copies::is_due(&self.key, fields) {
            return None;
        }
        let fields = freshness::kept_fields(fields, whole.bytes.length() as usize);
        let share = Some(Rc::clone(&whole.share));
        Some(Keeping { keep, fields, body: whole.bytes.clone().into(), share })
    }

    fn asked(&self) -> Asked<'_> {
        asked(&self.visit, &self.fields, self.beside)
    }

    /// A page that only visitors ask for whose own requests make no copy, such as those with
    /// cookies, would never have one. One that others see too is told to the keeper of snapshots.
    fn tell_of(&self, called: &Called) {
        let Called::Good(answer) = called else { return };
        let (Whom::Origin, Body::Whole(_)) = (answer.whom, &answer.body) else { return };
        let answered = answer.answered();
        refresh::start_if_due(&self.visit, self.asked(), answered);
        if !Fields::new(&self.fields).has("cookie") && answered.status == 200 {
            let etag = answered.fields.get("etag");
            snapshots::note(&self.visit, Address::of(&self.visit.url).path_and_query, etag);
        }
    }
}

/// An answer on its way to become a copy.
struct Keeping {
    keep: Keep,
    fields: String,
    body: JsValue,
    /// Room for the body, where it is held here.
    share: Option<Rc<Share>>,
}

/// What decides on the visitor's side. `beside`: the status of the copy that is there.
pub(super) fn asked<'a>(visit: &'a Visit, fields: &'a str, beside: Option<u16>) -> Asked<'a> {
    Asked {
        method: &visit.method,
        path: visit.path(),
        fields: Fields::new(fields),
        has_unkeyed: visit.has_unkeyed,
        at: visit.arrived,
        beside,
    }
}
