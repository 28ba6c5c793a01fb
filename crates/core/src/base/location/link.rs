//! The targets in the `Link` field (RFC 8288 §3).

use alloc::string::String;

/// Returns the value with the targets of its links rewritten, or `None` if all stay as they are.
pub(super) fn rewritten(value: &str, rewrite: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (mut text, mut rest, mut is_changed) = (String::new(), value, false);
    while let Some((before, after)) =
        outside_quotes(rest, b'<').and_then(|at| rest.split_at_checked(at + 1))
    {
        text.push_str(before);
        let Some(end) = after.find('>') else {
            rest = after;
            break;
        };
        let (target, behind) = after.split_at(end);
        let new = rewrite(target);
        is_changed |= new.is_some();
        text.push_str(new.as_deref().unwrap_or(target));
        rest = behind;
    }
    text.push_str(rest);
    is_changed.then_some(text)
}

/// Returns the first position of a byte outside quoted strings (RFC 9110 §5.6.4).
fn outside_quotes(text: &str, wanted: u8) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            byte if byte == wanted && !is_quoted => return Some(at),
            _ => {}
        }
    }
    None
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
    fn every_target_is_rewritten_and_nothing_else() {
        check("<https://up/a>; rel=next", Some("<https://site/a>; rel=next"));
        check(
            "</x>; rel=prev, <https://up/a,b>; title=\"<https://up/c>\\\"\" , <https://up/d>",
            Some(
                "</x>; rel=prev, <https://site/a,b>; title=\"<https://up/c>\\\"\" , \
                 <https://site/d>",
            ),
        );
    }

    #[test]
    fn what_is_no_link_to_the_upstream_stays() {
        for value in
            ["", "<", "<https://up/a", "https://up/a", "<//cdn/a>", "\"<https://up/a>\"", "é<é>"]
        {
            check(value, None);
        }
    }
}
