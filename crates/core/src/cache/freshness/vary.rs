//! Answers that depend on the request's fields (RFC 9111 §4.1).

use alloc::string::String;
use alloc::vec::Vec;

use super::NotStorable;
use crate::base::fields::{Fields, members};

/// Fields that `Vary` may name in one answer; more variants than that are not worth keeping.
const VARY_MAX: usize = 8;

/// A field by which answers vary that were made for who sends none of it.
pub(crate) const COOKIE: &str = "cookie";

/// The fields that an answer depends on, in lower case and in order, without `accept-encoding`:
/// responses are stored in one coding for all visitors.
pub(super) fn varies_by(answer: Fields<'_>) -> Result<Vec<String>, NotStorable> {
    let mut names: Vec<String> = Vec::new();
    for name in members(answer.get("vary").unwrap_or_default()) {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            // By everything, or by a token, which no request of a stored response carries.
            "*" | "authorization" => return Err(NotStorable::Varies),
            "accept-encoding" => {}
            _ if names.contains(&name) => {}
            _ => names.push(name),
        }
    }
    names.sort_unstable();
    if names.len() > VARY_MAX { Err(NotStorable::Varies) } else { Ok(names) }
}

/// A request's values of these fields, as far as they can be told apart: space around commas means
/// nothing (RFC 9110 §5.6.1), and a field that is not there equals no value.
pub fn variant_of(names: &[String], request: Fields<'_>) -> Vec<(String, Option<String>)> {
    let value = |name: &String| {
        // No response is stored for a request with cookies, so that any cookie at all is a variant
        // which is never found; and what it says is nothing to build a key of.
        if name == COOKIE {
            return request.get(name).map(|_| String::new());
        }
        let members = members(request.get(name)?).collect::<Vec<&str>>().join(",");
        // Language tags are the same in any case (RFC 9110 §8.5.1).
        Some(if name == "accept-language" { members.to_ascii_lowercase() } else { members })
    };
    names.iter().map(|name| (name.clone(), value(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_once_in_order_and_without_the_encoding() {
        let answer = Fields::new("vary:Accept-Language, accept-encoding,, Accept, accept");
        assert_eq!(varies_by(answer).unwrap(), ["accept", "accept-language"]);
    }

    #[test]
    fn what_varies_by_everything_or_by_who_asks_is_not_kept() {
        for vary in ["*", "accept, *", ", *", "cookie, *", "accept, AUTHORIZATION"] {
            let lines = alloc::format!("vary:{vary}");
            assert_eq!(varies_by(Fields::new(&lines)), Err(NotStorable::Varies), "{vary}");
        }
        assert_eq!(varies_by(Fields::new("vary:a,b,c,d,e,f,g,h,i")), Err(NotStorable::Varies));
    }

    #[test]
    fn who_sends_no_cookie_is_one_variant_and_no_cookie_is_part_of_a_key() {
        let names = varies_by(Fields::new("vary:Cookie")).unwrap();
        assert_eq!(names, [COOKIE]);
        let of = |lines| variant_of(&names, Fields::new(lines));
        assert_eq!(of("accept:*/*"), [(String::from(COOKIE), None)]);
        for theirs in ["cookie:session=1", "cookie:session=2", "cookie:"] {
            assert_eq!(of(theirs), [(String::from(COOKIE), Some(String::new()))], "{theirs}");
        }
    }

    #[test]
    fn space_around_commas_makes_no_variant_and_absence_does() {
        let names = [String::from("foo")];
        let of = |lines| variant_of(&names, Fields::new(lines));
        assert_eq!(of("foo:1,2"), of("foo:1 ,  2"));
        assert_ne!(of("foo:1,2"), of("foo:2,1"));
        assert_ne!(of("foo:"), of("bar:"));
        let languages = [String::from("accept-language")];
        let of = |lines| variant_of(&languages, Fields::new(lines));
        assert_eq!(of("accept-language:en-GB"), of("accept-language:EN-gb"));
    }
}
