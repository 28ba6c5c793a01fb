//! Checks that a text is made only of numbers and of words that browsers use. A visitor cannot form
//! a message from these, so such a text does no harm even in a page that repeats it.

/// Longest text, in bytes, that is looked at: browsers send less than half of it.
const TEXT_MAX: usize = 400;
/// Longest number, in characters, its dots and letters of hexadecimal digits included.
const NUMBER_MAX: usize = 16;

/// What browsers and common programs call themselves, and what they run on.
const AGENTS: &[&str] = &[
    "Android",
    "AppleWebKit",
    "Bingbot",
    "Breakwater",
    "CPU",
    "Chrome",
    "Chromium",
    "CriOS",
    "CrOS",
    "Edg",
    "EdgA",
    "EdgiOS",
    "Fedora",
    "Firefox",
    "FxiOS",
    "GSA",
    "Gecko",
    "Go",
    "Googlebot",
    "HeadlessChrome",
    "Intel",
    "K",
    "KHTML",
    "Linux",
    "Mac",
    "Macintosh",
    "Mobile",
    "Mozilla",
    "NT",
    "OPR",
    "OS",
    "Presto",
    "Refresh",
    "Safari",
    "SamsungBrowser",
    "Snapshot",
    "Tablet",
    "Ubuntu",
    "Version",
    "Vivaldi",
    "WOW64",
    "Wget",
    "Win64",
    "Windows",
    "X",
    "X11",
    "YaBrowser",
    "aarch64",
    "arm",
    "axios",
    "bitinn",
    "bingbot",
    "bot",
    "client",
    "com",
    "compatible",
    "curl",
    "fetch",
    "github",
    "google",
    "html",
    "http",
    "https",
    "i686",
    "iPad",
    "iPhone",
    "iPod",
    "like",
    "node",
    "okhttp",
    "python",
    "requests",
    "rv",
    "undici",
    "wv",
    "www",
    "x64",
];

/// Brands of browsers, and the made-up ones that browsers add so that servers rely on no order
/// (wicg.github.io/ua-client-hints, "GREASE").
const BRANDS: &[&str] = &[
    "A",
    "Android",
    "Brand",
    "Brave",
    "Browser",
    "Chrome",
    "Chromium",
    "Edge",
    "Google",
    "HeadlessChrome",
    "Linux",
    "Microsoft",
    "Not",
    "OS",
    "Opera",
    "Samsung",
    "Internet",
    "Unknown",
    "Vivaldi",
    "WebView",
    "Windows",
    "Yandex",
    "iOS",
    "macOS",
    "v",
];

/// Scripts that languages are written in (RFC 5646 §2.2.3), those of which browsers name.
const SCRIPTS: &[&str] = &["arab", "cyrl", "hans", "hant", "latn"];

/// Whether a `User-Agent` is made of the words that browsers and common programs use.
pub(super) fn is_agent(text: &str) -> bool {
    is_made_of(text, AGENTS)
}

/// Whether a client hint is made of the names of browsers and systems.
pub(super) fn is_brand(text: &str) -> bool {
    is_made_of(text, BRANDS)
}

fn is_made_of(text: &str, words: &[&str]) -> bool {
    let is_separator = |c: char| {
        matches!(c, ' ' | '/' | '(' | ')' | ';' | ',' | ':' | '"' | '-' | '+' | '=' | '?')
    };
    text.len() <= TEXT_MAX
        && text.split(is_separator).all(|word| {
            // `Not.A/Brand`, `x86_64`, `537.36`, `15E148`.
            word.is_empty() || words.contains(&word) || is_number(word) || {
                let mut parts = word.split(['.', '_']);
                parts.all(|part| part.is_empty() || words.contains(&part) || is_number(part))
            }
        })
}

/// Digits, dots and underscores, with at most one letter among them, as in `15E148`; or a
/// processor.
fn is_number(word: &str) -> bool {
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
    let is_short = word.len() <= NUMBER_MAX;
    is_plain && is_short && word.bytes().any(|b| b.is_ascii_digit()) && letters <= 1
}

/// Whether an `Accept-Language` names languages and regions, and nothing else.
pub(super) fn is_languages(text: &str) -> bool {
    text.len() <= TEXT_MAX
        && text.split(',').all(|member| {
            let (range, weight) = member.split_once(';').unwrap_or((member, ""));
            let is_weight =
                |byte: u8| byte.is_ascii_digit() || matches!(byte, b'q' | b'=' | b'.' | b' ');
            is_range(range.trim()) && weight.bytes().all(is_weight)
        })
}

fn is_range(range: &str) -> bool {
    let mut tags = range.split('-');
    let language = tags.next().unwrap_or_default();
    let is_language = matches!(language.len(), 2 | 3) && is_alphabetic(language);
    (is_language || language == "*")
        && tags.all(|tag| {
            let is_region = (tag.len() == 2 && is_alphabetic(tag))
                || (tag.len() == 3 && tag.bytes().all(|b| b.is_ascii_digit()));
            is_region || SCRIPTS.iter().any(|script| script.eq_ignore_ascii_case(tag))
        })
}

fn is_alphabetic(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_programs_speak_so() {
        for agent in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
             Gecko) Version/18.5 Safari/605.1.15",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/142.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
             like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
             HeadlessChrome/120.0.0.0 Safari/537.36",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "curl/8.5.0",
            "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
            "node",
            "python-requests/2.32.3",
            "Breakwater-Refresh",
            "",
        ] {
            assert!(is_agent(agent), "{agent}");
        }
        for brands in [
            "\"Chromium\";v=\"142\", \"Google Chrome\";v=\"142\", \"Not_A Brand\";v=\"99\"",
            "\"Not.A/Brand\";v=\"8\", \"Chromium\";v=\"114\", \"Microsoft Edge\";v=\"114\"",
            "\"Windows\"",
            "\"Chrome OS\"",
        ] {
            assert!(is_brand(brands), "{brands}");
        }
    }

    #[test]
    fn what_a_visitor_makes_up_is_no_word() {
        for agent in [
            "Mozilla/5.0 (evil)",
            "evil/1.0",
            "Mozilla/5.0 <script>",
            "Chrome/1.evil",
            "Mozilla/5.0 (Linux; Android 10; call0900)",
            "a1b2",
            "\u{e9}",
        ] {
            assert!(!is_agent(agent), "{agent}");
        }
        assert!(!is_agent(&"Mozilla ".repeat(100)));
        assert!(!is_brand("\"evil\";v=\"1\""));
    }

    #[test]
    fn languages_are_codes() {
        for text in ["de", "de-DE,de;q=0.9, en-US;q=0.8,*;q=0.1", "zh-Hant-TW", "es-419", "fil"] {
            assert!(is_languages(text), "{text}");
        }
        for text in ["evil", "de-evil", "de;evil", "de,<b>", "x-y-z", ""] {
            assert!(!is_languages(text), "{text}");
        }
    }
}
