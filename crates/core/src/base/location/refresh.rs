//! The URL in the `Refresh` field, found by the steps that browsers follow: HTML's "shared
//! declarative refresh steps".

use alloc::string::String;

/// Returns the value with its URL rewritten, or `None` if it stays as it is.
pub(super) fn rewritten(value: &str, rewrite: impl Fn(&str) -> Option<String>) -> Option<String> {
    let time = value.trim_start();
    let rest = time.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if rest.len() == time.len() {
        return None;
    }
    let after = rest.trim_start();
    let url = match after.strip_prefix([';', ',']) {
        Some(after) => after.trim_start(),
        None if after.len() < rest.len() => after,
        None => return None,
    };
    let url = without_name(url).unwrap_or(url);
    let (start, url) = match url.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let quoted = url.strip_prefix(quote)?;
            (quoted, quoted.split(quote).next()?)
        }
        Some(_) | None => (url, url.trim_end()),
    };
    let new = rewrite(url)?;
    let before = value.get(..value.len() - start.len())?;
    Some([before, &new, start.get(url.len()..)?].concat())
}

/// Returns the text after `url =`.
fn without_name(text: &str) -> Option<&str> {
    let (name, rest) = text.split_at_checked(3)?;
    let rest = rest.trim_start().strip_prefix('=')?;
    name.eq_ignore_ascii_case("url").then_some(rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: Option<&str>) {
        let rewrite =
            |url: &str| url.strip_prefix("https://up").map(|rest| ["https://site", rest].concat());
        assert_eq!(rewritten(value, rewrite).as_deref(), expected, "{value}");
    }

    #[test]
    fn the_url_is_found_as_browsers_find_it() {
        check("5; url=https://up/a", Some("5; url=https://site/a"));
        check("0;URL=https://up/a?b=1;c", Some("0;URL=https://site/a?b=1;c"));
        check(" 5 , Url = 'https://up/a' x", Some(" 5 , Url = 'https://site/a' x"));
        check("5; url=\"https://up/a", Some("5; url=\"https://site/a"));
        check("1.5;https://up/a ", Some("1.5;https://site/a "));
        check("5 https://up/a", Some("5 https://site/a"));
        check(".5; 'https://up/a'", Some(".5; 'https://site/a'"));
    }

    #[test]
    fn what_names_no_url_of_the_upstreams_stays() {
        for value in [
            "",
            "5",
            "5;",
            "5; url=",
            "5; url=/a",
            "5; url='",
            "5; uri=https://up/a",
            "5; url https://up/a",
            "5x; url=https://up/a",
            "x; url=https://up/a",
            "5; url=https://pay.example/?to=https://up/",
            "é",
            "5; é",
        ] {
            check(value, None);
        }
    }
}
