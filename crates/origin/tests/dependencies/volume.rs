//! A volume that fills up: a small one in memory, which only root may mount.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use crate::watching::{backend, health, in_time, says, until, until_well};

const CHECK: &str = "disk:utilization";
/// The volume has 1 MiB.
const SIZE: usize = 1024 * 1024;

/// A mounted volume, which is removed when the test ends.
struct Volume(PathBuf);

impl Volume {
    /// Mounts the volume, or says why that is not allowed.
    fn mount() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("breakwater-volume-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        let size = format!("size={SIZE}");
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&path).output();
        // If the mount failed, dropping the value removes the folder only.
        let volume = Self(path);
        let mount = mount?;
        if mount.status.success() {
            return Ok(volume);
        }
        Err(io::Error::other(String::from_utf8_lossy(&mount.stderr).trim_end()))
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
        let _ = fs::remove_dir(&self.0);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn a_volume_that_fills_up_warns_and_then_fails_and_the_shop_is_degraded() {
    let volume = match Volume::mount() {
        Ok(volume) => volume,
        Err(why) => {
            eprintln!("skipped: mounting a volume takes root and the right to: {why}");
            return;
        }
    };
    let folder = volume.0.to_str().unwrap();
    let backend = backend(&[("DATA_DIR", folder), ("DISK_WARN", "85"), ("DISK_FAIL", "95")]).await;
    until_well(&backend, CHECK).await;

    for (percent, status, why) in [(90, "warn", "85 or more"), (98, "fail", "95 or more")] {
        fs::write(volume.0.join("data"), vec![0; SIZE * percent / 100]).unwrap();
        let is_told = |_, found: &serde_json::Value| found["status"] == status;
        let (took, check) = until(&backend, "/health", CHECK, is_told).await;
        in_time(took);
        assert!(says(&check, why), "{check}");
        let observed = check["observedValue"].as_u64().unwrap();
        assert!(observed.abs_diff(percent as u64) <= 2, "{check}");
        let (code, degraded) = health(&backend, "/health").await;
        assert_eq!((code, &degraded["status"]), (200, &"warn".into()));
    }
    fs::remove_file(volume.0.join("data")).unwrap();
    in_time(until_well(&backend, CHECK).await);
}
