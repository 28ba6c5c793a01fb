//! What a survey of a site finds, and the site files that come of it.
//!
//! `adopt/recorded` holds answers of real servers, with the version in the first line; secrets,
//! times and long bodies are cut.

#![cfg(feature = "toml")]

#[path = "adopt/judged.rs"]
mod judged;
#[path = "adopt/presets.rs"]
mod presets;
#[path = "adopt/recordings.rs"]
mod recordings;
#[path = "adopt/surveys.rs"]
mod surveys;
