//! The commit that a bundle for deployment is made from. Metrics and reports name it.

use std::process::{Command, Stdio};

use super::Flavor;
use crate::place;

/// The commit in full, with `-dirty` behind it if a file that git knows has changed since. It is
/// empty if there is no git or no repository, and for all but a deployment: a bundle for tests is
/// not built again for each commit.
///
/// It depends on nothing but the tree, so that two machines build the same. An abbreviated commit
/// would not: git makes it as long as its own repository needs.
pub(super) fn of(flavor: Flavor) -> String {
    if flavor != Flavor::Release {
        return String::new();
    }
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]);
    git.current_dir(place::root()).stdin(Stdio::null()).stderr(Stdio::null());
    let said = git.output().ok().filter(|said| said.status.success());
    said.and_then(|said| commit_in(&String::from_utf8_lossy(&said.stdout))).unwrap_or_default()
}

/// Reads what git says.
fn commit_in(said: &str) -> Option<String> {
    let said = said.trim();
    let hash = said.strip_suffix("-dirty").unwrap_or(said);
    // SHA-1, or SHA-256 in newer repositories.
    let is_hash =
        matches!(hash.len(), 40 | 64) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_read_in_full_and_nothing_else_is_taken_for_one() {
        let hash = "0e8fd3ec4bf92f3577b34da6a3ce929d0e0e4736";
        let changed = format!("{hash}-dirty");
        assert_eq!(commit_in(&format!("{hash}\n")).as_deref(), Some(hash));
        assert_eq!(commit_in(&changed), Some(changed.clone()));
        let tagged = format!("v1.0-3-g{hash}");
        for said in ["", "0e8fd3ec\n", &tagged, "-dirty", "fatal: not a git repository"] {
            assert_eq!(commit_in(said), None, "{said}");
        }
    }

    #[test]
    fn only_a_deployment_names_its_commit() {
        for flavor in [Flavor::Dev, Flavor::Test, Flavor::Bench] {
            assert_eq!(of(flavor), "", "{flavor:?}");
        }
    }
}
