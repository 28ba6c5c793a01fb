//! The operators' console: what stands at its addresses.
//!
//! The console holds no data, so it takes no proof of being an operator: what it shows it asks for
//! by the operators' API.

use alloc::format;
use alloc::string::{String, ToString as _};

use serde_json::{Map, Value};

use super::api::{API, Role};
use crate::site::page::{PageReports, ReportingPage, fill};

/// Where the console is; its views are below.
pub const CONSOLE: &str = "/_breakwater/console";
/// Where its scripts and styles are. Their names change with their content.
const ASSETS: &str = "/_breakwater/console/assets/";
/// Where operators sign in, which is another page.
const LOGIN: &str = "/_breakwater/console/login";

/// The console's `Content-Security-Policy`. It loads its own script and style and asks its own
/// host, is in no frame, and makes no element out of a text (w3.org/TR/trusted-types): what it
/// shows comes from visitors' requests too.
pub const CONSOLE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// The `Cache-Control` of scripts and styles: a year, for what never changes.
pub const ASSET_CACHE: &str = "public, max-age=31536000, immutable";

/// What of the console stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsolePath<'a> {
    /// The page, at the address of any view.
    Page,
    /// The asset of this name.
    Asset(&'a str),
}

impl<'a> ConsolePath<'a> {
    /// What stands at this path, which is normalised; `None` if that is not the console's.
    pub fn of(path: &'a str) -> Option<Self> {
        if let Some(name) = path.strip_prefix(ASSETS) {
            return Some(Self::Asset(name));
        }
        let rest = path.strip_prefix(CONSOLE).filter(|_| path != LOGIN)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(Self::Page)
    }
}

/// The names of the assets that a page needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsoleAssets<'a> {
    /// Its script.
    pub script: &'a str,
    /// Its style sheet.
    pub style: &'a str,
    /// The script that reports what goes wrong in it, where one does.
    pub report: &'a str,
}

/// The place of the element that reports what goes wrong in the page. Texts that are filled in
/// before have no braces.
const REPORTS_PLACE: &str = "{{reports}}";

/// Fills the page in: its assets, the site's name, and the role that each operation needs, so that
/// the console offers no one what they may not do.
pub fn console_page(
    html: &str,
    site: &str,
    assets: ConsoleAssets<'_>,
    reports: Option<PageReports<'_>>,
) -> String {
    let at = |name: &str| format!("{ASSETS}{name}");
    let (script, style) = (at(assets.script), at(assets.style));
    let needs = needs().to_string();
    let texts = [("site", site), ("script", &script), ("style", &style), ("needs", &needs)];
    let reports = reports.map(|it| it.loaded(ReportingPage::Console, &at(assets.report)));
    fill(html, &texts).replace(REPORTS_PLACE, &reports.unwrap_or_default())
}

/// The role that each operation of operators needs, by its name.
fn needs() -> Value {
    let mut needs = Map::new();
    for endpoint in &API {
        if let Role::Operator(needed) = endpoint.role {
            needs.insert(endpoint.operation.name().into(), needed.as_str().into());
        }
    }
    needs.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_view_is_the_page_and_only_assets_have_names() {
        for path in ["", "/", "/upstreams", "/circuit", "/assets", "/logins", "/login/"] {
            let path = format!("/_breakwater/console{path}");
            assert_eq!(ConsolePath::of(&path), Some(ConsolePath::Page), "{path}");
        }
        let asset = ConsolePath::of("/_breakwater/console/assets/a.js");
        assert_eq!(asset, Some(ConsolePath::Asset("a.js")));
        for path in ["/_breakwater/console/login", "/_breakwater/consoles", "/_breakwater", "/"] {
            assert_eq!(ConsolePath::of(path), None, "{path}");
        }
    }

    #[test]
    fn the_page_has_no_hole_and_no_script_of_its_own() {
        let html = include_str!("../../../../../www/console/page.html");
        let assets = ConsoleAssets { script: "a.js", style: "a.css", report: "b.js" };
        let page = console_page(html, "Tees & <Tests>", assets, None);
        assert!(!page.contains("{{"), "{page}");
        assert!(page.contains("Tees &amp; &lt;Tests&gt;"), "{page}");
        assert!(page.contains("src=\"/_breakwater/console/assets/a.js\""), "{page}");
        assert!(!page.contains("<style") && !page.contains("style=\""), "{page}");
        assert_eq!(page.matches("<script").count(), 1);
    }

    #[test]
    fn what_goes_wrong_in_it_is_reported_where_the_site_says_so() {
        let html = include_str!("../../../../../www/console/page.html");
        let assets = ConsoleAssets { script: "a.js", style: "a.css", report: "b.js" };
        let reports = PageReports { release: "shop@1", environment: "test" };
        let page = console_page(html, "Shop {{reports}}", assets, Some(reports));
        let (_, rest) = page
            .split_once("<script src=\"/_breakwater/console/assets/b.js\" defer ")
            .expect("the script is there");
        assert!(rest.contains("data-page=\"console\"") && rest.contains("/a.js"), "{page}");
        assert_eq!(page.matches("<script").count(), 2, "{page}");
    }

    #[test]
    fn the_page_says_which_role_each_operation_needs() {
        let needs = needs();
        for operation in ["set_override", "purge", "edit_incident", "test_channel", "pause_check"] {
            assert_eq!(needs[operation], "responder");
        }
        assert!(needs.get("report_success").is_none(), "jobs are no operators");
    }
}
