//! The paths that are the operators', whatever the site calls its own.

/// What all of them begin with.
pub const PREFIX: &str = "/_breakwater";

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
