//! What is planned for each kind of object.

use breakwater_core::base::budget::Cost;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::snapshot::plan::{Candidate, choose};
use breakwater_core::site::budget::{
    Billed, Dollars, PlannedObject, Usage, monitor_plan, site_budgets, site_plan, snapshots_plan,
};
use breakwater_core::site::config::SiteFile;

use crate::{SITE, checks, file, planned, read, report};

#[test]
fn a_site_without_checks_has_cron_events_and_the_rounds_of_its_circuits() {
    let bare = file("");
    let objects: Vec<_> =
        site_plan(&bare.site, &bare.watch).iter().map(|work| work.object).collect();
    assert_eq!(objects, [PlannedObject::Cron, PlannedObject::Circuits]);
    let cron = planned(&bare, PlannedObject::Cron).unwrap().month();
    // docs/guide/costs.md: cron events, $0.01.
    assert_eq!((cron[Billed::WorkerRequests], cron.price().to_string()), (43_200, "$0.01".into()));
    let circuits = planned(&bare, PlannedObject::Circuits).unwrap();
    assert_eq!((circuits.hourly.object_calls, circuits.hourly.subrequests), (60, 0));
}

#[test]
fn an_upstream_that_is_probed_is_asked_each_minute() {
    let probed = SITE.replace("web.example\"", "web.example\"\nprobe = \"/\"");
    let [with, without] = [read(&probed), file("")];
    let of = |file| planned(file, PlannedObject::Circuits).unwrap();
    let (with, without) = (of(&with), of(&without));
    assert_eq!(with.hourly.subrequests, 60);
    // The row of the probe, and the oldest one, which goes.
    assert_eq!(with.hourly.rows_written - without.hourly.rows_written, 120);
    // docs/guide/costs.md: 0.3 s each minute.
    assert_eq!(with.busy.get(), 18_000);
}

#[test]
fn monitor_and_probers_are_the_plan_that_the_budget_is_of() {
    for text in [checks(1, "1m"), checks(30, "10s"), checks(3, "1h")] {
        let file = file(&text);
        let [monitor, probers] = [PlannedObject::Monitor, PlannedObject::Probers]
            .map(|object| planned(&file, object).unwrap().hourly);
        assert_eq!(monitor + probers, monitor_plan(&file.watch));
    }
}

#[test]
fn what_is_published_costs_rows() {
    let rows = |text: &str| planned(&file(text), PlannedObject::Monitor).map(|it| it.hourly);
    let [hidden, shown] = ["components = []\n", ""].map(|components| {
        let text = format!("{components}{SITE}{}", checks(1, "1m"));
        planned(&read(&text), PlannedObject::Monitor).unwrap().hourly
    });
    // docs/guide/costs.md: the row of the day each hour, and of one that goes; three that are read.
    assert_eq!(shown.rows_written - hidden.rows_written, 2);
    assert_eq!(shown.rows_read - hidden.rows_read, 180);
    let counted = rows(&format!("{}[status]\nvisitors = true\n", checks(1, "1m"))).unwrap();
    assert_eq!(counted.rows_written - shown.rows_written, 60, "the hour that runs");
    assert_eq!(rows(""), None);
    assert!(rows("[status]\nvisitors = true\n").is_some(), "without a check");
}

#[test]
fn a_thousand_checks_keep_probers_at_work_for_50_seconds_a_minute() {
    let file = file(&checks(1_000, "1m"));
    let probers = planned(&file, PlannedObject::Probers).unwrap();
    // 41 groups of 24 and one of 16, six checks at once for 0.3 s each.
    assert_eq!(probers.hourly.object_calls, 42 * 60);
    let a_minute = probers.busy.get() / 60;
    assert!((49_900..=50_400).contains(&a_minute), "{a_minute}");
    let monitor = planned(&file, PlannedObject::Monitor).unwrap();
    assert!(monitor.busy.get() <= 3_600_000, "one object is at work for an hour at most");
}

#[test]
fn a_dependency_is_asked_at_its_own_interval() {
    let dependency = |every: &str| {
        let more = format!(
            "[[dependencies]]\nname = \"db\"\nkind = \"http\"\nurl = \"https://db.example/\"\n\
             every = \"{every}\"\n"
        );
        planned(&file(&more), PlannedObject::Dependencies).unwrap()
    };
    let (often, seldom) = (dependency("10s"), dependency("1h"));
    assert_eq!((often.hourly.subrequests, seldom.hourly.subrequests), (360, 1));
    assert_eq!((often.hourly.object_calls, seldom.hourly.object_calls), (420, 61));
}

#[test]
fn snapshots_are_planned_with_and_without_what_they_write_if_all_differ() {
    let file = file(
        "[[snapshots]]\nmatch = \"/products/*\"\nevery = \"10m\"\nmax = 500\n\
         source = \"/sitemap.xml\"\n",
    );
    let [kept, written] = [PlannedObject::Snapshots, PlannedObject::ChangedSnapshots]
        .map(|object| planned(&file, object).unwrap().hourly);
    // docs/guide/costs.md: the manifest, each round, 43,200 class A.
    assert_eq!(kept.class_a_operations, 60);
    let plan = snapshots_plan(&file.site);
    assert_eq!(kept.class_a_operations + written.class_a_operations, plan.class_a_operations);
    assert_eq!(kept.subrequests + written.subrequests, plan.subrequests);
    // 500 pages each 6.7 minutes, 500 assets each 44.25, and eleven sitemaps each 21.75.
    assert_eq!(written.class_a_operations, 4_469 + 678 + 31);
    let unwritten = Cost { class_a_operations: 0, subrequests: 0, ..written };
    assert_eq!(unwritten, Cost::ZERO);
}

#[test]
fn copies_of_the_status_are_planned_where_there_is_something_to_tell() {
    let copies = |text: &str| planned(&file(text), PlannedObject::StatusCopies);
    assert!(copies("").is_none(), "nothing is watched");
    let plain = copies(&checks(1, "1m")).expect("copies").hourly;
    assert_eq!((plain.object_calls, plain.class_a_operations), (12, 12));
    let with_mirror = |keys: &str| {
        let text = format!("{}[status]\nmirror = {{ {keys} }}\n", checks(1, "1m"));
        let copies = copies(&text).expect("copies").hourly;
        // The two calls of each minute, and the copy in the bucket.
        assert_eq!((copies.object_calls, copies.class_a_operations), (120, 12));
        planned(&file(&text), PlannedObject::StatusMirror).expect("a mirror").hourly
    };
    let bucket = with_mirror("bucket = \"MIRROR\"");
    // Twelve times an hour 18 files.
    assert_eq!((bucket.subrequests, bucket.class_a_operations), (12 * 18, 12 * 18));
    let often = with_mirror("bucket = \"MIRROR\", every = \"1m\"");
    assert_eq!(often.class_a_operations, 60 * 18);
    let storage =
        with_mirror("url = \"https://s3.example/a/\", access_key = \"ID\", secret_key = \"KEY\"");
    assert_eq!((storage.subrequests, storage.class_a_operations), (12 * 18, 0));
}

#[test]
fn a_mirror_draws_from_the_budget_of_the_sites_object() {
    let bare = file(&checks(1, "1m"));
    let mirrored =
        file(&format!("{}[status]\nmirror = {{ bucket = \"MIRROR\" }}\n", checks(1, "1m")));
    let names = |file: &SiteFile| {
        let budgets = site_budgets(&file.site, &file.watch);
        budgets.into_iter().flat_map(|(of, _)| of.to_vec()).collect::<Vec<_>>()
    };
    let monitor = [PlannedObject::Monitor, PlannedObject::Probers];
    assert_eq!(names(&bare), monitor);
    assert_eq!(names(&mirrored), [&monitor[..], &[PlannedObject::StatusMirror]].concat());
    // What draws from no budget comes on top of it.
    let report = report(&mirrored);
    let copies = report.plan.iter().find(|line| line.what == PlannedObject::StatusCopies);
    let copies = copies.expect("a line").costs;
    assert!(copies > Dollars::default());
    let of_budgets: Dollars = report.budgets.iter().map(|budget| budget.at_most).sum();
    assert!(report.at_most >= of_budgets + copies, "{report}");
}

/// How often this many paths are fetched in an hour, as rounds choose them in a hundred hours.
fn chosen_an_hour(paths: u32, every: Millis) -> f64 {
    let mut random = 1_u64;
    let mut draw = || {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 32) as u32
    };
    let at = |minute: u64| Timestamp::from_millis(1_795_000_000_000 + minute * 60_000);
    let mut all: Vec<_> = (0..paths)
        .map(|key| Candidate {
            key: key as usize,
            every,
            last: Some(at(0)),
            found: at(0),
            has_news: false,
            random: draw(),
        })
        .collect();
    let mut fetched = 0;
    for minute in 1..=6_000 {
        for key in choose(all.clone(), u32::MAX, at(minute)) {
            (all[key].last, all[key].random) = (Some(at(minute)), draw());
            fetched += 1;
        }
    }
    f64::from(fetched) / 100.0
}

#[test]
fn pages_are_planned_as_often_as_rounds_choose_them() {
    for every in ["2m", "3m", "10m", "1h"] {
        let rule = format!(
            "[[snapshots]]\nmatch = \"/a/*\"\nevery = \"{every}\"\nmax = 40\nassets = false\n"
        );
        let written = planned(&file(&rule), PlannedObject::ChangedSnapshots).unwrap().hourly;
        let planned = f64::from(written.class_a_operations);
        let chosen = chosen_an_hour(40, Millis::parse(every).unwrap());
        assert!((0.98..1.02).contains(&(planned / chosen)), "{every}: {planned}, {chosen}");
    }
}

#[test]
fn prices_are_those_of_the_list() {
    let million = |billed| {
        let mut usage = Usage::default();
        usage[billed] = 1_000_000;
        usage.price().micros()
    };
    // In millionths of a dollar; 12.50 dollars for a million GB-s are 1.60 for as many seconds.
    let expected = [300_000, 150_000, 1_600_000, 1_000_000, 1_000, 4_500_000];
    assert_eq!(Billed::ALL.map(million), expected);
}

#[test]
fn what_the_paid_plan_includes_costs_nothing_more() {
    let mut usage = Usage::default();
    for billed in Billed::ALL {
        usage[billed] = billed.included();
    }
    assert_eq!(usage.price_beyond_included(), Dollars::default());
    usage[Billed::RowsWritten] += 1_000_000;
    assert_eq!(usage.price_beyond_included().to_string(), "$1.00");
}

#[test]
fn dollars_are_shown_in_rounded_cents() {
    for (nanos, shown) in [
        (0, "$0.00"),
        (4_999_999, "$0.00"),
        (5_000_000, "$0.01"),
        (12_345_678_901, "$12.35"),
        (999_999_999, "$1.00"),
    ] {
        assert_eq!(Dollars::from_nanos(nanos).to_string(), shown);
    }
}
