//! The JavaScript half alone, in Node: it decides as core does, and it starts another instance when
//! it must.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use breakwater_core::site::config::{Site, parse};
use breakwater_core::site::forwarding::Rules;
use breakwater_core::site::health::HealthEndpoint;
use breakwater_core::site::resolve::Owner;
use serde_json::{Value, json};

/// Runs a script with a module of the entry as `module` and with this input, and returns its
/// output.
fn run(name: &str, module: &str, script: &str, input: &Value) -> Result<String> {
    let root = PathBuf::from(std::env::var("BREAKWATER_ROOT")?);
    let folder = root.join("target/e2e").join(name);
    fs::create_dir_all(&folder)?;
    fs::copy(root.join("crates/worker/entry").join(module), folder.join("module.mjs"))?;
    let script = format!(
        "import * as module from \"./module.mjs\"; import {{ readFileSync }} from \"node:fs\";\n\
         const input = JSON.parse(readFileSync(0, \"utf8\"));\n{script}"
    );
    fs::write(folder.join("script.mjs"), script)?;
    let mut node = Command::new(std::env::var("BREAKWATER_NODE")?)
        .arg(folder.join("script.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    node.stdin.take().context("no stdin")?.write_all(input.to_string().as_bytes())?;
    let ended = node.wait_with_output()?;
    ensure!(ended.status.success(), "node: {}", ended.status);
    Ok(String::from_utf8(ended.stdout)?)
}

/// Draws numbers from an LCG with Knuth's MMIX constants, of which the high bits are used.
struct Draw(u64);

impl Draw {
    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % below
    }
}

const PARTS: &[&str] = &[
    "/",
    "/",
    "/",
    "/",
    "a",
    "b",
    ".",
    "..",
    "%2e",
    "%2E",
    "%2f",
    "%2F",
    "%5c",
    "%5C",
    "%61",
    "%25",
    "%",
    "%2",
    "%00",
    ";",
    "A",
    "\\",
    "é",
    "%C3",
    "health",
    "live",
    "_breakwater",
    "%5f",
    "~",
    "\u{1}",
];

fn site(draw: &mut Draw) -> Result<Site> {
    let mut text = String::from(
        "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n\
         [upstreams.web]\norigin = \"https://web.example\"\n",
    );
    let mut patterns = ["/a/b", "/a/b/*", "/a/", "/a/*", "/b/*", "/%2F/*"].to_vec();
    patterns.retain(|_| draw.below(2) == 0);
    for pattern in patterns.into_iter().chain(["/*"]) {
        let slashes = draw.of(&["auto", "keep", "refuse", "decode"]);
        text += &format!(
            "[[routes]]\nmatch = \"{pattern}\"\nupstream = \"web\"\nescaped_slashes = \"{slashes}\"\n"
        );
    }
    Ok(parse("breakwater.toml", &text)?)
}

/// The index of an owner among the entries of [`Rules`].
fn entry(owner: Owner) -> usize {
    match owner {
        Owner::Operators => 0,
        Owner::Health(endpoint) => {
            1 + HealthEndpoint::ALL
                .iter()
                .position(|(known, _)| *known == endpoint)
                .unwrap_or_default()
        }
        Owner::Route(index) => 1 + HealthEndpoint::ALL.len() + index,
    }
}

#[test]
fn paths_are_matched_as_core_matches_them() -> Result<()> {
    let mut draw = Draw(7);
    let mut cases = Vec::new();
    let mut expected = Vec::new();
    for _ in 0..100 {
        let site = site(&mut draw)?;
        let mut paths = Vec::new();
        for _ in 0..200 {
            let length = draw.below(12);
            let path = (0..length).fold(String::from("/"), |path, _| path + draw.of(PARTS));
            expected.push(match site.resolve(&path) {
                Ok(resolved) => json!([path, entry(resolved.owner), resolved.path]),
                Err(_) => json!([path, null, null]),
            });
            paths.push(path);
        }
        cases.push(json!({ "entries": Rules::of(&site).entries, "paths": paths }));
    }
    let script = "const found = input.flatMap(({ entries, paths }) => paths.map((path) => {
        const resolved = module.resolve(entries, path);
        return [path, resolved?.at ?? null, resolved?.path ?? null];
    }));
    console.log(JSON.stringify(found));";
    let printed = run("paths_are_matched_as_core", "path.js", script, &json!(cases))?;
    let found: Vec<Value> = serde_json::from_str(&printed)?;
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    Ok(())
}

/// A stand-in for wasm-bindgen's bindings in `instance.js`, with an instance whose memory the
/// script writes to as the platform does.
const BINDINGS: &str = "
    globalThis.addEventListener = (name, listener) => { globalThis[`on_${name}`] = listener; };
    console.error = () => {};
    let instance;
    const make = () => {
        instance = {
            memory: new WebAssembly.Memory({ initial: 1 }),
            __instance_terminated: { value: 1024 },
            __stack_pointer: { value: 4096 },
        };
    };
    const bindings = {
        initSync() { if (instance === undefined) make(); return instance; },
        __wbg_reset_state: make,
        on_panic() {},
    };
    const assert = (holds, what) => { if (!holds) throw new Error(what); };
    const made = new module.Instance('it', bindings, {});
    made.start();
";

#[test]
fn an_instance_that_the_platform_killed_is_replaced_at_the_next_event() -> Result<()> {
    let script = format!(
        "{BINDINGS}
        assert(made.awake() === 1 && made.awake() === 1, 'a sound instance stays');
        const waits = made.guarded(() => new Promise(() => {{}})).catch((error) => error.message);
        new DataView(instance.memory.buffer).setUint32(1024, 1, true);
        assert(made.awake() === 2, 'the flag of the platform');
        assert((await waits).startsWith('killed'), 'who waited is told');
        instance.__stack_pointer.value -= 16;
        assert(made.awake() === 3, 'Rust left in the middle of its work');
        assert(made.awake() === 3, 'once');
        made.revive(new RangeError('Maximum call stack size exceeded'), 3);
        assert(made.awake() === 3, 'an error of the platform ends no sound instance');
        instance.__stack_pointer.value -= 16;
        on_error({{ error: new RangeError('Maximum call stack size exceeded') }});
        assert(made.generation === 4, 'a full stack in a microtask');
        made.revive(new WebAssembly.RuntimeError('unreachable'), 3);
        assert(made.generation === 4, 'an error of an earlier instance');
        made.revive(new WebAssembly.RuntimeError('unreachable'), 4);
        assert(made.generation === 5, 'a trap');"
    );
    run("an_instance_that_was_killed", "instance.js", &script, &Value::Null).map(drop)
}

#[test]
fn an_instance_that_cannot_be_made_is_tried_again_at_each_event() -> Result<()> {
    let script = format!(
        "{BINDINGS}
        bindings.__wbg_reset_state = () => {{ throw new Error('out of memory'); }};
        instance.__stack_pointer.value -= 16;
        const asleep = () => {{ try {{ made.awake(); return false; }} catch {{ return true; }} }};
        assert(asleep() && asleep(), 'there is none');
        bindings.__wbg_reset_state = make;
        assert(!asleep(), 'there is one again');"
    );
    run("an_instance_that_cannot_be_made", "instance.js", &script, &Value::Null).map(drop)
}
