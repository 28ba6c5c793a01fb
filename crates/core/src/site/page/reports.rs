//! How Breakwater's own pages report what goes wrong in them.
//!
//! Pages load the script that does it only where the site file has a tunnel, and know nothing of
//! the project: the tunnel does. What the script needs to know stands in attributes of its element,
//! so that a page needs no script of its own for it, which its policy would forbid.

use alloc::format;
use alloc::string::String;

use super::escaped;
use crate::site::config::Site;

/// The reporting script, by its path in `www`.
pub const REPORT_SCRIPT: &str = "report/page.js";

/// A kind of page that reports what goes wrong in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportingPage {
    /// The status page.
    Status,
    /// The operators' console.
    Console,
    /// The fallback and maintenance pages. Their address is what the visitor asked for.
    Fallback,
}

impl ReportingPage {
    /// Returns the name by which reports tell the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Console => "console",
            Self::Fallback => "fallback",
        }
    }
}

/// What pages of a site with a tunnel report with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageReports<'a> {
    /// The version.
    pub release: &'a str,
    /// Where it runs; empty if the site file does not say.
    pub environment: &'a str,
}

impl<'a> PageReports<'a> {
    /// Returns what the pages of this site report with; `None` if the site has no tunnel. `build`
    /// is what the build calls itself, for a site file that names no release.
    pub fn of(site: &'a Site, build: &'a str) -> Option<Self> {
        let sentry = site.sentry.as_ref()?;
        sentry.tunnel.as_ref()?;
        let environment = sentry.environment.as_deref().unwrap_or_default();
        Some(Self { release: sentry.release_or(build), environment })
    }

    /// Returns the element that loads the script from this address. It stands before the page's
    /// other scripts, whose errors are reported too.
    pub fn loaded(&self, page: ReportingPage, address: &str) -> String {
        let (known, address) = (self.known(page), escaped(address));
        format!("<script src=\"{address}\" defer{known}></script>")
    }

    /// Returns the element that holds this script itself, for a page that loads nothing.
    pub fn embedded(&self, page: ReportingPage, script: &str) -> String {
        format!("<script{}>\n{}\n</script>", self.known(page), script.trim_end())
    }

    /// Returns the attributes that the script reads.
    fn known(&self, page: ReportingPage) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let (release, environment) = (escaped(self.release), escaped(self.environment));
        format!(
            " data-page=\"{}\" data-version=\"{version}\" data-release=\"{release}\" \
             data-environment=\"{environment}\"",
            page.as_str()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORTS: PageReports<'_> = PageReports { release: "shop@1\"<", environment: "" };

    #[test]
    fn what_the_script_knows_stands_in_attributes_and_closes_none() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            REPORTS.loaded(ReportingPage::Status, "/status/assets/a.js?\">"),
            format!(
                "<script src=\"/status/assets/a.js?&quot;&gt;\" defer data-page=\"status\" \
                 data-version=\"{version}\" data-release=\"shop@1&quot;&lt;\" \
                 data-environment=\"\"></script>"
            )
        );
        let embedded = REPORTS.embedded(ReportingPage::Fallback, "go();\n");
        assert!(embedded.starts_with("<script data-page=\"fallback\" "), "{embedded}");
        assert!(embedded.ends_with("\">\ngo();\n</script>"), "{embedded}");
    }
}
