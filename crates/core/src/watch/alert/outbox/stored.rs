//! The stored form of the outbox.

use super::Outbox;
use crate::base::stored::{OnceUnversioned, StoredForm};

impl StoredForm for Outbox {
    const VERSION: u32 = 1;
    const NAME: &'static str = "outbox";
    const NOUN: &'static str = "outbox";
}

impl OnceUnversioned for Outbox {}
