//! How a badge looks, as its address says.

use alloc::string::String;

/// The longest label that an address sets, in characters.
pub const LABEL_MAX: usize = 64;

/// How a badge looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BadgeOptions {
    /// Its shape.
    pub style: BadgeStyle,
    /// Its label, 1 to [`LABEL_MAX`] characters; that of what it shows, by default.
    pub label: Option<String>,
}

/// The shape of a badge, by shields.io's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadgeStyle {
    /// With round corners and a shade.
    #[default]
    Flat,
    /// With neither.
    FlatSquare,
}

impl BadgeOptions {
    /// Reads the query of an address, such as `style=flat-square&label=my%20shop`. What it does
    /// not know, and what it cannot read, is as if it were not there, since people see no error in
    /// place of a picture. A longer label is cut.
    pub fn parse(query: &str) -> Self {
        let mut options = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match (name, value) {
                ("style", "flat") => options.style = BadgeStyle::Flat,
                ("style", "flat-square") => options.style = BadgeStyle::FlatSquare,
                ("label", value) => options.label = label(value),
                _ => {}
            }
        }
        options
    }
}

/// The label that a value of a query means, in which `+` is a space, as in forms.
fn label(value: &str) -> Option<String> {
    let mut bytes = alloc::vec::Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(16 * high + low).ok()?
            }
            _ => byte,
        });
    }
    let text = String::from_utf8(bytes).ok()?;
    let shown: String = text.chars().filter(|it| !it.is_control()).take(LABEL_MAX).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, style: BadgeStyle, label: Option<&str>) {
        let expected = BadgeOptions { style, label: label.map(Into::into) };
        assert_eq!(BadgeOptions::parse(query), expected, "{query}");
    }

    #[test]
    fn style_and_label_are_read_from_the_query() {
        check("", BadgeStyle::Flat, None);
        check("style=flat-square", BadgeStyle::FlatSquare, None);
        check("label=my%20shop+is&style=flat", BadgeStyle::Flat, Some("my shop is"));
        check("label=Gr%C3%B6%C3%9Fe", BadgeStyle::Flat, Some("Größe"));
    }

    #[test]
    fn what_cannot_be_read_changes_nothing() {
        for query in
            ["style=social", "label=", "label=%", "label=%4", "label=%zz", "label=%ff", "a"]
        {
            check(query, BadgeStyle::Flat, None);
        }
        check("label=%00%0a+", BadgeStyle::Flat, None);
    }

    #[test]
    fn a_label_is_cut() {
        let label = BadgeOptions::parse(&["label=", &"é".repeat(65)].concat()).label.unwrap();
        assert_eq!(label.chars().count(), LABEL_MAX);
    }
}
