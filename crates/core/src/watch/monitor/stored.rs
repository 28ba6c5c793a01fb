//! The stored form of a monitor.

use super::Monitor;
use crate::base::stored::StoredForm;

impl StoredForm for Monitor {
    const VERSION: u32 = 1;
    const NAME: &'static str = "monitor";
    const NOUN: &'static str = "monitor";
}
