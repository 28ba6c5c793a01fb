//! A third party's status page, made by Statuspage (metastatuspage.com/api, `/api/v2/status.json`).

use alloc::format;

use serde::Deserialize;

use super::reading::DependencyReading;
use crate::watch::health::Status;

#[derive(Deserialize)]
struct Page {
    status: PageStatus,
}

#[derive(Deserialize)]
struct PageStatus {
    indicator: Indicator,
}

/// How bad it is, over all that the third party offers.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Indicator {
    None,
    Minor,
    Major,
    Critical,
    /// Planned work.
    Maintenance,
    #[serde(other)]
    Unknown,
}

pub(super) fn read(status: u16, body: &[u8]) -> DependencyReading {
    let page = match serde_json::from_slice::<Page>(body) {
        Ok(page) if status == 200 => page,
        _ => {
            let why = format!("its status page answered {status}, but not with an indicator");
            return DependencyReading::new(Status::Warn, &why);
        }
    };
    let (verdict, word) = match page.status.indicator {
        Indicator::None => return DependencyReading::pass(),
        Indicator::Minor => (Status::Warn, "minor"),
        Indicator::Maintenance => (Status::Warn, "maintenance"),
        Indicator::Major => (Status::Fail, "major"),
        Indicator::Critical => (Status::Fail, "critical"),
        Indicator::Unknown => {
            return DependencyReading::new(
                Status::Warn,
                "its status page names an indicator of its own",
            );
        }
    };
    DependencyReading::new(verdict, &format!("its status page says `{word}`"))
}
