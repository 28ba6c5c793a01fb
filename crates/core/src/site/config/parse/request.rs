//! Reads checks from JSON, by the rules of the file.

use alloc::vec::Vec;

use super::check::{check_of_request, embedded_check};
use super::table::{Document, Value};
use super::tree::Node;
use crate::site::config::{ConfigError, Site, WatchRules};
use crate::watch::check::Check;

/// Reads a check from a JSON object with the keys of `[[checks]]`. `name` may be left out, and may
/// be that of a check of the site.
///
/// # Errors
/// The words of the parser if the body is not JSON, or else [`ConfigError`] for the first problem,
/// whose place is the path of its key.
pub(crate) fn parse_check(
    body: &[u8],
    site: &Site,
    rules: &WatchRules,
) -> Result<Result<Check, ConfigError>, serde_json::Error> {
    let tree: Node<'static> = serde_json::from_slice(body)?;
    let document = Document { file: "", text: "" };
    Ok(check_of_request(&Value::root(&document, &tree), site, rules))
}

/// Reads the checks that the build embedded. Nothing checks again how they depend on each other,
/// and how often they ask places outside. `has_account` says whether the file names an account of
/// Globalping.
///
/// # Errors
/// The words of the parser if the text is not JSON, or else [`ConfigError`] for the first problem.
pub(crate) fn parse_embedded(
    checks: &str,
    site: &Site,
    has_account: bool,
) -> Result<Result<Vec<Check>, ConfigError>, serde_json::Error> {
    let tree: Node<'static> = serde_json::from_slice(checks.as_bytes())?;
    let document = Document { file: "", text: "" };
    let read = Value::root(&document, &tree).items();
    let check = |value: &Value<'_>| embedded_check(value, site, has_account);
    Ok(read.and_then(|checks| checks.iter().map(check).collect()))
}
