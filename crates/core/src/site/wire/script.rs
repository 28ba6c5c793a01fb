//! The same texts for the entry: a module of TypeScript.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::label::LabelLines;
use super::{Failed, Outgoing, OwnFacts, RequestFacts};
use crate::base::wire::line::{FieldKind, Line};
use crate::base::wire::{CallFacts, Held};
use crate::telemetry::sentry::ReportFact;

/// The module that the build writes: for each text an interface, and a function that writes it, or
/// that reads it.
pub fn typescript() -> String {
    let head = "// Made by the build from `breakwater_core`: each text has its lines in the \
                order of the\n// struct that it is in Rust.\n";
    [
        head.into(),
        writer("RequestFacts", "requestFacts", RequestFacts::LINES),
        writer("OwnFacts", "ownFacts", OwnFacts::LINES),
        writer("CallFacts", "callFacts", CallFacts::LINES),
        writer("ReportFact", "reportFact", ReportFact::LINES),
        format!("\nexport type Held = {};\n", union(&Held::WORDS)),
        format!("\nexport type Failed = {};\n", union(&Failed::WORDS)),
        reader("Outgoing", "readOutgoing", Outgoing::LINES),
        reader("Label", "readLabel", LabelLines::LINES),
    ]
    .concat()
}

fn writer(name: &str, function: &str, lines: &[Line]) -> String {
    let parts: Vec<String> = lines.iter().map(part).collect();
    let parts = parts.join("\\n");
    format!(
        "{}\nexport const {function} = (facts: {name}): string =>\n  `{parts}`;\n",
        interface(name, "", lines)
    )
}

fn part(line: &Line) -> String {
    let field = camel_case(line.field);
    match line.kind {
        FieldKind::Text | FieldKind::Number | FieldKind::Word(_) => format!("${{facts.{field}}}"),
        FieldKind::Flag => format!("${{facts.{field} ? 1 : 0}}"),
    }
}

fn reader(name: &str, function: &str, lines: &[Line]) -> String {
    let fields: Vec<String> = lines.iter().map(|line| camel_case(line.field)).collect();
    let (read, fields) = (fields.join(" = \"\", "), fields.join(", "));
    format!(
        "{}\nexport function {function}(text: string): {name} {{\n  \
         const [{read} = \"\"] = text.split(\"\\n\");\n  return {{ {fields} }};\n}}\n",
        interface(name, "readonly ", lines)
    )
}

fn interface(name: &str, modifier: &str, lines: &[Line]) -> String {
    let fields: String = lines
        .iter()
        .map(|line| format!("  {modifier}{}: {};\n", camel_case(line.field), kind(line.kind)))
        .collect();
    format!("\nexport interface {name} {{\n{fields}}}\n")
}

fn kind(kind: FieldKind) -> String {
    match kind {
        FieldKind::Text => "string".into(),
        FieldKind::Number => "number".into(),
        FieldKind::Flag => "boolean".into(),
        FieldKind::Word(words) => union(words),
    }
}

fn union(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    words.join(" | ")
}

fn camel_case(name: &str) -> String {
    let mut is_first_of_word = false;
    let mut written = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '_' => is_first_of_word = true,
            _ if is_first_of_word => {
                written.push(character.to_ascii_uppercase());
                is_first_of_word = false;
            }
            _ => written.push(character),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_in_the_order_of_its_struct() {
        let module = typescript();
        assert!(module.contains(
            "`${facts.isTimedOut ? 1 : 0}\\n${facts.hasVisitorLeft ? 1 : 0}\\n\
             ${facts.isRefused ? 1 : 0}\\n${facts.upload}\\n${facts.size}\\n${facts.since}`"
        ));
        assert!(
            module.contains(
                "  upload: \"none\" | \"passing\" | \"sent\" | \"broken\" | \"stalled\";\n"
            )
        );
    }

    #[test]
    fn a_text_is_read_in_the_order_of_its_struct() {
        let module = typescript();
        assert!(module.contains(
            "  const [url = \"\", host = \"\", scheme = \"\", requestId = \"\", \
             traceparent = \"\", via = \"\", dropsTracestate = \"\", askedAs = \"\"] = \
             text.split(\"\\n\");\n  \
             return { url, host, scheme, requestId, traceparent, via, dropsTracestate, askedAs };\n"
        ));
    }
}
