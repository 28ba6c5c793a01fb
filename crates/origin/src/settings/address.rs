//! URLs of other services.

use axum::http::Uri;
use breakwater_core::watch::dependency::DependencyKind;

use super::{SettingsError, Storage};
use crate::secret::Secret;

/// The path of Supabase's Storage.
const SUPABASE_STORAGE: &str = "/storage/v1";

/// Parses the base URL of an API, without a slash at the end.
pub(super) fn base(variable: &'static str, text: &str) -> Result<String, SettingsError> {
    let text = text.trim_end_matches('/');
    let uri = uri(variable, text)?;
    if uri.query().is_some() {
        return Err(SettingsError::hidden(variable, EXPECTED));
    }
    Ok(text.to_owned())
}

/// Parses the URL of a storage: Supabase's if the path is its own, or else one that is compatible
/// with S3.
pub(super) fn storage(
    variable: &'static str,
    text: &str,
    key: Option<Secret>,
) -> Result<Storage, SettingsError> {
    let text = text.trim_end_matches('/');
    if text.ends_with(SUPABASE_STORAGE) {
        let url = uri(variable, &format!("{text}/health"))?;
        return Ok(Storage { kind: DependencyKind::SupabaseStorage, url, key });
    }
    let url = uri(variable, text)?;
    let kind = if url.path().contains(SUPABASE_STORAGE) {
        DependencyKind::SupabaseStorage
    } else {
        DependencyKind::S3
    };
    Ok(Storage { kind, url, key: key.filter(|_| kind == DependencyKind::SupabaseStorage) })
}

const EXPECTED: &str = "http(s)://HOST[:PORT][/PATH], without user and query";

/// Parses a complete URL. One with a user holds a password, so an error does not show it.
fn uri(variable: &'static str, text: &str) -> Result<Uri, SettingsError> {
    let refused = || {
        if text.contains(['@', '?']) {
            SettingsError::hidden(variable, EXPECTED)
        } else {
            SettingsError::new(variable, text, EXPECTED)
        }
    };
    let uri: Uri = text.parse().map_err(|_| refused())?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    let has_user = uri.authority().is_none_or(|authority| authority.as_str().contains('@'));
    if is_web && !has_user { Ok(uri) } else { Err(refused()) }
}
