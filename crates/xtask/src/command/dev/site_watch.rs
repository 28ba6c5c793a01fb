//! Sees a change of the site file while `cargo xtask dev` runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What tells one version of a file from the next: when it was written, and its length. `None` if
/// there is no file, which an editor leaves for a moment while it saves.
type Stamp = Option<(SystemTime, u64)>;

/// Looks at a file again and again, by its path, since many editors put a new file in the place of
/// the old one.
#[derive(Debug)]
pub(super) struct SiteWatch {
    file: PathBuf,
    /// What was loaded last.
    loaded: Stamp,
    /// What was seen last.
    seen: Stamp,
}

impl SiteWatch {
    /// Takes the file as it is now for loaded.
    pub(super) fn new(file: &Path) -> Self {
        let stamp = stamp(file);
        Self { file: file.to_owned(), loaded: stamp, seen: stamp }
    }

    /// Whether there is another version than the one that was loaded last, and it is the same as at
    /// the last look: one that is still being written is waited for.
    pub(super) fn has_changed(&mut self) -> bool {
        let now = stamp(&self.file);
        let is_settled = now == self.seen;
        self.seen = now;
        if !is_settled || now.is_none() || now == self.loaded {
            return false;
        }
        self.loaded = now;
        true
    }
}

fn stamp(file: &Path) -> Stamp {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use breakwater_testing::place;

    use super::SiteWatch;

    #[test]
    fn a_change_is_told_once_when_it_is_whole_and_a_lost_file_is_waited_for() {
        let folder = place::root().join("target/site-watch");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("breakwater.toml");
        fs::write(&file, "a").unwrap();
        let mut watch = SiteWatch::new(&file);
        assert!(!watch.has_changed());

        fs::write(&file, "half").unwrap();
        assert!(!watch.has_changed(), "it may still be written");
        fs::write(&file, "a whole").unwrap();
        assert!(!watch.has_changed(), "it was being written");
        assert!(watch.has_changed());
        assert!(!watch.has_changed(), "it was told");

        fs::remove_file(&file).unwrap();
        assert!(!watch.has_changed());
        assert!(!watch.has_changed(), "there is nothing to load");
        fs::write(&file, "put back in its place").unwrap();
        assert!(!watch.has_changed());
        assert!(watch.has_changed());
    }
}
