//! What all answers to operators have.

/// The fields of each answer to an operator, pages and problems among them, unless it has one of
/// its own: no cache keeps it, no other site shows it in a frame or as a part of a page, and where
/// it leads the address of what operators look at is not told. A stricter `Referrer-Policy` would
/// have browsers send the login page's form with `Origin: null`
/// (fetch.spec.whatwg.org/#append-a-request-origin-header).
pub const ANSWER_FIELDS: [(&str, &str); 7] = [
    ("cache-control", "no-store"),
    ("vary", "Cookie"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
];
