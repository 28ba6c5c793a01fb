//! What the entry needs for lines of its own: it writes them also while no Rust runs.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{
    BODY_MAX, LINES_PER_MINUTE, LINES_PER_SECOND, LogAttribute, LogEvent, LogSeverity, TEXT_MAX,
};

/// The module that the build writes: the names that a line may have, and the limits.
pub fn typescript() -> String {
    let events = union(LogEvent::ALL.iter().map(|event| event.as_str()));
    let attributes = union(LogAttribute::ALL.iter().map(|attribute| attribute.as_str()));
    let severities = LogSeverity::ALL.map(|severity| {
        format!("  {}: {},\n", severity.as_str().to_lowercase(), severity.number())
    });
    format!(
        "// Made by the build from core.\n\n\
         export type LogEvent ={events};\n\n\
         export type LogAttribute ={attributes};\n\n\
         // The numbers of the severities.\n\
         export const severities = {{\n{}}} as const;\n\n\
         export type LogSeverity = keyof typeof severities;\n\n\
         // The lengths are in bytes.\n\
         export const logLimits = {{\n  \
           linesPerSecond: {LINES_PER_SECOND},\n  \
           linesPerMinute: {LINES_PER_MINUTE},\n  \
           bodyMax: {BODY_MAX},\n  \
           textMax: {TEXT_MAX},\n\
         }} as const;\n",
        severities.concat(),
    )
}

fn union(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<String> = names.map(|name| format!("\n  | \"{name}\"")).collect();
    names.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_gets_the_names_and_the_limits_of_core() {
        let module = typescript();
        for part in [
            "export type LogEvent =\n  | \"breakwater.request.answered\"\n",
            "  | \"breakwater.instance.broken\"\n",
            "export type LogAttribute =\n  | \"http.request.method\"\n",
            "  warn: 13,\n",
            "export const logLimits = {\n  linesPerSecond: 20,\n",
        ] {
            assert!(module.contains(part), "{part} in {module}");
        }
    }
}
