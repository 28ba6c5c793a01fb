//! The volume that holds the data.

use std::io;
use std::path::{Path, PathBuf};

use breakwater_core::watch::health::{LevelLimits, Measurement, Status};
use rustix::fs::StatVfsMountFlags;
use tokio::task::JoinHandle;

use super::watch::Probe;

/// Measures the volume of a folder.
pub(super) struct Disk {
    folder: PathBuf,
    limits: LevelLimits,
    /// A measurement that was given up. A volume that hangs blocks its thread, so there is never a
    /// second one.
    looking: Option<JoinHandle<io::Result<Volume>>>,
}

/// The free space of a volume.
#[derive(Clone, Copy, Debug)]
struct Volume {
    used: u64,
    /// The bytes that ordinary users may still write.
    available: u64,
    /// The number of files that may still be created; `None` where the volume does not count them.
    files_left: Option<u64>,
    is_read_only: bool,
}

impl Disk {
    pub(super) fn new(folder: PathBuf, limits: LevelLimits) -> Self {
        Self { folder, limits, looking: None }
    }

    async fn look(&mut self) -> io::Result<Volume> {
        let folder = self.folder.clone();
        let looking =
            self.looking.get_or_insert_with(|| tokio::task::spawn_blocking(move || look(&folder)));
        let volume = looking.await.map_err(io::Error::other);
        self.looking = None;
        volume?
    }
}

impl Probe for Disk {
    async fn measure(&mut self) -> Vec<Measurement> {
        match self.look().await {
            Ok(volume) => measurements(volume, self.limits),
            Err(error) => {
                let why = format!("the folder cannot be looked at: {}", error.kind());
                vec![Measurement::new("utilization", Status::Fail).because(&why)]
            }
        }
    }
}

fn look(folder: &Path) -> io::Result<Volume> {
    let it = rustix::fs::statvfs(folder)?;
    let unit = it.f_frsize.max(1);
    Ok(Volume {
        used: it.f_blocks.saturating_sub(it.f_bfree).saturating_mul(unit),
        available: it.f_bavail.saturating_mul(unit),
        files_left: (it.f_files > 0).then_some(it.f_favail),
        is_read_only: it.f_flag.contains(StatVfsMountFlags::RDONLY),
    })
}

fn measurements(volume: Volume, limits: LevelLimits) -> Vec<Measurement> {
    let Volume { used, available, files_left, is_read_only } = volume;
    let whole = u128::from(used) + u128::from(available);
    // The share is rounded up, as `df` does it; a volume without space is full.
    let percent = (u128::from(used) * 100).div_ceil(whole.max(1));
    let percent = if whole == 0 { 100 } else { u64::try_from(percent).unwrap_or(u64::MAX) };
    let mut level = Measurement::level("utilization", percent, "percent", limits);
    if is_read_only {
        level.status = Status::Fail;
        level = level.because("nothing can be written: it is mounted read-only");
    } else if files_left == Some(0) {
        level.status = Status::Fail;
        level = level.because("no more files can be made");
    }
    vec![level, Measurement::new("available", Status::Pass).with_number(available, "bytes")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    const ROOMY: Volume =
        Volume { used: 10, available: 90, files_left: Some(1), is_read_only: false };

    #[track_caller]
    fn check(volume: Volume, status: Status) {
        let found = measurements(volume, Settings::default().disk_limits);
        assert_eq!(found[0].status, status, "{volume:?}");
    }

    #[test]
    fn a_volume_fails_when_it_is_nearly_full_or_takes_nothing() {
        check(ROOMY, Status::Pass);
        check(Volume { used: 84, available: 16, ..ROOMY }, Status::Pass);
        check(Volume { used: 841, available: 159, ..ROOMY }, Status::Warn);
        check(Volume { used: 94, available: 6, ..ROOMY }, Status::Warn);
        check(Volume { used: 95, available: 5, ..ROOMY }, Status::Fail);
        check(Volume { used: 0, available: 0, ..ROOMY }, Status::Fail);
        check(Volume { files_left: Some(0), ..ROOMY }, Status::Fail);
        check(Volume { files_left: None, ..ROOMY }, Status::Pass);
        check(Volume { is_read_only: true, ..ROOMY }, Status::Fail);
    }

    #[test]
    fn the_figures_are_those_of_the_folder_s_volume() {
        let volume = look(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(volume.used > 0, "{volume:?}");
        assert!(look(Path::new("/no/such/folder")).is_err());
    }
}
