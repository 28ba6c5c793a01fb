//! The stored form of an incident.

use super::Incident;
use crate::base::stored::StoredForm;

impl StoredForm for Incident {
    const VERSION: u32 = 1;
    const NAME: &'static str = "incident";
    const NOUN: &'static str = "incident";
}
