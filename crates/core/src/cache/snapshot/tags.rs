//! The start tags of an HTML page.
//!
//! The scanner finds tags by the tokenisation of the HTML standard (html.spec.whatwg.org §13.2.5),
//! and builds no tree. It skips the content of comments, scripts and styles.

use alloc::string::String;
use alloc::vec::Vec;

use super::markup::{find_ignoring_case, unescaped};

/// Attributes of a tag that are looked at.
const ATTRIBUTES_MAX: usize = 40;
/// Elements whose content is no markup.
const RAW: [&str; 5] = ["script", "style", "textarea", "title", "noscript"];

/// A start tag.
pub(crate) struct Tag<'a> {
    name: &'a str,
    /// Names and values, as they are written.
    attributes: Vec<(&'a str, &'a str)>,
}

impl Tag<'_> {
    /// Whether this is its name, in lower case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value of an attribute, with its character references resolved.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.attributes.iter();
        let (_, value) = attributes.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(unescaped(value).into_owned())
    }
}

/// The start tags of a page.
pub(crate) struct StartTags<'a> {
    rest: &'a [u8],
}

impl<'a> StartTags<'a> {
    /// Those of this text.
    pub(crate) const fn of(html: &'a [u8]) -> Self {
        Self { rest: html }
    }
}

impl<'a> Iterator for StartTags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let at = self.rest.iter().position(|b| *b == b'<')?;
            let after = self.rest.get(at + 1..)?;
            if let Some(comment) = after.strip_prefix(b"!--") {
                let end = comment.windows(3).position(|window| window == b"-->")?;
                self.rest = comment.get(end + 3..)?;
                continue;
            }
            if !after.first().is_some_and(u8::is_ascii_alphabetic) {
                self.rest = after;
                continue;
            }
            let (tag, rest) = start_tag(after)?;
            self.rest = rest;
            if RAW.iter().any(|raw| tag.name.eq_ignore_ascii_case(raw)) {
                self.rest = after_end_tag(rest, tag.name);
            }
            return Some(tag);
        }
    }
}

/// What follows the content of an element that is no markup; nothing if it never ends.
fn after_end_tag<'a>(text: &'a [u8], name: &str) -> &'a [u8] {
    let mut end = Vec::with_capacity(name.len() + 2);
    end.extend_from_slice(b"</");
    end.extend_from_slice(name.as_bytes());
    find_ignoring_case(text, &end).and_then(|at| text.get(at..)).unwrap_or_default()
}

/// Reads a tag from its name on; `None` where it does not end.
fn start_tag(text: &[u8]) -> Option<(Tag<'_>, &[u8])> {
    let end = text.iter().position(|b| is_blank(*b) || matches!(b, b'/' | b'>'))?;
    let (name, mut rest) = text.split_at_checked(end)?;
    let mut tag =
        Tag { name: core::str::from_utf8(name).unwrap_or_default(), attributes: Vec::new() };
    loop {
        let at = rest.iter().position(|b| !is_blank(*b) && *b != b'/')?;
        rest = rest.get(at..)?;
        if let Some(after) = rest.strip_prefix(b">") {
            return Some((tag, after));
        }
        let (name, value, after) = attribute(rest)?;
        rest = after;
        if tag.attributes.len() < ATTRIBUTES_MAX
            && let (Ok(name), Ok(value)) = (core::str::from_utf8(name), core::str::from_utf8(value))
        {
            tag.attributes.push((name, value));
        }
    }
}

/// Name, value and what follows.
type Attribute<'a> = (&'a [u8], &'a [u8], &'a [u8]);

fn attribute(text: &[u8]) -> Option<Attribute<'_>> {
    // Even an equals sign may begin a name.
    let ends = |b: &u8| is_blank(*b) || matches!(b, b'/' | b'>' | b'=');
    let end = 1 + text.get(1..)?.iter().position(ends)?;
    let (name, rest) = text.split_at_checked(end)?;
    let Some(rest) = blanks_off(rest).strip_prefix(b"=") else { return Some((name, b"", rest)) };
    let rest = blanks_off(rest);
    match rest.first()? {
        quote @ (b'"' | b'\'') => {
            let rest = rest.get(1..)?;
            let end = rest.iter().position(|b| b == quote)?;
            Some((name, rest.get(..end)?, rest.get(end + 1..)?))
        }
        _ => {
            let end = rest.iter().position(|b| is_blank(*b) || *b == b'>')?;
            let (value, rest) = rest.split_at_checked(end)?;
            Some((name, value, rest))
        }
    }
}

fn blanks_off(text: &[u8]) -> &[u8] {
    let at = text.iter().position(|b| !is_blank(*b)).unwrap_or(text.len());
    text.get(at..).unwrap_or_default()
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}
