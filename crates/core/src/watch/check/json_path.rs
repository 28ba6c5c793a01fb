//! Paths to a value in JSON: `data.items[0].price`, `items.length`.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Steps of a path at most. Deeper JSON is not read anyway.
const STEPS_MAX: usize = 32;
/// The last step of a path that asks how many members a list has, or characters a text.
const LENGTH: &str = "length";

/// A path to a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct JsonPath(Vec<PathStep>);

/// One step of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum PathStep {
    /// Into a list.
    Index(u32),
    /// Into an object.
    Name(String),
}

impl JsonPath {
    /// Reads a path at the beginning of a text, and returns what stands behind it. `$` is the whole
    /// document, and may stand in front. `None` if there is no path.
    pub(super) fn parse(text: &str) -> Option<(Self, &str)> {
        let (mut steps, mut is_rooted, mut rest) = (Vec::new(), false, text);
        if let Some(behind) = rest.strip_prefix('$') {
            (is_rooted, rest) = (true, behind);
        }
        loop {
            if let Some(behind) = rest.strip_prefix('[') {
                let (index, behind) = behind.split_once(']')?;
                let is_number = index.bytes().all(|byte| byte.is_ascii_digit());
                steps.push(PathStep::Index(index.parse().ok().filter(|_| is_number)?));
                rest = behind;
            } else {
                let behind = match (rest.strip_prefix('.'), steps.is_empty() && !is_rooted) {
                    (Some(_), true) => return None,
                    (Some(behind), false) => behind,
                    (None, true) => rest,
                    (None, false) => break,
                };
                let end = behind.find(|c: char| !is_of_a_name(c)).unwrap_or(behind.len());
                let (name, behind) = behind.split_at(end);
                if name.is_empty() {
                    return None;
                }
                steps.push(PathStep::Name(name.into()));
                rest = behind;
            }
        }
        (steps.len() <= STEPS_MAX).then_some((Self(steps), rest))
    }

    /// The value that it leads to. `length` leads to the length of a list or a text, unless it is
    /// the name of a member.
    pub(super) fn find(&self, document: &Value) -> Option<Value> {
        let mut found = document;
        for (index, step) in self.0.iter().enumerate() {
            let next = match step {
                PathStep::Index(at) => found.get(*at as usize),
                PathStep::Name(name) => found.get(name.as_str()),
            };
            let Some(next) = next else {
                let is_last = index + 1 == self.0.len();
                return match (step, found) {
                    (PathStep::Name(name), Value::Array(items)) if is_last && name == LENGTH => {
                        Some(items.len().into())
                    }
                    (PathStep::Name(name), Value::String(text)) if is_last && name == LENGTH => {
                        Some(text.chars().count().into())
                    }
                    _ => None,
                };
            };
            found = next;
        }
        Some(found.clone())
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '@')
}

/// As it is written.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !matches!(self.0.first(), Some(PathStep::Name(_))) {
            f.write_str("$")?;
        }
        for (index, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Index(at) => write!(f, "[{at}]")?,
                PathStep::Name(name) if index == 0 => f.write_str(name)?,
                PathStep::Name(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use serde_json::json;

    use super::{JsonPath, STEPS_MAX};

    #[test]
    fn a_path_leads_to_a_value_and_is_shown_as_written() {
        let document = json!({"a": {"b": [10, {"c": "ä!"}]}, "length": 7});
        for (path, found) in [
            ("a.b[0]", Some(json!(10))),
            ("a.b[1].c", Some(json!("ä!"))),
            ("a.b.length", Some(json!(2))),
            ("a.b[1].c.length", Some(json!(2))),
            ("length", Some(json!(7))),
            ("a.length", None),
            ("a.length.b", None),
            ("a.b[2]", None),
            ("x", None),
        ] {
            let (read, rest) = JsonPath::parse(path).unwrap();
            assert_eq!((read.find(&document), rest), (found, ""), "{path}");
            assert_eq!(read.to_string(), path);
        }
        let (whole, _) = JsonPath::parse("$").unwrap();
        assert_eq!(whole.find(&document), Some(document));
        let (first, _) = JsonPath::parse("$[0].a").unwrap();
        assert_eq!(first.find(&json!([{"a": 1}])), Some(json!(1)));
        assert_eq!(first.to_string(), "$[0].a");
    }

    #[test]
    fn what_is_no_path_is_none() {
        for text in ["", ".", "a.", "a..b", "[x]", "a[", "a[-1]", "a[+1]", " a"] {
            assert!(JsonPath::parse(text).is_none_or(|(_, rest)| !rest.is_empty()), "{text}");
        }
        let path = |steps: usize| alloc::vec!["a"; steps].join(".");
        assert!(JsonPath::parse(&path(STEPS_MAX)).is_some());
        assert!(JsonPath::parse(&path(STEPS_MAX + 1)).is_none());
    }
}
