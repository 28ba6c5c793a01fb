//! Jobs that report by themselves.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::MonitorHost;
use super::spending::Asking;
use crate::base::budget::{Draw, Occasion};
use crate::base::time::{Millis, Timestamp};
use crate::site::budget::{HEARTBEAT, importance_of};
use crate::site::config::WatchRules;
use crate::watch::check::{Check, CheckKind, CheckObservation, CheckPlace, GROUP_MAX};
use crate::watch::monitor::CheckResult;

impl MonitorHost {
    /// Takes the report of a job: that it has succeeded, or, with a reason, that it has not.
    /// Returns whether there is such a check.
    ///
    /// # Errors
    /// How long the job has to wait before it reports again: the budget is exceeded.
    pub fn handle_heartbeat(
        &mut self,
        rules: &WatchRules,
        name: &str,
        failure: Option<String>,
        random: u32,
        now: Timestamp,
    ) -> Result<bool, Millis> {
        let Some(index) = heartbeat(rules, name) else { return Ok(false) };
        self.draw_for_report(rules, index, now)?;
        if let Some(watched) = self.watched_mut(index) {
            watched.last_beat = Some(now);
            watched.job_began = None;
        }
        let found = CheckObservation {
            check: name.into(),
            result: if failure.is_some() { CheckResult::Down } else { CheckResult::Up },
            took: Millis::ZERO,
            status: None,
            reasons: failure.into_iter().collect(),
            evidence: None,
        };
        self.observe(rules, CheckPlace::Edge.as_str(), index / GROUP_MAX, &[found], now);
        self.settle(rules, random, now);
        Ok(true)
    }

    /// Takes the report of a job that it has begun, which is no observation: its end is. Returns
    /// whether there is such a check.
    ///
    /// # Errors
    /// As for [`handle_heartbeat`](Self::handle_heartbeat).
    pub fn handle_start(
        &mut self,
        rules: &WatchRules,
        name: &str,
        now: Timestamp,
    ) -> Result<bool, Millis> {
        let Some(index) = heartbeat(rules, name) else { return Ok(false) };
        self.draw_for_report(rules, index, now)?;
        if let Some(watched) = self.watched_mut(index) {
            watched.job_began = Some(now);
        }
        self.group_has_changed(index / GROUP_MAX);
        Ok(true)
    }

    /// Draws for the report of a job. A token that has leaked must not cost any amount.
    fn draw_for_report(
        &mut self,
        rules: &WatchRules,
        index: usize,
        now: Timestamp,
    ) -> Result<(), Millis> {
        let Some(check) = rules.checks.get(index) else { return Ok(()) };
        let place = CheckPlace::Edge.as_str();
        let occasion = self.watched(index).map(|watched| watched.occasion(check, place, now));
        let occasion = occasion.unwrap_or(Occasion::Unplanned);
        let asking = Asking::Report(occasion, importance_of(check.severity));
        match self.spending.draw(asking, HEARTBEAT, now) {
            Draw::Granted => {
                self.spending.may_write(HEARTBEAT);
                Ok(())
            }
            Draw::Held(until) => Err(until.since(now)),
        }
    }

    /// Jobs that have not reported in time are `down`. Those of a group are one batch, since a row
    /// costs the same whatever its size.
    pub(super) fn miss_heartbeats(&mut self, rules: &WatchRules, now: Timestamp) {
        let place = CheckPlace::Edge.as_str();
        let mut missing: BTreeMap<usize, Vec<CheckObservation>> = BTreeMap::new();
        for (index, check) in rules.checks.iter().enumerate() {
            let CheckKind::Heartbeat { .. } = check.kind else { continue };
            let Some(watched) = self.watched(index) else { continue };
            if now < watched.due(check, place) {
                continue;
            }
            let reason = watched.missing_report(check, now);
            missing.entry(index / GROUP_MAX).or_default().push(CheckObservation {
                check: check.name.clone(),
                result: CheckResult::Down,
                took: Millis::ZERO,
                status: None,
                reasons: alloc::vec![reason],
                evidence: None,
            });
        }
        for (group, found) in missing {
            self.observe(rules, place, group, &found, now);
        }
    }
}

/// The index of the check of this name, if its job reports by itself.
fn heartbeat(rules: &WatchRules, name: &str) -> Option<usize> {
    let is_meant =
        |check: &Check| check.name == name && matches!(check.kind, CheckKind::Heartbeat { .. });
    rules.checks.iter().position(is_meant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::monitor::MonitorPolicy;
    use alloc::format;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_millis(1_795_424_400_000);
    const EVERY: Millis = Millis::from_secs(60);
    const GRACE: Millis = Millis::from_secs(5);

    fn rules() -> WatchRules {
        let check = |name: &str, kind| {
            json!({
                "name": name, "kind": kind, "expect": {}, "timeout": "10s", "from": ["edge"],
                "traffic": null, "policy": MonitorPolicy { every: EVERY, ..Default::default() },
                "depends_on": null, "severity": "P1", "alert_after": "0s", "runbook": null,
            })
        };
        let job = json!({ "heartbeat": { "grace": GRACE, "token": "TOKEN" } });
        let tcp = json!({ "tcp": { "host": "shop.example", "port": 443 } });
        let checks = json!([check("backup", job), check("shop", tcp)]);
        WatchRules { checks: serde_json::from_value(checks).unwrap(), ..WatchRules::default() }
    }

    fn host(rules: &WatchRules) -> MonitorHost {
        MonitorHost::load(&Default::default(), rules, None, NOW).0
    }

    #[track_caller]
    fn latest(host: &MonitorHost, result: CheckResult, reason: Option<&str>) {
        let latest = &host.checks().next().unwrap().latest[0];
        let reasons: Vec<String> = reason.into_iter().map(String::from).collect();
        assert_eq!((latest.result, &latest.reasons), (result, &reasons));
    }

    #[test]
    fn a_report_is_an_observation() {
        let rules = rules();
        let mut host = host(&rules);
        assert_eq!(host.handle_heartbeat(&rules, "backup", None, 0, NOW), Ok(true));
        latest(&host, CheckResult::Up, None);
        let failed = host.handle_heartbeat(&rules, "backup", Some("disk full".into()), 0, NOW);
        assert_eq!(failed, Ok(true));
        latest(&host, CheckResult::Down, Some("disk full"));
    }

    #[test]
    fn only_a_job_reports() {
        let rules = rules();
        let mut host = host(&rules);
        for name in ["shop", "Backup", ""] {
            assert_eq!(host.handle_heartbeat(&rules, name, None, 0, NOW), Ok(false), "{name}");
            assert_eq!(host.handle_start(&rules, name, NOW), Ok(false), "{name}");
        }
        assert!(host.checks().all(|watched| watched.latest.is_empty()));
    }

    #[test]
    fn a_start_is_no_sign_of_life() {
        let rules = rules();
        let mut host = host(&rules);
        host.handle_heartbeat(&rules, "backup", None, 0, NOW).unwrap();
        let late = NOW + EVERY + GRACE;
        assert_eq!(host.handle_start(&rules, "backup", NOW + EVERY), Ok(true));
        latest(&host, CheckResult::Up, None);
        host.handle_alarm(&rules, 0, late);
        let began = "the job began at 2026-11-23T09:01:00Z and has not ended";
        latest(&host, CheckResult::Down, Some(began));
    }

    #[test]
    fn the_end_of_a_job_forgets_its_start() {
        let rules = rules();
        let mut host = host(&rules);
        host.handle_start(&rules, "backup", NOW).unwrap();
        host.handle_heartbeat(&rules, "backup", None, 0, NOW).unwrap();
        let late = NOW + EVERY + GRACE;
        host.handle_alarm(&rules, 0, late);
        latest(&host, CheckResult::Down, Some(&format!("no report for {}", late.since(NOW))));
    }
}
