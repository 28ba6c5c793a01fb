//! Reads sitemaps (sitemaps.org/protocol.html), as far as paths are wanted from them.
//!
//! Both the size of the body and the number of paths are bounded. A part that is not understood is
//! skipped, because a sitemap that lacks a page is worth more than none.

use core::fmt;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::key;
use super::markup::unescaped;
use super::plan::SITEMAPS_MAX;

/// The longest sitemap that is read, in bytes. The protocol allows 50 MB, which names more pages
/// than are kept.
pub const BYTES_MAX: u32 = 4 * 1024 * 1024;
/// Longest address that the protocol allows; what is longer is no address.
const LOC_MAX: usize = 2_048;

/// What a sitemap names, all on the site's own host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sitemap {
    /// Pages, in its order, each once.
    Pages(Vec<String>),
    /// More sitemaps, up to [`SITEMAPS_MAX`] of them.
    Index(Vec<String>),
}

/// What was read is not a sitemap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSitemap {
    /// It is compressed with gzip, by itself and not by HTTP.
    Gzip,
    /// It has neither `<urlset>` nor `<sitemapindex>`.
    NoRoot,
    /// It is not UTF-8.
    NotUtf8,
}

impl fmt::Display for NoSitemap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "the sitemap is a .gz file, expected XML",
            Self::NoRoot => "the sitemap has neither `<urlset>` nor `<sitemapindex>`",
            Self::NotUtf8 => "the sitemap is not UTF-8",
        })
    }
}

impl core::error::Error for NoSitemap {}

/// Reads a sitemap that was found on `host`: paths in their [spelling](key::spelling), those on
/// other hosts left out. Pages for which `wants` says no are left out too, and with `max` of them
/// it is read no further.
///
/// # Errors
/// [`NoSitemap`] if it is none.
pub fn parse(
    body: &[u8],
    host: &str,
    max: usize,
    wants: impl Fn(&str) -> bool,
) -> Result<Sitemap, NoSitemap> {
    if body.starts_with(&[0x1f, 0x8b]) {
        return Err(NoSitemap::Gzip);
    }
    let text = match core::str::from_utf8(body) {
        Ok(text) => text,
        // It may have been cut inside of a character.
        Err(error) if error.error_len().is_none() => body
            .get(..error.valid_up_to())
            .and_then(|whole| core::str::from_utf8(whole).ok())
            .unwrap_or_default(),
        Err(_) => return Err(NoSitemap::NotUtf8),
    };
    let mut root = None;
    let mut found: Vec<String> = Vec::new();
    // The same in order: else each address would be compared with all before it.
    let mut known: Vec<String> = Vec::new();
    for (tag, after) in (Tags { rest: text }) {
        match (name(tag), root) {
            ((prefix, "urlset"), None) => root = Some((prefix, false)),
            ((prefix, "sitemapindex"), None) => root = Some((prefix, true)),
            // Images and videos have addresses too, of another prefix.
            ((prefix, "loc"), Some((own, is_index))) if prefix == own => {
                let Some(path) = location(after, host) else { continue };
                let Err(place) = known.binary_search(&path) else { continue };
                if !(is_index || wants(&path)) {
                    continue;
                }
                known.insert(place, path.clone());
                found.push(path);
                let most = if is_index { SITEMAPS_MAX } else { max };
                if found.len() >= most {
                    break;
                }
            }
            _ => {}
        }
    }
    match root {
        Some((_, true)) => Ok(Sitemap::Index(found)),
        Some((_, false)) => Ok(Sitemap::Pages(found)),
        None => Err(NoSitemap::NoRoot),
    }
}

/// What stands between `<` and `>`, and all that follows; comments and sections left out.
struct Tags<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tags<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (_, after) = self.rest.split_once('<')?;
            let end = if after.starts_with("!--") {
                "-->"
            } else if after.starts_with("![CDATA[") {
                "]]>"
            } else {
                ">"
            };
            let (tag, rest) = after.split_once(end)?;
            self.rest = rest;
            if !tag.starts_with(['!', '?', '/']) {
                return Some((tag, rest));
            }
        }
    }
}

/// The prefix and the name of a tag, without its attributes.
fn name(tag: &str) -> (&str, &str) {
    let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default();
    name.split_once(':').unwrap_or(("", name))
}

/// The path that the text after `<loc>` names.
fn location(after: &str, host: &str) -> Option<String> {
    let text = match after.trim_start().strip_prefix("<![CDATA[") {
        Some(section) => Cow::Borrowed(section.split_once("]]>")?.0),
        None => unescaped(after.split_once('<')?.0),
    };
    let text = text.trim();
    let is_address = text.len() <= LOC_MAX && text.contains("://");
    if is_address { key::resolve(text, "/", host) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Sitemap, NoSitemap> {
        parse(text.as_bytes(), "shop.example", 5, |path| path.starts_with("/products"))
    }

    fn pages(paths: &[&str]) -> Result<Sitemap, NoSitemap> {
        Ok(Sitemap::Pages(paths.iter().map(|path| (*path).into()).collect()))
    }

    #[test]
    fn pages_of_the_site_that_are_wanted_are_read_in_order_and_once() {
        let sitemap = r#"<?xml version="1.0" encoding="UTF-8"?>
            <!-- <url><loc>https://shop.example/products/comment</loc></url> -->
            <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
              <url><loc>https://shop.example/products/2</loc><lastmod>2026-01-01</lastmod></url>
              <url>
                <loc>
                  http://shop.example/products/1?a=1&amp;b=2
                </loc>
              </url>
              <url><loc><![CDATA[https://shop.example/products/3?a&b]]></loc></url>
              <url><loc>https://shop.example/about</loc></url>
              <url><loc>https://cdn.example/products/4</loc></url>
              <url><loc>/products/relative</loc></url>
              <url><loc>https://shop.example/products/2</loc></url>
            </urlset>"#;
        assert_eq!(
            read(sitemap),
            pages(&["/products/2", "/products/1?a=1&b=2", "/products/3?a&b"])
        );
    }

    #[test]
    fn prefixes_and_images_do_not_confuse_it() {
        let sitemap = r#"<s:urlset xmlns:s="a"><s:url><s:loc>https://shop.example/products/1</s:loc>
            <image:image><image:loc>https://shop.example/products/1.jpg</image:loc></image:image>
            </s:url></s:urlset>"#;
        assert_eq!(read(sitemap), pages(&["/products/1"]));
    }

    #[test]
    fn it_is_read_no_further_than_wanted() {
        let entries: String = (0..1_000)
            .map(|id| alloc::format!("<url><loc>https://shop.example/products/{id}</loc></url>"))
            .collect();
        let Ok(Sitemap::Pages(paths)) = read(&alloc::format!("<urlset>{entries}</urlset>")) else {
            panic!("no sitemap")
        };
        assert_eq!(paths.len(), 5);
    }

    #[test]
    fn an_index_names_sitemaps() {
        let entries: String = (0..50)
            .map(|id| {
                alloc::format!("<sitemap><loc>https://shop.example/s{id}.xml</loc></sitemap>")
            })
            .collect();
        let index = read(&alloc::format!("<sitemapindex>{entries}</sitemapindex>"));
        let Ok(Sitemap::Index(paths)) = index else { panic!("no index") };
        assert_eq!((paths.len(), paths[0].as_str()), (SITEMAPS_MAX, "/s0.xml"));
    }

    #[test]
    fn one_that_was_cut_is_read_as_far_as_it_goes() {
        let whole = "<urlset><url><loc>https://shop.example/products/é</loc></url>\
            <url><loc>https://shop.example/products/1</loc></url></urlset>";
        for (at, _) in whole.char_indices().skip(9) {
            assert!(matches!(read(&whole[..at]), Ok(Sitemap::Pages(_))), "{at}");
        }
        assert!(parse(&whole.as_bytes()[..whole.find('é').unwrap() + 1], "a", 1, |_| true).is_ok());
    }

    #[test]
    fn what_is_no_sitemap_is_told() {
        assert_eq!(
            read("<html><loc>https://shop.example/products</loc></html>"),
            Err(NoSitemap::NoRoot)
        );
        assert_eq!(read(""), Err(NoSitemap::NoRoot));
        let parse = |body: &[u8]| parse(body, "a", 1, |_| true);
        assert_eq!(parse(&[0x1f, 0x8b, 8]), Err(NoSitemap::Gzip));
        assert_eq!(parse(b"<urlset>\xff</urlset>"), Err(NoSitemap::NotUtf8));
    }
}
