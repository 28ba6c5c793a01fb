//! What the site file says of Cloudflare Access.

use core::fmt;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{EmailAddress, Rank};
use crate::base::host::is_host_name;

/// How operators come by Cloudflare Access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRules {
    /// The team's name, which is the first label of its domain.
    pub team: String,
    /// The tag of the application's audience.
    pub audience: String,
    /// Who is an admin.
    pub admin: Vec<AccessPattern>,
    /// Who is a responder, unless they are an admin.
    pub responder: Vec<AccessPattern>,
    /// Who is a viewer, unless they are more than that.
    pub viewer: Vec<AccessPattern>,
}

impl AccessRules {
    /// The team's own origin, which its tokens name as their issuer.
    pub fn issuer(&self) -> String {
        format!("https://{}.cloudflareaccess.com", self.team)
    }

    /// The path at which that origin shows its keys.
    pub const KEYS_PATH: &str = "/cdn-cgi/access/certs";

    /// The highest rank that the file gives to an address, if it gives it one.
    pub fn rank_of(&self, email: &EmailAddress) -> Option<Rank> {
        let gives = |rank: &Rank| self.patterns(*rank).iter().any(|it| it.matches(email));
        Rank::ALL.into_iter().rev().find(gives)
    }

    /// Who has at least this rank, as the file writes it.
    pub const fn patterns(&self, rank: Rank) -> &Vec<AccessPattern> {
        match rank {
            Rank::Viewer => &self.viewer,
            Rank::Responder => &self.responder,
            Rank::Admin => &self.admin,
        }
    }
}

/// Some of the people whom Access lets pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AccessPattern {
    /// `*`: all of them.
    Everyone,
    /// `*@shop.example`: those of a domain, and not those of the domains below it.
    Domain(String),
    /// One of them.
    Address(EmailAddress),
}

impl AccessPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`AccessPatternError`] if the text is none.
    pub fn parse(text: &str) -> Result<Self, AccessPatternError> {
        if text == "*" {
            return Ok(Self::Everyone);
        }
        match text.strip_prefix("*@") {
            Some(domain) if is_host_name(domain) => Ok(Self::Domain(domain.into())),
            Some(_) => Err(AccessPatternError),
            None => EmailAddress::parse(text).map(Self::Address).ok_or(AccessPatternError),
        }
    }

    /// Whether this is one of them.
    pub fn matches(&self, email: &EmailAddress) -> bool {
        match self {
            Self::Everyone => true,
            Self::Domain(domain) => email.domain() == domain,
            Self::Address(address) => email == address,
        }
    }
}

impl TryFrom<String> for AccessPattern {
    type Error = AccessPatternError;

    fn try_from(text: String) -> Result<Self, AccessPatternError> {
        Self::parse(&text)
    }
}

impl From<AccessPattern> for String {
    fn from(pattern: AccessPattern) -> Self {
        match pattern {
            AccessPattern::Everyone => "*".into(),
            AccessPattern::Domain(domain) => ["*@", &domain].concat(),
            AccessPattern::Address(address) => address.into(),
        }
    }
}

/// The text names no one whom Access could let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessPatternError;

impl AccessPatternError {
    /// What is allowed.
    pub const EXPECTED: &'static str =
        "`*`, a domain such as `*@shop.example`, or an address such as `kim@shop.example`";
}

impl fmt::Display for AccessPatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", Self::EXPECTED)
    }
}

impl core::error::Error for AccessPatternError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<AccessPattern> {
        texts.iter().map(|text| AccessPattern::parse(text).unwrap()).collect()
    }

    fn rank_of(rules: &AccessRules, email: &str) -> Option<Rank> {
        rules.rank_of(&EmailAddress::parse(email).unwrap())
    }

    #[test]
    fn the_highest_rank_counts() {
        let rules = AccessRules {
            team: "shop".into(),
            audience: "a".into(),
            admin: patterns(&["Kim@shop.example"]),
            responder: patterns(&["*@shop.example"]),
            viewer: patterns(&["*@agency.example", "kim@shop.example"]),
        };
        assert_eq!(rank_of(&rules, "kim@SHOP.example"), Some(Rank::Admin));
        assert_eq!(rank_of(&rules, "lou@shop.example"), Some(Rank::Responder));
        assert_eq!(rank_of(&rules, "a@agency.example"), Some(Rank::Viewer));
        for stranger in ["a@evil.example", "a@sub.shop.example", "a@shop.example.evil.example"] {
            assert_eq!(rank_of(&rules, stranger), None, "{stranger}");
        }
        let open = AccessRules { viewer: patterns(&["*"]), ..rules };
        assert_eq!(rank_of(&open, "a@evil.example"), Some(Rank::Viewer));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "*@", "*@*", "shop.example", "*@Shop.example", "k*@shop.example", "**"] {
            assert_eq!(AccessPattern::parse(text), Err(AccessPatternError), "{text}");
        }
    }

    #[test]
    fn the_stored_form_is_what_the_file_says() {
        for text in ["*", "*@shop.example", "kim@shop.example"] {
            let stored = serde_json::to_string(&AccessPattern::parse(text).unwrap()).unwrap();
            assert_eq!(stored, format!("\"{text}\""));
            assert_eq!(
                serde_json::from_str::<AccessPattern>(&stored).unwrap(),
                patterns(&[text])[0]
            );
        }
    }
}
