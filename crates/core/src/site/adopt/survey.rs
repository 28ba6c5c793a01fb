//! Looks at a site: which addresses to fetch, and what the answers say.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::draft::{HostField, SiteDraft, probe};
use super::exchange::{
    AdoptedSite, SURVEYED_MAX, SurveyAnswer, SurveyError, SurveyOptions, SurveyRequest,
};
use super::framework::Framework;
use super::marks::{MARKS, RECOGNISED_FROM};
use super::page_facts::{PageFacts, public_host};
use super::presets::{self, PresetArea};
use super::words::{area_of, first_segment, is_folder_of_assets};
use crate::base::host::is_host_name;
use crate::base::origin::{Origin, origin_of};
use crate::base::pattern::Pattern;
use crate::cache::snapshot::key;

/// The most requests that a survey makes.
pub const REQUESTS_MAX: usize = 16;
/// The most redirects that are followed from the home page.
const REDIRECTS_MAX: usize = 5;
/// A path that no site has: its answer is the framework's own page for what is not there.
const MISSING: &str = "/breakwater-asks-for-a-page-that-is-not-there";
/// Paths that only one framework answers.
const MARKED_PATHS: [&str; 3] = ["/wp-login.php", "/admin/login/", "/up"];

/// An address that a survey stops at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum SurveyStop {
    /// The home page, or where it has redirected to.
    Home {
        path: String,
        redirects: usize,
    },
    /// The home page by the name of the site.
    AsSite,
    Robots,
    Sitemap(String),
    /// A page that is not there, or one that only one framework has.
    Marked(&'static str),
}

/// A survey of one site. The caller fetches what [`poll_request`](Self::poll_request) returns, and
/// then calls [`handle_answer`](Self::handle_answer) or [`handle_failure`](Self::handle_failure).
#[derive(Clone, Debug)]
pub struct SiteSurvey {
    origin: Origin,
    options: SurveyOptions,
    queue: VecDeque<SurveyStop>,
    pending: Option<SurveyStop>,
    asked: usize,
    home: HomePage,
    as_site: Option<u16>,
    host: Option<String>,
    sitemap: Option<String>,
    /// Indices into [`MARKS`].
    found: Vec<usize>,
    notes: Vec<String>,
}

/// The home page, by the name that its server has itself.
#[derive(Clone, Debug, Default)]
struct HomePage {
    path: String,
    status: u16,
    facts: PageFacts,
    is_of_files: bool,
}

impl SiteSurvey {
    /// Begins a survey of the site at this URL, whose scheme may be missing.
    ///
    /// # Errors
    /// [`SurveyError`] if Breakwater could not call a server there, or if the host is no name.
    pub fn new(url: &str, options: SurveyOptions) -> Result<Self, SurveyError> {
        if let Some(host) = options.host.as_ref().filter(|host| !is_host_name(host)) {
            return Err(SurveyError::Host(host.clone()));
        }
        let url = with_scheme(url.trim());
        let origin = Origin::parse(origin_of(&url)).map_err(SurveyError::Origin)?;
        let path = url.get(origin.as_str().len()..).unwrap_or_default();
        let path = key::spelling(path.split('#').next().unwrap_or_default());
        let home = SurveyStop::Home { path: path.unwrap_or_else(|| "/".into()), redirects: 0 };
        let mut queue = VecDeque::from([home, SurveyStop::Robots, SurveyStop::Marked(MISSING)]);
        queue.extend(MARKED_PATHS.map(SurveyStop::Marked));
        let host = options.host.clone().or_else(|| {
            public_host(origin.as_str()).filter(|_| origin.as_str().starts_with("https://"))
        });
        Ok(Self {
            origin,
            options,
            queue,
            pending: None,
            asked: 0,
            home: HomePage::default(),
            as_site: None,
            host,
            sitemap: None,
            found: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// Where the site is.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns what to fetch next; nothing if the survey is over.
    pub fn poll_request(&mut self) -> Option<SurveyRequest> {
        if self.asked >= REQUESTS_MAX {
            return None;
        }
        let stop = self.queue.pop_front()?;
        let (path, host) = match &stop {
            SurveyStop::Home { path, .. } => (path.clone(), None),
            SurveyStop::AsSite => (self.home.path.clone(), self.host.clone()),
            SurveyStop::Robots => ("/robots.txt".into(), self.host_that_works()),
            SurveyStop::Sitemap(path) => (path.clone(), self.host_that_works()),
            SurveyStop::Marked(path) => ((*path).into(), self.host_that_works()),
        };
        self.pending = Some(stop);
        self.asked += 1;
        Some(SurveyRequest { path, host })
    }

    /// Takes the answer to the request that was returned last.
    pub fn handle_answer(&mut self, answer: SurveyAnswer<'_>) {
        let Some(stop) = self.pending.take() else { return };
        let body = answer.body.get(..SURVEYED_MAX).unwrap_or(answer.body);
        let text = String::from_utf8_lossy(body);
        let path = match &stop {
            SurveyStop::Home { path, .. } | SurveyStop::Sitemap(path) => path.clone(),
            SurveyStop::AsSite => self.home.path.clone(),
            SurveyStop::Robots => "/robots.txt".into(),
            SurveyStop::Marked(path) => (*path).into(),
        };
        for (index, mark) in MARKS.iter().enumerate() {
            if mark.is_in(&path, answer.status, answer.fields, &text)
                && !self.found.contains(&index)
            {
                self.found.push(index);
            }
        }
        if !matches!(stop, SurveyStop::Home { .. } | SurveyStop::AsSite) {
            let location = answer.fields.get("location").filter(|_| is_redirect(answer.status));
            self.learn_host(location.and_then(public_host));
        }
        match stop {
            SurveyStop::Home { path, redirects } => self.home(path, redirects, answer, body),
            SurveyStop::AsSite => self.as_site(answer, body),
            SurveyStop::Robots => self.robots(answer.status, &text),
            SurveyStop::Sitemap(path) => self.sitemap(path, answer.status, &text),
            SurveyStop::Marked(_) => {}
        }
    }

    /// Takes note that the last request brought no answer.
    pub fn handle_failure(&mut self) {
        match self.pending.take() {
            Some(SurveyStop::Robots) => self.robots(0, ""),
            Some(SurveyStop::AsSite) => self.as_site = Some(0),
            Some(SurveyStop::Home { .. } | SurveyStop::Sitemap(_) | SurveyStop::Marked(_))
            | None => {}
        }
    }

    /// The site file for what was found.
    pub fn finish(mut self) -> AdoptedSite {
        let frameworks = self.frameworks();
        let host_field = self.host_field(&frameworks);
        let home = &self.home.facts;
        let host = self.host.clone().filter(|host| is_host_name(host));
        let host = host.unwrap_or_else(|| match self.origin.authority().split(':').next() {
            Some(own) if is_host_name(own) => own.into(),
            _ => "localhost".into(),
        });
        let has_page = |at: &str| home.links.iter().any(|link| first_segment(link) == at);
        let draft = SiteDraft {
            name: home.name.clone().unwrap_or_else(|| host.clone()),
            routes: found_routes(home),
            frameworks: frameworks.clone(),
            host_field,
            probe: probe(&self.home.path),
            sitemap: self.sitemap.clone(),
            has_status: has_page("status"),
            has_health: has_page("health"),
            notes: self.notes.clone(),
            origin: self.origin,
            host,
        };
        let marks = self.found.iter().filter_map(|index| MARKS.get(*index).copied()).collect();
        AdoptedSite { text: draft.text(), frameworks, marks, notes: self.notes }
    }

    fn home(&mut self, path: String, redirects: usize, answer: SurveyAnswer<'_>, body: &[u8]) {
        let location = answer.fields.get("location").filter(|_| is_redirect(answer.status));
        let mut host = None;
        if let Some(location) = location {
            match key::resolve(location, &path, self.origin.authority()) {
                Some(to) if to == path => {
                    self.notes.push(format!("`{path}` redirects to itself when it is asked so"));
                }
                Some(to) if redirects < REDIRECTS_MAX => {
                    self.queue.push_front(SurveyStop::Home { path: to, redirects: redirects + 1 });
                    return;
                }
                Some(_) => self.notes.push(format!("`{path}` redirects again and again")),
                None => {
                    host = public_host(location);
                    let to = origin_of(location);
                    self.notes.push(format!("asked by its own name, the site redirects to {to}"));
                }
            }
        } else if answer.status >= 400 {
            self.notes.push(format!("`{path}` answers {}", answer.status));
        }
        self.home = HomePage {
            facts: PageFacts::of(body, &path, self.origin.authority()),
            status: answer.status,
            is_of_files: answer.fields.has("last-modified")
                && !answer.fields.has("set-cookie")
                && !answer.fields.has("x-powered-by"),
            path,
        };
        let host = self.host.clone().or(host).or_else(|| self.home.facts.host.clone());
        self.learn_host(host);
    }

    /// Takes note of the site's name, unless it is known, and has the home page asked by it.
    fn learn_host(&mut self, host: Option<String>) {
        self.host = self.host.take().or(host);
        let is_another = self.host.as_deref().is_some_and(|host| host != self.origin.authority());
        if is_another && self.as_site.is_none() && !self.queue.contains(&SurveyStop::AsSite) {
            self.queue.push_front(SurveyStop::AsSite);
        }
    }

    fn as_site(&mut self, answer: SurveyAnswer<'_>, body: &[u8]) {
        self.as_site = Some(answer.status);
        let Some(host) = self.host.clone() else { return };
        if answer.status == 200 && self.home.status != 200 {
            self.home.facts = PageFacts::of(body, &self.home.path, &host);
        }
        let is_loop = is_redirect(answer.status)
            && answer.fields.get("location").is_some_and(|location| {
                key::resolve(location, &self.home.path, &host).as_ref() == Some(&self.home.path)
            });
        if is_loop {
            self.notes.push(format!(
                "asked as {host}, the site redirects to itself: its server has to believe \
                 `X-Forwarded-Proto`, by which Breakwater says that visitors came by https"
            ));
        }
    }

    fn robots(&mut self, status: u16, text: &str) {
        let named = text.lines().filter(|_| status == 200).filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("sitemap").then_some(value.trim())
        });
        let named: Vec<&str> = named.take(2).collect();
        let host = named.iter().find_map(|url| public_host(url));
        let mut paths: Vec<String> = named
            .iter()
            .filter_map(|url| key::spelling(url.get(origin_of(url).len()..)?))
            .collect();
        for usual in ["/sitemap.xml", "/wp-sitemap.xml", "/sitemap-index.xml"] {
            if !paths.iter().any(|path| path == usual) {
                paths.push(usual.into());
            }
        }
        for path in paths.into_iter().rev() {
            self.queue.push_front(SurveyStop::Sitemap(path));
        }
        // Before those, which may have to be asked by it.
        self.learn_host(host);
    }

    fn sitemap(&mut self, path: String, status: u16, text: &str) {
        if status != 200 || !(text.contains("<urlset") || text.contains("<sitemapindex")) {
            return;
        }
        let first = text.split_once("<loc>").map(|(_, rest)| rest.trim_start());
        self.learn_host(first.and_then(|rest| public_host(rest.split('<').next()?)));
        self.sitemap = Some(path);
        self.queue.retain(|stop| !matches!(stop, SurveyStop::Sitemap(_)));
    }

    /// The name of the site where its server answers by that and not by its own.
    fn host_that_works(&self) -> Option<String> {
        let is_better = self.home.status != 200 && self.as_site == Some(200);
        self.host.clone().filter(|_| is_better)
    }

    fn frameworks(&self) -> Vec<Framework> {
        let mut frameworks: Vec<Framework> = match self.options.framework {
            Some(framework) => [framework].into(),
            None => Framework::ALL.into_iter().filter(|one| self.is_recognised(*one)).collect(),
        };
        if frameworks.first() == Some(&Framework::WooCommerce) && frameworks.len() == 1 {
            frameworks.push(Framework::WordPress);
        }
        // Express and servers of files are often what serves the others.
        if frameworks.len() > 1 {
            frameworks.retain(|one| !matches!(one, Framework::Express | Framework::Static));
        }
        if frameworks.is_empty() {
            let is_of_files = self.home.is_of_files;
            frameworks.push(if is_of_files { Framework::Static } else { Framework::Unknown });
        }
        frameworks
    }

    fn is_recognised(&self, framework: Framework) -> bool {
        let marks = self.found.iter().filter_map(|index| MARKS.get(*index));
        let weight: u32 =
            marks.filter(|mark| mark.framework == framework).map(|mark| mark.weight).sum();
        weight >= RECOGNISED_FROM
    }

    /// By which name the server is to be asked. It is tried where a public name is known.
    fn host_field(&mut self, frameworks: &[Framework]) -> HostField {
        let wants = frameworks.iter().any(|one| presets::wants_the_site_as_host(*one));
        match (self.as_site, self.home.status, self.host.as_deref()) {
            (Some(asked @ (0 | 400..)), 200..400, Some(host)) if wants => {
                let answer = if asked == 0 { "nothing".into() } else { asked.to_string() };
                let what = match frameworks.contains(&Framework::Django) && asked == 400 {
                    true => String::from("add it to ALLOWED_HOSTS, and set `host = \"site\"` then"),
                    false => "it is asked by its own name, which its forms and redirects may \
                              not take well"
                        .into(),
                };
                self.notes.push(format!("asked as {host}, the server answers {answer}: {what}"));
                HostField::Upstream
            }
            _ if wants => HostField::Site,
            (Some(200), status, _) if status != 200 => HostField::Site,
            _ => HostField::Upstream,
        }
    }
}

/// Routes for what the home page links to and loads.
fn found_routes(home: &PageFacts) -> Vec<(Pattern, PresetArea)> {
    let pattern = |path: &str| Pattern::parse(&format!("/{}/*", first_segment(path))).ok();
    let linked = home.links.iter().filter_map(|path| Some((pattern(path)?, area_of(path)?)));
    let loaded = home.loads.iter().filter(|path| is_folder_of_assets(first_segment(path)));
    let loaded = loaded.filter_map(|path| Some((pattern(path)?, PresetArea::Assets)));
    let mut routes: Vec<(Pattern, PresetArea)> = Vec::new();
    for route in linked.chain(loaded) {
        if !routes.contains(&route) {
            routes.push(route);
        }
    }
    routes
}

const fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The URL with a scheme: that of the local machine is `http`.
fn with_scheme(url: &str) -> String {
    if url.contains("://") {
        return url.into();
    }
    let is_local = ["localhost", "127.", "[::1]"].iter().any(|local| url.starts_with(local));
    format!("{}{url}", if is_local { "http://" } else { "https://" })
}
