//! Removes what may be a secret from a text of which it is not known what it holds: the error of a
//! platform or of a service, which may repeat what it was given.

use alloc::string::String;

use super::LogAttribute;

/// What stands in the place of what is removed.
const REMOVED: &str = "…";
/// The length from which letters mixed with digits are taken for a secret, in bytes. Keys and
/// tokens have at least 128 bits, which are 32 hexadecimal digits; names are shorter.
const MIXED_MIN: usize = 32;
/// The schemes of credentials, behind which a secret stands
/// (iana.org/assignments/http-authschemes).
const SCHEMES: [&str; 2] = ["bearer", "basic"];
/// Parts of the names of values that are secrets, if `=` or `:` follows.
const NAMES: [&str; 9] = [
    "token",
    "secret",
    "passw",
    "authorization",
    "cookie",
    "api_key",
    "apikey",
    "api-key",
    "signature",
];

/// Whether a visitor chooses the text of an attribute. Any other is an id that we made, a word of
/// ours, or a name in the site file.
pub(super) const fn is_visitors(attribute: LogAttribute) -> bool {
    matches!(attribute, LogAttribute::Path | LogAttribute::Host)
}

/// What the words before say of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextWord {
    /// Nothing.
    Any,
    /// If it is `:` or `=`, the one behind it is a secret.
    Sign,
    /// It is a secret.
    Secret,
}

/// Returns a text without what may be a secret. Of an address the host is left. Removed are user
/// names, paths and queries of addresses, other queries, e-mail addresses, what follows `Bearer`
/// and the names of secrets, and long words of letters and digits.
///
/// ```
/// use breakwater_core::telemetry::log::scrubbed;
///
/// let text = "no answer from https://u:p@hooks.example/T0/B0?a=b within 5s";
/// assert_eq!(scrubbed(text), "no answer from https://hooks.example/… within 5s");
/// ```
pub fn scrubbed(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    let mut expected = NextWord::Any;
    while !rest.is_empty() {
        let end = rest.find(is_separator).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if !word.is_empty() {
            expected = push_word(&mut shown, word, expected);
        }
        let next = behind.find(|c: char| !is_separator(c)).unwrap_or(behind.len());
        let (separators, behind) = behind.split_at(next);
        shown.push_str(separators);
        rest = behind;
    }
    shown
}

/// Whether a character parts words. What stands within addresses and keys does not.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|'
        )
}

/// Writes a word without what may be a secret, and returns what it says of the next one.
fn push_word(shown: &mut String, word: &str, expected: NextWord) -> NextWord {
    let lower = lower(word);
    if SCHEMES.contains(&lower.as_str()) {
        shown.push_str(word);
        return NextWord::Secret;
    }
    // In JSON the sign stands apart from the name: `"token": "…"`.
    if matches!(word, ":" | "=") {
        shown.push_str(word);
        return if expected == NextWord::Any { NextWord::Any } else { NextWord::Secret };
    }
    if expected == NextWord::Secret {
        shown.push_str(REMOVED);
        return NextWord::Any;
    }
    if let Some((before, behind)) = word.split_once("://") {
        push_address(shown, before, behind);
        return NextWord::Any;
    }
    let is_name = |text: &str| NAMES.iter().any(|name| text.contains(name));
    match lower.split_once([':', '=']) {
        Some((name, _)) if is_name(name) => {
            // The lower case may have another length.
            let (name, value) = word.split_at(word.find([':', '=']).map_or(0, |at| at + 1));
            shown.push_str(name);
            if value.is_empty() {
                return NextWord::Secret;
            }
            shown.push_str(REMOVED);
            let is_scheme = SCHEMES.contains(&self::lower(value).as_str());
            return if is_scheme { NextWord::Secret } else { NextWord::Any };
        }
        None if is_name(&lower) => {
            push_other(shown, word);
            return NextWord::Sign;
        }
        Some(_) | None => push_other(shown, word),
    }
    NextWord::Any
}

/// A word in lower case, as far as the names and schemes above are concerned, which have letters of
/// ASCII alone. The Kelvin sign is the only other character whose lower case is one of them. The
/// tables of all others would weigh several KB in the Worker.
fn lower(word: &str) -> String {
    let letter = |c: char| if c == '\u{212a}' { 'k' } else { c.to_ascii_lowercase() };
    word.chars().map(letter).collect()
}

/// Writes the scheme and the host of an address.
fn push_address(shown: &mut String, before: &str, behind: &str) {
    let (authority, path) =
        behind.split_at(behind.find(['/', '?', '#', '\\']).unwrap_or(behind.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let scheme = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    push_other(shown, before.strip_suffix(scheme).unwrap_or_default());
    shown.push_str(scheme);
    shown.push_str("://");
    push_other(shown, host);
    if !path.is_empty() {
        shown.push('/');
    }
    if path.len() > 1 {
        shown.push_str(REMOVED);
    }
}

/// Writes a word that is neither an address nor a named value.
fn push_other(shown: &mut String, word: &str) {
    let (path, query) = word.split_once('?').unwrap_or((word, ""));
    if path.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) {
        shown.push_str(REMOVED);
    } else {
        push_runs(shown, path);
    }
    if word.contains('?') {
        shown.push('?');
    }
    if !query.is_empty() {
        shown.push_str(REMOVED);
    }
}

/// Writes a word without its long runs of letters and digits.
fn push_runs(shown: &mut String, word: &str) {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '=' | '.');
    let is_key = |run: &str| {
        run.len() >= MIXED_MIN
            && run.bytes().any(|b| b.is_ascii_digit())
            && run.bytes().any(|b| b.is_ascii_alphabetic())
    };
    for part in word.split_inclusive(|c| !is_of_key(c)) {
        let run = part.trim_end_matches(|c| !is_of_key(c));
        shown.push_str(if is_key(run) { REMOVED } else { run });
        shown.push_str(part.get(run.len()..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(scrubbed(text), shown);
    }

    #[test]
    fn what_we_say_ourselves_stays_as_it_is() {
        for text in [
            "",
            " two  spaces ",
            "no verdict on circuit web: the object is gone",
            "the secret ADMIN_TOKEN is not set",
            "check login at weur: no answer within 10s",
            "rows of `sessions` that cannot be read are left out: 3, key must be a string",
            "circuit models: our credits are used up",
            "TypeError: Cannot read properties of undefined (reading 'a')",
            "cannot reach https://web.example, port 443",
            "panicked at crates/worker/src/isolate.rs:120:9: index out of bounds?",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn of_an_address_the_host_is_left() {
        check("https://a.example/", "https://a.example/");
        check("https://a.example/b", "https://a.example/…");
        check("https://a.example?b", "https://a.example/…");
        check("https://u:p@a.example:8443/b?c#d", "https://a.example:8443/…");
        check(
            "Invalid URL: 'wss://a.example/T/key', sorry",
            "Invalid URL: 'wss://a.example/…', sorry",
        );
        check("(http://a.example/b)", "(http://a.example/…)");
    }

    #[test]
    fn what_follows_a_secrets_name_is_removed() {
        check("Authorization: Bearer abc", "Authorization: Bearer …");
        check("authorization:bearer abc rest", "authorization:… … rest");
        check("basic YTpi", "basic …");
        check("token=abc&b=c", "token=…");
        check("X-Api-Key: abc, next", "X-Api-Key: …, next");
        check(r#"{"password": "abc", "a": "b"}"#, r#"{"password": "…", "a": "b"}"#);
        check(r#"{"client_secret":"abc"}"#, r#"{"client_secret":"…"}"#);
        check("Set-Cookie: sid=abc; Path=/", "Set-Cookie: …; Path=/");
    }

    #[test]
    fn queries_mail_and_long_keys_are_removed() {
        check("GET /a?b=c failed", "GET /a?… failed");
        check("no mailbox ann@shop.example here", "no mailbox … here");
        check("key 4bf92f3577b34da6a3ce929d0e0e4736 is gone", "key … is gone");
        check("sk_live_51H8abcdefghijklmnopqrstuv", "…");
        check("eyJhbGciOi.eyJzdWIiOiIxMjM0NTY3ODkw.dBjftJeZ4CV", "…");
        check(
            "an-upper-bound-of-words-without-any-number",
            "an-upper-bound-of-words-without-any-number",
        );
    }

    #[test]
    fn lower_case_is_that_of_all_characters_as_far_as_names_have_them() {
        check("to\u{212a}en=abc", "to\u{212a}en=…");
        for c in (char::MIN..=char::MAX).filter(|c| !c.is_ascii()) {
            let all: String = c.to_lowercase().collect();
            let is_letter = all.len() == 1;
            assert_eq!(is_letter, lower(&String::from(c)) == all && all.is_ascii(), "{c:?}");
        }
        for c in '\0'..='\x7f' {
            assert_eq!(lower(&String::from(c)), String::from(c).to_lowercase());
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_scrubbed_and_then_stays(text in "(?s).{0,300}") {
            let once = scrubbed(&text);
            prop_assert_eq!(scrubbed(&once), once);
        }

        #[test]
        fn a_secret_in_a_query_a_path_or_a_field_is_gone(
            secret in "[a-zA-Z0-9]{4,40}",
            place in 0usize..6,
        ) {
            let secret = alloc::format!("CANARY{secret}");
            let text = match place {
                0 => alloc::format!("fetch https://h.example/{secret} failed"),
                1 => alloc::format!("fetch https://{secret}@h.example/ failed"),
                2 => alloc::format!("GET /a?b={secret} failed"),
                3 => alloc::format!("Authorization: Bearer {secret}"),
                4 => alloc::format!("Cookie: {secret}"),
                _ => alloc::format!(r#"{{"api_token": "{secret}"}}"#),
            };
            prop_assert!(!scrubbed(&text).contains("CANARY"), "{}", text);
        }
    }
}
