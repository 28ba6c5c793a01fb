//! Where another tool is better than Breakwater: what a reader should see first.

use std::fmt::Write as _;

use super::figures::{COLUMNS, Figures};
use super::tables::{Played, mean, of_all};
use super::tool::Tool;

/// A tool has to answer 99 % of the seen pages well before its times and loads are compared: what
/// refuses everything is fast, and burdens no backend.
const ANSWERS: f64 = 99.0;

/// A figure that is compared.
struct Measure {
    name: &'static str,
    of: fn(&Figures) -> Option<f64>,
    is_share_of_good: bool,
    /// Differences up to this say nothing.
    margin: f64,
    digits: usize,
}

/// Times, loads and mistakes, all of which are better if they are less.
const LESS_IS_BETTER: [Measure; 10] = [
    less("seen pages, median, ms", |it| it.seen.map(|wait| wait.median), 1.0, 1),
    less("seen pages, p99, ms", |it| it.seen.map(|wait| wait.p99), 50.0, 0),
    less("seen pages from the third second on, median, ms", later_median, 1.0, 1),
    less("visitors' time spent waiting, %", |it| Some(it.waiting), 1.0, 1),
    less("requests for visitors that reached the sick backend", reached, 5.0, 0),
    less("POSTs sent twice", |it| Some(it.doubled as f64), 0.0, 0),
    less("answers cut off", |it| Some(it.cut as f64), 0.0, 0),
    less("wrong answers", |it| Some(it.wrong as f64), 0.0, 0),
    less("99 % of what needs the backend good after mending, s", |it| it.recovery, 1.0, 1),
    less("busiest second at the backend after mending", busiest, 5.0, 0),
];

const fn less(
    name: &'static str,
    of: fn(&Figures) -> Option<f64>,
    margin: f64,
    digits: usize,
) -> Measure {
    Measure { name, of, is_share_of_good: false, margin, digits }
}

fn later_median(figures: &Figures) -> Option<f64> {
    figures.seen_later.map(|wait| wait.median)
}

fn reached(figures: &Figures) -> Option<f64> {
    Some(figures.reached.0 as f64)
}

fn busiest(figures: &Figures) -> Option<f64> {
    Some(figures.busiest.0 as f64)
}

/// The table of losses; nothing without Breakwater, or without another tool.
pub(super) fn table(played: &[Played]) -> String {
    let mut rows = String::new();
    for Played { outage, figures } in played {
        for measure in measures() {
            if let Some(row) = row(&measure, figures) {
                let _ = writeln!(rows, "| {outage} {row}");
            }
        }
    }
    rows += &healthy_row(played);
    if rows.is_empty() {
        return rows;
    }
    format!(
        "### Where Breakwater loses\n\n| outage | figure | Breakwater | better |\n|---|---|---|---|\n\
         {rows}\n\
         Times and loads are compared with tools that answer {ANSWERS:.0} % of the seen pages well. \
         Differences that a busy machine makes by itself are left out.\n\n"
    )
}

fn measures() -> impl Iterator<Item = Measure> {
    // Functions that capture nothing, one for each column.
    const GOOD: [fn(&Figures) -> Option<f64>; COLUMNS.len()] = [
        |it| it.good[0],
        |it| it.good[1],
        |it| it.good[2],
        |it| it.good[3],
        |it| it.good[4],
        |it| it.good[5],
        |it| it.good[6],
        |it| it.good[7],
    ];
    let good = COLUMNS.into_iter().zip(GOOD).map(|((name, _), of)| Measure {
        name,
        of,
        is_share_of_good: true,
        margin: 1.0,
        digits: 1,
    });
    good.chain(LESS_IS_BETTER)
}

/// The rest of a row, if another tool is better.
fn row(measure: &Measure, figures: &[(Tool, Figures)]) -> Option<String> {
    let Measure { name, of, is_share_of_good, margin, digits } = measure;
    let own = figures.iter().find(|(tool, _)| *tool == Tool::Breakwater)?;
    let own = of(&own.1);
    let digits = *digits;
    let mut better = Vec::new();
    for (tool, figures) in figures.iter().filter(|(tool, _)| *tool != Tool::Breakwater) {
        let answers = figures.good[1].is_some_and(|good| good >= ANSWERS);
        let Some(theirs) = of(figures).filter(|_| *is_share_of_good || answers) else { continue };
        let is_better = match own {
            Some(own) if *is_share_of_good => theirs - own > *margin,
            Some(own) => own - theirs > *margin,
            // What never comes about is worse than what does.
            None => true,
        };
        if is_better {
            better.push(format!("{} {theirs:.digits$}", tool.name()));
        }
    }
    let own = own.map_or_else(|| "–".to_owned(), |own| format!("{own:.digits$}"));
    let name = if *is_share_of_good { format!("good answers: {name}, %") } else { (*name).into() };
    (!better.is_empty()).then(|| format!("| {name} | {own} | {} |", better.join(", ")))
}

/// What reaches the backend while all is well, over all runs.
fn healthy_row(played: &[Played]) -> String {
    let tools = played.first().map(|played| &played.figures);
    let load = |tool| Figures {
        healthy: (0.0, mean(of_all(played, tool).map(|figures| figures.healthy.1))),
        good: [Some(100.0); COLUMNS.len()],
        ..Figures::default()
    };
    let loads: Vec<_> = tools.into_iter().flatten().map(|(tool, _)| (*tool, load(*tool))).collect();
    let measure =
        less("requests that reach the backend, a second", |it| Some(it.healthy.1), 1.0, 1);
    row(&measure, &loads).map_or_else(String::new, |row| format!("| none {row}\n"))
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::bench::peers::figures::{COLUMNS, Figures, Wait};
    use crate::bench::peers::outage::Outage;
    use crate::bench::peers::tables::Played;
    use crate::bench::peers::tool::Tool;

    fn figures(good: f64, median: f64) -> Figures {
        Figures {
            good: [Some(good); COLUMNS.len()],
            seen: Some(Wait { median, p99: median }),
            recovery: Some(0.0),
            ..Figures::default()
        }
    }

    fn losses(figures: Vec<(Tool, Figures)>) -> String {
        table(&[Played { outage: Outage::Hang, figures }])
    }

    #[test]
    fn what_is_better_is_named_with_its_figure() {
        let text = losses(vec![
            (Tool::Breakwater, figures(100.0, 2002.0)),
            (Tool::Nginx, figures(100.0, 0.4)),
            (Tool::Varnish, figures(100.0, 2001.5)),
        ]);
        let row = "| hang | seen pages, median, ms | 2002.0 | nginx 0.4 |\n";
        assert!(text.contains(row), "{text}");
        assert!(!text.contains("good answers: "), "{text}");
    }

    #[test]
    fn what_refuses_all_is_not_faster() {
        let text =
            losses(vec![(Tool::Breakwater, figures(90.0, 3.0)), (Tool::Caddy, figures(0.0, 0.3))]);
        assert_eq!(text, "");
    }

    #[test]
    fn a_recovery_that_never_comes_is_a_loss() {
        let own = Figures { recovery: None, ..figures(100.0, 1.0) };
        let text = losses(vec![(Tool::Breakwater, own), (Tool::Squid, figures(100.0, 1.0))]);
        let row = "| hang | 99 % of what needs the backend good after mending, s | – | Squid 0.0 |";
        assert!(text.contains(row), "{text}");
    }

    #[test]
    fn without_breakwater_there_is_nothing_to_lose() {
        assert_eq!(losses(vec![(Tool::Nginx, figures(0.0, 9.0))]), "");
    }
}
