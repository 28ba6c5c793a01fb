//! Who operators are: their ranks, and what Cloudflare Access says of them.
//!
//! Access puts a signed token into each request that it lets pass:
//! <https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/>.
//! Whether the token is for this site, holds now, and whose it is, is decided here. The platform's
//! own cryptography checks the signature, with a key that is chosen here.

mod email;
mod keys;
mod rank;
mod rules;
mod token;

pub use email::{EMAIL_MAX, EmailAddress};
pub use keys::{
    ACCESS_KEYS_BYTES_MAX, ACCESS_KEYS_MAX, ACCESS_KEYS_WITHIN, AccessKeys, AccessKeysError,
    FoundKey, KEY_FETCHES_MAX, KEYS_LIFE,
};
pub use rank::Rank;
pub use rules::{AccessPattern, AccessPatternError, AccessRules};
pub use token::{ACCESS_LEEWAY, ACCESS_TOKEN_MAX, AccessToken, AccessTokenError};

/// The field in which Access puts its token. The cookie `CF_Authorization` has the same one, but a
/// page may set cookies.
pub const ACCESS_FIELD: &str = "cf-access-jwt-assertion";
