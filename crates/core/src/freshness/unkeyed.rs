//! Cache poisoning: what reaches the upstream and shapes its answer without being part of the copy's
//! key would be served to everybody (J. Kettle, "Practical Web Cache Poisoning", 2018).
//!
//! No list of dangerous fields is ever complete. So it is the other way round: a request makes a copy
//! only if it carries nothing but what visitors' browsers send by themselves, what a key holds, what
//! Breakwater sets itself, and what the route allows (`unkeyed = [...]`).

use alloc::string::String;

use crate::fields::Fields;

/// What browsers send with a plain `GET`, what the platform adds, and what never reaches an
/// upstream as a visitor wrote it. In order.
const ORDINARY: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "cdn-loop",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "cf-ew-via",
    "cf-ipcountry",
    "cf-ray",
    "cf-visitor",
    "cf-worker",
    "connection",
    "cookie",
    "device-memory",
    "dnt",
    "downlink",
    "dpr",
    "ect",
    "expect",
    "forwarded",
    "host",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "pragma",
    "priority",
    "proxy-authorization",
    "proxy-connection",
    "purpose",
    "range",
    "referer",
    "rtt",
    "save-data",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "sec-gpc",
    "sec-purpose",
    "te",
    "traceparent",
    "true-client-ip",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "viewport-width",
    "width",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-scheme",
    "x-forwarded-server",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-real-ip",
    "x-request-id",
    "x-rewrite-url",
];

/// Whether a request carries a field that no key of the answer's copy holds.
pub(super) fn carries_unkeyed(request: Fields<'_>, vary: &[String], allowed: &[String]) -> bool {
    request.iter().any(|(name, _)| {
        ORDINARY.binary_search(&name).is_err()
            && !vary.iter().chain(allowed).any(|other| other == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(ORDINARY.is_sorted());
    }

    #[test]
    fn what_a_browser_sends_makes_copies_and_anything_else_does_not() {
        let browser = "accept:text/html\naccept-language:de\nsec-fetch-mode:navigate\nuser-agent:x";
        assert!(!carries_unkeyed(Fields::new(browser), &[], &[]));
        for field in ["x-host", "origin", "x-forwarded-path", "content-type", "x-wap-profile"] {
            let lines = alloc::format!("{browser}\n{field}:evil");
            assert!(carries_unkeyed(Fields::new(&lines), &[], &[]), "{field}");
            let named = [String::from(field)];
            assert!(!carries_unkeyed(Fields::new(&lines), &named, &[]), "{field} is in the key");
            assert!(!carries_unkeyed(Fields::new(&lines), &[], &named), "{field} is allowed");
        }
    }
}
