//! Comparisons: `>= 10`, `== "ok"`, `contains "html"`, `exists`.

use core::cmp::Ordering;
use core::fmt;

use alloc::string::{String, ToString as _};

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// What a comparison is written with.
pub(super) const EXPECTED: &str = "`==`, `!=`, `<`, `<=`, `>`, `>=`, `contains` or `lacks` with a JSON value, `exists` or `absent`";

/// An assertion cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionError {
    /// The text.
    pub value: String,
    /// What is allowed in its place.
    pub expected: &'static str,
}

/// An error about the whole text of an assertion.
pub(super) fn refused(text: &str, expected: &'static str) -> AssertionError {
    AssertionError { value: text.to_string(), expected }
}

impl fmt::Display for AssertionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an assertion, expected {}", self.value, self.expected)
    }
}

impl core::error::Error for AssertionError {}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ComparisonOperator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Lacks,
    Exists,
    Absent,
}

impl ComparisonOperator {
    /// Longer ones come before those that they begin with.
    const ALL: [(&str, Self); 10] = [
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        (">", Self::Greater),
        ("contains", Self::Contains),
        ("lacks", Self::Lacks),
        ("exists", Self::Exists),
        ("absent", Self::Absent),
    ];

    const fn takes_value(self) -> bool {
        !matches!(self, Self::Exists | Self::Absent)
    }
}

/// An operator, and what it compares with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Comparison {
    operator: ComparisonOperator,
    /// `null` where the operator takes none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    value: Value,
}

impl Comparison {
    /// Reads an operator and its value, which is JSON. `None` if the text is neither.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (rest, operator) = ComparisonOperator::ALL
            .iter()
            .find_map(|&(name, operator)| Some((text.strip_prefix(name)?.trim(), operator)))?;
        match operator.takes_value() {
            true => {
                let value = serde_json::from_str(rest).ok()?;
                Some(Self { operator, value })
            }
            false => rest.is_empty().then_some(Self { operator, value: Value::Null }),
        }
    }

    /// Whether it compares with a number.
    pub(super) fn is_about_numbers(&self) -> bool {
        self.value.is_number()
    }

    /// Whether it can be about a field, which is a text and may be a number.
    pub(super) const fn fits_fields(&self) -> bool {
        let is_in_a_text =
            matches!(self.operator, ComparisonOperator::Contains | ComparisonOperator::Lacks);
        match &self.value {
            Value::String(_) => true,
            Value::Number(_) => !is_in_a_text,
            Value::Null => !self.operator.takes_value(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
        }
    }

    /// Whether it holds for the value that was found. A value that is missing is only `absent`, and
    /// lacks everything.
    pub(super) fn holds(&self, found: Option<&Value>) -> bool {
        let Some(found) = found else {
            return matches!(self.operator, ComparisonOperator::Absent | ComparisonOperator::Lacks);
        };
        let order = || order(found, &self.value);
        let has = || contains(found, &self.value);
        let is_equal = || is_equal(found, &self.value);
        match self.operator {
            ComparisonOperator::Exists => true,
            ComparisonOperator::Absent => false,
            ComparisonOperator::Equal => is_equal(),
            ComparisonOperator::NotEqual => !is_equal(),
            ComparisonOperator::Less => order() == Some(Ordering::Less),
            ComparisonOperator::LessOrEqual => {
                matches!(order(), Some(Ordering::Less | Ordering::Equal))
            }
            ComparisonOperator::Greater => order() == Some(Ordering::Greater),
            ComparisonOperator::GreaterOrEqual => {
                matches!(order(), Some(Ordering::Greater | Ordering::Equal))
            }
            ComparisonOperator::Contains => has(),
            ComparisonOperator::Lacks => !has(),
        }
    }
}

/// As it is written.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = ComparisonOperator::ALL.iter().find(|(_, operator)| *operator == self.operator);
        f.write_str(name.map_or("", |(name, _)| name))?;
        match self.operator.takes_value() {
            true => write!(f, " {}", self.value),
            false => Ok(()),
        }
    }
}

/// 1 and 1.0 are the same number in JSON.
fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            order_of_numbers(left, right) == Some(Ordering::Equal)
        }
        (left, right) => left == right,
    }
}

/// Numbers and texts have an order; nothing else has.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => order_of_numbers(left, right),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Whole numbers are compared exactly.
fn order_of_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    let whole = |number: &Number| {
        number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
    };
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// A text contains a text, a list a value, and an object a name.
fn contains(found: &Value, value: &Value) -> bool {
    match (found, value) {
        (Value::String(found), Value::String(part)) => found.contains(part.as_str()),
        (Value::Array(items), value) => items.iter().any(|item| is_equal(item, value)),
        (Value::Object(members), Value::String(name)) => members.contains_key(name.as_str()),
        _ => false,
    }
}
