//! Walks over a site: what to fetch next, and when.

mod found;

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::loads::{self, References};
use super::report::{Explained, RedirectTarget, Survival, WalkSummary};
use super::verdict::{self, WalkAnswer};
use crate::base::fields::{Fields, members};
use crate::base::path;
use crate::base::time::{Millis, Timestamp};
use crate::cache::kind::OWN_AGENT;
use crate::cache::snapshot::key;
use crate::site::config::{Site, Upstream};

/// The time from one request to the next, in milliseconds: eleven a second are fewer than one
/// visitor's browser makes for one page, and 500 pages take 45 seconds.
pub const WALK_EVERY: Millis = Millis::new(90);
/// The most requests at a time, which is what browsers do to one host.
pub const WALK_CONCURRENT_MAX: usize = 6;
/// The most pages of one walk.
pub const WALK_PAGES_MAX: usize = 2_000;
/// The most files that pages load which are looked at in one walk; most pages share theirs.
pub const WALK_LOADS_MAX: usize = 150;
/// The most bytes of a body that are read.
pub const WALK_BODY_MAX: usize = 4 * 1024 * 1024;
/// The most redirects that are followed one after another, which is where browsers give up (fetch
/// standard, §4.4).
const REDIRECTS_MAX: usize = 20;

/// What a walk is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkOptions {
    /// The most pages, up to [`WALK_PAGES_MAX`].
    pub pages_max: usize,
    /// Whether what pages load is looked at too.
    pub follows_loads: bool,
}

/// What is to be fetched, by `GET` and without following redirects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalkRequest {
    /// By this the answer is known.
    pub id: u32,
    /// The origin of the upstream.
    pub origin: String,
    /// The path with its query, to be appended to the origin.
    pub path: String,
    /// The name to send as `Host`; that of the origin if there is none.
    pub host: Option<String>,
    /// The fields to send, as [`Fields`] has them.
    pub fields: String,
}

/// What the caller does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalkStep {
    /// It fetches this.
    Fetch(WalkRequest),
    /// It asks again at this time, or when an answer has come.
    Wait(Timestamp),
    /// It asks again when an answer has come.
    Await,
    /// Nothing: the walk is over.
    Done,
}

/// What a request is made for.
#[derive(Clone, Debug)]
struct Visit {
    path: String,
    loaded_by: Option<String>,
    /// The paths that led here by redirects.
    chain: Vec<String>,
    is_sitemap: bool,
    fields: String,
}

/// A walk over one site.
#[derive(Clone, Debug)]
pub struct SiteWalk {
    site: Site,
    options: WalkOptions,
    queue: VecDeque<Visit>,
    in_flight: BTreeMap<u32, Visit>,
    known: BTreeSet<String>,
    next_id: u32,
    next_at: Timestamp,
    pages: usize,
    loads: usize,
    left_out: usize,
    elsewhere: usize,
    /// Sitemaps that were not read yet, and the pages that others named.
    sitemaps_open: usize,
    named: usize,
    /// Whether pages that pages link to are looked at: where no sitemap names any.
    follows_links: bool,
    /// Links that were found before that was known, up to [`WALK_PAGES_MAX`].
    spare_links: Vec<String>,
    explained: Vec<Explained>,
    /// How many of them were returned.
    polled: usize,
}

impl SiteWalk {
    /// A walk that looks at nothing yet.
    pub fn new(site: Site, options: WalkOptions) -> Self {
        let pages_max = options.pages_max.clamp(1, WALK_PAGES_MAX);
        Self {
            site,
            options: WalkOptions { pages_max, ..options },
            queue: VecDeque::new(),
            in_flight: BTreeMap::new(),
            known: BTreeSet::new(),
            next_id: 0,
            next_at: Timestamp::from_millis(0),
            pages: 0,
            loads: 0,
            left_out: 0,
            elsewhere: 0,
            sitemaps_open: 0,
            named: 0,
            follows_links: false,
            spare_links: Vec::new(),
            explained: Vec::new(),
            polled: 0,
        }
    }

    /// Adds a page by its path with its query; returns whether it is one that is not known yet.
    pub fn add_page(&mut self, path_and_query: &str) -> bool {
        self.add(path_and_query, None, Vec::new())
    }

    /// Adds the pages that a sitemap at this path names. If it names none, and no other does, the
    /// pages that pages link to are looked at.
    pub fn add_sitemap(&mut self, path_and_query: &str) {
        if let Some(path) = key::spelling(path_and_query)
            && self.known.insert(format!("sitemap {path}"))
        {
            self.sitemaps_open += 1;
            self.queue.push_front(Visit {
                path,
                loaded_by: None,
                chain: Vec::new(),
                is_sitemap: true,
                fields: String::new(),
            });
        }
    }

    /// Returns whether no sitemap names pages, so that those were looked at which pages link to.
    pub const fn is_by_links(&self) -> bool {
        self.follows_links
    }

    /// Returns how many URLs were looked at, and how many are known.
    pub fn progress(&self) -> (usize, usize) {
        let done = self.explained.len();
        (done, done + self.queue.len() + self.in_flight.len())
    }

    /// Returns what to do next.
    pub fn poll_step(&mut self, now: Timestamp) -> WalkStep {
        if self.queue.is_empty() {
            return if self.in_flight.is_empty() { WalkStep::Done } else { WalkStep::Await };
        }
        if self.in_flight.len() >= WALK_CONCURRENT_MAX {
            return WalkStep::Await;
        }
        if now < self.next_at {
            return WalkStep::Wait(self.next_at);
        }
        let Some(mut visit) = self.queue.pop_front() else { return WalkStep::Done };
        self.next_at = Timestamp::from_millis(now.as_millis().saturating_add(WALK_EVERY.get()));
        let accept = if visit.loaded_by.is_some() { "*/*" } else { "text/html,*/*;q=0.8" };
        visit.fields = format!("accept:{accept}\naccept-encoding:gzip, br\nuser-agent:{OWN_AGENT}");
        let upstream = self.upstream(&visit.path);
        let request = WalkRequest {
            id: self.next_id,
            origin: upstream.map(|one| one.origin.as_str().to_string()).unwrap_or_default(),
            host: upstream.and_then(|one| one.host.clone()),
            path: visit.path.clone(),
            fields: visit.fields.clone(),
        };
        self.in_flight.insert(self.next_id, visit);
        self.next_id += 1;
        WalkStep::Fetch(request)
    }

    /// Takes an answer.
    pub fn handle_answer(&mut self, id: u32, answer: WalkAnswer<'_>, now: Timestamp) {
        let Some(visit) = self.in_flight.remove(&id) else { return };
        if visit.is_sitemap {
            self.sitemap(&visit, answer);
            self.end_sitemap();
            return;
        }
        let redirect = self.redirect(&visit, answer);
        let media_type = media_type(answer.fields);
        let found = self.references(&visit.path, &media_type, answer);
        self.elsewhere += found.elsewhere;
        if self.options.follows_loads {
            for load in found.loads {
                self.add(&load, Some(visit.path.clone()), Vec::new());
            }
        }
        if visit.loaded_by.is_none() {
            self.take_links(found.links);
        }
        let (_, route) = self.site.route(&matched(&visit.path));
        let asked = Fields::new(&visit.fields);
        let survival = verdict::survival(route, &visit.path, asked, answer, now);
        let snapshot = verdict::snapshot(&self.site, &visit.path, answer);
        let mut warnings = verdict::warnings(route, answer);
        if redirect.as_ref().is_some_and(|redirect| redirect.target == RedirectTarget::Loop) {
            warnings.push(self.about_loop(&visit.path));
        }
        let varies = members(answer.fields.get("vary").unwrap_or_default());
        let explained = Explained {
            status: answer.status,
            survival,
            snapshot_ms: snapshot.map(Millis::get),
            redirect,
            varies: varies.map(str::to_ascii_lowercase).collect(),
            cookies: verdict::cookies(answer.fields),
            bytes: answer.bytes,
            is_stream: media_type == "text/event-stream"
                || (!answer.is_whole && answer.bytes < WALK_BODY_MAX as u64),
            media_type,
            took_ms: answer.took.get(),
            warnings,
            ..self.unanswered(&visit)
        };
        self.explained.push(explained);
    }

    /// Takes note that a request brought no answer, and why.
    pub fn handle_failure(&mut self, id: u32, reason: &str) {
        let Some(visit) = self.in_flight.remove(&id) else { return };
        if visit.is_sitemap {
            self.end_sitemap();
            return;
        }
        let survival = Survival::Lost { reason: reason.into(), advice: None };
        let explained = Explained { survival, ..self.unanswered(&visit) };
        self.explained.push(explained);
    }

    /// Returns what is said of the next URL, in the order in which the answers came.
    pub fn poll_explained(&mut self) -> Option<&Explained> {
        let next = self.explained.get(self.polled)?;
        self.polled += 1;
        Some(next)
    }

    /// Returns what is said of all URLs together.
    pub fn summary(&self) -> WalkSummary {
        WalkSummary::of(&self.explained, self.elsewhere, self.left_out)
    }

    fn add(&mut self, reference: &str, loaded_by: Option<String>, chain: Vec<String>) -> bool {
        let Some(path) = key::spelling(reference).filter(|path| !self.known.contains(path)) else {
            return false;
        };
        let (count, most) = match loaded_by {
            Some(_) => (&mut self.loads, WALK_LOADS_MAX),
            None => (&mut self.pages, self.options.pages_max),
        };
        // Where a page leads to is part of that page.
        if chain.is_empty() && *count >= most {
            self.left_out += usize::from(loaded_by.is_none());
            return false;
        }
        *count += 1;
        self.known.insert(path.clone());
        let visit = Visit { path, loaded_by, chain, is_sitemap: false, fields: String::new() };
        // What a redirect leads to comes right behind it.
        if visit.chain.is_empty() {
            self.queue.push_back(visit);
        } else {
            self.queue.push_front(visit);
        }
        true
    }

    fn upstream(&self, path: &str) -> Option<&Upstream> {
        let (_, route) = self.site.route(&matched(path));
        self.site.upstreams.get(route.upstream)
    }

    /// The names by which addresses in this upstream's answers lead to the site.
    fn hosts<'a>(&'a self, path: &str) -> Vec<&'a str> {
        let (_, route) = self.site.route(&matched(path));
        let upstream = self.site.upstreams.get(route.upstream);
        let own = upstream.map(|one| one.host.as_deref().unwrap_or(one.origin.authority()));
        let origin = upstream.map(|one| one.origin.authority());
        [Some(self.site.host.as_str()), own, origin].into_iter().flatten().collect()
    }

    fn references(&self, path: &str, media_type: &str, answer: WalkAnswer<'_>) -> References {
        if answer.status != 200 {
            return References::default();
        }
        loads::references(media_type, answer.body, path, &self.hosts(path))
    }

    fn unanswered(&self, visit: &Visit) -> Explained {
        let (_, route) = self.site.route(&matched(&visit.path));
        let upstream = self.site.upstreams.get(route.upstream);
        let circuit = self.site.circuits.get(route.circuit);
        Explained {
            path: visit.path.clone(),
            loaded_by: visit.loaded_by.clone(),
            status: 0,
            route: route.pattern.as_str().into(),
            upstream: upstream.map(|one| one.name.clone()).unwrap_or_default(),
            circuit: circuit.map(|one| one.name.clone()).unwrap_or_default(),
            survival: Survival::Lost { reason: String::new(), advice: None },
            snapshot_ms: None,
            redirect: None,
            varies: Vec::new(),
            cookies: Vec::new(),
            bytes: 0,
            media_type: String::new(),
            is_stream: false,
            took_ms: 0,
            warnings: Vec::new(),
        }
    }
}

/// The part of a path that patterns match.
fn matched(path: &str) -> Cow<'_, str> {
    path::normalise(path.split('?').next().unwrap_or(path))
}

fn media_type(fields: Fields<'_>) -> String {
    let content_type = fields.get("content-type").unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
