//! Dictionaries of structured fields (RFC 9651 §4.2.2), as far as directives need them: every form
//! is checked, and only integers and booleans are told apart.
//!
//! The crate `sfv` reads the whole format, but needs `std` and brings `base64` along.

/// The value of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bare {
    Integer(i64),
    Boolean(bool),
    /// A decimal, string, token, byte sequence, date, display string or inner list.
    Other,
}

/// Hands each member to `member`; `None` if the text is no dictionary, whatever was handed on by
/// then.
pub(super) fn read<'a>(text: &'a str, mut member: impl FnMut(&'a str, Bare)) -> Option<()> {
    let mut rest = Rest(text.trim_matches(' '));
    if rest.0.is_empty() {
        return Some(());
    }
    loop {
        let key = rest.key()?;
        let value = if rest.takes('=') { rest.item_or_list()? } else { Bare::Boolean(true) };
        rest.parameters()?;
        member(key, value);
        rest.skip_space();
        if rest.0.is_empty() {
            return Some(());
        }
        if !rest.takes(',') {
            return None;
        }
        rest.skip_space();
        if rest.0.is_empty() {
            return None;
        }
    }
}

/// Longest number, in digits (RFC 9651 §3.3.1).
const DIGITS_MAX: usize = 15;

/// What is still to be read.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn takes(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    /// As long a prefix as all of whose characters are such.
    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !is_part(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn key(&mut self) -> Option<&'a str> {
        if !self.0.starts_with(|c: char| c.is_ascii_lowercase() || c == '*') {
            return None;
        }
        let is_part = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.' | '*')
        };
        Some(self.take_while(is_part))
    }

    fn parameters(&mut self) -> Option<()> {
        while self.takes(';') {
            self.0 = self.0.trim_start_matches(' ');
            self.key()?;
            if self.takes('=') {
                self.item()?;
            }
        }
        Some(())
    }

    fn item_or_list(&mut self) -> Option<Bare> {
        if !self.takes('(') {
            return self.item();
        }
        loop {
            self.0 = self.0.trim_start_matches(' ');
            if self.takes(')') {
                return Some(Bare::Other);
            }
            self.item()?;
            self.parameters()?;
            if !self.0.starts_with([' ', ')']) {
                return None;
            }
        }
    }

    fn item(&mut self) -> Option<Bare> {
        match self.0.chars().next()? {
            '-' | '0'..='9' => self.number(),
            '"' => self.string(),
            '?' => self.boolean(),
            ':' => self.bytes(),
            '@' => {
                self.takes('@');
                matches!(self.number()?, Bare::Integer(_)).then_some(Bare::Other)
            }
            '%' => {
                self.takes('%');
                self.string()
            }
            c if c.is_ascii_alphabetic() || c == '*' => {
                self.take_while(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(c));
                Some(Bare::Other)
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Bare> {
        let is_negative = self.takes('-');
        let digits = self.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() || digits.len() > DIGITS_MAX {
            return None;
        }
        if self.takes('.') {
            let fraction = self.take_while(|c| c.is_ascii_digit());
            return matches!(fraction.len(), 1..=3).then_some(Bare::Other);
        }
        let number: i64 = digits.parse().ok()?;
        Some(Bare::Integer(if is_negative { -number } else { number }))
    }

    fn string(&mut self) -> Option<Bare> {
        if !self.takes('"') {
            return None;
        }
        loop {
            self.take_while(|c| matches!(c, ' '..='~') && c != '"' && c != '\\');
            if self.takes('"') {
                return Some(Bare::Other);
            }
            if !self.takes('\\') || !(self.takes('"') || self.takes('\\')) {
                return None;
            }
        }
    }

    fn boolean(&mut self) -> Option<Bare> {
        self.takes('?');
        let is_true = self.takes('1');
        (is_true || self.takes('0')).then_some(Bare::Boolean(is_true))
    }

    fn bytes(&mut self) -> Option<Bare> {
        self.takes(':');
        self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='));
        self.takes(':').then_some(Bare::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn members(text: &str) -> Option<Vec<(&str, Bare)>> {
        let mut members = Vec::new();
        read(text, |key, value| members.push((key, value)))?;
        Some(members)
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let text =
            r#"a=1, b, c=?0 ,  d="x\" ,", e=tok/en;p;q=2, f=:aGk=:, g=(1 "a";x b), h=-1.5, i=@7"#;
        let read = members(text).unwrap();
        let keys: Vec<_> = read.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
        assert_eq!(read[0].1, Bare::Integer(1));
        assert_eq!((read[1].1, read[2].1), (Bare::Boolean(true), Bare::Boolean(false)));
        assert!(read[3..].iter().all(|(_, value)| *value == Bare::Other));
        assert_eq!(members("  "), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_dictionary_is_none() {
        for text in [
            "A=1",
            "a=",
            "a=1,",
            "a=1 b",
            "a=\"x",
            "a=\"\\x\"",
            "a=?2",
            "a=:a",
            "a=(1",
            "a=(1,2)",
            "a=1.",
            "a=1.2345",
            "a=1234567890123456",
            "a=1;",
            "a=é",
            "=1",
            ",a",
            "a==1",
            "a=@1.5",
        ] {
            assert_eq!(members(text), None, "{text}");
        }
    }
}
