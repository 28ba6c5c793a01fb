//! What an HTML page needs from its own host to be readable: style sheets, scripts and images.

use alloc::string::String;
use alloc::vec::Vec;

use super::key;
use super::tags::{StartTags, Tag};

/// Assets taken from one page.
pub const PER_PAGE_MAX: usize = 30;

/// What an asset is for, and so what its type must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssetKind {
    /// `<link rel=stylesheet>`.
    Style,
    /// `<script src>`.
    Script,
    /// `<img src>`.
    Image,
}

/// The assets of a page on `host`, whose own path is `page`: each once, style sheets before
/// scripts before images, since a page without its looks is worth less than one without pictures.
pub fn assets(html: &[u8], page: &str, host: &str) -> Vec<(AssetKind, String)> {
    read(html, page, |reference, base| key::resolve(reference, base, host)).ordered()
}

/// Each tag is looked at once, and a path is compared with a bounded number of others, so that the
/// work grows with the page's length and no faster.
fn read(html: &[u8], page: &str, resolve: impl Fn(&str, &str) -> Option<String>) -> FoundAssets {
    let mut found = FoundAssets::default();
    let mut base = String::from(page);
    for tag in StartTags::of(html) {
        if tag.is("base") {
            match tag.attribute("href").map(|href| resolve(&href, page)) {
                Some(Some(path)) => base = path,
                // All that is relative lies elsewhere.
                Some(None) => break,
                None => {}
            }
            continue;
        }
        let Some((kind, reference)) = needed(&tag) else { continue };
        if found.has_room(kind)
            && let Some(path) = resolve(&reference, &base)
        {
            found.add(kind, path);
        }
    }
    found
}

/// What was found, of each kind as much as could be taken if there were nothing else.
#[derive(Debug, Default)]
struct FoundAssets {
    paths: Vec<(AssetKind, String)>,
    /// Paths that were compared with one another.
    compared: usize,
}

impl FoundAssets {
    fn has_room(&self, kind: AssetKind) -> bool {
        self.paths.iter().filter(|(found, _)| *found == kind).count() < PER_PAGE_MAX
    }

    fn add(&mut self, kind: AssetKind, path: String) {
        self.compared += self.paths.len();
        if !self.paths.iter().any(|(_, known)| *known == path) {
            self.paths.push((kind, path));
        }
    }

    fn ordered(mut self) -> Vec<(AssetKind, String)> {
        let mut ordered = Vec::with_capacity(self.paths.len());
        for kind in [AssetKind::Style, AssetKind::Script, AssetKind::Image] {
            ordered.extend(self.paths.extract_if(.., |(found, _)| *found == kind));
        }
        ordered.truncate(PER_PAGE_MAX);
        ordered
    }
}

fn needed(tag: &Tag<'_>) -> Option<(AssetKind, String)> {
    if tag.is("link") {
        let relations = tag.attribute("rel")?;
        let mut relations = relations.split_ascii_whitespace();
        let is_style = relations.clone().any(|rel| rel.eq_ignore_ascii_case("stylesheet"));
        let is_other = relations.any(|rel| rel.eq_ignore_ascii_case("alternate"));
        return (is_style && !is_other)
            .then(|| Some((AssetKind::Style, tag.attribute("href")?)))?;
    }
    let kind = if tag.is("script") {
        AssetKind::Script
    } else if tag.is("img") {
        AssetKind::Image
    } else {
        return None;
    };
    Some((kind, tag.attribute("src")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use AssetKind::{Image, Script, Style};

    #[track_caller]
    fn check(html: &str, expected: &[(AssetKind, &str)]) {
        let found = assets(html.as_bytes(), "/products/7", "shop.example");
        let found: Vec<_> = found.iter().map(|(kind, path)| (*kind, path.as_str())).collect();
        assert_eq!(found, expected, "{html}");
    }

    #[test]
    fn what_a_page_needs_is_found_however_it_is_written() {
        check(
            "<!doctype html><LINK REL=\"preload StyleSheet\" HREF='/a.css?v=1&amp;w=2'>\
             <script src=/b.js></script><script src = \"c.js\" defer></script>\
             <img alt=\"a > b\" src=\"https://shop.example/d.png\"/>\
             <img\nsrc\n=\n'//shop.example/e.png'>",
            &[
                (Style, "/a.css?v=1&w=2"),
                (Script, "/b.js"),
                (Script, "/products/c.js"),
                (Image, "/d.png"),
                (Image, "/e.png"),
            ],
        );
    }

    #[test]
    fn style_comes_before_scripts_before_images_and_each_once() {
        check(
            "<img src=/i.png><script src=/s.js></script><link rel=stylesheet href=/c.css>\
             <img src=/i.png><img src=/c.css>",
            &[(Style, "/c.css"), (Script, "/s.js"), (Image, "/i.png")],
        );
    }

    #[test]
    fn other_hosts_and_other_links_are_left_out() {
        check(
            "<link rel=icon href=/i.svg><link rel=\"alternate stylesheet\" href=/alt.css>\
             <link rel=stylesheet><link href=/none.css><script>let a = 1;</script>\
             <img src=\"data:image/png;base64,AA\"><img src=\"https://cdn.example/x.png\"><img>\
             <a href=/page>",
            &[],
        );
    }

    #[test]
    fn what_stands_in_comments_scripts_and_text_is_no_markup() {
        check(
            "<!-- <img src=/a.png> --><script>document.write('<img src=/b.png>')</script>\
             <style>/* <img src=/c.png> */</style><title><img src=/d.png></title>\
             <textarea><img src=/e.png></textarea><noscript><img src=/f.png></noscript>\
             a < b <img src=/g.png>",
            &[(Image, "/g.png")],
        );
    }

    #[test]
    fn a_base_moves_what_is_relative() {
        check(
            "<base href=/shop/><img src=a.png><img src=/b.png>",
            &[(Image, "/shop/a.png"), (Image, "/b.png")],
        );
        check("<base href=https://cdn.example/><img src=a.png>", &[]);
        check("<base target=_blank><img src=a.png>", &[(Image, "/products/a.png")]);
    }

    #[test]
    fn there_is_an_end_to_it() {
        let many: String = (0..500).map(|id| alloc::format!("<img src=/{id}.png>")).collect();
        assert_eq!(assets(many.as_bytes(), "/", "a").len(), PER_PAGE_MAX);
        let attributes = alloc::format!("<img {} src=/a.png>", "x ".repeat(1_000));
        assert_eq!(assets(attributes.as_bytes(), "/", "a"), []);
    }

    /// Of a page of this many bytes, made of what `piece` gives: how much was resolved and
    /// compared.
    fn work(length: usize, piece: impl Fn(usize) -> String) -> (usize, usize) {
        let mut html = String::with_capacity(length);
        for number in 0.. {
            let piece = piece(number);
            if html.len() + piece.len() > length {
                break;
            }
            html.push_str(&piece);
        }
        let resolved = core::cell::Cell::new(0);
        let found = read(html.as_bytes(), "/", |reference, base| {
            resolved.set(resolved.get() + 1);
            key::resolve(reference, base, "a")
        });
        (resolved.get(), found.compared)
    }

    #[test]
    fn the_work_grows_with_the_page_and_no_faster() {
        let pieces: [fn(usize) -> String; 6] = [
            |number| alloc::format!("<img src=/{number}>"),
            |_| "<img src=/same>".into(),
            |number| alloc::format!("<base href=/{number}/><script src={number}></script>"),
            |number| alloc::format!("<link rel=stylesheet href={number}>"),
            |_| "<img src=\"data:,\">".into(),
            |number| alloc::format!("<img src=//other/{number}>"),
        ];
        for piece in pieces {
            let (small, large) = (work(20_000, piece), work(200_000, piece));
            assert!(large.0 <= 11 * small.0.max(1), "resolved {small:?}, then {large:?}");
            assert!(large.1 <= 11 * small.1.max(1), "compared {small:?}, then {large:?}");
        }
    }

    #[test]
    fn damaged_markup_yields_less_and_nothing_worse() {
        let whole =
            "<link rel=\"stylesheet\" href='/a.css'><script src=/b.js>x</script><img src=c>";
        for (at, _) in whole.char_indices() {
            for put in ["", "<", ">", "\"", "'", "=", "/", "\0", "é", "<!--", "&"] {
                let damaged = [&whole[..at], put, &whole[at..]].concat();
                assets(damaged.as_bytes(), "/", "a");
                assets(&damaged.as_bytes()[..at], "/", "a");
            }
        }
        assert_eq!(assets(b"<img src=\xff\xfe><img src=/ok.png>", "/", "a").len(), 1);
    }
}
