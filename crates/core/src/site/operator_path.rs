//! The paths that are the operators', whatever the site calls its own.

/// What all of them begin with.
pub const PREFIX: &str = "/_breakwater";

/// Where browsers send what they report to Sentry, if the site file has `tunnel`. It is below the
/// prefix so that no route of the site loses a path to it.
pub const TUNNEL_PATH: &str = "/_breakwater/tunnel";

/// Whether a path, which is normalised, is the operators'.
///
/// ```
/// use breakwater_core::site::operator_path::owns;
///
/// assert!(owns("/_breakwater") && owns("/_breakwater/x"));
/// assert!(!owns("/_breakwaters") && !owns("/a/_breakwater"));
/// ```
pub fn owns(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
