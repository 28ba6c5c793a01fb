//! Runs the vectors of a state machine: the repository's own, and those of the directory that a
//! variable of the environment names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Runs every file, and panics with all that do not hold. There are at least `least` in the
/// directory `own`, from the crate's folder on, and no two of them have one name. `run` returns a
/// vector's name, or why it does not hold.
pub(crate) fn hold(
    own: &str,
    least: usize,
    variable: &str,
    run: impl Fn(&Path) -> Result<String, String>,
) {
    let own = files_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(own));
    assert!(own.len() >= least, "only {} vectors found", own.len());
    let foreign = env::var_os(variable).map_or(Vec::new(), |directory| {
        let directory = Path::new(&directory);
        let files = files_in(directory);
        assert!(!files.is_empty(), "no vectors in {}", directory.display());
        files
    });
    let mut names = BTreeMap::new();
    let mut broken = Vec::new();
    for file in own.iter().chain(&foreign) {
        match run(file) {
            Err(error) => broken.push(format!("{}: {error}", file.display())),
            Ok(name) if own.contains(file) => {
                if let Some(other) = names.insert(name, file) {
                    broken.push(format!("{}: same name as {}", file.display(), other.display()));
                }
            }
            Ok(_) => {}
        }
    }
    println!("{} vectors, {} of them foreign", own.len() + foreign.len(), foreign.len());
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("cannot list {}: {error}", directory.display()));
    let mut files: Vec<_> = listed
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}
