//! What a line can hold.

use alloc::string::String;

/// A line of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// The field, in snake case.
    pub(crate) field: &'static str,
    pub(crate) kind: FieldKind,
}

/// What TypeScript knows the field as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// A string.
    Text,
    /// A number.
    Number,
    /// A boolean, which is written as a digit.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// What is read from a line of JavaScript's.
pub(crate) trait ReadLine<'a> {
    const KIND: FieldKind;

    /// A line that makes no sense says nothing: it is read as a default that trusts it least.
    fn read(line: &'a str) -> Self;
}

impl<'a> ReadLine<'a> for &'a str {
    const KIND: FieldKind = FieldKind::Text;

    fn read(line: &'a str) -> Self {
        line
    }
}

impl ReadLine<'_> for bool {
    const KIND: FieldKind = FieldKind::Flag;

    fn read(line: &str) -> Self {
        line == "1"
    }
}

/// What is written as a line for JavaScript.
pub(crate) trait Write {
    /// How many bytes it will have, at most where that is known.
    fn size_hint(&self) -> usize;

    fn write(&self, text: &mut String);
}

impl Write for &str {
    fn size_hint(&self) -> usize {
        self.len()
    }

    fn write(&self, text: &mut String) {
        text.push_str(self);
    }
}

/// Several in one line.
impl<const N: usize> Write for [&str; N] {
    fn size_hint(&self) -> usize {
        self.iter().map(|part| part.len()).sum()
    }

    fn write(&self, text: &mut String) {
        self.iter().for_each(|part| text.push_str(part));
    }
}
