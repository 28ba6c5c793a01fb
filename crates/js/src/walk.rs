//! A walk over a site, for `explain`.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::origin::Origin;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::config::parse;
use breakwater_core::site::explain::{
    SiteWalk, WALK_BODY_MAX, WALK_PAGES_MAX, WalkAnswer, WalkOptions, WalkStep, WalkSummary,
};
use serde::Serialize;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// A walk over one site.
#[wasm_bindgen]
pub struct Walk {
    inner: SiteWalk,
}

#[derive(Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Step {
    Fetch { id: u32, origin: String, path: String, host: Option<String>, fields: String },
    Wait { until: u64 },
    Await,
    Done,
}

#[derive(Serialize)]
struct Summary {
    /// All of it in one sentence.
    sentence: String,
    #[serde(flatten)]
    counts: WalkSummary,
}

#[wasm_bindgen]
impl Walk {
    /// Begins a walk over the site of this file. With `upstream`, all upstreams are asked there.
    ///
    /// # Errors
    /// If the file is refused, or if `upstream` is no origin.
    #[wasm_bindgen(constructor)]
    pub fn new(
        file: &str,
        text: &str,
        upstream: Option<String>,
        pages_max: u32,
    ) -> Result<Self, JsError> {
        let mut site = parse(file, text).map_err(|error| JsError::new(&error.to_string()))?;
        if let Some(origin) = upstream {
            let origin =
                Origin::parse(&origin).map_err(|error| JsError::new(&error.to_string()))?;
            for upstream in &mut site.upstreams {
                upstream.origin = origin.clone();
            }
        }
        let options = WalkOptions {
            pages_max: usize::try_from(pages_max).unwrap_or(WALK_PAGES_MAX),
            follows_loads: true,
        };
        Ok(Self { inner: SiteWalk::new(site, options) })
    }

    /// The most bytes of a body that are read.
    #[wasm_bindgen(js_name = bodyMax)]
    pub fn body_max() -> usize {
        WALK_BODY_MAX
    }

    /// Adds a page by its path with its query.
    #[wasm_bindgen(js_name = addPage)]
    pub fn add_page(&mut self, path: &str) -> bool {
        self.inner.add_page(path)
    }

    /// Adds the pages that the sitemap at this path names.
    #[wasm_bindgen(js_name = addSitemap)]
    pub fn add_sitemap(&mut self, path: &str) {
        self.inner.add_sitemap(path);
    }

    /// What to do next, as JSON; `now` is in milliseconds.
    pub fn step(&mut self, now: f64) -> String {
        crate::json(&match self.inner.poll_step(timestamp(now)) {
            WalkStep::Fetch(request) => Step::Fetch {
                id: request.id,
                origin: request.origin,
                path: request.path,
                host: request.host,
                fields: request.fields,
            },
            WalkStep::Wait(until) => Step::Wait { until: until.as_millis() },
            WalkStep::Await => Step::Await,
            WalkStep::Done => Step::Done,
        })
    }

    /// Takes an answer.
    #[expect(clippy::too_many_arguments, reason = "they are the answer; JavaScript calls this")]
    pub fn answer(
        &mut self,
        id: u32,
        status: u16,
        fields: &str,
        body: &[u8],
        bytes: f64,
        is_whole: bool,
        took: f64,
        now: f64,
    ) {
        let fields = Fields::new(fields);
        let took = Millis::new(whole(took));
        let answer = WalkAnswer { status, fields, body, bytes: whole(bytes), is_whole, took };
        self.inner.handle_answer(id, answer, timestamp(now));
    }

    /// Takes note that a request brought no answer, and why.
    pub fn fail(&mut self, id: u32, reason: &str) {
        self.inner.handle_failure(id, reason);
    }

    /// What is said of the next URL that was looked at, as JSON.
    pub fn explained(&mut self) -> Option<String> {
        self.inner.poll_explained().map(crate::json)
    }

    /// Whether no sitemap names pages, so that those were looked at which pages link to.
    #[wasm_bindgen(js_name = isByLinks)]
    pub fn is_by_links(&self) -> bool {
        self.inner.is_by_links()
    }

    /// How many URLs were looked at, and how many are known.
    pub fn progress(&self) -> Vec<u32> {
        let (done, known) = self.inner.progress();
        [done, known].map(|count| u32::try_from(count).unwrap_or(u32::MAX)).to_vec()
    }

    /// What is said of all URLs together, as JSON.
    pub fn summary(&self) -> String {
        let counts = self.inner.summary();
        crate::json(&Summary { sentence: counts.to_string(), counts })
    }
}

fn timestamp(now: f64) -> Timestamp {
    Timestamp::from_millis(whole(now))
}

/// A number of JavaScript's as a whole one; what is none is 0.
fn whole(number: f64) -> u64 {
    number as u64
}
