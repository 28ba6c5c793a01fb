//! The parts that all other rooms are built from: time, shares, JSON, dates, and the text of HTTP.

pub(crate) mod array;
pub(crate) mod calendar;
pub(crate) mod cut;
pub mod fields;
pub(crate) mod host;
pub mod http_date;
pub mod id;
pub mod json;
pub mod locale;
pub mod location;
pub mod method;
pub(crate) mod monotonic_clock;
pub mod negotiation;
pub mod object;
pub mod origin;
pub mod path;
pub mod pattern;
pub mod redaction;
pub mod rfc3339;
pub mod secret_name;
pub mod share;
pub mod stored;
pub mod time;
pub mod trace;
pub mod wire;
pub mod zone;
