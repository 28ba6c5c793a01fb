//! What a page or a style sheet loads, and where a page leads.

use alloc::string::String;
use alloc::vec::Vec;

use crate::cache::snapshot::key;
use crate::cache::snapshot::tags::{StartTags, Tag};

/// The most references of one document that are looked at.
const REFERENCES_MAX: usize = 500;

/// What a document refers to, on its own hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct References {
    /// What it loads, each once.
    pub(super) loads: Vec<String>,
    /// The pages that it links to, each once.
    pub(super) links: Vec<String>,
    /// How many things it loads from other hosts.
    pub(super) elsewhere: usize,
}

/// Reads a document that was found at `path` on a site that goes by each of these `hosts`.
pub(super) fn references(media_type: &str, body: &[u8], path: &str, hosts: &[&str]) -> References {
    let mut found = References::default();
    match media_type {
        "text/html" | "application/xhtml+xml" => of_page(body, path, hosts, &mut found),
        "text/css" => {
            let text = String::from_utf8_lossy(body);
            for reference in urls_of_style(&text) {
                found.load(reference, path, hosts);
            }
        }
        _ => {}
    }
    found
}

fn of_page(html: &[u8], path: &str, hosts: &[&str], found: &mut References) {
    let mut base = String::from(path);
    for tag in StartTags::of(html).take(REFERENCES_MAX * 20) {
        if tag.is("base") {
            match tag.attribute("href").map(|href| resolve(&href, path, hosts)) {
                Some(Some(path)) => base = path,
                // All that is relative lies elsewhere.
                Some(None) => return,
                None => {}
            }
        } else if tag.is("a") {
            let to = tag.attribute("href").and_then(|href| resolve(&href, &base, hosts));
            if let Some(to) = to
                && found.links.len() < REFERENCES_MAX
                && !found.links.contains(&to)
            {
                found.links.push(to);
            }
        } else {
            for reference in loaded_by(&tag) {
                found.load(&reference, &base, hosts);
            }
            if let Some(style) = tag.attribute("style") {
                for reference in urls_of_style(&style) {
                    found.load(reference, &base, hosts);
                }
            }
        }
    }
}

/// What a browser fetches for this tag without being asked.
fn loaded_by(tag: &Tag<'_>) -> Vec<String> {
    /// The relations of links that are fetched: html.spec.whatwg.org §4.6.7.
    const FETCHED: [&str; 6] =
        ["stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon"];
    let mut found = Vec::new();
    if tag.is("link") {
        let rel = tag.attribute("rel").unwrap_or_default();
        let is_fetched = rel
            .split_ascii_whitespace()
            .any(|one| FETCHED.iter().any(|known| one.eq_ignore_ascii_case(known)));
        if is_fetched {
            found.extend(tag.attribute("href"));
            found.extend(tag.attribute("imagesrcset").iter().flat_map(|set| of_srcset(set)));
        }
        return found;
    }
    let is_loader = ["script", "img", "source", "video", "audio", "track", "embed", "iframe"]
        .iter()
        .any(|name| tag.is(name));
    if is_loader {
        found.extend(tag.attribute("src"));
        found.extend(tag.attribute("poster"));
        found.extend(tag.attribute("srcset").iter().flat_map(|set| of_srcset(set)));
    }
    found
}

/// The addresses of a `srcset` (html.spec.whatwg.org §4.8.4.2.1): each before an optional size,
/// with a comma and space between two. An address may have commas in it, but not at its end.
fn of_srcset(set: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_address = true;
    for word in set.split_ascii_whitespace() {
        if is_address {
            let address = word.trim_matches(',');
            if !address.is_empty() {
                found.push(address.into());
            }
            // Without a size, the comma stands at its end.
            is_address = word.ends_with(',');
        } else {
            is_address = word.ends_with(',');
        }
    }
    found
}

/// The addresses in `url(…)` and `@import "…"` of a style sheet.
fn urls_of_style(text: &str) -> impl Iterator<Item = &str> {
    let urls = text.split("url(").skip(1).filter_map(|rest| {
        let inner = rest.split(')').next()?.trim();
        Some(inner.trim_matches(|c| matches!(c, '"' | '\'')))
    });
    let imports = text.split("@import").skip(1).filter_map(|rest| {
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split(quote).next()
    });
    urls.chain(imports).take(REFERENCES_MAX)
}

impl References {
    fn load(&mut self, reference: &str, base: &str, hosts: &[&str]) {
        match resolve(reference, base, hosts) {
            Some(path) if self.loads.len() < REFERENCES_MAX && !self.loads.contains(&path) => {
                self.loads.push(path);
            }
            Some(_) => {}
            None if reference.contains("//") && !reference.trim_start().starts_with("data:") => {
                self.elsewhere += 1;
            }
            None => {}
        }
    }
}

/// The path of a reference, if it leads to one of the hosts.
pub(super) fn resolve(reference: &str, base: &str, hosts: &[&str]) -> Option<String> {
    hosts.iter().find_map(|host| key::resolve(reference, base, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> References {
        references("text/html", html.as_bytes(), "/a/b", &["shop.example", "localhost:3000"])
    }

    #[test]
    fn all_that_a_browser_fetches_is_found() {
        let found = of("<link rel=\"Preload\" href=/p.js imagesrcset=\"/i1.png 1x, /i2.png 2x\">\
            <link rel=alternate href=/feed><script src=s.js></script>\
            <picture><source srcset=\"/w1.avif, /w2.avif 2x\"><img src=/w.png \
            srcset='/img,w_1/a.png 100w,  /img,w_2/a.png 200w'></picture>\
            <video poster=/v.png src=//localhost:3000/v.mp4></video>\
            <div style=\"background: url('/bg.png')\">\
            <script src=https://cdn.example/x.js></script><img src=data:image/png;base64,//8=>");
        assert_eq!(
            found.loads,
            [
                "/p.js",
                "/i1.png",
                "/i2.png",
                "/a/s.js",
                "/w1.avif",
                "/w2.avif",
                "/w.png",
                "/img,w_1/a.png",
                "/img,w_2/a.png",
                "/v.mp4",
                "/v.png",
                "/bg.png",
            ]
        );
        assert_eq!(found.elsewhere, 1);
    }

    #[test]
    fn pages_are_links_and_not_loads() {
        let found = of("<a href=c>c</a><a href=/c#x>c</a><a href=/a/c>again</a>\
            <a href=mailto:a@b.example>m</a><a href=https://elsewhere.example/>e</a>");
        assert_eq!(found.links, ["/a/c", "/c"]);
        assert_eq!((found.loads.len(), found.elsewhere), (0, 0));
    }

    #[test]
    fn style_sheets_load_fonts_and_other_sheets() {
        let css = b"@import 'more.css'; @font-face { src: url( \"../f.woff2\" ) format('woff2') }\
            b { background: url(data:image/gif;base64,AA) url(/x.png) }";
        let found = references("text/css", css, "/css/a.css", &["shop.example"]);
        assert_eq!(found.loads, ["/f.woff2", "/x.png", "/css/more.css"]);
    }
}
