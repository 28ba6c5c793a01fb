//! The keys of `[logs]` and `[tracing]`.

use breakwater_core::base::json;
use breakwater_core::base::share::Share;
use breakwater_core::base::trace::TraceSource;
use breakwater_core::site::config::{Site, parse};
use breakwater_core::telemetry::log::{LogRules, LogSeverity};

use super::{VALID, check_below};

fn site(lines: &str) -> Site {
    parse("breakwater.toml", &format!("{VALID}{lines}")).expect("a site file")
}

#[test]
fn without_the_table_all_but_details_is_logged() {
    for lines in ["", "[logs]\n"] {
        let rules = site(lines).logs;
        assert_eq!(rules, LogRules::default());
        assert_eq!((rules.enabled, rules.level), (true, LogSeverity::Info));
        assert_eq!(rules.sample, Share::parse("1%").expect("a share"));
    }
}

#[test]
fn each_key_of_the_logs_is_read_and_embedded() {
    let lines = "[logs]\nenabled = false\nlevel = \"error\"\nsample = \"0.5%\"\n\
                 [tracing]\nsource = \"platform\"\n";
    let read = site(lines);
    let sample = Share::from_basis_points(50);
    assert_eq!(read.logs, LogRules { enabled: false, level: LogSeverity::Error, sample });
    assert_eq!(read.tracing, TraceSource::Platform);
    let embedded = serde_json::to_string(&read).expect("JSON");
    assert_eq!(json::read::<Site>(&embedded).expect("a site"), read);
}

#[test]
fn a_level_or_sample_that_is_none_is_refused() {
    check_below(
        "[logs]\nlevel = \"warning\"\n",
        "2:9: logs.level: unknown log level `warning`, \
         expected one of `debug`, `info`, `warn`, `error`, `fatal`",
    );
    check_below(
        "[logs]\nsample = 0.01\n",
        "2:10: logs.sample: found the float `0.01`, expected a share such as `50%`",
    );
    check_below(
        "[logs]\nsample = \"101%\"\n",
        "2:10: logs.sample: `101%` is not a share, expected a percentage from `0%` to `100%`",
    );
    check_below(
        "[logs]\nenabled = \"no\"\n",
        "2:11: logs.enabled: found the string `\"no\"`, expected `true` or `false`",
    );
    check_below(
        "[logs]\nformat = \"text\"\n",
        "2:1: logs: unknown key `format`, expected one of `enabled`, `level`, `sample`",
    );
}

#[test]
fn a_trace_has_one_source() {
    for (lines, source) in [
        ("", TraceSource::Breakwater),
        ("[tracing]\n", TraceSource::Breakwater),
        ("[tracing]\nsource = \"breakwater\"\n", TraceSource::Breakwater),
        ("[tracing]\nsource = \"platform\"\n", TraceSource::Platform),
        ("[tracing]\nsource = \"off\"\n", TraceSource::Off),
    ] {
        assert_eq!(site(lines).tracing, source, "{lines}");
    }
    check_below(
        "[tracing]\nsource = [\"platform\", \"breakwater\"]\n",
        "2:10: tracing.source: found a list, expected a string",
    );
    check_below(
        "[tracing]\nsource = \"both\"\n",
        "2:10: tracing.source: unknown source of traces `both`, \
         expected one of `breakwater`, `platform`, `off`",
    );
}
