//! A page that says one thing: that there is no such page, or what came of a subscription.

use alloc::vec::Vec;

use askama::Template;

use super::StatusPages;
use super::frame::Frame;
use super::icon::{self, Mark};
use super::written::{Paragraph, WrittenPart, paragraphs};
use crate::site::status::ComponentState;

/// What a page says.
#[derive(Clone, Copy, Debug)]
pub struct PageMessage<'a> {
    /// Its heading.
    pub title: &'a str,
    /// Its text; an empty line parts paragraphs.
    pub text: &'a str,
    /// What the reader may send.
    pub forms: &'a [MessageForm<'a>],
    /// Where the reader may go on: what is shown, and a path.
    pub links: &'a [(&'a str, &'a str)],
}

/// A button that sends something. What changes anything is sent by a button and not by a link,
/// since programs that look at e-mail follow links.
#[derive(Clone, Copy, Debug)]
pub struct MessageForm<'a> {
    /// The path that it is sent to, by `POST`.
    pub action: &'a str,
    /// The fields that go along, each with its name and its value.
    pub fields: &'a [(&'a str, &'a str)],
    /// What the reader may choose from; the field is `components`.
    pub choices: &'a [MessageChoice<'a>],
    /// What stands on the button.
    pub button: &'a str,
}

/// Something to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageChoice<'a> {
    /// Its name, which is sent.
    pub name: &'a str,
    /// What people read.
    pub title: &'a str,
    /// Whether it is chosen already.
    pub is_chosen: bool,
}

/// The page around it.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct MessagePage<'a> {
    f: Frame<'a>,
    marks: [Mark; 6],
    title: &'a str,
    text: Vec<Paragraph<'a>>,
    forms: &'a [MessageForm<'a>],
    links: &'a [(&'a str, &'a str)],
}

impl<'a> MessagePage<'a> {
    pub(super) fn of(pages: &StatusPages<'a>, message: &PageMessage<'a>) -> Self {
        Self {
            f: Frame::new(pages, None, message.title, ComponentState::Unknown, None),
            marks: icon::all(),
            title: message.title,
            text: paragraphs(message.text),
            forms: message.forms,
            links: message.links,
        }
    }
}
