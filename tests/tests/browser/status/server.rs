//! Serves the status pages of a hand-made state, with the files of the bundle, as the Worker does.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use breakwater_core::base::locale::LOCALES;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::status::page::{
    AssetPaths, HistoryMonth, MessageForm, PageMessage, STATUS_CONTENT_SECURITY_POLICY,
    StatusPages, StatusTextFile, StatusTexts, Subscriptions,
};
use breakwater_core::site::status::{PublicStatus, StatusPlace};
use breakwater_tests::{Reply, Scripted, Seen, assets};

use super::samples::{NOW, heavy, sample};

/// The name of the sample by which the page is weighed.
const HEAVY: &str = "heavy";

/// What the server shows.
#[derive(Clone, Debug)]
struct Shown {
    status: PublicStatus,
    /// When it is read.
    now: Timestamp,
    /// Whether every page is answered with 503.
    is_broken: bool,
}

/// A server of status pages. It ends with the test.
pub(crate) struct StatusServer {
    server: Scripted,
    shown: Arc<Mutex<Shown>>,
}

impl StatusServer {
    /// Shows a sample at `/status`. A request for `/change` makes it show another one, which was
    /// known `later`, and one for `/break` makes it answer with errors until then.
    pub(crate) async fn start(first: &str, second: &str, later: Millis) -> Result<Self> {
        let files = Files::read()?;
        let shown = Shown { status: status(first), now: NOW, is_broken: false };
        let mut next = Shown { status: status(second), now: NOW + later, is_broken: false };
        next.status.at = next.status.at + later;
        let shown = Arc::new(Mutex::new(shown));
        let state = Arc::clone(&shown);
        let server = Scripted::start(move |seen| {
            let mut shown = state.lock().unwrap_or_else(PoisonError::into_inner);
            match &*seen.path {
                "/change" => *shown = next.clone(),
                "/break" => shown.is_broken = true,
                _ => return files.answer(seen, &shown),
            }
            Reply::ok(&[], "")
        })
        .await?;
        Ok(Self { server, shown })
    }

    /// Shows another sample from now on.
    pub(crate) fn show(&self, name: &str) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.status = status(name);
    }

    /// `http://host:port`.
    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    /// The address of a path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url())
    }

    /// What the requests for a path said that they have already, in order.
    pub(crate) fn validators(&self, path: &str) -> Vec<String> {
        let seen = self.server.seen(path);
        seen.iter().map(|seen| seen.field("if-none-match").to_owned()).collect()
    }
}

fn status(name: &str) -> PublicStatus {
    if name == HEAVY { heavy() } else { sample(name) }
}

/// What the server has besides the state.
struct Files {
    texts: Vec<StatusTextFile>,
    /// The files of the bundle: path, name, type and text. The picture is not asked for.
    assets: Vec<[String; 4]>,
}

impl Files {
    fn read() -> Result<Self> {
        let root = std::env::var("BREAKWATER_ROOT").context("BREAKWATER_ROOT is not set")?;
        let mut texts = Vec::new();
        for lang in LOCALES {
            let file = format!("{root}/www/status/locales/{lang}.toml");
            let text = std::fs::read_to_string(&file).with_context(|| file.clone())?;
            texts.push(StatusTextFile::parse(&file, lang, &text)?);
        }
        let assets = assets()?;
        let assets = assets.as_array().context("no list of files")?.iter().map(|file| {
            ["path", "name", "type", "text"]
                .map(|key| file[key].as_str().unwrap_or_default().to_owned())
        });
        Ok(Self { texts, assets: assets.collect() })
    }

    fn name_of(&self, path: &str) -> &str {
        let found = self.assets.iter().find(|[known, ..]| known == path);
        found.map_or("", |[_, name, ..]| name)
    }

    fn answer(&self, seen: &Seen, shown: &Shown) -> Reply {
        let (path, query) = seen.path.split_once('?').unwrap_or((&seen.path, ""));
        if let Some(name) = path.strip_prefix("/status/assets/") {
            let found = self.assets.iter().find(|[_, known, ..]| known == name);
            return found.map_or_else(
                || Reply::status(404, &[], ""),
                |[_, _, content_type, text]| Reply::ok(&[("content-type", content_type)], text),
            );
        }
        if shown.is_broken {
            return Reply::status(503, &[], "broken");
        }
        let languages: Vec<StatusTexts<'_>> =
            self.texts.iter().map(StatusTextFile::texts).collect();
        let lang = query.strip_prefix("lang=").or(Some(seen.field("accept-language")));
        let Some(texts) = StatusTexts::choose(&languages, lang, lang) else {
            return Reply::status(500, &[], "no languages");
        };
        let place = StatusPlace {
            site_name: "StolenTee",
            site_url: "https://stolentee.example",
            url: "https://stolentee.example/status",
            base: "/status",
        };
        let assets = AssetPaths {
            css: self.name_of("status/page.css"),
            js: self.name_of("status/page.js"),
            image: self.name_of("status/og.png"),
            report: self.name_of("report/page.js"),
        };
        let pages = StatusPages {
            place: &place,
            texts,
            languages: &languages,
            is_chosen: false,
            assets: &assets,
            reports: None,
        };
        match page(&pages, path, shown) {
            Some(page) => served(200, page, seen),
            None => served(404, pages.missing(), seen),
        }
    }
}

/// The page of a path.
fn page(pages: &StatusPages<'_>, path: &str, shown: &Shown) -> Option<String> {
    let view = shown.status.at(shown.now);
    let path = path.strip_prefix("/status")?;
    if let Some(id) = path.strip_prefix("/incidents/") {
        return pages.incident(view, id);
    }
    match path {
        "" => Some(pages.overview(view, Subscriptions { email: true, webhook: true })),
        "/history" => pages.history(view, HistoryMonth::of(shown.now)),
        "/message" => {
            let (fields, button) = (&[("token", "abc")][..], "Subscribe");
            let form = MessageForm { action: "/status/confirm", fields, choices: &[], button };
            let text = "Press the button, and we write to you.";
            let forms = &[form];
            Some(pages.message(&PageMessage { title: "One more step", text, forms, links: &[] }))
        }
        _ => None,
    }
}

/// A page as it is sent, or that it is the one that the browser has already.
fn served(status: u16, page: String, seen: &Seen) -> Reply {
    let mut hasher = DefaultHasher::new();
    page.hash(&mut hasher);
    let etag = format!("\"{:x}\"", hasher.finish());
    let fields = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", STATUS_CONTENT_SECURITY_POLICY),
        ("cache-control", "no-cache"),
        ("etag", &*etag),
        // The time of the tests is not that of the page.
        ("date", "-"),
    ];
    if seen.field("if-none-match") == etag {
        return Reply::status(304, &fields, "");
    }
    Reply::status(status, &fields, page)
}
