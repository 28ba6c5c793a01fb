//! What only a file is read with.

use alloc::format;
use alloc::string::{String, ToString as _};

use super::{Document, Table, Value};
use crate::base::share::Share;
use crate::site::config::parse::tree::Content;
use crate::site::config::{ConfigError, Problem};

impl Document<'_> {
    pub(in crate::site::config::parse) fn syntax_error(
        &self,
        error: &toml::de::Error,
    ) -> ConfigError {
        let span = error.span().unwrap_or_default();
        // Errors show only keys of the file, never values, since a value may be a secret.
        let key = match error.message() {
            "duplicate key" => self.text.get(span.clone()).map(|key| format!(" `{key}`")),
            _ => None,
        };
        let message = error.message().to_string() + &key.unwrap_or_default();
        self.error(span.start, "", Problem::Syntax(message))
    }
}

impl Table<'_> {
    /// Returns a key's value as it is written in the file, or an empty text if the key is missing.
    pub(in crate::site::config::parse) fn source_of(&self, key: &str) -> String {
        let written = self.node(key).map(|node| &*node.source);
        written.unwrap_or_default().trim_matches('"').into()
    }

    /// Returns an error about the table as a whole.
    pub(in crate::site::config::parse) fn error(&self, problem: Problem) -> ConfigError {
        self.document.error(self.at, &self.path, problem)
    }
}

impl Value<'_> {
    /// Returns the value as JSON.
    pub(in crate::site::config::parse) fn to_json(&self) -> String {
        self.node.to_json()
    }

    pub(in crate::site::config::parse) fn line(&self) -> usize {
        self.document.line(self.node.at)
    }

    pub(in crate::site::config::parse) fn number(&self) -> Result<f64, ConfigError> {
        let number = match &self.node.content {
            Content::Float => self.source().replace('_', "").parse().ok(),
            Content::Integer { digits, radix } => {
                i64::from_str_radix(digits, *radix).ok().map(|number| number as f64)
            }
            Content::Text(_)
            | Content::Boolean(_)
            | Content::Date(_)
            | Content::Null
            | Content::List(_)
            | Content::Table(_) => None,
        };
        number.ok_or_else(|| self.wrong_type("a number"))
    }

    pub(in crate::site::config::parse) fn share(&self) -> Result<Share, ConfigError> {
        let text = self.text("a share such as `50%`")?;
        Share::parse(text).map_err(|error| self.error(Problem::Share(error)))
    }

    /// Reads a date and time, which may also be written as a string.
    pub(in crate::site::config::parse) fn date_or_string(
        &self,
        expected: &'static str,
    ) -> Result<String, ConfigError> {
        if let Content::Date(date) = &self.node.content {
            return Ok(date.clone());
        }
        Ok(self.text(expected)?.into())
    }
}
