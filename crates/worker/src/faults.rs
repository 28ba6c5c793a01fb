//! Faults of visitors' requests, for development and tests. Without the feature `dev` there are
//! none.

use breakwater_platform::faults;
use wasm_bindgen::JsValue;

pub(crate) use breakwater_platform::faults::upstream;
pub(crate) use switches::{copy_of, handles, refuse_if_asked, throw_if_asked};

/// Breaks the module, if that is asked of this place: `end` is the second half of each visitor's
/// request, `copy` the path of copies, and `called` that path once the upstream has answered.
pub(crate) fn break_if_asked(env: &JsValue, place: &str) {
    faults::break_if_asked(env, place, while_borrowed);
}

#[cfg(feature = "dev")]
fn while_borrowed(work: fn()) {
    crate::isolate::while_borrowed(work);
}

#[cfg(not(feature = "dev"))]
fn while_borrowed(work: fn()) {
    work();
}

#[cfg(feature = "dev")]
mod switches {
    use breakwater_core::circuit::fleet::Report;
    use breakwater_platform::bindings::response;
    use breakwater_platform::faults::{FAULT, is_set};
    use wasm_bindgen::JsValue;

    /// The path whose answer is the number of handles that Rust holds to values of JavaScript,
    /// including those of the request for this path.
    const HANDLES: &str = "/__handles";

    /// The answer to a request for [`HANDLES`], if the fault `handles` is set.
    pub(crate) fn handles(env: &JsValue, path: &str) -> Option<Result<JsValue, JsValue>> {
        (path == HANDLES && is_set(env, "handles")).then(|| {
            let count = wasm_bindgen::externref_heap_live_count().to_string();
            Ok(response(200, [], Some(&count))?.into())
        })
    }

    /// Sending a request on the straight path throws, after the call was admitted.
    pub(crate) fn throw_if_asked(env: &JsValue, fault: &str) -> Result<(), JsValue> {
        if is_set(env, fault) {
            return Err(js_sys::Error::new(&format!("{FAULT} asks for it")).into());
        }
        Ok(())
    }

    /// `refuse`: no request is sent, as if the platform refused to.
    pub(crate) fn refuse_if_asked(env: &JsValue) -> Result<(), JsValue> {
        if is_set(env, "refuse") {
            return Err(js_sys::TypeError::new(FAULT).into());
        }
        Ok(())
    }

    /// A copy that is sent of a report. `report-twice`: the same. `report-as-two`: one in another
    /// replica's name.
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

    pub(crate) fn handles(_: &JsValue, _: &str) -> Option<Result<JsValue, JsValue>> {
        None
    }

    pub(crate) fn throw_if_asked(_: &JsValue, _: &str) -> Result<(), JsValue> {
        Ok(())
    }

    pub(crate) fn refuse_if_asked(_: &JsValue) -> Result<(), JsValue> {
        Ok(())
    }

    pub(crate) fn copy_of(_: &JsValue, _: &Report) -> Option<Report> {
        None
    }
}
