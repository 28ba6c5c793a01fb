//! The status pages, as HTML.
//!
//! The server writes all of a page, so that it is whole without a script; the script only keeps it
//! young. A page is a function of its [`StatusView`] and of nothing else: two readers of one
//! language get the same bytes until the state changes, so that caches and `ETag` work. Ages are
//! therefore left to the script, and the page has points in time.
//!
//! The templates are in `www/status`, and the compiler checks them: a name that is missing fails
//! the build. They escape every text that is not part of them.

mod days;
mod figures;
mod frame;
mod history;
mod icon;
mod incidents;
mod message;
mod moment;
mod overview;
mod parts;
mod phrase;
mod response;
mod texts;
mod visitors;
mod words;
mod written;

use alloc::string::String;

use askama::Template;

pub use message::{MessageChoice, MessageForm, PageMessage};
pub use moment::HistoryMonth;
pub use texts::{STATUS_TEXTS, StatusTextFile, StatusTexts};

use super::{StatusPlace, StatusView};
use crate::site::page::PageReports;
use history::HistoryPage;
use message::MessagePage;
use overview::{IncidentPage, Overview};

/// The `Content-Security-Policy` of the status pages: they load nothing from any other host, and
/// no text that gets into them is a script or a style.
pub const STATUS_CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; \
    script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// The names of the files that pages load, below `BASE/assets/`. Each has the hash of its content
/// in it, so that it may be kept for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetPaths<'a> {
    /// The style sheet.
    pub css: &'a str,
    /// The script.
    pub js: &'a str,
    /// The picture that a preview of a link shows, 1,200 by 630.
    pub image: &'a str,
    /// The script that reports what goes wrong in a page, where one does.
    pub report: &'a str,
}

/// What visitors can subscribe to on the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subscriptions {
    /// Messages by e-mail.
    pub email: bool,
    /// Messages to a webhook.
    pub webhook: bool,
}

/// Writes the pages for readers of one language.
#[derive(Clone, Copy, Debug)]
pub struct StatusPages<'a> {
    /// Where they are served.
    pub place: &'a StatusPlace<'a>,
    /// The texts of the language ([`StatusTexts::choose`]).
    pub texts: &'a StatusTexts<'a>,
    /// All languages that the reader may choose from.
    pub languages: &'a [StatusTexts<'a>],
    /// Whether the address names the language (`?lang=de`). Links within the status then name it
    /// too.
    pub is_chosen: bool,
    /// What the pages load.
    pub assets: &'a AssetPaths<'a>,
    /// How the pages report what goes wrong in them, if they do.
    pub reports: Option<PageReports<'a>>,
}

impl<'a> StatusPages<'a> {
    /// The page at `BASE`.
    pub fn overview(&self, view: StatusView<'a>, subscriptions: Subscriptions) -> String {
        rendered(&Overview::of(self, view, subscriptions))
    }

    /// The page at `BASE/incidents/ID`; `None` if there is no such incident.
    pub fn incident(&self, view: StatusView<'a>, id: &str) -> Option<String> {
        let incident = view.incident(id)?;
        Some(rendered(&IncidentPage::of(self, view, incident)))
    }

    /// The page at `BASE/history/2026-11`, and at `BASE/history` that of the month of now. `None`
    /// for a month that is still to come, and for one before all that is known.
    pub fn history(&self, view: StatusView<'a>, month: HistoryMonth) -> Option<String> {
        HistoryPage::of(self, view, month).map(|page| rendered(&page))
    }

    /// The page for an address below `BASE` at which there is nothing. Its status is 404.
    pub fn missing(&self) -> String {
        let (title, text) = (self.texts.missing_title, self.texts.missing_text);
        self.message(&PageMessage { title, text, forms: &[], links: &[] })
    }

    /// A page that says one thing, such as the result of a subscription.
    pub fn message(&self, message: &PageMessage<'a>) -> String {
        rendered(&MessagePage::of(self, message))
    }
}

/// The text of a page. A string refuses no text, and no value of a template refuses to be shown,
/// so there is no error.
fn rendered(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}

#[cfg(test)]
mod tests;
