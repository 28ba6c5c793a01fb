//! Cache poisoning: a part of a request that shapes the upstream's answer, but is not part of the
//! stored response's key, would shape the answers of all other visitors too (J. Kettle, "Practical
//! Web Cache Poisoning", 2018).
//!
//! No list of dangerous fields is ever complete, so this module lists the harmless ones. The answer
//! to a request is stored only if each field of the request is of one of four sorts: browsers send
//! it by themselves, with a value that browsers send; the key holds it; Breakwater sets it; or the
//! route allows it (`unkeyed = [...]`). Even a harmless field's value may be repeated in the page,
//! so it must be made of words with which a visitor can say nothing.

mod ordinary;
mod words;

use alloc::string::String;

use super::vary::COOKIE;
use crate::base::fields::{self, Fields};
use crate::cache::kind::{OWN_AGENT, VisitorKind};

/// Whether a request carries a field that no key of the answer's stored response holds, or with a
/// value that the kind of visitor in the key does not stand for.
pub(super) fn carries_unkeyed(request: Fields<'_>, vary: &[String], allowed: &[String]) -> bool {
    let kind = VisitorKind::of(request, allowed);
    request.iter().any(|(name, value)| {
        !vary.iter().chain(allowed).any(|other| other == name)
            && !ordinary::rule_of(name).is_some_and(|rule| rule.allows(value, kind))
    })
}

/// Whether all fields of a request are such that a browser could have sent them, whatever their
/// values: what else there is may have asked for something else than the page.
pub(super) fn is_of_a_browser(request: Fields<'_>, vary: &[String], allowed: &[String]) -> bool {
    request.iter().all(|(name, _)| {
        ordinary::rule_of(name).is_some() || vary.iter().chain(allowed).any(|other| other == name)
    })
}

/// A request's fields without those that a cache does not ask with, if it has any of them: where
/// stored responses answer in the upstream's place, it does not learn where each visitor came from
/// anyway. Others do the same (CloudFront removes `Referer` unless it is part of the key).
pub(super) fn shed(request: Fields<'_>, allowed: &[String]) -> Option<Shed> {
    let is_shed = |name: &str, value: &str| {
        ordinary::rule_of(name).is_some_and(|rule| rule.sheds(value))
            && !allowed.iter().any(|other| other == name)
    };
    if !request.iter().any(|(name, value)| is_shed(name, value)) {
        return None;
    }
    let mut shed = Shed::default();
    for (name, value) in request.iter() {
        if is_shed(name, value) {
            shed.names.push(' ');
            shed.names.push_str(name);
        } else {
            fields::push(&mut shed.fields, name, value);
        }
    }
    Some(shed)
}

/// What is left of a request's fields where a cache asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shed {
    /// What is left.
    pub fields: String,
    /// The names of the others, each after a space.
    pub names: String,
}

/// The fields with which an anonymous visitor of the same kind would ask: those of an allow-list,
/// with values of ours where a visitor's own could matter, and those that the answer says it varies
/// by. Cookies are not among them.
pub(super) fn anonymous(request: Fields<'_>, vary: &[String], allowed: &[String]) -> String {
    let kind = VisitorKind::of(request, allowed);
    let is_varied_by = |name: &str| vary.iter().any(|other| other == name);
    let own = |name: &str| {
        let value = request.get(name)?;
        let rule = ordinary::rule_of(name)?;
        (is_varied_by(name) || rule.allows(value, kind)).then_some(value)
    };
    let mut lines = String::new();
    let accept = own("accept").filter(|_| is_varied_by("accept"));
    fields::push(&mut lines, "accept", accept.unwrap_or(kind.wanted().accept()));
    fields::push(&mut lines, "accept-encoding", "gzip, br");
    fields::push(&mut lines, "user-agent", own("user-agent").unwrap_or(OWN_AGENT));
    if let Some(country) = own("cf-ipcountry") {
        fields::push(&mut lines, "cf-ipcountry", country);
    }
    let is_set = |name: &str| SET.contains(&name);
    for name in vary.iter().filter(|name| !is_set(name) && *name != COOKIE) {
        if let Some(value) = request.get(name) {
            fields::push(&mut lines, name, value);
        }
    }
    lines
}

/// The fields that an anonymous request has in any case.
const SET: [&str; 4] = ["accept", "accept-encoding", "user-agent", "cf-ipcountry"];

#[cfg(test)]
mod tests {
    use super::*;

    const BROWSER: &str = "accept:text/html\naccept-language:de-DE,de;q=0.9,en;q=0.8\n\
        sec-fetch-mode:navigate\nuser-agent:Mozilla/5.0 (X11; Linux x86_64; rv:140.0) \
        Gecko/20100101 Firefox/140.0";

    #[test]
    fn what_a_browser_sends_makes_copies_and_anything_else_does_not() {
        assert!(!carries_unkeyed(Fields::new(BROWSER), &[], &[]));
        for field in [
            "x-host",
            "origin",
            "x-forwarded-path",
            "content-type",
            "x-wap-profile",
            "referer",
            "pragma",
            "via",
            "save-data",
            "dnt",
            "sec-gpc",
            "dpr",
            "accept-charset",
            "purpose",
        ] {
            let lines = alloc::format!("{BROWSER}\n{field}:evil");
            assert!(carries_unkeyed(Fields::new(&lines), &[], &[]), "{field}");
            let named = [String::from(field)];
            assert!(!carries_unkeyed(Fields::new(&lines), &named, &[]), "{field} is in the key");
            assert!(!carries_unkeyed(Fields::new(&lines), &[], &named), "{field} is allowed");
        }
    }

    #[test]
    fn a_cache_asks_without_where_a_visitor_came_from() {
        let lines = "accept:*/*\nreferer:https://a/\npragma:no-cache\nsec-gpc:1";
        let of = |allowed: &[String]| shed(Fields::new(lines), allowed);
        let less = of(&[]).unwrap();
        assert_eq!(less.fields, "accept:*/*\nsec-gpc:1");
        assert_eq!(less.names, " referer pragma");
        let allowed = ["referer", "pragma"].map(String::from);
        assert_eq!(of(&allowed), None, "the site file says that they change nothing");
        assert_eq!(shed(Fields::new("accept:*/*"), &[]), None);
    }

    #[test]
    fn whom_nobody_knows_asks_with_words_of_ours() {
        let of = |lines: &str, vary: &[String]| anonymous(Fields::new(lines), vary, &[]);
        let theirs = alloc::format!(
            "{BROWSER}\ncookie:a=b\nreferer:https://kim/\nx-tenant:kim\ncf-ipcountry:DE\nrange:b"
        );
        let page = "accept:text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\n\
                    accept-encoding:gzip, br\n";
        let agent =
            "user-agent:Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(of(&theirs, &[]), alloc::format!("{page}{agent}\ncf-ipcountry:DE"));
        let languages = [String::from("accept-language")];
        let lines = of(&theirs, &languages);
        assert_eq!(Fields::new(&lines).get("accept-language"), Some("de-DE,de;q=0.9,en;q=0.8"));
        let by_cookie = [String::from("cookie"), String::from("x-tenant")];
        let lines = of(&theirs, &by_cookie);
        let lines = Fields::new(&lines);
        assert_eq!((lines.get("cookie"), lines.get("x-tenant")), (None, Some("kim")));
        let odd = "accept:application/evil\nuser-agent:Mozilla/5.0 (kim)\ncf-ipcountry:kim";
        let neutral = "accept:*/*\naccept-encoding:gzip, br\nuser-agent:Breakwater-Refresh";
        assert_eq!(of(odd, &[]), neutral);
        for lines in [of(&theirs, &[]), of(odd, &[])] {
            assert!(!carries_unkeyed(Fields::new(&lines), &[], &[]), "{lines}");
        }
    }
}
