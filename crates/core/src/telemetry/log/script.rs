//! What the entry needs for lines of its own: it writes them also while no Rust runs.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{
    BODY_MAX, LINES_PER_MINUTE, LINES_PER_SECOND, LogAttribute, LogEvent, LogRules, LogSeverity,
    TEXT_MAX,
};
use crate::base::trace::TraceSource;

/// The module that the build writes: the names that a line may have, the limits, and what the site
/// file says of logs, traces and reports.
pub fn typescript(rules: &LogRules, source: TraceSource, are_errors_reported: bool) -> String {
    let events = union(LogEvent::ALL.iter().map(|event| event.as_str()));
    let attributes = union(LogAttribute::ALL.iter().map(|attribute| attribute.as_str()));
    let severities = LogSeverity::ALL.map(|severity| {
        format!("  {}: {},\n", severity.as_str().to_lowercase(), severity.number())
    });
    format!(
        "// Made by the build from core and the site file.\n\n\
         export type LogEvent ={events};\n\n\
         export type LogAttribute ={attributes};\n\n\
         // The numbers of the severities.\n\
         export const severities = {{\n{}}} as const;\n\n\
         export type LogSeverity = keyof typeof severities;\n\n\
         export interface LogRules {{\n  \
           readonly enabled: boolean;\n  \
           readonly level: LogSeverity;\n  \
           readonly linesPerSecond: number;\n  \
           readonly linesPerMinute: number;\n  \
           // In bytes.\n  \
           readonly bodyMax: number;\n  \
           readonly textMax: number;\n\
         }}\n\n\
         export const logRules: LogRules = {{\n  \
           enabled: {},\n  \
           level: \"{}\",\n  \
           linesPerSecond: {LINES_PER_SECOND},\n  \
           linesPerMinute: {LINES_PER_MINUTE},\n  \
           bodyMax: {BODY_MAX},\n  \
           textMax: {TEXT_MAX},\n\
         }};\n\n\
         export type TraceSource = \"breakwater\" | \"platform\" | \"off\";\n\n\
         export const traceSource: TraceSource = \"{}\";\n\n\
         // Whether the site file says where.\n\
         export const areErrorsReported: boolean = {are_errors_reported};\n",
        severities.concat(),
        rules.enabled,
        rules.level.as_str().to_lowercase(),
        source.as_str(),
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
        let rules = LogRules { level: LogSeverity::Warn, ..LogRules::default() };
        let module = typescript(&rules, TraceSource::Platform, true);
        for part in [
            "export type LogEvent =\n  | \"breakwater.request.answered\"\n",
            "  | \"breakwater.instance.broken\"\n",
            "export type LogAttribute =\n  | \"http.request.method\"\n",
            "  warn: 13,\n",
            "  enabled: true,\n  level: \"warn\",\n  linesPerSecond: 20,\n",
            "export const traceSource: TraceSource = \"platform\";\n",
        ] {
            assert!(module.contains(part), "{part} in {module}");
        }
    }
}
