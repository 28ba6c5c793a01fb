//! Keeps the prose of the sources readable, where no formatter and no lint does.
//!
//! rustfmt does not wrap comments, and no lint knows which words a newcomer stumbles over. The idea
//! is TigerBeetle's `tidy.zig`: rules that a reviewer would otherwise repeat are a test.

mod console;

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{place, run};

/// Longest line of a source file, in characters; rustfmt's own limit for code.
const COLUMNS_MAX: usize = 100;

/// Words that comments and documents do without, each with what to write instead.
const WORDS: [(&str, &str); 8] = [
    ("whoever", "the one who acts: the caller, the visitor, the object"),
    ("whomever", "the one who is meant"),
    ("nobody", "`no` and the noun: no visitor, no caller"),
    ("anew", "again, or the verb with `re-`"),
    ("so many", "the number, or the name of the constant"),
    ("how-manieth", "the index"),
    ("belongs into", "belongs in"),
    ("by by", "by"),
];

/// What a file is, as far as the rules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    /// Comments begin with `//`, or stand between `/*` and `*/`.
    Slashes,
    /// Comments begin with `#`.
    Hashes,
    /// All of it is prose; one paragraph may be one line.
    Markdown,
}

impl Language {
    fn of(file: &str) -> Option<Self> {
        match file.rsplit_once('.')?.1 {
            "rs" | "ts" | "js" | "mjs" | "cjs" | "css" => Some(Self::Slashes),
            "toml" | "sh" => Some(Self::Hashes),
            "md" => Some(Self::Markdown),
            _ => None,
        }
    }

    /// The prose of a line, without what marks it as a comment.
    fn prose(self, line: &str) -> Option<&str> {
        let line = line.trim_start();
        let marks: &[&str] = match self {
            Self::Slashes => &["//!", "///", "//", "/**", "/*", "* "],
            Self::Hashes => &["#"],
            Self::Markdown => return Some(line),
        };
        marks.iter().find_map(|mark| line.strip_prefix(mark)).map(str::trim)
    }
}

/// Fails with one line for each place that breaks a rule, in every file that git knows.
pub(crate) fn check() -> Result<()> {
    let mut git = Command::new("git");
    git.current_dir(place::root());
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let mut complaints = String::new();
    for file in run::text(&mut git)?.lines() {
        let Some(language) = Language::of(file) else { continue };
        let path = place::root().join(file);
        if !path.exists() {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| file.to_owned())?;
        complaints += &complain(file, language, &text);
    }
    ensure!(complaints.is_empty(), "{} places\n{complaints}", complaints.lines().count());
    Ok(())
}

fn complain(file: &str, language: Language, text: &str) -> String {
    let mut found = String::new();
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let number = index + 1;
        let columns = line.chars().count();
        if columns > COLUMNS_MAX && !may_be_long(language, line) {
            let _ = writeln!(found, "{file}:{number}: {columns} columns, allowed: {COLUMNS_MAX}");
        }
        if let Some(call) = console::call_in(file, line) {
            let _ = writeln!(found, "{file}:{number}: `{call}`, expected breakwater_platform::log");
        }
        let Some(prose) = language.prose(line) else { continue };
        for (word, instead) in WORDS {
            if has_word(prose, word) {
                let _ = writeln!(found, "{file}:{number}: `{word}`, expected {instead}");
            }
        }
        let next = lines.get(index + 1).and_then(|next| language.prose(next));
        if language == Language::Slashes && line.trim_start().starts_with("//") {
            let is_last = next.is_none_or(str::is_empty);
            if is_last && prose.ends_with(',') {
                let _ = writeln!(found, "{file}:{number}: a comment ends in a comma");
            }
        }
    }
    found
}

/// Whether a line may be longer than the limit: a row of a table, a line with an address, code with
/// a text in quotes, which no formatter breaks, and what a document says in one paragraph.
fn may_be_long(language: Language, line: &str) -> bool {
    let prose = language.prose(line);
    let is_row = prose.is_some_and(|prose| prose.starts_with('|'));
    let has_text = prose.is_none() && (line.contains(['"', '`']) || line.ends_with('\\'));
    language == Language::Markdown || is_row || has_text || line.contains("://")
}

/// Whether the text has the words outside of code, which stands between backticks.
fn has_word(text: &str, word: &str) -> bool {
    text.split('`').step_by(2).any(|part| {
        let part = part.to_lowercase();
        let is_boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        part.match_indices(word).any(|(at, _)| {
            let before = part.get(..at).and_then(|before| before.chars().next_back());
            let after = part.get(at + word.len()..).and_then(|after| after.chars().next());
            is_boundary(before) && is_boundary(after)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{Language, complain};

    #[test]
    fn words_count_in_prose_and_not_in_code() {
        let told = complain("a.rs", Language::Slashes, "/// Whoever asks.\nfn nobody() {}\n");
        assert_eq!(
            told,
            "a.rs:1: `whoever`, expected the one who acts: the caller, the visitor, the object\n"
        );
        assert_eq!(complain("a.md", Language::Markdown, "It is called `whoever_asks`.\n"), "");
        assert!(complain("a.sh", Language::Hashes, "# So many of them\n").contains("so many"));
    }

    #[test]
    fn lines_have_a_limit_that_tables_and_addresses_may_pass() {
        let long = "x".repeat(101);
        assert!(complain("a.rs", Language::Slashes, &long).contains("101 columns, allowed: 100"));
        assert!(complain("a.rs", Language::Slashes, &format!("// \"{long}\"")).contains("columns"));
        for line in [
            format!("//! | {long} |"),
            format!("// https://a.example/{long}"),
            format!("let text = \"{long}\";"),
        ] {
            assert_eq!(complain("a.rs", Language::Slashes, &line), "");
        }
        assert_eq!(complain("a.md", Language::Markdown, &long), "");
    }

    #[test]
    fn a_comment_ends_as_a_sentence() {
        let told =
            complain("a.rs", Language::Slashes, "/// The first,\n/// and this,\nconst A: u8 = 1;");
        assert_eq!(told, "a.rs:2: a comment ends in a comma\n");
    }
}
