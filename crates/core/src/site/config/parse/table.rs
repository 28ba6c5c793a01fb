//! Values that know their place in the file and the path of their key.

#[cfg(feature = "toml")]
mod of_files;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde::de::IntoDeserializer;

use super::names::UnknownName;
use super::tree::{Content, Node, NodeKey};
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem};

/// The file that is being read.
pub(super) struct Document<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Document<'_> {
    fn error(&self, at: usize, key: &str, problem: Problem) -> ConfigError {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        ConfigError {
            file: self.file.into(),
            line: self.line(at),
            column: line.chars().count() + 1,
            key: key.into(),
            problem: Box::new(problem),
        }
    }

    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
    }
}

/// A key whose name the file's author chose.
pub(super) struct FileKey<'a> {
    pub(super) text: &'a str,
    document: &'a Document<'a>,
    path: String,
    at: usize,
}

impl FileKey<'_> {
    pub(super) fn refused(&self, expected: &'static str) -> ConfigError {
        let problem = Problem::Refused { value: self.text.into(), expected };
        self.document.error(self.at, &self.path, problem)
    }
}

/// A table that contains only keys that are allowed in it.
pub(super) struct Table<'a> {
    document: &'a Document<'a>,
    path: String,
    at: usize,
    entries: &'a [(NodeKey<'a>, Node<'a>)],
}

impl<'a> Table<'a> {
    fn with_only(self, allowed: &'static [&'static str]) -> Result<Self, ConfigError> {
        let mut keys = self.entries.iter().map(|(key, _)| key);
        let unknown = keys.find(|key| !allowed.contains(&&*key.text));
        match unknown {
            None => Ok(self),
            Some(key) => {
                let problem = Problem::UnknownKey { key: key.text.to_string(), allowed };
                Err(self.document.error(key.at, &self.path, problem))
            }
        }
    }

    /// Refuses keys that only tables of other kinds have. `kinds_of` lists such keys, each with the
    /// kinds that have it.
    pub(super) fn check_kind(
        &self,
        kind: &'static str,
        kinds_of: &[(&'static str, &'static [&'static str])],
    ) -> Result<(), ConfigError> {
        for (key, _) in self.entries {
            let of_kinds = kinds_of.iter().find(|(name, _)| *name == key.text);
            if let Some(&(key_name, kinds)) = of_kinds.filter(|(_, kinds)| !kinds.contains(&kind)) {
                let problem = Problem::OtherKind { key: key_name, kind, kinds };
                return Err(self.document.error(key.at, &self.path, problem));
            }
        }
        Ok(())
    }

    pub(super) fn required<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&Value<'a>) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        read(&self.required_value(key)?)
    }

    pub(super) fn optional<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&Value<'a>) -> Result<T, ConfigError>,
    ) -> Result<Option<T>, ConfigError> {
        self.value(key).as_ref().map(read).transpose()
    }

    pub(super) fn required_value(&self, key: &'static str) -> Result<Value<'a>, ConfigError> {
        let missing = || self.document.error(self.at, &self.path, Problem::MissingKey(key));
        self.value(key).ok_or_else(missing)
    }

    fn value(&self, key: &'static str) -> Option<Value<'a>> {
        let node = self.node(key)?;
        Some(Value { document: self.document, path: joined(&self.path, key), node })
    }

    fn node(&self, key: &str) -> Option<&'a Node<'a>> {
        self.entries.iter().find(|(name, _)| name.text == key).map(|(_, node)| node)
    }

    /// Returns an error at the key's value, or at the table if the key is missing.
    pub(super) fn error_at(&self, key: &str, problem: Problem) -> ConfigError {
        let at = self.node(key).map_or(self.at, |node| node.at);
        self.document.error(at, &joined(&self.path, key), problem)
    }
}

/// A value, with its place in the file and the path of its key.
pub(super) struct Value<'a> {
    document: &'a Document<'a>,
    path: String,
    node: &'a Node<'a>,
}

impl<'a> Value<'a> {
    /// The whole of a file or of a request.
    pub(super) fn root(document: &'a Document<'a>, node: &'a Node<'a>) -> Self {
        Self { document, path: String::new(), node }
    }

    pub(super) fn error(&self, problem: Problem) -> ConfigError {
        self.document.error(self.node.at, &self.path, problem)
    }

    pub(super) fn refused(&self, value: &str, expected: &'static str) -> ConfigError {
        self.error(Problem::Refused { value: value.into(), expected })
    }

    /// Returns whether the value is a table.
    pub(super) fn is_table(&self) -> bool {
        matches!(self.node.content, Content::Table(_))
    }

    pub(super) fn string(&self) -> Result<&'a str, ConfigError> {
        self.text("a string")
    }

    pub(super) fn boolean(&self) -> Result<bool, ConfigError> {
        let Content::Boolean(value) = self.node.content else {
            return Err(self.wrong_type("`true` or `false`"));
        };
        Ok(value)
    }

    pub(super) fn whole_number(&self) -> Result<u32, ConfigError> {
        let Content::Integer { digits, radix } = &self.node.content else {
            return Err(self.wrong_type("a whole number"));
        };
        u32::from_str_radix(digits, *radix).map_err(|_| {
            let allowed = format!("a whole number from 0 to {}", u32::MAX);
            self.error(Problem::OutOfRange { value: self.source().into(), allowed })
        })
    }

    pub(super) fn duration(&self) -> Result<Millis, ConfigError> {
        let text = self.text("a duration such as `30s`")?;
        Millis::parse(text).map_err(|error| self.error(Problem::Duration(error)))
    }

    /// Reads a duration of at least 1 ms and at most `max`. The error adds `explanation` to `max`.
    pub(super) fn duration_within(
        &self,
        max: Millis,
        explanation: &'static str,
    ) -> Result<Millis, ConfigError> {
        /// The shortest duration that any key accepts, in milliseconds.
        const MIN: Millis = Millis::new(1);
        self.duration_in(MIN, max, explanation)
    }

    /// Reads a duration from `min` to `max`.
    pub(super) fn duration_between(&self, min: Millis, max: Millis) -> Result<Millis, ConfigError> {
        self.duration_in(min, max, "")
    }

    fn duration_in(
        &self,
        min: Millis,
        max: Millis,
        explanation: &'static str,
    ) -> Result<Millis, ConfigError> {
        let duration = self.duration()?;
        if duration < min || duration > max {
            let value = self.string()?.into();
            let allowed = format!("{min} to {max}{explanation}");
            return Err(self.error(Problem::OutOfRange { value, allowed }));
        }
        Ok(duration)
    }

    /// Reads one of the names that `T` can be read from. `what` says what they are names of.
    pub(super) fn name_of<T: Deserialize<'a>>(&self, what: &'static str) -> Result<T, ConfigError> {
        let name = self.string()?;
        T::deserialize(name.into_deserializer()).map_err(|UnknownName { known }| {
            let known = known.iter().map(ToString::to_string).collect();
            self.error(Problem::UnknownName { what, value: name.into(), known })
        })
    }

    pub(super) fn table(&self, allowed: &'static [&'static str]) -> Result<Table<'a>, ConfigError> {
        let table = Table {
            document: self.document,
            path: self.path.clone(),
            at: self.node.at,
            entries: self.any_table()?,
        };
        table.with_only(allowed)
    }

    /// Returns the entries of a table whose keys are names, in the order of the file.
    pub(super) fn entries(&self) -> Result<Vec<(FileKey<'a>, Self)>, ConfigError> {
        let document = self.document;
        let entries = self.any_table()?.iter().map(|(key, node)| {
            let path = joined(&self.path, &key.text);
            let key = FileKey { text: &key.text, document, path: path.clone(), at: key.at };
            (key, Self { document, path, node })
        });
        Ok(entries.collect())
    }

    /// Refuses this value of a list if `count` others, which are all that are allowed, stand before
    /// it. `what` names several of them.
    pub(super) fn room_for(&self, count: usize, max: usize, what: &str) -> Result<(), ConfigError> {
        if count < max {
            return Ok(());
        }
        let (value, allowed) = ((max + 1).to_string(), format!("{max} {what} at most"));
        Err(self.error(Problem::OutOfRange { value, allowed }))
    }

    /// Returns the values of a list of tables.
    pub(super) fn items(&self) -> Result<Vec<Self>, ConfigError> {
        self.list("a list of tables")
    }

    /// Returns the values of a list of strings.
    pub(super) fn strings(&self) -> Result<Vec<Self>, ConfigError> {
        self.list("a list of strings")
    }

    /// Returns the values of a list.
    pub(super) fn list(&self, expected: &'static str) -> Result<Vec<Self>, ConfigError> {
        let Content::List(items) = &self.node.content else {
            return Err(self.wrong_type(expected));
        };
        let items = items.iter().enumerate().map(|(index, node)| {
            let path = format!("{}[{index}]", self.path);
            Self { document: self.document, path, node }
        });
        Ok(items.collect())
    }

    /// Returns the values of a list, or the value itself if it is no list. `expected` says what the
    /// list must have at least one of.
    pub(super) fn one_or_more(&self, expected: &'static str) -> Result<Vec<Self>, ConfigError> {
        if !matches!(self.node.content, Content::List(_)) {
            let Self { document, node, .. } = *self;
            return Ok([Self { document, path: self.path.clone(), node }].into());
        }
        let items = self.list(expected)?;
        if items.is_empty() { Err(self.error(Problem::Empty { expected })) } else { Ok(items) }
    }

    /// Reads a text where other types may be allowed too. `expected` describes all that is allowed.
    pub(super) fn text(&self, expected: &'static str) -> Result<&'a str, ConfigError> {
        let Content::Text(text) = &self.node.content else {
            return Err(self.wrong_type(expected));
        };
        Ok(text)
    }

    fn any_table(&self) -> Result<&'a [(NodeKey<'a>, Node<'a>)], ConfigError> {
        let Content::Table(entries) = &self.node.content else {
            return Err(self.wrong_type("a table"));
        };
        Ok(entries)
    }

    fn wrong_type(&self, expected: &'static str) -> ConfigError {
        let source = self.source();
        let found = match &self.node.content {
            Content::List(_) => "a list".into(),
            Content::Table(_) => "a table".into(),
            Content::Null => "nothing".into(),
            Content::Text(_) => format!("the string `{source}`"),
            Content::Integer { .. } => format!("the integer `{source}`"),
            Content::Float => format!("the float `{source}`"),
            Content::Boolean(_) => format!("the boolean `{source}`"),
            #[cfg(feature = "toml")]
            Content::Date(_) => format!("the date `{source}`"),
        };
        self.error(Problem::WrongType { found, expected })
    }

    /// Returns the value as it is written.
    fn source(&self) -> &'a str {
        &self.node.source
    }
}

/// Returns the path of a key. The key is quoted if TOML requires that.
fn joined(path: &str, key: &str) -> String {
    let is_bare = !key.is_empty()
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let key = if is_bare { key.to_string() } else { format!("{key:?}") };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}
