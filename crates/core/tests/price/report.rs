//! What stands out of a price.

use breakwater_core::site::budget::{
    Billed, Dollars, FreeFit, PlannedObject, PriceReport, PriceWarning, Usage,
};

use crate::{SITE, checks, file, read, report};

fn fit(report: &PriceReport, what: Billed) -> FreeFit {
    report.free.iter().find(|line| line.what == what).expect("a line").fit
}

#[test]
fn the_whole_is_the_sum_of_its_parts() {
    let report = report(&read(include_str!("../../../../breakwater.toml")));
    let sum: Usage = report.plan.iter().map(|line| line.month).sum();
    assert_eq!((report.month, report.costs), (sum, sum.price()));
    assert!(report.beyond_included < report.costs && report.costs < report.at_most);
    let objects: Vec<_> = report.plan.iter().map(|line| line.what.as_str()).collect();
    let expected = [
        "cron events",
        "circuits",
        "monitor",
        "probers",
        "dependencies",
        "snapshots",
        "writes, if all differ",
        "status copies",
    ];
    assert_eq!(objects, expected);
}

#[test]
fn no_month_of_a_budget_costs_less_than_its_plan() {
    for text in [checks(1, "1m"), checks(200, "1m")] {
        let report = report(&file(&text));
        for budget in &report.budgets {
            let lines = report.plan.iter().filter(|line| budget.of.contains(&line.what));
            assert!(lines.map(|line| line.costs).sum::<Dollars>() <= budget.at_most);
        }
    }
}

#[test]
fn more_headroom_costs_more_at_most_and_the_same_as_planned() {
    let [less, more] = ["", "[budget]\nheadroom = 20\n"]
        .map(|budget| report(&file(&format!("{}{budget}", checks(50, "1m")))));
    assert_eq!(less.costs, more.costs);
    assert!(less.at_most < more.at_most);
}

#[test]
fn a_small_site_fits_the_free_plan_and_a_large_one_does_not() {
    let (small, large) = (report(&file(&checks(3, "1m"))), report(&file(&checks(300, "10s"))));
    assert!(small.free.iter().all(|line| line.fit == FreeFit::Fits), "{small}");
    assert_eq!(fit(&large, Billed::RowsWritten), FreeFit::TooMany);
    assert!(large.to_string().contains("does not fit the free plan: "), "{large}");
    assert_eq!(large.warnings, [], "the site says that it is on the paid plan");
}

#[test]
fn snapshots_that_all_differ_fit_only_while_they_do_not() {
    let report = report(&read(include_str!("../../../../breakwater.toml")));
    assert_eq!(fit(&report, Billed::ClassAOperations), FreeFit::FitsUnlessAllDiffer);
    assert_eq!(fit(&report, Billed::RowsWritten), FreeFit::Fits);
}

#[test]
fn what_the_free_plan_has_not_is_warned_of_where_the_site_is_on_it() {
    let on_free = SITE.replace("[upstreams.web]", "plan = \"free\"\n[upstreams.web]");
    let report = report(&read(&format!("{on_free}{}", checks(300, "10s"))));
    let what = Billed::RowsWritten;
    assert!(report.warnings.contains(&PriceWarning::BeyondFreePlan { what }), "{report}");
}

#[test]
fn the_dearest_checks_are_named_and_one_that_makes_most_of_the_cost_is_warned_of() {
    let often = "[[checks]]\nname = \"often\"\nurl = \"https://shop.example/\"\nevery = \"1s\"\n";
    let priced = report(&file(&format!("{}{often}", checks(5, "1m"))));
    let names: Vec<_> = priced.dearest.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["often", "c0", "c1"]);
    let [PriceWarning::OneCheck { name, every, percent }] = &priced.warnings[..] else {
        panic!("{priced}")
    };
    assert_eq!((name.as_str(), every.as_str()), ("often", "1s"));
    assert!((51..100).contains(percent), "{percent}");
    assert_eq!(report(&file(&checks(5, "1m"))).warnings, []);
}

#[test]
fn checks_that_are_made_together_share_the_orders() {
    let [one, ten] = [1, 10].map(|number| report(&file(&checks(number, "1m"))));
    assert!(ten.dearest[0].costs < one.dearest[0].costs);
}

#[test]
fn jobs_that_report_by_themselves_are_no_dear_checks() {
    let job = "[[checks]]\nname = \"job\"\nkind = \"heartbeat\"\nevery = \"1h\"\n\
               token = \"JOB_TOKEN\"\n";
    let report = report(&file(job));
    assert_eq!(report.dearest, []);
    assert!(report.plan.iter().any(|line| line.what == PlannedObject::Monitor));
}

#[test]
fn no_line_is_longer_than_a_terminal_is_wide() {
    let whole = report(&file(&checks(2_000, "1s")));
    let default = report(&read(include_str!("../../../../breakwater.toml")));
    for line in [whole.to_string(), default.to_string()].iter().flat_map(|text| text.lines()) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn the_json_has_prices_in_millionths_of_a_dollar() {
    let report = report(&file(&checks(3, "1m")));
    let json = serde_json::json!(report);
    assert_eq!(json["micro_dollars"], report.costs.micros());
    assert_eq!(json["plan"][0]["what"], "cron");
    assert_eq!(json["plan"][0]["month"]["worker_requests"], 43_200);
    assert_eq!(json["free"][3]["allowance"]["day"], 100_000);
    assert_eq!(json["budgets"][0]["of"], serde_json::json!(["monitor", "probers"]));
}

#[test]
fn e_mails_to_subscribers_cost_what_goes_beyond_those_that_the_plan_includes() {
    let offering = |emails: &str| {
        let status =
            format!("[status]\nsubscriptions = {{ email_from = \"a@b.example\"{emails} }}\n");
        report(&file(&[checks(3, "1m"), status].concat()))
    };
    let (few, many) = (offering(", emails_a_month = 3000"), offering(", emails_a_month = 103000"));
    let costs = |report: &PriceReport| report.emails.expect("e-mails").at_most;
    assert_eq!(costs(&few), Dollars::default());
    // $0.35 per thousand, a hundred times.
    assert_eq!(costs(&many).to_string(), "$35.00");
    assert_eq!(few.costs, many.costs, "what is sent depends on incidents");
    assert!(many.to_string().contains("103,000 e-mails a month at most"), "{many}");
    assert_eq!(report(&file(&checks(3, "1m"))).emails, None);
    for line in many.to_string().lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn the_free_plan_tells_no_subscriber_by_e_mail() {
    let on_free = SITE.replace("[upstreams.web]", "plan = \"free\"\n[upstreams.web]");
    let status = "[status]\nsubscriptions = { email_from = \"a@b.example\" }\n";
    let report = report(&read(&[on_free.as_str(), status].concat()));
    assert!(report.warnings.contains(&PriceWarning::NoEmailOnFreePlan), "{report}");
}
