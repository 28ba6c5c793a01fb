//! The section of the document: first what Breakwater loses, then all figures.

use std::fmt::Write as _;

use super::figures::{COLUMNS, Figures, Wait};
use super::losses;
use super::outage::Outage;
use super::run::VISITORS;
use super::schedule::Schedule;
use super::tool::Tool;

/// What was measured of each tool in one outage.
pub(super) struct Played {
    pub(super) outage: Outage,
    pub(super) figures: Vec<(Tool, Figures)>,
}

/// The heads of the second table of an outage.
const HEADS: [&str; 9] = [
    "seen pages: median · p99, ms",
    "from the third second on",
    "visitors' time spent waiting, %",
    "reached the sick backend: for visitors + own",
    "POSTs sent twice",
    "answers cut off",
    "wrong answers",
    "99 % of what needs the backend good after mending, s",
    "busiest second at the backend: after · healthy",
];

/// The whole section.
pub(super) fn section(played: &[Played], schedule: Schedule, versions: &str) -> String {
    let Schedule { pause, healthy, outage, after } = schedule;
    let mut text = losses::table(played);
    text += &healthy_load(played);
    for Played { outage, figures } in played {
        let _ = writeln!(text, "### {outage}: {}\n", outage.title());
        text += &good(figures);
        text += &rest(figures);
    }
    let _ = writeln!(
        text,
        "{VISITORS} visitors of each tool. In each run there are a warm pass, {} s of pause, {} s \
         in which all is well, {} s of outage, and {} s after mending. {versions}",
        pause.as_secs(),
        healthy.as_secs(),
        outage.as_secs(),
        after.as_secs()
    );
    text
}

/// What passes through while all is well, on average over the runs.
fn healthy_load(played: &[Played]) -> String {
    let mut text = String::from(
        "### While all is well\n\n\
         | | asked by visitors, a second | reached the backend, a second |\n|---|---|---|\n",
    );
    let Some(first) = played.first() else { return text };
    for (tool, _) in &first.figures {
        let loads = || of_all(played, *tool).map(|figures| figures.healthy);
        let asked = mean(loads().map(|load| load.0));
        let _ = writeln!(
            text,
            "| {} | {asked:.1} | {:.1} |",
            tool.name(),
            mean(loads().map(|load| load.1))
        );
    }
    text.push('\n');
    text
}

/// A tool's figures in all runs.
pub(super) fn of_all(played: &[Played], tool: Tool) -> impl Iterator<Item = &Figures> {
    let all = played.iter().flat_map(|played| &played.figures);
    all.filter(move |(known, _)| *known == tool).map(|(_, figures)| figures)
}

pub(super) fn mean(figures: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    for figure in figures {
        sum += figure;
        count += 1;
    }
    sum / f64::from(count.max(1))
}

fn good(figures: &[(Tool, Figures)]) -> String {
    let heads: Vec<&str> = COLUMNS.iter().map(|column| column.0).collect();
    let mut text = format!("| good answers, % | {} |\n", heads.join(" | "));
    text += &rule(heads.len());
    for (tool, figures) in figures {
        let cells = figures.good.map(|share| cell(share, 1));
        let _ = writeln!(text, "| {} | {} |", tool.name(), cells.join(" | "));
    }
    text.push('\n');
    text
}

fn rest(figures: &[(Tool, Figures)]) -> String {
    let mut text = format!("| | {} |\n", HEADS.join(" | "));
    text += &rule(HEADS.len());
    for (tool, figures) in figures {
        let Figures { reached, busiest, .. } = figures;
        let cells: [String; HEADS.len()] = [
            span(figures.seen),
            span(figures.seen_later),
            format!("{:.1}", figures.waiting),
            format!("{} + {}", reached.0, reached.1),
            figures.doubled.to_string(),
            figures.cut.to_string(),
            figures.wrong.to_string(),
            cell(figures.recovery, 1),
            format!("{} · {}", busiest.0, busiest.1),
        ];
        let _ = writeln!(text, "| {} | {} |", tool.name(), cells.join(" | "));
    }
    text.push('\n');
    text
}

fn rule(columns: usize) -> String {
    format!("|---|{}\n", "---|".repeat(columns))
}

fn span(wait: Option<Wait>) -> String {
    let shown = |Wait { median, p99 }| format!("{median:.1} · {p99:.1}");
    wait.map_or_else(|| "–".to_owned(), shown)
}

fn cell(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::{HEADS, Played, section};
    use crate::bench::peers::figures::{COLUMNS, Figures, Wait};
    use crate::bench::peers::outage::Outage;
    use crate::bench::peers::schedule::Schedule;
    use crate::bench::peers::tool::Tool;

    #[test]
    fn tables_have_a_cell_for_each_head() {
        let figures = Figures {
            good: [Some(100.0); COLUMNS.len()],
            seen: Some(Wait { median: 1.0, p99: 2.5 }),
            reached: (7, 2),
            healthy: (44.0, 5.8),
            ..Figures::default()
        };
        let figures = vec![(Tool::Nothing, figures.clone()), (Tool::Nginx, figures)];
        let played = [Played { outage: Outage::Hang, figures }];
        let text = section(&played, Schedule::of(false), "nginx 1.22.1.");
        let cells = |line: &str| line.matches('|').count() - 2;
        for line in text.lines().filter(|line| line.starts_with('|')) {
            assert!([2, 3, COLUMNS.len(), HEADS.len()].contains(&cells(line)), "{line}");
        }
        assert!(text.contains("### hang: requests are read and never answered\n"));
        assert!(text.contains("| nginx | 44.0 | 5.8 |\n"), "{text}");
        assert!(text.contains("| nginx | 1.0 · 2.5 | – | 0.0 | 7 + 2 | 0 | 0 | 0 | – | 0 · 0 |\n"));
        assert!(text.ends_with(
            "20 s in which all is well, 45 s of outage, and 40 s after mending. \
                                nginx 1.22.1.\n"
        ));
    }
}
