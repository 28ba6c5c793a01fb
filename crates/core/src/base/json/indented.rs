//! JSON with line breaks and indentation, for people.

use alloc::string::String;

/// Formats JSON in several lines, indented by two spaces for each level. `written` must be in the
/// form in which serde_json writes it, without spaces outside strings. Each type therefore needs
/// only one serialiser, and no second one for people.
pub fn indented(written: &str) -> String {
    let mut out = String::with_capacity(2 * written.len());
    let mut depth = 0_usize;
    let mut is_text = false;
    let mut is_escaped = false;
    let mut before = ' ';
    for character in written.chars() {
        if is_text {
            is_text = is_escaped || character != '"';
            is_escaped = character == '\\' && !is_escaped;
            out.push(character);
            continue;
        }
        let is_end = matches!(character, ']' | '}');
        if is_end {
            depth = depth.saturating_sub(1);
        }
        let is_empty = is_end && matches!(before, '[' | '{');
        if !is_empty && (is_end || matches!(before, '[' | '{' | ',')) {
            out.push('\n');
            out.extend(core::iter::repeat_n("  ", depth));
        }
        out.push(character);
        match character {
            '[' | '{' => depth += 1,
            ':' => out.push(' '),
            '"' => is_text = true,
            _ => {}
        }
        before = character;
    }
    out
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::indented;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            r#"[\[\]{}",:\\ a\n]{0,6}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::from),
                btree_map(r#"[\[{",:\\]{0,3}"#, inner, 0..4)
                    .prop_map(|members| members.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_laid_out_as_serde_json_does_it(value in values()) {
            let written: String = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(indented(&written), serde_json::to_string_pretty(&value).unwrap());
        }
    }
}
