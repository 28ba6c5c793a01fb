//! Reads a check from the body of a request, by the rules of the file.

use super::check::check_of_request;
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
