//! Which visitors are told that a stored page is a stored one.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Which visitors see the banner of a stored page that stands in for the upstream's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BannerRule {
    /// None of them.
    #[default]
    Off,
    /// All who asked for a page.
    All,
    /// Those who send a cookie with one of these names, which may end in `*`. Such visitors have
    /// logged in, and the stored page is one for strangers: without their cart, name and tools.
    Cookies(Vec<String>),
}

impl BannerRule {
    /// Whether a visitor with this field `Cookie` sees it.
    pub fn is_for(&self, cookie: Option<&str>) -> bool {
        match self {
            Self::Off => false,
            Self::All => true,
            Self::Cookies(patterns) => {
                let pairs = cookie.unwrap_or_default().split(';');
                let mut names = pairs.map(|pair| pair.split('=').next().unwrap_or_default().trim());
                names.any(|name| patterns.iter().any(|pattern| is_match(pattern, name)))
            }
        }
    }
}

fn is_match(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => name.starts_with(begin),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banner_is_for_all_or_for_those_with_a_session() {
        let sessions = BannerRule::Cookies(["sid".into(), "wordpress_logged_in_*".into()].into());
        for (cookie, sees) in [
            (None, false),
            (Some(""), false),
            (Some("theme=dark"), false),
            (Some("a=sid"), false),
            (Some("sid2=1"), false),
            (Some("sid=1"), true),
            (Some("theme=dark; sid=1"), true),
            (Some("wordpress_logged_in_4bf9=kim"), true),
        ] {
            assert_eq!(sessions.is_for(cookie), sees, "{cookie:?}");
            assert!(BannerRule::All.is_for(cookie) && !BannerRule::Off.is_for(cookie));
        }
    }

    #[test]
    fn the_stored_form_of_a_rule_is_this() {
        for (rule, json) in [
            (BannerRule::Off, r#""off""#),
            (BannerRule::All, r#""all""#),
            (BannerRule::Cookies(["sid".into()].into()), r#"{"cookies":["sid"]}"#),
        ] {
            assert_eq!(serde_json::to_string(&rule).unwrap(), json);
            assert_eq!(serde_json::from_str::<BannerRule>(json).unwrap(), rule);
        }
    }
}
