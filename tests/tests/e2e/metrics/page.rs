//! A page in the text format, as far as the tests read it. Whether it is well formed, Prometheus'
//! own readers say.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

/// The samples of a page.
pub(crate) struct MetricsPage(Vec<Series>);

/// A sample. No label here has a comma or a quote in its value.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: String,
}

impl MetricsPage {
    pub(crate) fn parse(page: &str) -> Result<Self> {
        let lines = page.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| Series::parse(line).with_context(|| line.to_owned())).collect()
    }

    /// The samples of this name.
    pub(crate) fn series(&self, name: &str) -> impl Iterator<Item = &Series> {
        self.0.iter().filter(move |series| series.name == name)
    }

    /// Those above zero that are of a route.
    pub(crate) fn counted(&self, name: &str) -> Result<Vec<Series>> {
        let mut counted = Vec::new();
        for series in self.series(name) {
            let is_of_route = series.labels.get("route").is_some_and(|route| route != "other");
            if is_of_route && series.whole()? > 0 {
                counted.push(series.clone());
            }
        }
        Ok(counted)
    }
}

impl FromIterator<Series> for MetricsPage {
    fn from_iter<I: IntoIterator<Item = Series>>(series: I) -> Self {
        Self(series.into_iter().collect())
    }
}

impl Series {
    fn parse(line: &str) -> Option<Self> {
        let (series, value) = line.rsplit_once(' ')?;
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.strip_suffix('}')?.split(',').filter(|label| !label.is_empty());
        let label = |label: &str| {
            let (name, value) = label.split_once('=')?;
            Some((name.to_owned(), value.trim_matches('"').to_owned()))
        };
        Some(Self {
            name: name.to_owned(),
            labels: labels.map(label).collect::<Option<_>>()?,
            value: value.to_owned(),
        })
    }

    /// The value, which is a number of things.
    pub(crate) fn whole(&self) -> Result<u64> {
        self.value.parse().with_context(|| format!("{self:?}"))
    }
}
