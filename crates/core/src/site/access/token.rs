//! The token of Cloudflare Access: a JSON Web Token in its compact form (RFC 7519, RFC 7515 §7.1).

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use serde_json::Value;

use super::{AccessRules, EmailAddress, Rank};
use crate::base::time::{Millis, Timestamp};

/// The longest token that is read, in bytes: 8 KiB. Those of Access have one or two.
pub const ACCESS_TOKEN_MAX: usize = 8 * 1024;
/// How far the clocks of Access and of the platform may be apart, in milliseconds.
pub const ACCESS_LEEWAY: Millis = Millis::from_secs(60);
/// The only algorithm that is taken (RFC 7518 §3.3). A token does not choose how it is checked
/// (RFC 8725 §3.1): one that says `none`, or that a public key is a shared secret, is refused.
const ALGORITHM: &str = "RS256";
/// The longest id of a key, in bytes. Those of Access have 64.
const KEY_ID_MAX: usize = 128;
/// The lengths of a signature, in bytes: those of keys of 2048 to 4096 bits.
const SIGNATURE_BYTES: core::ops::RangeInclusive<usize> = 256..=512;

/// A token whose claims hold, and whose signature is not checked yet. Whose it is, is told only
/// once [`AccessToken::verified`] heard that the signature is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    key_id: String,
    email: EmailAddress,
    rank: Rank,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTokenError {
    /// It is longer than [`ACCESS_TOKEN_MAX`].
    TooLong,
    /// It is no token.
    Malformed,
    /// It wants to be checked by another algorithm, or by rules that are not known.
    Algorithm,
    /// Another team has issued it.
    Issuer,
    /// It is for another application.
    Audience,
    /// It is no longer valid.
    Expired,
    /// It is not valid yet, or says that it was made in the future.
    Early,
    /// It names no person.
    NoPerson,
    /// The site file gives that person no role.
    NoRole,
    /// It is signed with a key that the team does not have.
    UnknownKey,
    /// Its signature is wrong.
    Signature,
    /// The team's keys are not known now.
    KeysUnknown,
}

#[derive(Deserialize)]
struct TokenHeader {
    alg: String,
    kid: String,
    /// Extensions that have to be understood (RFC 7515 §4.1.11). None is.
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct TokenClaims {
    iss: String,
    aud: Value,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    email: Option<String>,
}

impl<'a> AccessToken<'a> {
    /// Reads a token, and decides all but its signature.
    ///
    /// # Errors
    /// [`AccessTokenError`] for the first thing that is wrong.
    pub fn read(
        text: &'a str,
        rules: &AccessRules,
        now: Timestamp,
    ) -> Result<Self, AccessTokenError> {
        if text.len() > ACCESS_TOKEN_MAX {
            return Err(AccessTokenError::TooLong);
        }
        let malformed = || AccessTokenError::Malformed;
        let (signed, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
        let header: TokenHeader = part(header)?;
        if header.alg != ALGORITHM || header.crit.is_some() {
            return Err(AccessTokenError::Algorithm);
        }
        let signature = Base64UrlUnpadded::decode_vec(signature).map_err(|_| malformed())?;
        if !SIGNATURE_BYTES.contains(&signature.len()) || header.kid.len() > KEY_ID_MAX {
            return Err(malformed());
        }
        let claims: TokenClaims = part(claims)?;
        check(&claims, rules, now)?;
        let email = claims.email.as_deref().and_then(EmailAddress::parse);
        let email = email.ok_or(AccessTokenError::NoPerson)?;
        let rank = rules.rank_of(&email).ok_or(AccessTokenError::NoRole)?;
        Ok(Self { signed, signature, key_id: header.kid, email, rank })
    }

    /// The id of the key that it says it is signed with.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// What is signed.
    pub const fn signed(&self) -> &'a str {
        self.signed
    }

    /// The signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Returns whose it is and what they may do. `is_right` says whether the signature is that of
    /// the key.
    ///
    /// # Errors
    /// [`AccessTokenError::Signature`] if it is not.
    pub fn verified(self, is_right: bool) -> Result<(EmailAddress, Rank), AccessTokenError> {
        if is_right { Ok((self.email, self.rank)) } else { Err(AccessTokenError::Signature) }
    }
}

fn part<T: for<'de> Deserialize<'de>>(encoded: &str) -> Result<T, AccessTokenError> {
    let json = Base64UrlUnpadded::decode_vec(encoded).map_err(|_| AccessTokenError::Malformed)?;
    // One that names a claim twice is refused (RFC 7519 §4).
    serde_json::from_slice(&json).map_err(|_| AccessTokenError::Malformed)
}

/// RFC 7519 §4.1.
fn check(
    claims: &TokenClaims,
    rules: &AccessRules,
    now: Timestamp,
) -> Result<(), AccessTokenError> {
    if claims.iss != rules.issuer() {
        return Err(AccessTokenError::Issuer);
    }
    let is_own = |value: &Value| value.as_str() == Some(&rules.audience);
    let is_for_us = match &claims.aud {
        Value::Array(all) => all.iter().any(is_own),
        one @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)) => is_own(one),
    };
    if !is_for_us {
        return Err(AccessTokenError::Audience);
    }
    if now >= date(claims.exp) + ACCESS_LEEWAY {
        return Err(AccessTokenError::Expired);
    }
    let latest = now + ACCESS_LEEWAY;
    if latest < date(claims.iat) || claims.nbf.is_some_and(|begins| latest < date(begins)) {
        return Err(AccessTokenError::Early);
    }
    Ok(())
}

/// A `NumericDate`: seconds, perhaps with a fraction. A date before 1970 is 1970, and one that no
/// clock shows is the last that one can.
fn date(seconds: f64) -> Timestamp {
    /// The last moment that is told apart, in milliseconds: the year 287396.
    const LAST: f64 = 9_007_199_254_740_992.0;
    Timestamp::from_millis((seconds * 1000.0).clamp(0.0, LAST) as u64)
}

impl fmt::Display for AccessTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "it is too long, expected at most 8192 bytes",
            Self::Malformed => "it is no JSON Web Token of Access",
            Self::Algorithm => "it names another algorithm, expected `RS256` and no `crit`",
            Self::Issuer => "its `iss` is another, expected that of `team` in the site file",
            Self::Audience => "its `aud` is another, expected `audience` of the site file",
            Self::Expired => "it has expired, expected an `exp` in the future",
            Self::Early => "it is not valid yet, expected `iat` and `nbf` in the past",
            Self::NoPerson => "it names no person, expected an `email`",
            Self::NoRole => "the site file gives its `email` no role, expected one in `roles`",
            Self::UnknownKey => "its `kid` is not known, expected a key that the team shows",
            Self::Signature => "its signature is wrong",
            Self::KeysUnknown => "the team's keys cannot be had now, so come by a token instead",
        })
    }
}

impl core::error::Error for AccessTokenError {}

#[cfg(test)]
mod tests;
