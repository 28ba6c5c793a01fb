//! Which format a client gets. The fields of Prometheus are what its releases send.

use breakwater_core::telemetry::metrics::MetricsFormat::{self, OpenMetrics, Text};

#[track_caller]
fn check(accept: &str, expected: MetricsFormat) {
    assert_eq!(MetricsFormat::preferred(Some(accept)), expected, "{accept}");
}

#[test]
fn prometheus_gets_what_it_asks_for_first() {
    check(
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;\
         q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        OpenMetrics,
    );
    check(
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
         application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;\
         escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
        OpenMetrics,
    );
    check(
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,\
         application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.1",
        Text,
    );
}

#[test]
fn other_clients_get_the_text_format() {
    assert_eq!(MetricsFormat::preferred(None), Text);
    for accept in ["", "*/*", "text/*", "text/plain", "text/html,*/*;q=0.8", "image/png", ";;=,"] {
        check(accept, Text);
    }
}

#[test]
fn a_weight_decides_before_the_order() {
    check("text/plain;q=0.5, application/openmetrics-text;q=0.6", OpenMetrics);
    check("application/openmetrics-text;q=0.5, text/plain;q=0.6", Text);
    check("application/openmetrics-text, text/plain", OpenMetrics);
    check("text/plain, application/openmetrics-text", Text);
    check("application/openmetrics-text;q=0, */*", Text);
    check("application/openmetrics-text;q=0.1, text/plain;q=0", OpenMetrics);
    check("Application/OpenMetrics-Text; Version=\"1.0.0\" ; Q=0.9, text/plain;q=0.8", OpenMetrics);
    check("application/*", OpenMetrics);
}

#[test]
fn a_version_that_we_do_not_write_is_not_taken() {
    check("application/openmetrics-text;version=2.0.0, text/plain;q=0.1", Text);
    check("application/openmetrics-text;version=0.0.1, */*;q=0.1", Text);
    check("application/openmetrics-text;charset=latin1, text/plain;q=0.1", Text);
    check("text/plain;version=1.0.0, application/openmetrics-text;q=0.1", OpenMetrics);
}

#[test]
fn the_content_type_names_the_version() {
    assert_eq!(
        OpenMetrics.content_type(),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    assert_eq!(Text.content_type(), "text/plain; version=0.0.4; charset=utf-8");
}
