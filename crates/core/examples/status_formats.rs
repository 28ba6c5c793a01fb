//! Writes every machine-readable form of a public state into a folder, so that programs which read
//! such forms can be tried on them: each below the path that it has on a status page.
//!
//! `cargo run -p breakwater-core --example status_formats -- STATUS_FILE FOLDER`
//!
//! STATUS_FILE is a stored public status, such as `crates/core/tests/status_formats/sample.json`.
//! It is read as at 10 seconds after the monitor said it.

#[path = "../tests/status_formats/documents.rs"]
mod documents;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Millis;
use breakwater_core::site::status::PublicStatus;

/// How long after the monitor said it the state is read.
const READ_AFTER: Millis = Millis::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let (Some(file), Some(folder)) = (args.next(), args.next()) else {
        return Err("usage: status_formats STATUS_FILE FOLDER".into());
    };
    let status = PublicStatus::from_stored(&fs::read_to_string(file)?)?;
    let view = status.at(status.at + READ_AFTER);
    for (path, body) in documents::documents(&documents::PLACE, &view) {
        let path = Path::new(&folder).join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, body)?;
    }
    Ok(())
}
