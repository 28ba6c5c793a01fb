//! Writes families and their samples in either format.
//!
//! It appends to one text and allocates nothing else, so that a scrape costs what its length costs.
//! Samples carry no time and no exemplars, and counters no `_created`: those would be three series
//! in fifty that tell nothing, and the rate of a histogram's would be nonsense.

use core::fmt::{self, Write as _};

use alloc::string::String;

use super::columns::{BUCKETS, DURATION_BOUNDS};
use super::families::{FamilyKind, MetricFamily};
use super::format::MetricsFormat;

/// The value of a sample. None is a float, so each is written exactly as it was counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum MetricValue {
    /// A number of things.
    Whole(u64),
    /// Seconds, by their milliseconds.
    Seconds(u64),
    /// A share, by its millionths.
    Ratio(i64),
}

impl fmt::Display for MetricValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Seconds(ms) => write!(f, "{}.{:03}", ms / 1000, ms % 1000),
            Self::Ratio(ppm) => {
                let sign = if *ppm < 0 { "-" } else { "" };
                let ppm = ppm.unsigned_abs();
                write!(f, "{sign}{}.{:06}", ppm / 1_000_000, ppm % 1_000_000)
            }
        }
    }
}

/// Labels and their values, in the order in which they are written.
pub(super) type Labels<'a> = &'a [(&'static str, &'a str)];

/// The page as far as it is written.
pub(super) struct MetricsWriter<'a> {
    out: &'a mut String,
    format: MetricsFormat,
}

impl<'a> MetricsWriter<'a> {
    pub(super) const fn new(out: &'a mut String, format: MetricsFormat) -> Self {
        Self { out, format }
    }

    /// Begins a family and returns what writes its samples. Families are not interleaved
    /// (OpenMetrics 1.0, "Overall Structure" of the text format).
    pub(super) fn begin(&mut self, family: &'static MetricFamily) -> FamilyWriter<'_> {
        let (name, kind) = match self.format {
            MetricsFormat::OpenMetrics => ("", family.kind.as_str()),
            // In the text format the name of a family is that of its samples.
            MetricsFormat::Text => (family.kind.suffix(), family.kind.as_text_type()),
        };
        for part in ["# TYPE ", family.name, name, " ", kind, "\n"] {
            self.out.push_str(part);
        }
        if let (MetricsFormat::OpenMetrics, Some(unit)) = (self.format, family.unit) {
            for part in ["# UNIT ", family.name, " ", unit, "\n"] {
                self.out.push_str(part);
            }
        }
        for part in ["# HELP ", family.name, name, " ", family.help, "\n"] {
            self.out.push_str(part);
        }
        FamilyWriter { out: self.out, family }
    }

    /// Ends the page. OpenMetrics has a last line, by which a reader knows that the page is whole.
    pub(super) fn end(self) {
        match self.format {
            MetricsFormat::OpenMetrics => self.out.push_str("# EOF\n"),
            MetricsFormat::Text => {}
        }
    }
}

/// Writes the samples of one family.
pub(super) struct FamilyWriter<'a> {
    out: &'a mut String,
    family: &'static MetricFamily,
}

impl FamilyWriter<'_> {
    /// Writes a sample.
    pub(super) fn sample(&mut self, labels: Labels<'_>, value: MetricValue) {
        self.line(self.family.kind.suffix(), labels, None, value);
    }

    /// Writes a number of things.
    pub(super) fn whole(&mut self, labels: Labels<'_>, number: u64) {
        self.sample(labels, MetricValue::Whole(number));
    }

    /// Writes a state set: a sample for each state, one of them 1. The label of the state has the
    /// family's name.
    pub(super) fn state<'s>(
        &mut self,
        labels: Labels<'_>,
        states: impl Iterator<Item = &'s str>,
        current: &str,
    ) {
        for state in states {
            let value = MetricValue::Whole(u64::from(state == current));
            self.line("", labels, Some((self.family.name, state)), value);
        }
    }

    /// Writes a histogram, from the columns of durations: of each bucket what is in no lower one,
    /// and the sum.
    pub(super) fn durations(&mut self, labels: Labels<'_>, counts: &[u64]) {
        let bounds = DURATION_BOUNDS.iter().map(|(_, text)| *text).chain(["+Inf"]);
        let mut total: u64 = 0;
        for (bound, count) in bounds.zip(counts) {
            total = total.saturating_add(*count);
            self.line("_bucket", labels, Some(("le", bound)), MetricValue::Whole(total));
        }
        let sum = counts.get(BUCKETS).copied().unwrap_or_default();
        self.line("_count", labels, None, MetricValue::Whole(total));
        self.line("_sum", labels, None, MetricValue::Seconds(sum));
    }

    fn line(
        &mut self,
        suffix: &str,
        labels: Labels<'_>,
        last: Option<(&str, &str)>,
        value: MetricValue,
    ) {
        self.out.push_str(self.family.name);
        self.out.push_str(suffix);
        let mut opening = '{';
        for (name, value) in labels.iter().copied().chain(last) {
            self.out.push(opening);
            opening = ',';
            self.out.push_str(name);
            self.out.push_str("=\"");
            push_escaped(self.out, value);
            self.out.push('"');
        }
        if opening == ',' {
            self.out.push('}');
        }
        // Writing to a text does not fail.
        let _ = writeln!(self.out, " {value}");
    }
}

/// Appends the value of a label: a backslash, a quote and a line feed are escaped, in both formats.
fn push_escaped(out: &mut String, value: &str) {
    if !value.bytes().any(|byte| matches!(byte, b'\\' | b'"' | b'\n')) {
        out.push_str(value);
        return;
    }
    for character in value.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            character => out.push(character),
        }
    }
}

impl FamilyKind {
    /// What the name of a sample has more than the family's.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Counter => "_total",
            Self::Info => "_info",
            Self::Gauge | Self::Histogram | Self::StateSet => "",
        }
    }

    /// The type in the text format, which has neither infos nor state sets.
    const fn as_text_type(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Histogram => "histogram",
            Self::Gauge | Self::Info | Self::StateSet => "gauge",
        }
    }
}
