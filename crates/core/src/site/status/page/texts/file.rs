//! The file of a language, as a compiled site has it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{STATUS_TEXTS, StatusTexts};

/// The texts of a language as its file has them: all that are wanted, and no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusTextFile {
    pub(super) lang: String,
    /// In the order of the keys.
    pub(super) texts: Vec<String>,
}

impl StatusTextFile {
    /// The texts.
    pub fn texts(&self) -> StatusTexts<'_> {
        let mut texts = [""; STATUS_TEXTS];
        for (slot, text) in texts.iter_mut().zip(&self.texts) {
            *slot = text;
        }
        StatusTexts::from_list(&self.lang, texts)
    }
}
