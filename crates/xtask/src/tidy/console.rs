//! Finds Rust that writes to the console past the log: such a line has no form, no limit, and
//! nothing that keeps a secret out of it. In TypeScript, Biome's `noConsole` finds the same.

/// The crates that become the Worker.
const CRATES: [&str; 4] =
    ["crates/core/src/", "crates/platform/src/", "crates/worker/src/", "crates/control/src/"];
/// The file that writes the lines of the log.
const LOG: &str = "crates/platform/src/log.rs";
/// What writes to a console, or to what a console stands in for.
const CALLS: [&str; 6] =
    ["console_", "console::", "js_namespace = console", "println!", "eprint!", "dbg!"];

/// What of a line writes to the console, if the file may not.
pub(super) fn call_in(file: &str, line: &str) -> Option<&'static str> {
    if file == LOG || !CRATES.iter().any(|folder| file.starts_with(folder)) {
        return None;
    }
    let code = line.split("//").next().unwrap_or_default();
    CALLS.into_iter().find(|call| has_call(code, call))
}

/// Whether code has this, and not as a part of another word or of a longer path.
fn has_call(code: &str, call: &str) -> bool {
    code.match_indices(call).any(|(at, _)| {
        let before = code.get(..at).unwrap_or_default();
        let behind = code.get(at + call.len()..).unwrap_or_default();
        let is_whole =
            !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') || call == "println!";
        // `console_` is a macro of workers-rs, whatever its level; a name of ours is none.
        let is_macro = || behind.trim_start_matches(char::is_alphanumeric).starts_with('!');
        // `console::` is a module of ours too.
        let is_foreign = || before.ends_with("web_sys::");
        match call {
            "console_" => is_whole && is_macro(),
            "console::" => is_foreign(),
            _ => is_whole,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_the_console_is_found() {
        for (line, call) in [
            ("    worker::console_error!(\"{error}\");", "console_"),
            ("console_log!(\"a\");", "console_"),
            ("    web_sys::console::log_1(&line);", "console::"),
            ("#[wasm_bindgen(js_namespace = console)]", "js_namespace = console"),
            ("println!(\"a\");", "println!"),
            ("    eprintln!(\"a\");", "println!"),
            ("eprint!(\"a\");", "eprint!"),
            ("dbg!(a);", "dbg!"),
        ] {
            for folder in CRATES {
                assert_eq!(call_in(&format!("{folder}a.rs"), line), Some(call), "{line}");
            }
            assert_eq!(call_in("crates/origin/src/main.rs", line), None);
            assert_eq!(call_in("crates/core/examples/doctor.rs", line), None);
            assert_eq!(call_in(LOG, line), None);
        }
    }

    #[test]
    fn consoles_of_operators_are_none() {
        for line in [
            "use console::{CONSOLE, console_page};",
            "    console::SHOW_CONFIGURATION,",
            "fn console_page(text: &str) -> String {",
            "// worker::console_error!(\"a\")",
            "writeln!(f, \"a\")?;",
        ] {
            assert_eq!(call_in("crates/core/src/site/a.rs", line), None, "{line}");
        }
    }
}
