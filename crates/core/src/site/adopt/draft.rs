//! Writes a first `breakwater.toml`.

use core::fmt::Write as _;

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::framework::Framework;
use super::presets::{self, PresetArea};
use crate::base::json::quoted;
use crate::base::origin::Origin;
use crate::base::path;
use crate::base::pattern::Pattern;
use crate::site::config::{HEALTH_DEFAULT, STATUS_DEFAULT};

/// The most routes that are written: a page with many links is to make no file that is too long to
/// read.
const ROUTES_MAX: usize = 60;
/// Where the public status is served if the site has a page of its own at the default path.
const STATUS_ELSEWHERE: &str = "/site-status";
/// Where the site's health is served if the site has a page of its own at the default path.
const HEALTH_ELSEWHERE: &str = "/site-health";

/// The name by which the site's own server is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostField {
    /// That of the site, as visitors ask.
    Site,
    /// Its own.
    Upstream,
}

/// What is known of a site that has no `breakwater.toml` yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteDraft {
    /// What visitors call the site.
    pub name: String,
    /// The host that visitors ask for, a bare name in lower case.
    pub host: String,
    /// Where the site's own server is.
    pub origin: Origin,
    /// What it is made with, the one that makes its pages first.
    pub frameworks: Vec<Framework>,
    /// Routes that the site itself shows, beside those of the presets.
    pub routes: Vec<(Pattern, PresetArea)>,
    /// The name by which its server is asked.
    pub host_field: HostField,
    /// The path that says whether it works.
    pub probe: String,
    /// The path of its sitemap.
    pub sitemap: Option<String>,
    /// Whether the site has pages of its own where the public status is served by default.
    pub has_status: bool,
    /// The same for its health.
    pub has_health: bool,
    /// Lines for the head of the file.
    pub notes: Vec<String>,
}

impl SiteDraft {
    /// The file.
    pub fn text(&self) -> String {
        let routes = self.all_routes();
        let has_office = routes.iter().any(|(_, area)| area.is_of_the_office());
        let mut text = String::new();
        self.head(&mut text);
        self.site(&mut text);
        self.upstreams(&mut text, has_office);
        self.write_routes(&mut text, &routes);
        self.snapshots(&mut text);
        self.checks(&mut text);
        text
    }

    fn is_local(&self) -> bool {
        !self.host.contains('.') || super::page_facts::is_address(&self.host)
    }

    fn head(&self, text: &mut String) {
        let mut names: Vec<_> = self.frameworks.iter().map(|one| one.title()).collect();
        // Its preset is part of that of the shop.
        if names.first() == Some(&Framework::WooCommerce.title()) {
            names.retain(|name| *name != Framework::WordPress.title());
        }
        let names = if names.is_empty() { "no preset".into() } else { names.join(" and ") };
        comment(
            text,
            &format!(
                "The site that Breakwater keeps answering, as `breakwater init` found it: {names}. \
             Read it once: each route says what its paths are taken for. `npx breakwater check` \
             says what is wrong with this file, `npx breakwater explain --site` what would survive \
             an outage. Durations are written `250ms`, `30s`, `5m`, `1h`, `7d`; shares `50%`."
            ),
        );
        let mut advice: Vec<&str> = Vec::new();
        for one in self.frameworks.iter().filter_map(|one| presets::advice(*one)) {
            if !advice.contains(&one) {
                advice.push(one);
            }
        }
        for one in advice.into_iter().chain(self.notes.iter().map(String::as_str)) {
            text.push_str("#\n");
            comment(text, one);
        }
    }

    fn site(&self, text: &mut String) {
        let _ = write!(text, "\n[site]\nname = {}\n", quoted(&plain(&self.name)));
        line(
            text,
            &format!("host = {}", quoted(&self.host)),
            match self.is_local() {
                true => "for a deployment: the name that visitors use",
                false => "the name that visitors use",
            },
        );
        if self.has_status {
            let status = format!("status = {}", quoted(STATUS_ELSEWHERE));
            line(text, &status, "the site has its own page at the default path");
        }
        if self.has_health {
            let health = format!("health = {}", quoted(HEALTH_ELSEWHERE));
            line(text, &health, "the site has its own page at the default path");
        }
    }

    fn upstreams(&self, text: &mut String, has_office: bool) {
        text.push('\n');
        comment(
            text,
            "Upstreams: the services behind the site. Each has a circuit, which all routes to it \
             share: while too many calls fail, no visitor waits for it. `5xx` counts every server \
             error, since a site whose database is down answers 500; a share of calls, and not a \
             number in a row, so that one broken page does not take the others along.",
        );
        self.upstream(text, "web");
        if has_office {
            text.push('\n');
            comment(
                text,
                "The same server again, with a circuit of its own for the back office: what \
                 strangers ask for cannot keep editors out.",
            );
            self.upstream(text, "office");
        }
    }

    fn upstream(&self, text: &mut String, name: &str) {
        let _ = write!(text, "\n[upstreams.{name}]\n");
        let origin = format!("origin = {}", quoted(self.origin.as_str()));
        line(
            text,
            &origin,
            match self.origin.as_str().starts_with("http://") {
                true => "for a deployment: an https:// address that is not `host`",
                false => "an address that does not lead back to Breakwater",
            },
        );
        match self.host_field {
            HostField::Site => line(text, "host = \"site\"", "it is asked by the site's name"),
            HostField::Upstream => {
                line(
                    text,
                    "# host = \"site\"",
                    "asks it by the site's name; by its own by default",
                );
            }
        }
        if name == "web" {
            line(text, "critical = true", "the site fails without it");
        }
        line(text, &format!("probe = {}", quoted(&self.probe)), "says whether it works again");
        let calls = if name == "web" { 20 } else { 10 };
        let _ = writeln!(
            text,
            "breaker = {{ count = \"5xx\", failure_rate = \"50%\", minimum_calls = {calls} }}"
        );
    }

    /// The routes, each before those that cover it.
    fn all_routes(&self) -> Vec<(Pattern, PresetArea)> {
        let presets = self.frameworks.iter().flat_map(|framework| presets::routes(*framework));
        let presets =
            presets.filter_map(|(pattern, area)| Some((Pattern::parse(pattern).ok()?, *area)));
        let mut wanted: Vec<_> = presets.chain(self.routes.iter().cloned()).collect();
        // Stable, so that of two areas for one pattern the more personal one counts.
        wanted.sort_by_key(|(_, area)| *area);
        let mut routes: Vec<(Pattern, PresetArea)> = Vec::new();
        for (pattern, area) in wanted.into_iter().take(ROUTES_MAX) {
            if pattern.matches_everything() || self.is_reserved(&pattern) {
                continue;
            }
            match routes.iter().position(|(other, _)| other.covers(&pattern)) {
                Some(at) if routes.get(at).is_some_and(|(_, other)| *other == area) => {}
                Some(at) if routes.get(at).is_some_and(|(other, _)| *other == pattern) => {}
                Some(at) => routes.insert(at, (pattern, area)),
                None => routes.push((pattern, area)),
            }
        }
        routes
    }

    /// Whether a route with this pattern could never be used, since Breakwater answers there.
    fn is_reserved(&self, pattern: &Pattern) -> bool {
        let status = if self.has_status { STATUS_ELSEWHERE } else { STATUS_DEFAULT };
        let health = if self.has_health { HEALTH_ELSEWHERE } else { HEALTH_DEFAULT };
        [status, health].into_iter().any(|own| Pattern::at_and_below(own).covers(pattern))
    }

    fn write_routes(&self, text: &mut String, routes: &[(Pattern, PresetArea)]) {
        text.push('\n');
        comment(
            text,
            "Routes: the first one that matches takes the request. `/a/*` also matches `/a`. \
             `private` keeps nothing of an answer. `stale_if_error` is how old a copy may be \
             served while the upstream fails. `cache` answers from fresh copies too, as the \
             answers allow it. `fallback` is what is served without a copy: a page, or a problem \
             in JSON.",
        );
        let mut last = None;
        for (pattern, area) in routes {
            text.push('\n');
            if last != Some(*area) {
                comment(text, area.comment());
            }
            last = Some(*area);
            self.route(text, pattern.as_str(), *area);
        }
        text.push('\n');
        comment(text, PresetArea::Pages.comment());
        self.route(text, "/*", PresetArea::Pages);
    }

    fn route(&self, text: &mut String, pattern: &str, area: PresetArea) {
        let upstream = if area.is_of_the_office() { "office" } else { "web" };
        let _ =
            write!(text, "[[routes]]\nmatch = {}\nupstream = \"{upstream}\"\n", quoted(pattern));
        let lines: &[&str] = match area {
            PresetArea::Webhooks | PresetArea::PersonalApi => {
                &["private = true", "timeout = \"30s\"", "degrade = { fallback = \"problem\" }"]
            }
            PresetArea::Api => &["degrade = { fallback = \"problem\" }"],
            PresetArea::EditorApi => {
                &["degrade = { stale_if_error = \"1h\", fallback = \"problem\" }"]
            }
            PresetArea::Office => &["private = true", "timeout = \"1m\""],
            PresetArea::Login | PresetArea::Cart | PresetArea::Account => &["private = true"],
            PresetArea::Stream => &["private = true"],
            PresetArea::Assets | PresetArea::Media => &[
                "cache = true",
                "retry = { attempts = 2 }",
                "degrade = { stale_if_error = \"7d\" }",
            ],
            PresetArea::Feed => &[
                "retry = { attempts = 2 }",
                "degrade = { stale_if_error = \"24h\", fallback = \"problem\" }",
            ],
            PresetArea::Pages => {
                &["retry = { attempts = 2 }", "degrade = { stale_if_error = \"24h\" }"]
            }
        };
        for one in lines {
            text.push_str(one);
            text.push('\n');
        }
        if area == PresetArea::Pages {
            self.override_line(text);
        }
    }

    fn override_line(&self, text: &mut String) {
        let key = "override_cache_control = true";
        if self.frameworks.first().is_some_and(|one| presets::overrides(*one)) {
            line(text, key, "copies for an outage whatever lifetime pages name;");
            line(text, "", "`private`, `no-store` and cookies still forbid them");
        } else {
            line(text, &format!("# {key}"), "copies for an outage whatever lifetime");
            line(text, "#", "pages name: only if they are the same for all visitors");
        }
    }

    fn snapshots(&self, text: &mut String) {
        text.push('\n');
        comment(
            text,
            "Snapshots: pages that Breakwater fetches itself, and keeps in a bucket that every \
             colo reads. They serve where no visitor has asked for the page before.",
        );
        text.push_str("\n[[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\ntitle = \"Home\"\n");
        if let Some(sitemap) = &self.sitemap {
            let _ = write!(
                text,
                "\n[[snapshots]]\nmatch = \"/*\"\nevery = \"1h\"\nmax = 100\nsource = {}\n",
                quoted(sitemap)
            );
        }
    }

    fn checks(&self, text: &mut String) {
        text.push('\n');
        comment(
            text,
            "What is asked on purpose, each minute, so that people learn of trouble before \
             visitors write.",
        );
        text.push('\n');
        let (mark, host) = match self.is_local() {
            true => ("# ", "shop.example"),
            false => ("", self.host.as_str()),
        };
        let url = format!("url = \"https://{host}/\"");
        for one in ["[[checks]]", "name = \"home\"", &url, "upstream = \"web\""] {
            let _ = writeln!(text, "{mark}{one}");
        }
    }
}

/// A path in the form that a probe takes, else the root.
pub(super) fn probe(path: &str) -> String {
    let is_fit = path.starts_with('/')
        && path::is_normalised(path.split('?').next().unwrap_or_default())
        && path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'#'));
    if is_fit { path.to_string() } else { "/".into() }
}

/// Writes a line and what it means, in a column of its own.
fn line(text: &mut String, code: &str, meaning: &str) {
    /// Where the comments begin.
    const COLUMN: usize = 40;
    let _ = writeln!(text, "{code:<width$}# {meaning}", width = COLUMN.max(code.len() + 1));
}

/// Writes a comment, in lines that fit.
fn comment(text: &mut String, sentences: &str) {
    /// The longest line, in characters.
    const WIDTH: usize = 100;
    let mut width = 0;
    for word in sentences.split_whitespace() {
        let word = plain(word);
        let length = word.chars().count() + 1;
        if width > 0 && width + length > WIDTH {
            text.push('\n');
            width = 0;
        }
        if width == 0 {
            text.push('#');
            width = 1;
        }
        let _ = write!(text, " {word}");
        width += length;
    }
    if width > 0 {
        text.push('\n');
    }
}

/// A text in one line.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
