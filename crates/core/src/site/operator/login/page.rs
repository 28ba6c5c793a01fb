//! The page on which operators log in. It works without a script, since it is needed when little
//! else works.

use core::fmt;

use alloc::format;
use alloc::string::String;

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::base::time::Millis;
use crate::site::page::{escaped, fill};

/// Where the page is.
pub const LOGIN_PATH: &str = "/_breakwater/console/login";
/// Where it leads.
pub const CONSOLE_PATH: &str = "/_breakwater/console";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Log in · {{site}}</title>
<style>{{style}}</style>
<main>
<h1>{{site}}</h1>
{{problem}}<form method="post" action="/_breakwater/session">
<label for="token">Operators’ token</label>
<input id="token" name="token" type="password" autocomplete="current-password"
 spellcheck="false" required autofocus{{described}}>
<button>Log in</button>
</form>
<p>The session ends after an hour without use, and after eight hours in any case.</p>
</main>
</html>
"#;

const STYLE: &str = "\
:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}\
body{margin:0;display:grid;min-height:100vh;place-items:center}\
main{width:min(22rem,calc(100vw - 2rem))}\
h1{font-size:1.25rem;overflow-wrap:anywhere}\
form{display:grid;gap:.5rem}\
input,button{font:inherit;padding:.5rem .75rem;border:1px solid #767676;border-radius:.375rem}\
button{background:#0b57d0;color:#fff;border-color:#0b57d0;cursor:pointer}\
input:focus-visible,button:focus-visible{outline:3px solid #66a3ff;outline-offset:2px}\
[role=alert]{border-inline-start:.25rem solid #c5221f;padding-inline-start:.75rem}";

/// Why a login did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginProblem {
    /// The token is no one's.
    WrongToken,
    /// There was no token.
    NoToken,
    /// Too many of the same client have failed.
    TooMany {
        /// How long to wait.
        wait: Millis,
    },
    /// There is no room for another session.
    NoRoom,
    /// The site's object could not be asked.
    Failed,
}

impl LoginProblem {
    /// The status of the answer, and its phrase.
    pub const fn status(self) -> (u16, &'static str) {
        match self {
            Self::WrongToken => (401, "Unauthorized"),
            Self::NoToken => (400, "Bad Request"),
            Self::TooMany { .. } => (429, "Too Many Requests"),
            Self::NoRoom => (409, "Conflict"),
            Self::Failed => (502, "Bad Gateway"),
        }
    }

    /// The field `Retry-After`, in seconds, if there is a time at which to come again.
    pub const fn retry_after(self) -> Option<u64> {
        match self {
            Self::TooMany { wait } => Some(wait.as_secs_ceil()),
            Self::WrongToken | Self::NoToken | Self::NoRoom | Self::Failed => None,
        }
    }
}

impl fmt::Display for LoginProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongToken => f.write_str("this is the token of no role"),
            Self::NoToken => f.write_str("there is no token, expected one"),
            Self::TooMany { wait } => {
                let seconds = wait.as_secs_ceil();
                write!(f, "too many logins failed, expected the next one in {seconds}s")
            }
            Self::NoRoom => f.write_str("there are too many sessions, expected one to end first"),
            Self::Failed => f.write_str(
                "no session could be kept, so try again; requests with `Authorization: Bearer` \
                 need none",
            ),
        }
    }
}

/// The page's `Content-Security-Policy`: it loads nothing, runs nothing, is in no frame, and sends
/// its form nowhere else.
pub fn login_policy() -> String {
    let digest = Base64::encode_string(&Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

/// The page of a site of this name, perhaps after a login that did not succeed.
pub fn render_login(site: &str, problem: Option<LoginProblem>) -> String {
    let described = if problem.is_some() { " aria-describedby=\"problem\"" } else { "" };
    let problem = problem.map_or_else(String::new, |problem| {
        let sentence = format!("{problem}.");
        format!("<p role=\"alert\" id=\"problem\">{}</p>\n", escaped(&capitalised(&sentence)))
    });
    let page = PAGE.replace("{{style}}", STYLE).replace("{{described}}", described);
    fill(&page.replace("{{problem}}", &problem), &[("site", site)])
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_sends_its_form_to_where_sessions_begin() {
        let page = render_login("Shop", None);
        assert!(page.contains("<form method=\"post\" action=\"/_breakwater/session\">"));
        assert!(page.contains("<title>Log in · Shop</title>") && page.contains("<h1>Shop</h1>"));
        assert!(!page.contains("{{") && !page.contains("role=\"alert\""), "{page}");
        assert!(!page.contains("<script") && !page.contains("http"), "{page}");
    }

    #[test]
    fn a_sites_name_opens_nothing() {
        let page = render_login("<b>{{style}}</b>\"&", None);
        let name = escaped("<b>{{style}}</b>\"&");
        assert!(page.contains(&format!("<h1>{name}</h1>")) && !page.contains("<b>"), "{page}");
    }

    #[test]
    fn the_page_says_why_a_login_did_not_succeed() {
        let page = render_login("Shop", Some(LoginProblem::WrongToken));
        let alert = "<p role=\"alert\" id=\"problem\">This is the token of no role.</p>";
        assert!(page.contains(alert), "{page}");
        assert!(page.contains("autofocus aria-describedby=\"problem\">"), "{page}");
        let page = render_login("Shop", Some(LoginProblem::TooMany { wait: Millis::new(49_001) }));
        assert!(page.contains("Too many logins failed, expected the next one in 50s."), "{page}");
    }

    #[test]
    fn the_policy_allows_the_pages_own_style_alone() {
        let page = render_login("Shop", None);
        let (_, rest) = page.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let digest = Base64::encode_string(&Sha256::digest(style));
        assert!(login_policy().contains(&format!("style-src 'sha256-{digest}';")));
    }
}
