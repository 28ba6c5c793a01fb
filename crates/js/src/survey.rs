//! A survey of a site, for `init`.

use breakwater_core::base::fields::Fields;
use breakwater_core::site::adopt::{Framework, SiteSurvey, SurveyAnswer, SurveyOptions};
use serde::Serialize;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// A survey of one site.
#[wasm_bindgen]
pub struct Survey {
    /// It is gone once the survey is finished.
    inner: Option<SiteSurvey>,
    origin: String,
}

#[derive(Serialize)]
struct Request {
    path: String,
    host: Option<String>,
}

#[derive(Serialize)]
struct Adopted {
    text: String,
    frameworks: Vec<Named>,
    marks: Vec<Mark>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
    title: &'static str,
}

#[derive(Serialize)]
struct Mark {
    framework: &'static str,
    what: &'static str,
    source: &'static str,
}

#[wasm_bindgen]
impl Survey {
    /// Begins a survey.
    ///
    /// # Errors
    /// If Breakwater could not call a server at this URL, or if there is no such framework.
    #[wasm_bindgen(constructor)]
    pub fn new(
        url: &str,
        host: Option<String>,
        framework: Option<String>,
    ) -> Result<Self, JsError> {
        let framework = framework.map(|name| named(&name)).transpose()?;
        let survey = SiteSurvey::new(url, SurveyOptions { host, framework })
            .map_err(|error| JsError::new(&error.to_string()))?;
        let origin = survey.origin().as_str().to_owned();
        Ok(Self { inner: Some(survey), origin })
    }

    /// Where the site is.
    #[wasm_bindgen(getter)]
    pub fn origin(&self) -> String {
        self.origin.clone()
    }

    /// What to fetch next, as JSON.
    #[wasm_bindgen(js_name = next)]
    pub fn next_request(&mut self) -> Option<String> {
        let request = self.inner.as_mut()?.poll_request()?;
        Some(crate::json(&Request { path: request.path, host: request.host }))
    }

    /// Takes the answer to what was returned last.
    pub fn answer(&mut self, status: u16, fields: &str, body: &[u8]) {
        if let Some(survey) = &mut self.inner {
            survey.handle_answer(SurveyAnswer { status, fields: Fields::new(fields), body });
        }
    }

    /// Takes note that the last request brought no answer.
    pub fn fail(&mut self) {
        if let Some(survey) = &mut self.inner {
            survey.handle_failure();
        }
    }

    /// Ends the survey, and returns what it found as JSON; nothing the second time.
    pub fn finish(&mut self) -> Option<String> {
        let adopted = self.inner.take()?.finish();
        let named = |one: &Framework| Named { name: one.name(), title: one.title() };
        Some(crate::json(&Adopted {
            frameworks: adopted.frameworks.iter().map(named).collect(),
            marks: adopted
                .marks
                .iter()
                .map(|mark| Mark {
                    framework: mark.framework.name(),
                    what: mark.what,
                    source: mark.source,
                })
                .collect(),
            notes: adopted.notes,
            text: adopted.text,
        }))
    }
}

fn named(name: &str) -> Result<Framework, JsError> {
    Framework::named(name).ok_or_else(|| {
        let names = Framework::ALL.map(|one| format!("`{}`", one.name())).join(", ");
        JsError::new(&format!("unknown framework `{name}`, expected one of {names}"))
    })
}
