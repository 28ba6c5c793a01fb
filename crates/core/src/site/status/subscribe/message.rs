//! A page that says one thing, with what its reader may do about it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::site::status::page::{MessageChoice, MessageForm, PageMessage, StatusPages};

/// What a page says.
pub(super) struct SubscriptionMessage<'a> {
    /// Its heading.
    pub(super) title: &'static str,
    /// Its text; an empty line parts paragraphs.
    pub(super) text: String,
    /// What the reader may do.
    pub(super) forms: Vec<SubscriptionForm<'a>>,
    /// Where the reader may go on: what is shown, and a path.
    pub(super) links: Vec<(&'static str, String)>,
}

/// A button that sends something by `POST`.
pub(super) struct SubscriptionForm<'a> {
    /// The path that it is sent to, with a query.
    pub(super) action: String,
    /// The fields that go along.
    pub(super) fields: &'static [(&'static str, &'static str)],
    /// The components to choose from.
    pub(super) choices: Vec<MessageChoice<'a>>,
    /// What stands on the button.
    pub(super) button: &'static str,
}

impl SubscriptionMessage<'_> {
    /// The page.
    pub(super) fn html(&self, pages: &StatusPages<'_>) -> String {
        let forms = self.forms.iter().map(|form| MessageForm {
            action: &form.action,
            fields: form.fields,
            choices: &form.choices,
            button: form.button,
        });
        let links = self.links.iter().map(|(shown, path)| (*shown, path.as_str()));
        let (forms, links) = (forms.collect::<Vec<_>>(), links.collect::<Vec<_>>());
        let (title, text) = (self.title, self.text.as_str());
        pages.message(&PageMessage { title, text, forms: &forms, links: &links })
    }
}
