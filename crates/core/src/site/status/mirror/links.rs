//! The links of a page that is a file.

use alloc::format;
use alloc::string::String;

use super::export::key_of;
use crate::site::status::StatusEndpoint;

/// The base with which pages are rendered for the copy. It stands for the folder of the copy, and
/// [`relative_links`] replaces it.
pub const MIRROR_BASE: &str = "/~mirror";

/// The page with links that lead from the file `key` to other files, where `is_there` says that
/// they exist, and to `url`, where the public status is served, elsewhere.
///
/// Every link of a page stands in quotation marks and begins with the base, which no text of a page
/// does: texts are escaped, and the base is no path of the site.
pub fn relative_links(html: &str, key: &str, url: &str, is_there: impl Fn(&str) -> bool) -> String {
    let quoted = format!("\"{MIRROR_BASE}");
    let up = "../".repeat(key.matches('/').count());
    let mut parts = html.split(quoted.as_str());
    let mut out = String::with_capacity(html.len());
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find('"').unwrap_or(part.len());
        let (rest, after) = part.split_at(end);
        let (path, fragment) = match rest.find('#') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        // What is named by a query is another language, of which there is no file.
        let endpoint = if path.contains('?') { None } else { StatusEndpoint::parse(path) };
        let target = endpoint.and_then(key_of).filter(|target| is_there(target));
        out.push('"');
        match target {
            Some(target) => [&*up, &*target, fragment].iter().for_each(|it| out.push_str(it)),
            None => [url, rest].iter().for_each(|it| out.push_str(it)),
        }
        out.push_str(after);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://status.shop.example";

    #[track_caller]
    fn check(key: &str, link: &str, expected: &str) {
        let html = format!("<a href=\"{MIRROR_BASE}{link}\">a</a>");
        let is_there = |key: &str| !key.contains("gone");
        let made = relative_links(&html, key, URL, is_there);
        assert_eq!(made, format!("<a href=\"{expected}\">a</a>"));
    }

    #[test]
    fn a_file_leads_to_the_others_from_where_it_stands() {
        check("index.html", "", "index.html");
        check("index.html", "/", "index.html");
        check("index.html", "/history", "history.html");
        check("index.html", "/assets/status.1a.css", "assets/status.1a.css");
        check("index.html", "/incidents/a-1#update-2", "incidents/a-1.html#update-2");
        check("incidents/a-1.html", "", "../index.html");
        check("incidents/a-1.html", "/incidents/b", "../incidents/b.html");
        check("incidents/a-1.html", "/api/v2/summary.json", "../api/v2/summary.json");
    }

    #[test]
    fn what_is_no_file_is_where_it_is_served() {
        check("index.html", "/subscribe", "https://status.shop.example/subscribe");
        check("index.html", "?lang=de", "https://status.shop.example?lang=de");
        check("index.html", "/history/2026-10", "https://status.shop.example/history/2026-10");
        check("index.html", "/incidents/gone", "https://status.shop.example/incidents/gone");
        check("index.html", "/nothing", "https://status.shop.example/nothing");
    }

    #[test]
    fn all_else_of_a_page_stays_as_it_is() {
        let html = "<a href=\"https://shop.example\">/~mirror</a> <a href=\"#x\">\"</a>";
        assert_eq!(relative_links(html, "index.html", URL, |_| true), html);
        assert_eq!(relative_links("", "index.html", URL, |_| true), "");
    }
}
