//! A report as `application/health+json` (draft-inadarei-api-health-check-06).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Number;

use super::component::ComponentKind;
use super::report::ReportEntry;
use super::{Component, Findings, HealthReport, Known, Measurement, Observed, Status};
use crate::base::rfc3339::Rfc3339;

/// The media type of a [`HealthDocument`].
pub const CONTENT_TYPE: &str = "application/health+json";

/// What is said of a component before its first measurement.
const NOT_MEASURED: &str = "not measured yet";

/// The service that the document describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service<'a> {
    /// What it is called.
    pub id: &'a str,
    /// Its version.
    pub version: &'a str,
}

/// The reader of the document, and so how much it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Anybody on the internet: a check for each component with its name, which the operator chose,
    /// and its status. Its parts, its product, its speed and the reasons for its state are left
    /// out, because they would help an attacker more than a monitor.
    Stranger,
    /// A program that asks a backend for its health. It is shown everything except the words in
    /// which other services explain why they are not well.
    Public,
    /// An operator of the service, who is shown everything.
    Operator,
}

/// What is sent. Serializes to the draft's JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthDocument<'a> {
    status: Status,
    service_id: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Checks::is_empty")]
    checks: Checks<'a>,
}

impl HealthReport<'_> {
    /// The report as it is sent.
    pub fn document<'a>(&'a self, service: Service<'a>, detail: Detail) -> HealthDocument<'a> {
        let mut checks = Checks::default();
        let mut notes = Vec::new();
        for entry in &self.entries {
            if detail == Detail::Stranger {
                self.add_summary(entry, &mut checks);
                continue;
            }
            if let Known::NotConfigured(how) = entry.known {
                notes.push(format!("{} is not configured: {how}", entry.component.name));
            }
            self.add(entry, detail, &mut checks);
        }
        HealthDocument {
            status: self.status(),
            service_id: service.id,
            version: service.version,
            output: self.reasons(),
            notes,
            checks,
        }
    }

    /// The same as JSON.
    pub fn to_json(&self, service: Service<'_>, detail: Detail) -> String {
        // Every key is text and no number is infinite, so that nothing can go wrong.
        serde_json::to_string(&self.document(service, detail)).unwrap_or_default()
    }

    /// One check for all that is known of a component.
    fn add_summary<'a>(&self, entry: &ReportEntry<'a>, checks: &mut Checks<'a>) {
        let component = entry.component;
        let bare =
            HealthCheck { component_type: None, ..HealthCheck::new(component, Status::Pass) };
        let check = match entry.known {
            Known::NotConfigured(_) => bare,
            Known::Measured(findings) => {
                let stale = findings.is_stale(component.every, self.now);
                let (status, output) = match findings.measured_at() {
                    None => (Status::Warn, Some(NOT_MEASURED)),
                    Some(_) => (findings.status(), None),
                };
                HealthCheck {
                    status: worse_if(stale, component, status),
                    time: findings.measured_at().map(Rfc3339),
                    output,
                    stale,
                    age_ms: findings.age(self.now).map(|age| age.get()),
                    ..bare
                }
            }
        };
        checks.add(key(component, None, component.measures.as_str()), check);
    }

    fn add<'a>(&self, entry: &ReportEntry<'a>, detail: Detail, checks: &mut Checks<'a>) {
        let component = entry.component;
        match entry.known {
            Known::NotConfigured(_) => {
                let check = HealthCheck {
                    observed_value: Some(ObservedValue::Text("not configured")),
                    ..HealthCheck::new(component, Status::Pass)
                };
                checks.add(key(component, None, component.measures.as_str()), check);
            }
            Known::Measured(findings) if findings.measurements().is_empty() => {
                let stale = findings.is_stale(component.every, self.now);
                let (status, output) = match findings.measured_at() {
                    None => (Status::Warn, Some(NOT_MEASURED)),
                    Some(_) => (Status::Pass, None),
                };
                let check = HealthCheck {
                    time: findings.measured_at().map(Rfc3339),
                    output,
                    stale,
                    age_ms: findings.age(self.now).map(|age| age.get()),
                    ..HealthCheck::new(component, worse_if(stale, component, status))
                };
                checks.add(key(component, None, component.measures.as_str()), check);
            }
            Known::Measured(findings) => {
                for measured in findings.measurements() {
                    let part = measured.part.as_ref().map(|part| part.as_str());
                    let check = self.check(component, findings, measured, detail);
                    checks.add(key(component, part, measured.name.as_str()), check);
                }
            }
        }
    }

    fn check<'a>(
        &self,
        component: &Component,
        findings: &Findings,
        measured: &'a Measurement,
        detail: Detail,
    ) -> HealthCheck<'a> {
        let stale = findings.is_stale(component.every, self.now);
        let status = worse_if(stale, component, measured.status);
        let is_shown = measured.part.is_none() || detail == Detail::Operator;
        let (observed_value, observed_unit) = match &measured.observed {
            Some(Observed::Number { value, unit }) => {
                (Some(ObservedValue::Number(value)), unit.as_deref())
            }
            Some(Observed::State(state)) if is_shown => (Some(ObservedValue::Text(state)), None),
            Some(Observed::State(_)) | None => (None, None),
        };
        HealthCheck {
            observed_value,
            observed_unit,
            time: findings.measured_at().map(Rfc3339),
            output: measured.output.as_deref().filter(|_| is_shown && status != Status::Pass),
            critical: component.critical && measured.essential,
            stale,
            age_ms: findings.age(self.now).map(|age| age.get()),
            ..HealthCheck::new(component, status)
        }
    }
}

/// What a measurement that is stale comes to: the component's own criticality decides.
fn worse_if(stale: bool, component: &Component, status: Status) -> Status {
    match (stale, component.critical) {
        (false, _) => status,
        (true, true) => Status::Fail,
        (true, false) => status.max(Status::Warn),
    }
}

/// `component:measurement`, or `component.part:measurement`.
fn key(component: &Component, part: Option<&str>, measurement: &str) -> String {
    match part {
        None => format!("{}:{measurement}", component.name),
        Some(part) => format!("{}.{part}:{measurement}", component.name),
    }
}

/// Checks by key, in the order in which their keys came.
#[derive(Debug, Default)]
struct Checks<'a>(Vec<(String, Vec<HealthCheck<'a>>)>);

impl<'a> Checks<'a> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, key: String, check: HealthCheck<'a>) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, checks)) => checks.push(check),
            None => self.0.push((key, [check].into())),
        }
    }
}

impl Serialize for Checks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, checks) in &self.0 {
            map.serialize_entry(key, checks)?;
        }
        map.end()
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HealthCheck<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    component_type: Option<ComponentKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_value: Option<ObservedValue<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_unit: Option<&'a str>,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    critical: bool,
    stale: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_ms: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ObservedValue<'a> {
    Number(&'a Number),
    Text(&'a str),
}

impl HealthCheck<'_> {
    /// A check of a component of which nothing was found.
    fn new(component: &Component, status: Status) -> Self {
        Self {
            component_type: Some(component.kind),
            observed_value: None,
            observed_unit: None,
            status,
            time: None,
            output: None,
            critical: component.critical,
            stale: false,
            age_ms: None,
        }
    }
}
