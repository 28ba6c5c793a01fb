//! Faults of the control plane, for development and tests. Without the feature `dev` there are
//! none.

use breakwater_platform::faults;
use wasm_bindgen::JsValue;

pub(crate) use breakwater_platform::faults::upstream;
pub(crate) use switches::{
    access, channel, check, copies_each_round, damage_if_asked, dependency, fail_object_if_asked,
    found_at_once, may_call_this_machine, mirror, note, place_is_dead,
};

/// Breaks the module at a request to it, if that is asked of the place `control`.
pub(crate) fn break_if_asked(env: &JsValue) {
    faults::break_if_asked(env, "control", |work| work());
}

#[cfg(feature = "dev")]
mod switches {
    use breakwater_core::base::time::Millis;
    use breakwater_core::watch::check::CheckObservation;
    use breakwater_core::watch::monitor::CheckResult;
    use breakwater_platform::address::Address;
    use breakwater_platform::bindings::variable;
    use breakwater_platform::faults::{FAULT, UPSTREAM, is_set};
    use breakwater_platform::object::Journal;
    use breakwater_platform::timer::sleep;
    use wasm_bindgen::JsValue;

    /// Where a dependency is asked: at the origin in `BREAKWATER_DEPENDENCY_` with its name in
    /// capitals, or in the one that stands in for every upstream, with the path that the site has
    /// for it; else at the site's own URL.
    pub(crate) fn dependency(env: &JsValue, name: &str, url: &str) -> String {
        let own = ["BREAKWATER_DEPENDENCY_", &name.to_uppercase()].concat();
        let origin = variable(env, &own).or_else(|| variable(env, UPSTREAM));
        let path = Address::of(url).path_and_query;
        origin.map_or_else(|| url.to_owned(), |origin| [&origin, path].concat())
    }

    /// Where a check that goes past the site is made: at the origin in `BREAKWATER_CHECK_` with its
    /// name in capitals, with the path that the site file has; else at the URL of the site file.
    pub(crate) fn check(env: &JsValue, name: &str, url: &str) -> String {
        elsewhere(env, "BREAKWATER_CHECK_", name, url)
    }

    /// Where the messages of a channel go whose service has one address for all: to the origin in
    /// `BREAKWATER_CHANNEL_` with its name in capitals, with the same path; else to the service.
    pub(crate) fn channel(env: &JsValue, name: &str, url: &str) -> String {
        elsewhere(env, "BREAKWATER_CHANNEL_", name, url)
    }

    /// Where the keys of Access are asked for: at `BREAKWATER_ACCESS`, else at the team's own
    /// origin.
    pub(crate) fn access(env: &JsValue, origin: String) -> String {
        variable(env, "BREAKWATER_ACCESS").unwrap_or(origin)
    }

    /// Where the files of the status page's copy go: to the origin in `BREAKWATER_MIRROR`, with the
    /// path of the site file; else to the URL of the site file.
    pub(crate) fn mirror(env: &JsValue, url: &str) -> String {
        let path = Address::of(url).path_and_query;
        let origin = variable(env, "BREAKWATER_MIRROR");
        origin.map_or_else(|| url.to_owned(), |origin| [&origin, path].concat())
    }

    /// `copy-each-round`: each round writes the bucket's copy of the public status.
    pub(crate) fn copies_each_round(env: &JsValue) -> bool {
        is_set(env, "copy-each-round")
    }

    /// Writes down that something has happened that tests count.
    pub(crate) fn note(what: &str) {
        breakwater_platform::log::note(what);
    }

    fn elsewhere(env: &JsValue, prefix: &str, name: &str, url: &str) -> String {
        let own = [prefix, &name.to_uppercase()].concat();
        let path = Address::of(url).path_and_query;
        variable(env, &own).map_or_else(|| url.to_owned(), |origin| [&origin, path].concat())
    }

    /// Whether strangers may subscribe webhooks of this machine.
    pub(crate) const fn may_call_this_machine() -> bool {
        true
    }

    /// `place-` with the name of a place: the place makes no checks, and says nothing.
    pub(crate) fn place_is_dead(env: &JsValue, place: &str) -> bool {
        is_set(env, &["place-", place].concat())
    }

    /// `instant-places`: places find each check up, and ask nothing, so that a benchmark sees what
    /// the monitor alone costs.
    pub(crate) fn found_at_once(env: &JsValue, checks: &[String]) -> Option<Vec<CheckObservation>> {
        let found = |check: &String| CheckObservation {
            check: check.clone(),
            result: CheckResult::Up,
            took: Millis::new(20),
            status: Some(200),
            reasons: Vec::new(),
            evidence: None,
        };
        is_set(env, "instant-places").then(|| checks.iter().map(found).collect())
    }

    /// `object`: the Durable Objects fail every call. `object-panic`: they panic at every call.
    /// `object-hang`: they say nothing for a minute.
    pub(crate) async fn fail_object_if_asked(env: &JsValue) -> worker::Result<()> {
        assert!(!is_set(env, "object-panic"), "{FAULT} asks for it");
        if is_set(env, "object-hang") {
            sleep(Millis::from_secs(60)).await;
        }
        if is_set(env, "object") {
            return Err(worker::Error::RustError(format!("{FAULT} asks for it")));
        }
        Ok(())
    }

    /// `unreadable-rows`: puts a row that cannot be read into each of these journals.
    pub(crate) fn damage_if_asked(
        env: &JsValue,
        sql: &worker::SqlStorage,
        journals: &[Journal],
    ) -> worker::Result<()> {
        if is_set(env, "unreadable-rows") {
            for Journal { table, .. } in journals {
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
}

#[cfg(not(feature = "dev"))]
mod switches {
    use breakwater_core::watch::check::CheckObservation;
    use breakwater_platform::object::Journal;
    use wasm_bindgen::JsValue;

    pub(crate) fn dependency(_: &JsValue, _: &str, url: &str) -> String {
        url.to_owned()
    }

    pub(crate) fn check(_: &JsValue, _: &str, url: &str) -> String {
        url.to_owned()
    }

    pub(crate) fn channel(_: &JsValue, _: &str, url: &str) -> String {
        url.to_owned()
    }

    pub(crate) fn access(_: &JsValue, origin: String) -> String {
        origin
    }

    pub(crate) fn mirror(_: &JsValue, url: &str) -> String {
        url.to_owned()
    }

    pub(crate) fn copies_each_round(_: &JsValue) -> bool {
        false
    }

    pub(crate) fn note(_: &str) {}

    pub(crate) const fn may_call_this_machine() -> bool {
        false
    }

    pub(crate) fn place_is_dead(_: &JsValue, _: &str) -> bool {
        false
    }

    pub(crate) fn found_at_once(_: &JsValue, _: &[String]) -> Option<Vec<CheckObservation>> {
        None
    }

    pub(crate) async fn fail_object_if_asked(_: &JsValue) -> worker::Result<()> {
        Ok(())
    }

    pub(crate) fn damage_if_asked(
        _: &JsValue,
        _: &worker::SqlStorage,
        _: &[Journal],
    ) -> worker::Result<()> {
        Ok(())
    }
}
