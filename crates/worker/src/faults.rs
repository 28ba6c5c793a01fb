//! Switches for development and tests. Without the feature `dev` they are not there.

#[cfg(feature = "dev")]
mod switches {
    use std::hint::black_box;

    use breakwater_core::circuit::fleet::Report;
    use wasm_bindgen::JsValue;

    use crate::address::Address;
    use crate::edge;
    use crate::platform::variable;

    /// Stands in for the origin of every upstream; with `_` and a name in capitals, of that one.
    const UPSTREAM: &str = "BREAKWATER_UPSTREAM";
    /// `panic`, `panic-end`, `panic-copy`, `panic-called`: every request panics, in its first half,
    /// in its second, on the path of copies, or there once the upstream has answered. In place of
    /// `panic`: `trap` aborts without a panic, `overflow` fills the stack, `memory` asks for more
    /// than there is, and `killed` burns CPU time and is then gone in the middle of its work, as
    /// when the platform's limit ends it. `throw`: what sends a request on the straight path
    /// throws, after the call was admitted. `refuse`: no request is sent, as if the platform
    /// refused to. `object`: the Durable Objects fail every call. `object-panic`: they panic at
    /// every call. `object-hang`: they say nothing for a minute. `unreadable-rows`: they find one
    /// in each table. `report-twice`: each report is sent twice. `report-as-two`: also, but the
    /// copy in another replica's name. `handles`: [`HANDLES`] is answered with their number.
    const FAULT: &str = "BREAKWATER_FAULT";

    /// The path that tells how many handles Rust holds to values of JavaScript, those of the request
    /// for it included.
    const HANDLES: &str = "/__handles";

    /// Turns of a loop that take a good part of a second.
    const BURNED: u64 = 100_000_000;

    fn is_set(env: &JsValue, fault: &str) -> bool {
        variable(env, FAULT).is_some_and(|set| set == fault)
    }

    pub(crate) fn upstream(env: &JsValue, name: &str) -> Option<String> {
        let own = [UPSTREAM, "_", &name.to_uppercase()].concat();
        variable(env, &own).or_else(|| variable(env, UPSTREAM))
    }

    /// Where a dependency is asked: at the origin in `BREAKWATER_DEPENDENCY_` with its name in
    /// capitals, or in what stands in for every upstream, for what the site asks it; else where the
    /// site has it.
    pub(crate) fn dependency(env: &JsValue, name: &str, url: &str) -> String {
        let own = ["BREAKWATER_DEPENDENCY_", &name.to_uppercase()].concat();
        let origin = variable(env, &own).or_else(|| variable(env, UPSTREAM));
        origin.map_or_else(|| url.to_owned(), |it| [&it, Address::of(url).path_and_query].concat())
    }

    pub(crate) fn break_if_asked(env: &JsValue, place: &str) {
        let Some(set) = variable(env, FAULT) else { return };
        let (kind, at) = set.split_once('-').unwrap_or((&set, ""));
        match kind {
            _ if at != place => {}
            "panic" => panic!("{FAULT} asks for it"),
            "trap" => std::process::abort(),
            "overflow" => drop(black_box(deeper(1))),
            "memory" => {
                while black_box(true) {
                    // A half of all that wasm can address: there is no second one beside the
                    // program.
                    std::mem::forget(black_box(Vec::<u8>::with_capacity(isize::MAX as usize)));
                }
            }
            "killed" => edge::while_borrowed(|| {
                for turn in 0..BURNED {
                    black_box(turn);
                }
                // Leaves Rust without unwinding it, and is no trap.
                wasm_bindgen::throw_str("gone")
            }),
            _ => {}
        }
    }

    /// The answer to [`HANDLES`], if that is asked for.
    pub(crate) fn handles(env: &JsValue, path: &str) -> Option<Result<JsValue, JsValue>> {
        (path == HANDLES && is_set(env, "handles")).then(|| {
            let count = wasm_bindgen::externref_heap_live_count().to_string();
            let init = web_sys::ResponseInit::new();
            Ok(web_sys::Response::new_with_opt_str_and_init(Some(&count), &init)?.into())
        })
    }

    fn deeper(depth: u64) -> u64 {
        black_box(depth) + if depth == 0 { 0 } else { deeper(depth + 1) }
    }

    pub(crate) fn throw_if_asked(env: &JsValue, fault: &str) -> Result<(), JsValue> {
        if is_set(env, fault) {
            return Err(js_sys::Error::new(&format!("{FAULT} asks for it")).into());
        }
        Ok(())
    }

    pub(crate) fn refuse_if_asked(env: &JsValue) -> Result<(), JsValue> {
        if is_set(env, "refuse") {
            return Err(js_sys::TypeError::new(FAULT).into());
        }
        Ok(())
    }

    pub(crate) async fn fail_object_if_asked(env: &JsValue) -> worker::Result<()> {
        assert!(!is_set(env, "object-panic"), "{FAULT} asks for it");
        if is_set(env, "object-hang") {
            worker::Delay::from(std::time::Duration::from_secs(60)).await;
        }
        if is_set(env, "object") {
            return Err(worker::Error::RustError(format!("{FAULT} asks for it")));
        }
        Ok(())
    }

    /// Puts a row that cannot be read into each of these tables, if asked.
    pub(crate) fn damage_if_asked(
        env: &JsValue,
        sql: &worker::SqlStorage,
        tables: &[&str],
    ) -> worker::Result<()> {
        if is_set(env, "unreadable-rows") {
            for table in tables {
                let row = "[of, no version";
                let query = format!(
                    "INSERT INTO {table} (json) SELECT '{row}' WHERE NOT EXISTS \
                     (SELECT 1 FROM {table} WHERE json = '{row}')"
                );
                sql.exec(&query, None)?;
            }
        }
        Ok(())
    }

    pub(crate) fn copy_of(env: &JsValue, report: &Report) -> Option<Report> {
        if is_set(env, "report-as-two") {
            return Some(Report { replica: !report.replica, ..*report });
        }
        is_set(env, "report-twice").then_some(*report)
    }
}

#[cfg(not(feature = "dev"))]
mod switches {
    use breakwater_core::circuit::fleet::Report;
    use wasm_bindgen::JsValue;

    pub(crate) fn upstream(_: &JsValue, _: &str) -> Option<String> {
        None
    }

    pub(crate) fn dependency(_: &JsValue, _: &str, url: &str) -> String {
        url.to_owned()
    }

    pub(crate) fn break_if_asked(_: &JsValue, _: &str) {}

    pub(crate) fn handles(_: &JsValue, _: &str) -> Option<Result<JsValue, JsValue>> {
        None
    }

    pub(crate) fn throw_if_asked(_: &JsValue, _: &str) -> Result<(), JsValue> {
        Ok(())
    }

    pub(crate) fn refuse_if_asked(_: &JsValue) -> Result<(), JsValue> {
        Ok(())
    }

    pub(crate) async fn fail_object_if_asked(_: &JsValue) -> worker::Result<()> {
        Ok(())
    }

    pub(crate) fn damage_if_asked(
        _: &JsValue,
        _: &worker::SqlStorage,
        _: &[&str],
    ) -> worker::Result<()> {
        Ok(())
    }

    pub(crate) fn copy_of(_: &JsValue, _: &Report) -> Option<Report> {
        None
    }
}

pub(crate) use switches::{
    break_if_asked, copy_of, damage_if_asked, dependency, fail_object_if_asked, handles,
    refuse_if_asked, throw_if_asked, upstream,
};
