//! Who sends an operator's request, and how they prove it.

use core::fmt;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};

use serde::{Deserialize, Serialize};

use super::session::SessionHash;
use crate::base::time::Timestamp;
use crate::site::access::{EmailAddress, Rank};

/// An operator, as what they did names them. Stored, and shown as it is stored: `token` and the
/// like for the tokens, which say nothing about who holds them, and otherwise the person's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Operator {
    /// The admins' token.
    Token,
    /// The responders' token.
    ResponderToken,
    /// The viewers' token.
    ViewerToken,
    /// The token of programs that may only purge.
    PurgeToken,
    /// A person, by Cloudflare Access.
    Person(EmailAddress),
    /// One of them, by a program that used the tools of the MCP endpoint.
    ViaMcp(Box<Self>),
}

/// What follows in the stored form of an operator whose program used the tools.
const VIA_MCP: &str = " via mcp";

/// The stored form of each token.
const TOKEN_NAMES: [(&str, Operator); 4] = [
    ("token", Operator::Token),
    ("token:responder", Operator::ResponderToken),
    ("token:viewer", Operator::ViewerToken),
    ("token:purge", Operator::PurgeToken),
];

impl Operator {
    /// The holder of a rank's token.
    pub const fn of_token(rank: Rank) -> Self {
        match rank {
            Rank::Viewer => Self::ViewerToken,
            Rank::Responder => Self::ResponderToken,
            Rank::Admin => Self::Token,
        }
    }

    /// The same operator, whose program uses the tools of the MCP endpoint.
    pub fn via_mcp(self) -> Self {
        match self {
            Self::ViaMcp(_) => self,
            Self::Token
            | Self::ResponderToken
            | Self::ViewerToken
            | Self::PurgeToken
            | Self::Person(_) => Self::ViaMcp(Box::new(self)),
        }
    }

    /// What people read in the timeline of an incident.
    pub fn shown(&self) -> String {
        match self {
            Self::Token => "the operators' token".into(),
            Self::ResponderToken => "the responders' token".into(),
            Self::ViewerToken => "the viewers' token".into(),
            Self::PurgeToken => "the token for purges".into(),
            Self::Person(email) => email.as_str().into(),
            Self::ViaMcp(operator) => format!("{}, via MCP", operator.shown()),
        }
    }
}

impl From<Operator> for String {
    fn from(operator: Operator) -> Self {
        if let Operator::ViaMcp(operator) = operator {
            return Self::from(*operator) + VIA_MCP;
        }
        match TOKEN_NAMES.iter().find(|(_, token)| *token == operator) {
            Some((name, _)) => (*name).into(),
            None => operator.shown(),
        }
    }
}

impl TryFrom<String> for Operator {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if let Some(operator) = text.strip_suffix(VIA_MCP) {
            return Self::try_from(operator.to_string()).map(Self::via_mcp);
        }
        if let Some((_, token)) = TOKEN_NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(token.clone());
        }
        EmailAddress::parse(&text).map(Self::Person).ok_or("no operator")
    }
}

/// The operator who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorIdentity {
    /// What they may do.
    pub rank: Rank,
    /// Who they are.
    pub by: Operator,
    /// How that is known.
    pub proof: OperatorProof,
}

impl OperatorIdentity {
    /// One who shows the token of this rank.
    pub const fn of_token(rank: Rank) -> Self {
        Self { rank, by: Operator::of_token(rank), proof: OperatorProof::Token }
    }

    /// One who shows the token with which there is only one operation to ask for
    /// ([`Operation::own_secret`](super::Operation::own_secret)).
    pub const fn of_purge_token() -> Self {
        Self { rank: Rank::Responder, by: Operator::PurgeToken, proof: OperatorProof::Token }
    }

    /// One whom Access has let pass.
    pub const fn of_access(email: EmailAddress, rank: Rank) -> Self {
        Self { rank, by: Operator::Person(email), proof: OperatorProof::Access }
    }

    /// Refuses what takes a higher rank.
    ///
    /// # Errors
    /// [`RankTooLow`] if they have a lower one.
    pub fn check_rank(&self, needed: Rank) -> Result<(), RankTooLow> {
        if self.rank >= needed { Ok(()) } else { Err(RankTooLow { needed, rank: self.rank }) }
    }
}

/// How an operator proves to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorProof {
    /// The request shows a token.
    Token,
    /// The request shows the cookie of a session.
    Session {
        /// The session.
        hash: SessionHash,
        /// When it ends at the latest.
        expires_at: Timestamp,
        /// When it ends if it is not used.
        idle_at: Timestamp,
    },
    /// Access has put a token of its own into the request.
    Access,
}

impl OperatorProof {
    /// Whether a browser adds it to requests by itself, also to those that another site's page
    /// makes it send.
    pub const fn is_sent_by_browsers(&self) -> bool {
        match self {
            Self::Token => false,
            Self::Session { .. } | Self::Access => true,
        }
    }

    /// When it proves nothing any more, whatever is done by it. A token and Access are asked for
    /// with each request.
    pub const fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::Session { expires_at, .. } => Some(*expires_at),
            Self::Token | Self::Access => None,
        }
    }

    /// What it is called.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Session { .. } => "session",
            Self::Access => "access",
        }
    }
}

/// An operator may not do what they ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankTooLow {
    /// What it takes.
    pub needed: Rank,
    /// What they have.
    pub rank: Rank,
}

impl fmt::Display for RankTooLow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this takes the role `{}`, and yours is `{}`", self.needed, self.rank)
    }
}

impl core::error::Error for RankTooLow {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_this() {
        let kim = EmailAddress::parse("kim@shop.example").unwrap();
        for (operator, stored) in [
            (Operator::Token, r#""token""#),
            (Operator::ResponderToken, r#""token:responder""#),
            (Operator::ViewerToken, r#""token:viewer""#),
            (Operator::PurgeToken, r#""token:purge""#),
            (Operator::Token.via_mcp(), r#""token via mcp""#),
            (Operator::ResponderToken.via_mcp().via_mcp(), r#""token:responder via mcp""#),
            (Operator::Person(kim.clone()).via_mcp(), r#""kim@shop.example via mcp""#),
            (Operator::Person(kim), r#""kim@shop.example""#),
        ] {
            assert_eq!(serde_json::to_string(&operator).unwrap(), stored);
            assert_eq!(serde_json::from_str::<Operator>(stored).unwrap(), operator);
            assert_eq!(crate::base::json::read::<Operator>(stored).unwrap(), operator);
        }
        for stored in [r#""""#, r#""token:root""#, r#""kim""#, "1"] {
            assert!(serde_json::from_str::<Operator>(stored).is_err(), "{stored}");
        }
    }

    #[test]
    fn a_rank_may_do_what_a_lower_one_may() {
        for rank in Rank::ALL {
            let operator = OperatorIdentity::of_token(rank);
            for needed in Rank::ALL {
                assert_eq!(operator.check_rank(needed).is_ok(), rank >= needed);
            }
        }
        assert_eq!(
            OperatorIdentity::of_token(Rank::Viewer)
                .check_rank(Rank::Admin)
                .unwrap_err()
                .to_string(),
            "this takes the role `admin`, and yours is `viewer`"
        );
    }
}
