//! Adopting Breakwater for a site that exists already: which framework it is made with, and a first
//! `breakwater.toml` for it.
//!
//! A [`SiteSurvey`] says which few addresses of the site are to be fetched, takes the answers, and
//! compares them with the [marks](FrameworkMark) that frameworks leave in fields, cookies and
//! markup. What it found becomes a [`SiteDraft`], which writes the file from the presets of the
//! frameworks. Whatever the site answers, the text is one that [`parse`](super::config::parse)
//! takes: what a site says of itself goes into it only as far as it is a valid name or path.
//!
//! All of this runs on the operator's machine, never in the Worker.

mod draft;
mod exchange;
mod framework;
mod marks;
mod page_facts;
mod presets;
mod survey;
mod words;

pub use draft::{HostField, SiteDraft};
pub use exchange::{
    AdoptedSite, SURVEYED_MAX, SurveyAnswer, SurveyError, SurveyOptions, SurveyRequest,
};
pub use framework::Framework;
pub use marks::FrameworkMark;
pub use presets::PresetArea;
pub use survey::{REQUESTS_MAX, SiteSurvey};
