//! The values of a file or of a request, whatever language they are written in.

use core::fmt;

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::base::json::quoted;

/// A value.
pub(super) struct Node<'a> {
    /// The byte where it begins in a file; 0 in a request, where the path of its key is its place.
    pub(super) at: usize,
    /// How a single value is written.
    pub(super) source: Cow<'a, str>,
    pub(super) content: Content<'a>,
}

/// What a value is.
pub(super) enum Content<'a> {
    Text(Cow<'a, str>),
    Integer {
        digits: String,
        radix: u32,
    },
    Float,
    Boolean(bool),
    #[cfg(feature = "toml")]
    Date(String),
    /// `null`, which only JSON has.
    Null,
    List(Vec<Node<'a>>),
    /// In the order in which it is written.
    Table(Vec<(NodeKey<'a>, Node<'a>)>),
}

/// A key.
pub(super) struct NodeKey<'a> {
    pub(super) at: usize,
    pub(super) text: Cow<'a, str>,
}

impl Node<'_> {
    /// A value of JSON.
    fn of_json(source: String, content: Content<'static>) -> Node<'static> {
        Node { at: 0, source: Cow::Owned(source), content }
    }
}

#[cfg(feature = "toml")]
mod of_toml {
    use alloc::borrow::ToOwned as _;
    use alloc::format;
    use alloc::string::String;

    use toml::Spanned;
    use toml::de::{DeTable, DeValue};

    use super::{Content, Cow, Node, NodeKey, Vec, quoted};
    use alloc::string::ToString as _;

    impl<'a> Node<'a> {
        /// The root of a file.
        pub(in crate::site::config::parse) fn of_toml(
            root: Spanned<DeTable<'a>>,
            text: &'a str,
        ) -> Self {
            let content = Content::Table(entries(root.into_inner(), text));
            Self { at: 0, source: Cow::Borrowed(""), content }
        }

        /// The value as JSON, in which a date is a string.
        pub(in crate::site::config::parse) fn to_json(&self) -> String {
            match &self.content {
                Content::Text(text) => quoted(text),
                Content::Integer { digits, radix } => i64::from_str_radix(digits, *radix)
                    .map_or_else(|_| quoted(digits), |number| number.to_string()),
                Content::Float => quoted(&self.source),
                Content::Boolean(value) => value.to_string(),
                Content::Date(date) => quoted(date),
                Content::Null => "null".into(),
                Content::List(items) => {
                    let items: Vec<_> = items.iter().map(Self::to_json).collect();
                    format!("[{}]", items.join(","))
                }
                Content::Table(entries) => {
                    let entries = entries
                        .iter()
                        .map(|(key, node)| format!("{}:{}", quoted(&key.text), node.to_json()));
                    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
                }
            }
        }

        fn of_value(value: Spanned<DeValue<'a>>, text: &'a str) -> Self {
            let span = value.span();
            let (at, source) = (span.start, text.get(span).unwrap_or_default());
            let content = match value.into_inner() {
                DeValue::String(value) => Content::Text(value),
                DeValue::Integer(number) => {
                    Content::Integer { digits: number.as_str().to_owned(), radix: number.radix() }
                }
                DeValue::Float(_) => Content::Float,
                DeValue::Boolean(value) => Content::Boolean(value),
                DeValue::Datetime(date) => Content::Date(date.to_string()),
                DeValue::Array(items) => {
                    Content::List(items.into_iter().map(|it| Self::of_value(it, text)).collect())
                }
                DeValue::Table(table) => Content::Table(entries(table, text)),
            };
            Self { at, source: Cow::Borrowed(source), content }
        }
    }

    fn entries<'a>(table: DeTable<'a>, text: &'a str) -> Vec<(NodeKey<'a>, Node<'a>)> {
        let entries = table.into_iter().map(|(key, value)| {
            let at = key.span().start;
            (NodeKey { at, text: key.into_inner() }, Node::of_value(value, text))
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by_key(|(key, _)| key.at);
        entries
    }
}

impl<'de> Deserialize<'de> for Node<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor;

        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = Node<'static>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Node::of_json(String::new(), Content::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Node::of_json(value.to_string(), Content::Boolean(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                let digits = value.to_string();
                Ok(Node::of_json(digits.clone(), Content::Integer { digits, radix: 10 }))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                let digits = value.to_string();
                Ok(Node::of_json(digits.clone(), Content::Integer { digits, radix: 10 }))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                let written = serde_json::Value::from(value).to_string();
                Ok(Node::of_json(written, Content::Float))
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                let written = quoted(value);
                Ok(Node::of_json(written, Content::Text(Cow::Owned(value.into()))))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Node::of_json(String::new(), Content::List(items)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries: Vec<(NodeKey<'static>, Node<'static>)> = Vec::new();
                while let Some((key, node)) = map.next_entry::<String, Node<'static>>()? {
                    // Readers disagree on which of two counts (RFC 8259 §4), and TOML refuses them.
                    if entries.iter().any(|(other, _)| other.text == key) {
                        return Err(A::Error::custom("a key is there twice"));
                    }
                    entries.push((NodeKey { at: 0, text: Cow::Owned(key) }, node));
                }
                Ok(Node::of_json(String::new(), Content::Table(entries)))
            }
        }

        deserializer.deserialize_any(NodeVisitor)
    }
}
