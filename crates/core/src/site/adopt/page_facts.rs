//! What a page says of its site: its name, its address, and where it leads.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::base::host::is_host_name;
use crate::base::origin::origin_of;
use crate::cache::snapshot::key;
use crate::cache::snapshot::tags::StartTags;

/// The most links of a page that are looked at.
const LINKS_MAX: usize = 200;
/// The longest name of a site that is taken from a page, in characters.
const NAME_MAX: usize = 60;

/// What a page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PageFacts {
    /// The site's name.
    pub(super) name: Option<String>,
    /// The host that the page names as its own.
    pub(super) host: Option<String>,
    /// The paths that it links to, each once.
    pub(super) links: Vec<String>,
    /// The paths of what it loads, each once.
    pub(super) loads: Vec<String>,
}

impl PageFacts {
    /// Of a page at `path` on `host`, with its port if it has one.
    pub(super) fn of(html: &[u8], path: &str, host: &str) -> Self {
        let mut facts = Self { name: title(html), ..Self::default() };
        for tag in StartTags::of(html) {
            let value = |name| tag.attribute(name);
            if tag.is("meta") {
                let content = || value("content");
                match value("property").as_deref() {
                    Some("og:site_name") => facts.name = content().and_then(|text| name_in(&text)),
                    Some("og:url") if facts.host.is_none() => {
                        facts.host = content().and_then(|url| public_host(&url));
                    }
                    _ => {}
                }
                continue;
            }
            let (list, reference) = if tag.is("a") {
                (&mut facts.links, value("href"))
            } else if tag.is("link") {
                let rel = value("rel").unwrap_or_default();
                if rel.eq_ignore_ascii_case("canonical")
                    && let Some(host) = value("href").and_then(|url| public_host(&url))
                {
                    facts.host = Some(host);
                }
                let is_load = rel.split_ascii_whitespace().any(|rel| {
                    ["stylesheet", "icon", "preload", "modulepreload"]
                        .iter()
                        .any(|known| rel.eq_ignore_ascii_case(known))
                });
                (&mut facts.loads, value("href").filter(|_| is_load))
            } else if tag.is("script") || tag.is("img") {
                (&mut facts.loads, value("src"))
            } else {
                continue;
            };
            let Some(found) = reference.and_then(|text| key::resolve(&text, path, host)) else {
                continue;
            };
            if list.len() < LINKS_MAX && !list.contains(&found) {
                list.push(found);
            }
        }
        facts
    }
}

/// The host of an absolute URL, if visitors could have come by it.
pub(super) fn public_host(url: &str) -> Option<String> {
    let (_, host) = origin_of(url).split_once("://")?;
    let host = host.to_ascii_lowercase();
    let is_public = is_host_name(&host) && host.contains('.') && !is_address(&host);
    is_public.then_some(host)
}

/// Whether this is a number of the network and no name.
pub(super) fn is_address(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// The name in the page's `<title>`.
fn title(html: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(html);
    let at = text.find("<title").or_else(|| text.find("<TITLE"))?;
    let (_, rest) = text.get(at..)?.split_once('>')?;
    name_in(rest.split('<').next()?)
}

/// The part of a title that is probably the site's: what stands behind the last separator is where
/// most frameworks put it, and what stands before the first where shops do, so the shorter counts.
fn name_in(title: &str) -> Option<String> {
    let title = title.replace("&amp;", "&").replace("&#8211;", "–");
    let parts = [" | ", " – ", " — ", " - ", " · "].iter().find_map(|separator| {
        let (first, _) = title.split_once(separator)?;
        let (_, last) = title.rsplit_once(separator)?;
        let is_first = first.trim().chars().count() <= last.trim().chars().count();
        Some(if is_first { first } else { last }.to_string())
    });
    let name = parts.unwrap_or(title);
    let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_plain = !name.is_empty() && !name.chars().any(char::is_control);
    is_plain.then(|| name.chars().take(NAME_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_its_name_its_host_and_where_it_leads() {
        let page = b"<title>Mugs and shirts | Ada&amp;Co</title>\
            <link rel=canonical href=\"https://Shop.example/\"><link rel=stylesheet href=/a/x.css>\
            <a href=/login>in</a><a href=\"/login\">in</a><a href=http://localhost:3000/cart>\
            <a href=https://elsewhere.example/api><script src=s.js></script>";
        let facts = PageFacts::of(page, "/", "localhost:3000");
        assert_eq!(facts.name.as_deref(), Some("Ada&Co"));
        assert_eq!(facts.host.as_deref(), Some("shop.example"));
        assert_eq!(facts.links, ["/login", "/cart"]);
        assert_eq!(facts.loads, ["/a/x.css", "/s.js"]);
    }

    #[test]
    fn a_number_or_a_bare_name_is_no_public_host() {
        for url in ["http://127.0.0.1:8000/", "http://localhost/", "/path", "", "https://a_b.c/"] {
            assert_eq!(public_host(url), None, "{url}");
        }
    }
}
