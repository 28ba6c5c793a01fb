//! Atom (RFC 4287).

use core::fmt::Write as _;

use alloc::string::String;

use super::StatusFeed;
use crate::base::rfc3339::Rfc3339;
use crate::site::status::xml::escaped;

pub(super) fn write(feed: &StatusFeed<'_>) -> String {
    let (title, url) = (escaped(&feed.title), escaped(&feed.url));
    let (page, site) = (escaped(feed.place.url), escaped(feed.place.site_name));
    let updated = Rfc3339(feed.updated());
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    // Writing to a `String` does not fail.
    let _ = write!(
        out,
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n\
         <id>{url}</id>\n\
         <title type=\"text\">{title}</title>\n\
         <updated>{updated}</updated>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{url}\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{page}\"/>\n\
         <author><name>{site}</name></author>\n\
         <generator>Breakwater</generator>\n"
    );
    // Some readers take a title whose type is not said for HTML.
    for entry in &feed.entries {
        let (id, title, url) = (escaped(&entry.id), escaped(&entry.title), escaped(&entry.url));
        let (published, updated) = (Rfc3339(entry.published), Rfc3339(entry.updated));
        // The content is HTML: its marks are escaped once more (RFC 4287 §4.1.3.3).
        let content = escaped(&entry.content);
        let _ = write!(
            out,
            "<entry>\n\
             <id>{id}</id>\n\
             <title type=\"text\">{title}</title>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"{url}\"/>\n\
             <published>{published}</published>\n\
             <updated>{updated}</updated>\n\
             <content type=\"html\">{content}</content>\n\
             </entry>\n"
        );
    }
    out + "</feed>\n"
}
