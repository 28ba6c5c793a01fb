//! Figures of several runs.

use std::fmt;

/// Minimum, median and maximum of some figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Sample {
    /// Of figures that are numbers; `None` of none.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let (min, max) = (*figures.first()?, *figures.last()?);
        let middle = figures.len() / 2;
        let upper = *figures.get(middle)?;
        let median = match figures.len() % 2 {
            0 => f64::midpoint(*figures.get(middle - 1)?, upper),
            _ => upper,
        };
        Some(Self { min, median, max })
    }
}

/// As `median (min–max)`, with the digits that the format asks for.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let Self { min, median, max } = self;
        write!(f, "{median:.digits$} ({min:.digits$}–{max:.digits$})")
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;

    #[test]
    fn median_is_in_the_middle() {
        let of = |figures: &[f64]| Sample::of(figures.iter().copied()).map(|sample| sample.median);
        assert_eq!(of(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(of(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn sample_shows_its_range() {
        let sample = Sample::of([1.0, 2.0, 4.0]);
        assert_eq!(sample.map(|sample| format!("{sample:.1}")), Some("2.0 (1.0–4.0)".into()));
    }
}
