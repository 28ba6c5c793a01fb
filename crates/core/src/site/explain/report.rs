//! What is said of one URL, and of all together.

use core::cmp::Reverse;
use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

use crate::base::time::Millis;

/// What is said of one URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The path with its query.
    pub path: String,
    /// The page that loads it, if it is no page itself.
    pub loaded_by: Option<String>,
    /// The status; 0 if there was no answer.
    pub status: u16,
    /// The pattern of its route.
    pub route: String,
    /// The upstream.
    pub upstream: String,
    /// The circuit, by whose state calls are let through.
    pub circuit: String,
    /// Whether it would survive an outage.
    pub survival: Survival,
    /// For how long a snapshot would serve it, if a rule names it and the answer would be taken.
    pub snapshot_ms: Option<u64>,
    /// Where it redirects to.
    pub redirect: Option<ExplainedRedirect>,
    /// The request fields that it varies by.
    pub varies: Vec<String>,
    /// The names of the cookies that it sets.
    pub cookies: Vec<String>,
    /// The bytes of its body, as they came.
    pub bytes: u64,
    /// Its media type.
    pub media_type: String,
    /// Whether it is a stream of events, or did not end while it was read.
    pub is_stream: bool,
    /// How long the upstream took, in milliseconds.
    pub took_ms: u64,
    /// What else the operator should know.
    pub warnings: Vec<String>,
}

impl Explained {
    /// Whether visitors get it while the upstream fails.
    pub const fn survives(&self) -> bool {
        matches!(self.survival, Survival::Kept { .. }) || self.snapshot_ms.is_some()
    }
}

/// Whether a URL would survive an outage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Survival {
    /// A copy is kept.
    Kept {
        /// How long it is fresh, in milliseconds.
        fresh_ms: u64,
        /// How long it serves while the upstream fails, in milliseconds.
        serves_ms: u64,
        /// Who gets it.
        audience: SurvivalAudience,
    },
    /// None is, or none that lasts.
    Lost {
        /// Why.
        reason: String,
        /// What would change that, if anything would.
        advice: Option<String>,
    },
}

/// Who gets a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SurvivalAudience {
    /// Each visitor, who may be signed in.
    Everyone,
    /// Visitors who send no cookies.
    WithoutCookies,
}

/// Where a URL redirects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedRedirect {
    /// The address.
    pub to: String,
    /// What that is.
    pub target: RedirectTarget,
}

/// What a redirect leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RedirectTarget {
    /// To a URL that led here: visitors never arrive.
    Loop,
    /// To another page of the site.
    Site,
    /// To another host.
    Elsewhere,
}

/// What is said of all URLs together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WalkSummary {
    /// The pages that answered, without redirects and without what pages load.
    pub pages: usize,
    /// Those that would survive.
    pub surviving: usize,
    /// What pages load from the site.
    pub loads: usize,
    /// Of that, what would survive.
    pub surviving_loads: usize,
    /// What pages load from other hosts, which Breakwater does not see.
    pub loads_elsewhere: usize,
    /// Redirects that never arrive.
    pub loops: usize,
    /// Why pages would not survive, the most frequent reason first.
    pub reasons: Vec<ReasonCount>,
    /// How many pages were left out, since there were too many.
    pub left_out: usize,
}

/// How many pages are lost for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// The reason.
    pub reason: String,
    /// What would change that.
    pub advice: Option<String>,
    /// The pages.
    pub paths: Vec<String>,
}

impl WalkSummary {
    /// Of these URLs, of files on other hosts, and of pages that were left out.
    pub(super) fn of(all: &[Explained], loads_elsewhere: usize, left_out: usize) -> Self {
        let mut summary = Self { loads_elsewhere, left_out, ..Self::default() };
        for one in all {
            summary.count(one);
        }
        // Stable: of reasons that are as frequent, the one that was found first comes first.
        summary.reasons.sort_by_key(|reason| Reverse(reason.paths.len()));
        summary
    }

    fn count(&mut self, one: &Explained) {
        if one.loaded_by.is_some() {
            self.loads += 1;
            self.surviving_loads += usize::from(one.survives());
            return;
        }
        let target = one.redirect.as_ref().map(|redirect| redirect.target);
        match (target, &one.survival) {
            (Some(RedirectTarget::Loop), _) => {
                self.loops += 1;
                self.lose(one, "it redirects in a loop", one.warnings.last().cloned());
            }
            (Some(RedirectTarget::Site | RedirectTarget::Elsewhere), _) => return,
            (None, Survival::Lost { reason, advice }) if !one.survives() => {
                self.lose(one, reason, advice.clone());
            }
            (None, Survival::Lost { .. } | Survival::Kept { .. }) => self.surviving += 1,
        }
        self.pages += 1;
    }

    fn lose(&mut self, one: &Explained, reason: &str, advice: Option<String>) {
        match self.reasons.iter_mut().find(|known| known.reason == reason) {
            Some(known) => known.paths.push(one.path.clone()),
            None => self.reasons.push(ReasonCount {
                reason: reason.into(),
                advice,
                paths: [one.path.clone()].into(),
            }),
        }
    }
}

impl fmt::Display for WalkSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pages, surviving, .. } = self;
        let lost = pages - surviving;
        let plural = |count: usize| if count == 1 { "page" } else { "pages" };
        write!(f, "of {pages} {} {surviving} would survive", plural(*pages))?;
        match (lost, self.reasons.as_slice()) {
            (0, _) => Ok(()),
            (1, [only]) => write!(f, "; this one not, because {}", only.reason),
            (_, [only]) => write!(f, "; these {lost} not, because {}", only.reason),
            (..) => write!(f, "; these {lost} not:"),
        }
    }
}

/// A span in the largest unit that is no less exact than people need, rounded: an answer is a
/// moment old when it comes.
pub(super) fn spoken(span: Millis) -> Millis {
    const UNITS: [u64; 4] = [86_400_000, 3_600_000, 60_000, 1_000];
    let ms = span.get();
    let unit =
        UNITS.into_iter().find(|unit| ms.saturating_add(unit / 2) >= 2 * unit).unwrap_or(1_000);
    Millis::new(ms.saturating_add(unit / 2) / unit * unit)
}
