//! Texts with placeholders: `{{token}}` is a captured value, `{{SHOP_PASSWORD}}` a secret, and
//! `\{{` two braces as they are. Hurl, Postman and Checkly write placeholders in this way.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::json;
use crate::base::percent;
use crate::base::secret_name::SecretName;
use crate::watch::check::AssertionError;
use crate::watch::check::comparison::refused;

/// The longest name of a captured value, in bytes.
const NAME_MAX: usize = 32;
const OPEN: &str = "{{";
const CLOSE: &str = "}}";
/// What two braces are written as that begin no placeholder.
const ESCAPED: &str = "\\{{";
const EXPECTED: &str = "`{{name}}` for what an earlier step captured, `{{NAME}}` for a secret, or \
                        `\\{{` for two braces";

/// A text with placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FlowTemplate(Vec<TemplatePart>);

/// A part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplatePart {
    /// As the file says.
    Text(String),
    /// A value that a step before captured under this name.
    Captured(String),
    /// The value of a secret.
    Secret(SecretName),
}

/// How the value of a placeholder is written, so that it means the same there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escaping {
    /// As it is.
    Plain,
    /// As one part of a URL or of a form.
    Percent,
    /// As the inside of a string of JSON.
    Json,
}

impl FlowTemplate {
    /// Reads a text. The error does not show it, since it may hold a secret.
    ///
    /// # Errors
    /// [`AssertionError`] if two braces begin no placeholder.
    pub fn parse(text: &str) -> Result<Self, AssertionError> {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(first) = rest.chars().next() {
            if let Some(behind) = rest.strip_prefix(ESCAPED) {
                plain.push_str(OPEN);
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix(OPEN) {
                let (name, behind) =
                    behind.split_once(CLOSE).ok_or_else(|| refused("…", EXPECTED))?;
                if !plain.is_empty() {
                    parts.push(TemplatePart::Text(core::mem::take(&mut plain)));
                }
                parts.push(placeholder(name.trim()).ok_or_else(|| refused("…", EXPECTED))?);
                rest = behind;
            } else {
                plain.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        if !plain.is_empty() {
            parts.push(TemplatePart::Text(plain));
        }
        Ok(Self(parts))
    }

    /// A text without placeholders, whatever braces it has.
    pub fn of_text(text: String) -> Self {
        Self((!text.is_empty()).then_some(TemplatePart::Text(text)).into_iter().collect())
    }

    /// The value of a secret behind this text, such as `Bearer `.
    pub fn of_secret(prefix: String, name: SecretName) -> Self {
        let text = (!prefix.is_empty()).then_some(TemplatePart::Text(prefix));
        Self(text.into_iter().chain([TemplatePart::Secret(name)]).collect())
    }

    /// Its parts, in order.
    pub fn parts(&self) -> &[TemplatePart] {
        &self.0
    }

    /// What stands before its first placeholder.
    pub fn beginning(&self) -> &str {
        match self.0.first() {
            Some(TemplatePart::Text(text)) => text,
            Some(TemplatePart::Captured(_) | TemplatePart::Secret(_)) | None => "",
        }
    }

    /// Whether it has a placeholder.
    pub fn has_placeholder(&self) -> bool {
        self.0.iter().any(|part| !matches!(part, TemplatePart::Text(_)))
    }

    /// The names of the captured values that it uses.
    pub fn captured(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            TemplatePart::Captured(name) => Some(&**name),
            TemplatePart::Text(_) | TemplatePart::Secret(_) => None,
        })
    }

    /// The secrets that it uses.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretName> {
        self.0.iter().filter_map(|part| match part {
            TemplatePart::Secret(name) => Some(name),
            TemplatePart::Text(_) | TemplatePart::Captured(_) => None,
        })
    }

    /// The text with `value` in place of each placeholder.
    pub fn with_all(&self, value: &str) -> String {
        self.0
            .iter()
            .map(|part| if let TemplatePart::Text(text) = part { text } else { value })
            .collect()
    }

    /// The text with its placeholders as they are written, and no value in them.
    pub fn as_written(&self) -> String {
        let mut written = String::new();
        for part in &self.0 {
            match part {
                TemplatePart::Text(text) => written.push_str(text),
                TemplatePart::Captured(name) => {
                    written.extend([OPEN, name, CLOSE]);
                }
                TemplatePart::Secret(name) => {
                    written.extend([OPEN, name.as_str(), CLOSE]);
                }
            }
        }
        written
    }

    /// The text with the values of its placeholders; `None` if there is no value for one.
    pub(super) fn filled<'v>(
        &self,
        escaping: Escaping,
        value_of: impl Fn(&TemplatePart) -> Option<&'v str>,
    ) -> Option<String> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                TemplatePart::Text(text) => filled.push_str(text),
                TemplatePart::Captured(_) | TemplatePart::Secret(_) => {
                    escaping.push(&mut filled, value_of(part)?);
                }
            }
        }
        Some(filled)
    }
}

impl Escaping {
    /// How values are written into a body of this type.
    pub(super) fn of_body(content_type: &str) -> Self {
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        let media_type = media_type.to_ascii_lowercase();
        match media_type.as_str() {
            "application/x-www-form-urlencoded" => Self::Percent,
            "application/json" => Self::Json,
            // RFC 6839 §3.1.
            other if other.ends_with("+json") => Self::Json,
            _ => Self::Plain,
        }
    }

    fn push(self, text: &mut String, value: &str) {
        match self {
            Self::Plain => text.push_str(value),
            Self::Percent => percent::push(text, value),
            Self::Json => {
                let quoted = json::quoted(value);
                let inside = quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
                text.push_str(inside.unwrap_or_default());
            }
        }
    }
}

/// Whether a text may be the name of a captured value. A shell takes it as the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= NAME_MAX
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// Capitals make a secret, as everywhere in the file.
fn placeholder(name: &str) -> Option<TemplatePart> {
    if is_name(name) {
        return Some(TemplatePart::Captured(name.into()));
    }
    SecretName::parse(name).ok().map(TemplatePart::Secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(part: &TemplatePart) -> Option<&'static str> {
        match part {
            TemplatePart::Captured(name) if name == "token" => Some("a b/\"c\""),
            TemplatePart::Secret(_) => Some("s&t"),
            TemplatePart::Captured(_) | TemplatePart::Text(_) => None,
        }
    }

    #[track_caller]
    fn check(text: &str, escaping: Escaping, filled: &str) {
        let template = FlowTemplate::parse(text).unwrap();
        assert_eq!(template.filled(escaping, value).as_deref(), Some(filled));
    }

    #[test]
    fn a_placeholder_is_filled_so_that_it_means_the_same() {
        check("Bearer {{token}}", Escaping::Plain, "Bearer a b/\"c\"");
        check(
            "/a/{{ token }}?x={{token}}",
            Escaping::Percent,
            "/a/a%20b%2F%22c%22?x=a%20b%2F%22c%22",
        );
        check(r#"{"a":{"b":"{{token}}"}}"#, Escaping::Json, r#"{"a":{"b":"a b/\"c\""}}"#);
        check("p={{SHOP_PASSWORD}}", Escaping::Percent, "p=s%26t");
    }

    #[test]
    fn braces_that_begin_no_placeholder_are_escaped() {
        check(r"\{{token}} {a} }}", Escaping::Plain, "{{token}} {a} }}");
        check(r"\\{{", Escaping::Plain, r"\{{");
        for text in ["{{", "{{}}", "{{a b}}", "{{Token}}", "{{{token}}", "{{a", "{{ä}}"] {
            let error = FlowTemplate::parse(text).unwrap_err();
            assert_eq!(error.value, "…", "{text}");
        }
    }

    #[test]
    fn a_value_that_is_missing_fills_nothing() {
        let template = FlowTemplate::parse("{{other}}").unwrap();
        assert_eq!(template.filled(Escaping::Plain, value), None);
        assert_eq!(template.as_written(), "{{other}}");
        assert_eq!(template.captured().collect::<Vec<_>>(), ["other"]);
    }

    #[test]
    fn a_body_escapes_as_its_type_does() {
        for (content_type, escaping) in [
            ("application/json; charset=utf-8", Escaping::Json),
            ("application/problem+json", Escaping::Json),
            ("Application/X-www-form-urlencoded", Escaping::Percent),
            ("text/plain", Escaping::Plain),
            ("", Escaping::Plain),
        ] {
            assert_eq!(Escaping::of_body(content_type), escaping, "{content_type}");
        }
    }
}
