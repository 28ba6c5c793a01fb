//! The rules as a module of TypeScript.

use alloc::format;
use alloc::string::String;

use super::{ForwardingEntry, ForwardingRules};

/// What the module says of its own types. It names no field of another name than
/// [`ForwardingRules`] has: the compiler of the entry holds the values against it.
const TYPES: &str = r#"
export interface Upstream {
  readonly name: string;
  readonly origin: string;
  // The name by which it is asked; null for its own.
  readonly host: string | null;
  // How long a call may take until the answer's fields are there, in milliseconds.
  readonly timeout: number;
  // The pattern of the route, as the site file has it.
  readonly route: string;
}

export interface Entry {
  // Matches paths that are normalised.
  readonly pattern: RegExp;
  readonly escapedSlashes: "auto" | "keep" | "refuse" | "decode";
  // Breakwater's own paths are sent nowhere.
  readonly upstream: Upstream | null;
}

export type Refusal = readonly [status: number, phrase: string];

export interface Rules {
  readonly dropped: readonly string[];
  readonly droppedFromAnswers: readonly string[];
  readonly neverStripped: readonly string[];
  readonly plainConnection: readonly string[];
  readonly sessionCookies: readonly string[];
  readonly addressFields: readonly string[];
  readonly bodylessMethods: readonly string[];
  readonly safeMethods: readonly string[];
  readonly urlMax: number;
  readonly fieldsMax: number;
  readonly pseudonym: string;
  // The status page's host, which has entries of its own.
  readonly statusHost: string | null;
  readonly refused: {
    readonly path: Refusal;
    readonly url: Refusal;
    readonly fields: Refusal;
    readonly again: Refusal;
  };
}
"#;

impl ForwardingRules {
    /// The module that the build writes.
    ///
    /// # Errors
    /// What `serde_json` says of values that are no JSON, of which there are none.
    pub fn typescript(&self) -> Result<String, serde_json::Error> {
        let list = |entries: &[ForwardingEntry]| entries.iter().map(entry).collect();
        let entries: Result<String, _> = list(&self.entries);
        let status_entries: Result<String, _> = list(&self.status_entries);
        let (entries, status_entries) = (entries?, status_entries?);
        let rules = serde_json::to_string_pretty(self)?;
        Ok(format!(
            "// Made by the build from core and the site file.\n{TYPES}\n\
             // Whose paths are: the first that matches wins, and the last matches everything.\n\
             export const entries: readonly Entry[] = [\n{entries}];\n\
             export const statusEntries: readonly Entry[] = [\n{status_entries}];\n\n\
             export const rules: Rules = {rules};\n"
        ))
    }
}

fn entry(entry: &ForwardingEntry) -> Result<String, serde_json::Error> {
    let ForwardingEntry { pattern, escaped_slashes, upstream } = entry;
    let slashes = serde_json::to_string(escaped_slashes)?;
    let upstream = serde_json::to_string(upstream)?;
    Ok(format!("  {{ pattern: /{pattern}/, escapedSlashes: {slashes}, upstream: {upstream} }},\n"))
}
