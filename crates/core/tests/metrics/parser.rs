//! A strict reader of both formats. It takes nothing that a page of ours does not have: no times,
//! no exemplars, no floats but plain decimals, and no sample outside of its family.

use std::collections::{BTreeMap, BTreeSet};

use breakwater_core::telemetry::metrics::MetricsFormat;

/// Labels by their names.
pub(crate) type ParsedLabels = BTreeMap<String, String>;

/// A page that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ParsedPage {
    pub(crate) families: Vec<ParsedFamily>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ParsedFamily {
    /// As the format has it.
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) unit: Option<String>,
    pub(crate) help: Option<String>,
    pub(crate) samples: Vec<ParsedSample>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParsedSample {
    pub(crate) name: String,
    pub(crate) labels: ParsedLabels,
    pub(crate) value: String,
}

impl ParsedPage {
    pub(crate) fn parse(page: &str, format: MetricsFormat) -> Result<Self, String> {
        let is_open = format == MetricsFormat::OpenMetrics;
        let body = page.strip_suffix('\n').ok_or("the page does not end in a line feed")?;
        let body = if is_open {
            body.strip_suffix("# EOF").ok_or("no `# EOF` at the end")?.trim_end_matches('\n')
        } else {
            body
        };
        let mut read = Self::default();
        let mut seen = BTreeSet::new();
        for line in body.split('\n') {
            read.line(line, is_open).map_err(|error| format!("{error}: {line}"))?;
            let sample = read.families.last().and_then(|family| family.samples.last());
            if !line.starts_with('#')
                && let Some(sample) = sample
                && !seen.insert((sample.name.clone(), sample.labels.clone()))
            {
                return Err(format!("the series is there twice: {line}"));
            }
        }
        for family in &read.families {
            family.check(is_open).map_err(|error| format!("{error}: {}", family.name))?;
        }
        Ok(read)
    }

    /// The value of a series.
    #[track_caller]
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<u64> {
        let labels: ParsedLabels =
            labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let sample = self.samples(name).find(|sample| sample.labels == labels)?;
        Some(sample.value.parse().unwrap())
    }

    pub(crate) fn samples<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a ParsedSample> {
        let all = self.families.iter().flat_map(|family| &family.samples);
        all.filter(move |sample| sample.name == name)
    }

    /// The sum of the series of this name.
    pub(crate) fn sum(&self, name: &str) -> u64 {
        self.samples(name).map(|sample| sample.value.parse::<u64>().unwrap()).sum()
    }

    fn line(&mut self, line: &str, is_open: bool) -> Result<(), String> {
        let Some(comment) = line.strip_prefix("# ") else {
            return self.sample(line);
        };
        let mut words = comment.splitn(3, ' ');
        let mut word = || words.next().ok_or("a word is missing");
        let (keyword, name, text) = (word()?, word()?, word()?);
        if !is_name(name) {
            return Err("no name".into());
        }
        if keyword == "TYPE" {
            if self.families.iter().any(|family| family.name == name) {
                return Err("the family is there twice".into());
            }
            let kinds: &[&str] = match is_open {
                true => &["counter", "gauge", "histogram", "info", "stateset"],
                false => &["counter", "gauge", "histogram"],
            };
            if !kinds.contains(&text) {
                return Err(format!("no type `{text}`"));
            }
            let (name, kind) = (name.into(), text.into());
            self.families.push(ParsedFamily { name, kind, ..ParsedFamily::default() });
            return Ok(());
        }
        let family = self.families.last_mut().filter(|family| family.name == name);
        let family = family.ok_or("of another family")?;
        if !family.samples.is_empty() {
            return Err("after samples".into());
        }
        match keyword {
            "UNIT" if is_open && family.unit.is_none() => family.unit = Some(text.into()),
            "HELP" if family.help.is_none() => family.help = Some(text.into()),
            _ => return Err("an unknown comment".into()),
        }
        Ok(())
    }

    fn sample(&mut self, line: &str) -> Result<(), String> {
        let end = line.find(['{', ' ']).ok_or("no value")?;
        let (name, rest) = line.split_at(end);
        if !is_name(name) {
            return Err("no name".into());
        }
        let (labels, rest) = match rest.strip_prefix('{') {
            Some(rest) => labels(rest)?,
            None => (ParsedLabels::new(), rest),
        };
        let value = rest.strip_prefix(' ').ok_or("no space before the value")?;
        if !is_decimal(value) {
            return Err(format!("no plain decimal `{value}`"));
        }
        let family = self.families.last_mut().ok_or("a sample without a family")?;
        let (name, value) = (name.into(), value.into());
        family.samples.push(ParsedSample { name, labels, value });
        Ok(())
    }
}

impl ParsedFamily {
    /// The name without what the formats disagree on.
    pub(crate) fn common_name(&self) -> &str {
        let name = self.name.strip_suffix("_total").unwrap_or(&self.name);
        name.strip_suffix("_info").unwrap_or(name)
    }

    fn check(&self, is_open: bool) -> Result<(), String> {
        if self.help.as_ref().is_none_or(|help| !help.ends_with('.') || help.contains(['\\', '"']))
        {
            return Err("no sentence as help".into());
        }
        if let Some(unit) = &self.unit
            && !self.name.ends_with(&format!("_{unit}"))
        {
            return Err("the name does not end in its unit".into());
        }
        let suffixes: &[&str] = match (self.kind.as_str(), is_open) {
            ("histogram", _) => &["_bucket", "_count", "_sum"],
            ("counter", true) => &["_total"],
            ("info", true) => &["_info"],
            _ => &[""],
        };
        for sample in &self.samples {
            let suffix =
                sample.name.strip_prefix(&self.name).ok_or("a sample of another family")?;
            if !suffixes.contains(&suffix) {
                return Err(format!("a sample `{}`", sample.name));
            }
            if self.kind != "gauge" && sample.value.starts_with('-') {
                return Err("a negative count".into());
            }
        }
        match self.kind.as_str() {
            "counter" if !is_open && !self.name.ends_with("_total") => {
                Err("a counter without `_total`".into())
            }
            "histogram" => self.check_buckets(),
            "stateset" => self.check_states(),
            _ => Ok(()),
        }
    }

    fn check_buckets(&self) -> Result<(), String> {
        let without = |labels: &ParsedLabels| {
            let mut labels = labels.clone();
            (labels.remove("le"), labels)
        };
        let mut series: BTreeMap<ParsedLabels, Vec<(String, u64)>> = BTreeMap::new();
        let mut totals = BTreeMap::new();
        for sample in &self.samples {
            let (le, labels) = without(&sample.labels);
            match (sample.name.strip_prefix(&self.name), le) {
                (Some("_bucket"), Some(le)) => {
                    let count = sample.value.parse().map_err(|_| "a part of a count")?;
                    series.entry(labels).or_default().push((le, count));
                }
                (Some("_count"), None) => {
                    totals.insert(labels, sample.value.parse::<u64>().map_err(|_| "no count")?);
                }
                (Some("_sum"), None) => {}
                _ => return Err("a bucket without a bound, or a bound without a bucket".into()),
            }
        }
        for (labels, buckets) in &series {
            let bounds: Vec<f64> = buckets.iter().map(|(le, _)| bound(le)).collect();
            let is_whole = |bound: &f64| bound.is_finite() && bound.fract() == 0.0;
            let is_rising = buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1);
            if !bounds.is_sorted() || bounds.iter().any(is_whole) || !is_rising {
                return Err("buckets that do not rise, or a whole bound".into());
            }
            let last = buckets.last().ok_or("no bucket")?;
            if last.0 != "+Inf" || totals.get(labels) != Some(&last.1) {
                return Err("the last bucket is not the count".into());
            }
        }
        if totals.len() == series.len() { Ok(()) } else { Err("a count without buckets".into()) }
    }

    fn check_states(&self) -> Result<(), String> {
        let mut ones: BTreeMap<ParsedLabels, u64> = BTreeMap::new();
        for sample in &self.samples {
            let mut labels = sample.labels.clone();
            labels.remove(&self.name).ok_or("a state without its label")?;
            let value: u64 = sample.value.parse().map_err(|_| "a state that is no number")?;
            *ones.entry(labels).or_default() += value;
        }
        if ones.values().all(|ones| *ones == 1) { Ok(()) } else { Err("not one state".into()) }
    }
}

fn bound(le: &str) -> f64 {
    if le == "+Inf" { f64::INFINITY } else { le.parse().unwrap() }
}

fn is_name(name: &str) -> bool {
    let is_first = |c: char| c.is_ascii_lowercase() || c == '_';
    name.starts_with(is_first) && name.chars().all(|c| is_first(c) || c.is_ascii_digit())
}

fn is_decimal(value: &str) -> bool {
    let value = value.strip_prefix('-').unwrap_or(value);
    let (whole, decimals) = value.split_once('.').unwrap_or((value, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_digits(whole) && is_digits(decimals)
}

/// Reads labels up to their closing brace, and returns what follows.
fn labels(text: &str) -> Result<(ParsedLabels, &str), String> {
    let mut labels = ParsedLabels::new();
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once("=\"").ok_or("a label without a value")?;
        if !is_name(name) {
            return Err(format!("no label `{name}`"));
        }
        let (value, after) = unescaped(after)?;
        if labels.insert(name.into(), value).is_some() {
            return Err(format!("the label `{name}` is there twice"));
        }
        match after.split_at_checked(1) {
            Some((",", after)) => rest = after,
            Some(("}", after)) => return Ok((labels, after)),
            _ => return Err("no end of the labels".into()),
        }
    }
}

/// Reads a value up to its closing quote, and returns what follows.
fn unescaped(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match characters.next() {
                Some((_, '\\')) => value.push('\\'),
                Some((_, '"')) => value.push('"'),
                Some((_, 'n')) => value.push('\n'),
                _ => return Err("an unknown escape".into()),
            },
            character => value.push(character),
        }
    }
    Err("a value without an end".into())
}

#[test]
fn the_reader_refuses_what_is_no_page() {
    let good = "# TYPE a counter\n# HELP a Some.\na_total{b=\"\\\"\\\\\\n\"} 1\n";
    let open = |page: &str| ParsedPage::parse(page, MetricsFormat::OpenMetrics);
    let page = open(&format!("{good}# EOF\n")).unwrap();
    assert_eq!(page.value("a_total", &[("b", "\"\\\n")]), Some(1));
    for bad in [
        good.into(),
        format!("{good}# EOF"),
        format!("{good}# EOF\n# EOF\n"),
        good.replace("a_total", "a") + "# EOF\n",
        good.replace("a_total", "a_created") + "# EOF\n",
        good.replace(" 1", " 1e3") + "# EOF\n",
        good.replace(" 1", " 1 1700000000") + "# EOF\n",
        good.replace("\\n", "\\t") + "# EOF\n",
        format!("{good}a_total{{b=\"\\\"\\\\\\n\"}} 2\n# EOF\n"),
        format!("{good}{good}# EOF\n"),
    ] {
        assert!(open(&bad).is_err(), "{bad}");
    }
    let histogram = concat!(
        "# TYPE h_seconds histogram\n# UNIT h_seconds seconds\n# HELP h_seconds Some.\n",
        "h_seconds_bucket{le=\"0.5\"} 1\nh_seconds_bucket{le=\"+Inf\"} 2\n",
        "h_seconds_count 2\nh_seconds_sum 1.500\n# EOF\n",
    );
    assert!(open(histogram).is_ok());
    for (from, to) in [("0.5", "1.0"), ("} 1", "} 3"), ("_count 2", "_count 3"), ("+Inf", "7.5")] {
        assert!(open(&histogram.replace(from, to)).is_err(), "{from} {to}");
    }
}
