//! What kind of call asks to be admitted.

use crate::base::method;

/// Whether a call may be the one that a half-open circuit is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// A safe method (RFC 9110 §9.2.1) without a body: nothing that the visitor does on the way can
    /// make it fail, and what fails has changed nothing.
    Safe,
    /// Any other call.
    Unsafe,
}

impl CallKind {
    /// The kind of a call with this method. `has_body` is asked only where that matters.
    pub fn of(method: &str, has_body: impl FnOnce() -> bool) -> Self {
        if method::is_safe(method) && !has_body() { Self::Safe } else { Self::Unsafe }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_safe_method_without_a_body_may_be_a_probe() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert_eq!(CallKind::of(method, || false), CallKind::Safe, "{method}");
            assert_eq!(CallKind::of(method, || true), CallKind::Unsafe, "{method}");
        }
        for method in ["POST", "PUT", "DELETE", "get", ""] {
            let asked = || panic!("the body of a {method} does not matter");
            assert_eq!(CallKind::of(method, asked), CallKind::Unsafe, "{method}");
        }
    }
}
