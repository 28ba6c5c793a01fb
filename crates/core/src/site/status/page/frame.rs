//! What all pages have around their content.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::phrase::name_of;
use super::texts::StatusTexts;
use super::words::{fill, number};
use super::{StatusPages, icon};
use crate::base::rfc3339::Shown;
use crate::base::time::Timestamp;
use crate::site::page::ReportingPage;
use crate::site::status::{ComponentState, STATUS_STALE_AFTER, StatusPlace};

/// What the templates have of every page.
#[derive(Clone, Debug)]
pub(super) struct Frame<'a> {
    /// The texts of the language.
    pub(super) t: &'a StatusTexts<'a>,
    /// Where the status is served.
    pub(super) place: &'a StatusPlace<'a>,
    /// What the browser shows as the page's name.
    pub(super) title: String,
    /// What a preview of a link is called. It does not tell a state, since previews grow old.
    pub(super) preview: String,
    /// What the page is about, for search engines and previews.
    pub(super) description: String,
    /// Its own address, absolute; `None` for a page that has none of its own.
    pub(super) url: Option<String>,
    /// The icon of the browser's tab, as an address.
    pub(super) icon: String,
    /// The addresses of the style sheet, the script and the preview's picture.
    pub(super) css: String,
    pub(super) js: String,
    pub(super) image: String,
    /// The element of the script that reports what goes wrong in the page; empty if none does. A
    /// page without an address of its own has none: what it was asked for by may be anything.
    pub(super) reports: String,
    /// The same page in each language: the language, its own name, and the page's address.
    pub(super) languages: Vec<(&'a str, &'a str, String)>,
    /// When the state was known that the page shows; `None` for a page without one. The script
    /// loads such a page again.
    pub(super) at: Option<String>,
    query: String,
}

impl<'a> Frame<'a> {
    /// The frame of a page whose path below the status page is `path`.
    pub(super) fn new(
        pages: &StatusPages<'a>,
        path: Option<&str>,
        title: &str,
        state: ComponentState,
        at: Option<Timestamp>,
    ) -> Self {
        let (place, texts, assets) = (pages.place, pages.texts, pages.assets);
        let query = if pages.is_chosen { format!("?lang={}", texts.lang) } else { String::new() };
        let asset = |name: &str| format!("{}/assets/{name}", place.base);
        let reports = pages.reports.filter(|_| path.is_some());
        let reports = reports.map(|it| it.loaded(ReportingPage::Status, &asset(assets.report)));
        let languages = pages.languages.iter().map(|texts| {
            let url = format!("{}{}?lang={}", place.base, path.unwrap_or_default(), texts.lang);
            (texts.lang, texts.language, url)
        });
        let site = [("site", place.site_name)];
        Self {
            t: texts,
            place,
            title: format!("{title} · {}", fill(texts.title, &site)),
            preview: fill(texts.title, &site),
            description: fill(texts.description, &site),
            url: path.map(|path| format!("{}{path}", place.url)),
            icon: icon::address(state),
            css: asset(assets.css),
            js: asset(assets.js),
            image: format!("{}/assets/{}", place.url, assets.image),
            reports: reports.unwrap_or_default(),
            languages: languages.collect(),
            at: at.map(|at| Shown(at).to_string()),
            query,
        }
    }

    /// A link to a page of the status, in the language that the reader chose.
    pub(super) fn link(&self, path: &str) -> String {
        let base = self.place.base;
        let path = if base.is_empty() && path.is_empty() { "/" } else { path };
        format!("{base}{path}{}", self.query)
    }

    /// The link to the page itself.
    pub(super) fn home(&self) -> String {
        self.link("")
    }

    /// The site's own address, as people write it.
    pub(super) fn host(&self) -> &'a str {
        let url = self.place.site_url;
        url.split_once("://").map_or(url, |(_, host)| host)
    }

    /// A text that names the site.
    pub(super) fn of_site(&self, text: &str) -> String {
        fill(text, &[("site", self.place.site_name)])
    }

    /// A text with a number in it.
    pub(super) fn count(&self, text: &str, count: usize) -> String {
        number(text, count)
    }

    /// The name of the state that the script shows once nothing is known.
    pub(super) const fn unknown(&self) -> &'a str {
        name_of(self.t, ComponentState::Unknown)
    }

    /// After how many milliseconds the script takes the state for unknown.
    pub(super) const fn stale_after(&self) -> u64 {
        STATUS_STALE_AFTER.get()
    }
}
