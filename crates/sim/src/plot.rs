//! A plot of a comparison: the load on the upstream, and the share of visitors rejected.

use std::path::Path;

use plotters::prelude::*;

use crate::metrics::{admitted, visitors};
use crate::recorder::{Bin, SECOND};
use crate::simulation::RunResult;
use crate::time::Micros;

/// The plot is 1,000 pixels wide and 640 pixels high.
const SIZE: (u32, u32) = (1_000, 640);
/// Each strategy has a colour that people with colour blindness can tell apart (Okabe and Ito).
const COLORS: [RGBColor; 3] = [RGBColor(213, 94, 0), RGBColor(86, 180, 233), RGBColor(0, 114, 178)];

/// Draws the results into an SVG file.
///
/// # Errors
/// If the file cannot be written.
pub fn draw<'a>(
    path: &'a Path,
    title: &str,
    results: &[RunResult],
    outage: Option<(Micros, Micros)>,
) -> Result<(), Box<dyn std::error::Error + 'a>> {
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let area = area.titled(title, ("sans-serif", 22))?;
    let (above, below) = area.split_vertically(SIZE.1 / 2);
    let load = |second: &[Bin]| f64::from(second.iter().map(admitted).sum::<u32>());
    let turned_away = |second: &[Bin]| {
        let all: u32 = second.iter().map(visitors).sum();
        let passed: u32 = second.iter().map(admitted).sum();
        100.0 * f64::from(all - passed) / f64::from(all.max(1))
    };
    let top = results
        .iter()
        .map(|result| result.recorder.bins().chunks_exact(SECOND).map(load).fold(1.0, f64::max));
    let top = top.fold(1.0, f64::max) * 1.05;
    panel(&above, "calls to the upstream per second", top, results, outage, load)?;
    panel(&below, "visitors turned away, %", 105.0, results, outage, turned_away)?;
    area.present()?;
    Ok(())
}

fn panel<'a>(
    area: &DrawingArea<SVGBackend<'a>, plotters::coord::Shift>,
    what: &str,
    top: f64,
    results: &[RunResult],
    outage: Option<(Micros, Micros)>,
    value: impl Fn(&[Bin]) -> f64,
) -> Result<(), Box<dyn std::error::Error + 'a>> {
    let seconds = results.iter().map(|result| result.recorder.bins().len() / SECOND).max();
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..seconds.unwrap_or(1) as f64, 0.0..top)?;
    if let Some((from, until)) = outage {
        let corners = [(from.as_secs(), 0.0), (until.as_secs(), top)];
        chart.draw_series([Rectangle::new(corners, BLACK.mix(0.08).filled())])?;
    }
    chart.configure_mesh().x_desc("seconds").y_desc(what).light_line_style(WHITE).draw()?;
    for result in results {
        let color = COLORS[result.metrics.strategy as usize];
        let bins = result.recorder.bins().chunks_exact(SECOND).enumerate();
        let points = bins.map(|(second, bins)| (second as f64, value(bins)));
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(result.metrics.strategy.title())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    Ok(())
}
