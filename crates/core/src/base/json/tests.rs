//! Reads JSON of every shape, and checks how malformed JSON is refused.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Debug;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::read;

/// A value with one field of each shape that serde knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Everything {
    whole: u64,
    below: i64,
    small: u8,
    part: f64,
    letter: char,
    text: String,
    flag: bool,
    nothing: (),
    one: Wrapped,
    pair: Pair,
    perhaps: Option<i8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_out: Option<String>,
    list: Vec<Kind>,
    named: BTreeMap<String, Tagged>,
    either: Either,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Wrapped(u32);
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Pair(u16, String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Bare,
    Newtype(u64),
    Tuple(i32, bool),
    Named { of: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    One { count: u64 },
    Two,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Number(f64),
    Text(String),
}

impl Default for Either {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

fn everything() -> Everything {
    Everything {
        whole: u64::MAX,
        below: i64::MIN,
        part: 0.1,
        text: "\"\u{1f6a2}\n".into(),
        pair: Pair(7, "seven".into()),
        perhaps: Some(-1),
        list: [Kind::Bare, Kind::Newtype(1), Kind::Tuple(-1, true), Kind::Named { of: None }]
            .into(),
        named: [("a".into(), Tagged::One { count: 9 }), ("b".into(), Tagged::Two)].into(),
        either: Either::Number(1.5),
        ..Everything::default()
    }
}

#[test]
fn every_shape_that_serde_json_writes_reads_back() {
    for value in [everything(), Everything::default()] {
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(read::<Everything>(&text).unwrap(), value, "{text}");
    }
}

proptest! {
    /// Both parsers accept the same texts and read the same values from them.
    #[test]
    fn a_changed_text_reads_as_with_serde_json(
        at in 0..1000_usize,
        length in 0..8_usize,
        put in "[]\\[{}\":,0-9a-z\\-\\.]{0,3}",
    ) {
        let mut text = serde_json::to_string(&everything()).unwrap();
        let start = text.floor_char_boundary(at % text.len());
        let end = text.floor_char_boundary((start + length).min(text.len()));
        text.replace_range(start..end.max(start), &put);
        let theirs = serde_json::from_str(&text).and_then(serde_json::from_value::<Everything>);
        prop_assert_eq!(read(&text).ok(), theirs.ok(), "{}", text);
    }
}

#[track_caller]
fn refused<T: for<'de> Deserialize<'de> + Debug>(text: &str, why: &str) {
    assert_eq!(read::<T>(text).unwrap_err().to_string(), why, "{text}");
}

#[test]
fn what_is_wrong_is_said() {
    refused::<u8>("256", "invalid value: integer `256`, expected u8");
    refused::<u8>("-1", "invalid type: number, expected u8");
    refused::<String>("1", "invalid type: number, expected a string");
    refused::<Vec<u8>>("{}", "invalid type: map, expected a sequence");
    refused::<Pair>("[1]", "invalid length 1, expected tuple struct Pair with 2 elements");
    refused::<Pair>(r#"[1,"",2]"#, "an array is too long");
    refused::<Kind>(
        r#""other""#,
        "unknown variant `other`, expected one of `bare`, `newtype`, `tuple`, `named`",
    );
    refused::<Kind>(r#"{"bare":1}"#, "invalid type: number, expected no content");
    refused::<Kind>(r#"{"bare":null,"tuple":[1,true]}"#, "invalid type: map, expected enum Kind");
    refused::<Everything>("[]", "invalid type: sequence, expected struct Everything");
    refused::<Everything>("{}", "missing field `whole`");
    refused::<Wrapped>("null", "invalid type: null, expected u32");
    refused::<u8>("{", "EOF while parsing an object at line 1 column 1");
}
