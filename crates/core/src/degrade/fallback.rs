//! What is answered when nothing better is at hand.

use serde::{Deserialize, Serialize};

/// What a route's fallback looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// The page for visitors who accept HTML, problem JSON for the rest.
    #[default]
    Auto,
    /// The page.
    Page,
    /// Problem JSON (RFC 9457).
    Problem,
    /// A redirect to the status page.
    Redirect,
}

/// The form that one visitor's fallback takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An HTML page, 503.
    Page,
    /// `application/problem+json`, 503.
    Problem,
    /// 302 to the status page.
    Redirect,
}

impl Fallback {
    /// The form for a visitor with this `Accept`. An explicit choice of the route wins.
    pub fn form(self, accept: Option<&str>) -> Form {
        match self {
            Self::Page => Form::Page,
            Self::Problem => Form::Problem,
            Self::Redirect => Form::Redirect,
            Self::Auto if accept.is_some_and(accepts_html) => Form::Page,
            Self::Auto => Form::Problem,
        }
    }
}

/// Whether HTML is named in `Accept` (RFC 9110 §12.5.1) and not ruled out. A bare `*/*`, as from
/// command lines and `fetch`, does not ask for a page.
fn accepts_html(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let is_html = kind.eq_ignore_ascii_case("text/html")
            || kind.eq_ignore_ascii_case("application/xhtml+xml");
        let is_refused = parts.any(|p| {
            p.strip_prefix("q=")
                .or(p.strip_prefix("Q="))
                .is_some_and(|q| q.bytes().all(|b| matches!(b, b'0' | b'.')))
        });
        is_html && !is_refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_get_the_page_and_the_rest_a_problem() {
        let chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert_eq!(Fallback::Auto.form(Some(chromium)), Form::Page);
        for accept in ["*/*", "application/json", "text/html;q=0", "text/html; q=0.0, */*"] {
            assert_eq!(Fallback::Auto.form(Some(accept)), Form::Problem, "{accept}");
        }
        assert_eq!(Fallback::Auto.form(None), Form::Problem);
        assert_eq!(Fallback::Problem.form(Some(chromium)), Form::Problem);
        assert_eq!(Fallback::Page.form(None), Form::Page);
    }
}
