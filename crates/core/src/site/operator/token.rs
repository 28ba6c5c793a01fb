//! The tokens by which operators prove their rank.

use alloc::string::String;

use sha2::{Digest as _, Sha256};

use crate::site::access::Rank;
use crate::site::needs::{ADMIN_TOKEN, RESPONDER_TOKEN, VIEWER_TOKEN};

/// The tokens of this deployment, of which each may be unset. A rank whose token is unset is no
/// one's by a token.
#[derive(Clone)]
pub struct OperatorTokens {
    admin: Option<String>,
    responder: Option<String>,
    viewer: Option<String>,
}

impl OperatorTokens {
    /// The tokens among the secrets of the Worker: `secret` gives the value of a name, if it is set
    /// and not empty.
    pub fn among(secret: impl Fn(&str) -> Option<String>) -> Self {
        let of = |rank| secret(Self::secret_name(rank));
        Self { admin: of(Rank::Admin), responder: of(Rank::Responder), viewer: of(Rank::Viewer) }
    }

    /// The name of the secret that holds a rank's token.
    pub const fn secret_name(rank: Rank) -> &'static str {
        match rank {
            Rank::Viewer => VIEWER_TOKEN,
            Rank::Responder => RESPONDER_TOKEN,
            Rank::Admin => ADMIN_TOKEN,
        }
    }

    /// A rank's token.
    pub fn of(&self, rank: Rank) -> Option<&str> {
        match rank {
            Rank::Viewer => self.viewer.as_deref(),
            Rank::Responder => self.responder.as_deref(),
            Rank::Admin => self.admin.as_deref(),
        }
    }

    /// The highest rank whose token this is. It is compared with all of them, whichever it is.
    pub fn rank_of(&self, given: &str) -> Option<Rank> {
        let mut found = None;
        for rank in Rank::ALL {
            let token = self.of(rank);
            let is_same = is_same_secret(given, token.unwrap_or_default());
            if is_same & token.is_some() {
                found = Some(rank);
            }
        }
        found
    }
}

/// Whether a text is a secret, in a time that depends on neither's content: what is compared are
/// digests, which the sender cannot choose bit by bit, and all of their bytes.
pub fn is_same_secret(given: &str, secret: &str) -> bool {
    let digests = Sha256::digest(given).into_iter().zip(Sha256::digest(secret));
    let difference = digests.fold(0, |difference, (left, right)| difference | (left ^ right));
    core::hint::black_box(difference) == 0
}

/// The token of a field `Authorization` whose scheme is `Bearer` (RFC 6750 §2.1); schemes are in
/// any case (RFC 9110 §11.1).
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim_start().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Tokens for tests: those of these ranks are set.
#[cfg(test)]
pub(super) fn tokens(set: &[(Rank, &str)]) -> OperatorTokens {
    OperatorTokens::among(|name| {
        let of = |(rank, token): &(Rank, &str)| {
            (OperatorTokens::secret_name(*rank) == name).then(|| String::from(*token))
        };
        set.iter().find_map(of)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_proves_its_own_rank() {
        let all =
            tokens(&[(Rank::Admin, "boss"), (Rank::Responder, "help"), (Rank::Viewer, "look")]);
        for (given, rank) in [
            ("boss", Some(Rank::Admin)),
            ("help", Some(Rank::Responder)),
            ("look", Some(Rank::Viewer)),
            ("", None),
            ("Boss", None),
            ("boss ", None),
            ("bos", None),
        ] {
            assert_eq!(all.rank_of(given), rank, "{given}");
        }
    }

    #[test]
    fn a_rank_without_a_token_is_no_ones() {
        let none = tokens(&[]);
        let viewer = tokens(&[(Rank::Viewer, "look")]);
        for given in ["", "look", "dev"] {
            assert_eq!(none.rank_of(given), None);
        }
        assert_eq!((viewer.rank_of(""), viewer.rank_of("look")), (None, Some(Rank::Viewer)));
    }

    #[test]
    fn one_token_for_two_ranks_proves_the_higher_one() {
        let same = tokens(&[(Rank::Responder, "one"), (Rank::Viewer, "one")]);
        assert_eq!(same.rank_of("one"), Some(Rank::Responder));
    }

    #[test]
    fn a_bearers_token_is_what_follows_the_scheme() {
        for (field, token) in [
            ("Bearer dev", Some("dev")),
            ("bearer  dev ", Some("dev")),
            ("Bearer ", Some("")),
            ("Bearer", None),
            ("dev", None),
            ("Basic ZGV2", None),
            ("", None),
        ] {
            assert_eq!(bearer(field), token, "{field}");
        }
    }
}
