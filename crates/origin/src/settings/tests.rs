use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::read(|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

#[track_caller]
fn refused(name: &str, value: &str, expected: &str) {
    let error = read(&[(name, value)]).unwrap_err().to_string();
    assert_eq!(error, format!("{name} cannot be {expected}"));
}

#[test]
fn an_empty_environment_needs_nothing() {
    for settings in [read(&[]), read(&[("DATABASE_URL", ""), ("GEMINI_URL", "")])] {
        let settings = settings.unwrap();
        assert!(settings.database.is_none() && settings.redis.is_none());
        assert!(settings.storage.is_none() && settings.gemini.is_none());
        assert_eq!(settings.shutdown_timeout, Duration::from_secs(10));
    }
}

#[test]
fn every_variable_is_explained() {
    for name in [
        "DATABASE_URL",
        "PGSSLROOTCERT",
        "REDIS_URL",
        "STORAGE_URL",
        "STORAGE_KEY",
        "DATA_DIR",
        "DISK_WARN",
        "DISK_FAIL",
        "HEALTH_INTERVAL",
        "HEALTH_TIMEOUT",
        "GEMINI_URL",
        "GEMINI_API_KEY",
        "REMOVEBG_URL",
        "REMOVEBG_API_KEY",
        "SUPABASE_URL",
        "SUPABASE_SERVICE_KEY",
        "API_TIMEOUT",
        "SHUTDOWN_TIMEOUT",
        "SHUTDOWN_DELAY",
        "LOG_LEVEL",
        "ARRIVALS",
    ] {
        assert!(Settings::HELP.contains(name), "{name}");
    }
}

#[test]
fn no_secret_is_shown() {
    let variables = [
        ("DATABASE_URL", "postgres://shop:hunter2@localhost/shop"),
        ("REDIS_URL", "redis://:hunter2@localhost"),
        ("STORAGE_URL", "https://a.supabase.co/storage/v1"),
        ("SUPABASE_SERVICE_KEY", "hunter2"),
        ("GEMINI_URL", "https://a.example"),
        ("GEMINI_API_KEY", "hunter2"),
    ];
    let shown = format!("{:?}", read(&variables).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
    for (name, value) in [
        ("DATABASE_URL", "mysql://shop:hunter2@localhost/shop"),
        ("DATABASE_URL", "postgres://shop:hunter2@localhost/shop?sslmode=verify-full"),
        ("DATABASE_URL", "postgres://shop:hunter2@:port"),
        ("REDIS_URL", "http://:hunter2@localhost"),
        ("STORAGE_URL", "https://user:hunter2@localhost"),
        ("GEMINI_URL", "https://a.example?key=hunter2"),
        ("SUPABASE_URL", "ftp://user:hunter2@localhost"),
    ] {
        let error = read(&[(name, value)]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} cannot be `…`, expected ")), "{error}");
    }
}

#[test]
fn storage_is_supabases_if_its_path_is() {
    for (text, kind, url) in [
        (
            "https://a.supabase.co/storage/v1/",
            DependencyKind::SupabaseStorage,
            "https://a.supabase.co/storage/v1/health",
        ),
        (
            "https://a.supabase.co/storage/v1/status",
            DependencyKind::SupabaseStorage,
            "https://a.supabase.co/storage/v1/status",
        ),
        ("http://minio:9000/shop", DependencyKind::S3, "http://minio:9000/shop"),
        ("http://minio:9000/", DependencyKind::S3, "http://minio:9000/"),
    ] {
        let storage = read(&[("STORAGE_URL", text)]).unwrap().storage.unwrap();
        assert_eq!((storage.kind, storage.url.to_string().as_str()), (kind, url));
    }
}

#[test]
fn spans_have_limits_and_no_measurement_outlasts_its_interval() {
    refused("HEALTH_INTERVAL", "1ms", "`1ms`, expected a duration from 100ms to 1h, such as `2s`");
    refused("HEALTH_TIMEOUT", "11s", "`11s`, expected a duration from 10ms to 10s, such as `2s`");
    refused("SHUTDOWN_TIMEOUT", "10", "`10`, expected a duration from 10ms to 5m, such as `2s`");
    let settings = read(&[("HEALTH_INTERVAL", "500ms")]).unwrap();
    assert_eq!(settings.health_timeout, Duration::from_millis(500));
}

#[test]
fn a_disk_s_limits_are_percentages_or_never_reached() {
    let limits = |variables: &[_]| {
        let limits = read(variables).unwrap().disk_limits;
        (limits.warn, limits.fail)
    };
    assert_eq!(limits(&[]), (85, 95));
    assert_eq!(limits(&[("DISK_WARN", "never"), ("DISK_FAIL", "99")]), (u64::MAX, 99));
    for value in ["0", "101", "80%", "-1", "Never"] {
        let expected = format!("`{value}`, expected a whole number from 1 to 100, or never");
        refused("DISK_WARN", value, &expected);
    }
}

#[test]
fn a_dsn_is_read_and_never_shown() {
    let settings = read(&[("SENTRY_DSN", "https://canary@sentry.example/42\n")]).unwrap();
    assert_eq!(settings.sentry, Some(Secret::new("https://canary@sentry.example/42")));
    assert!(!format!("{settings:?}").contains("canary"));
    let expected = "`…`, expected a DSN, such as https://key@host/1";
    refused("SENTRY_DSN", "https://sentry.example/42", expected);
}

#[test]
fn severities_have_names() {
    assert_eq!(read(&[("LOG_LEVEL", "debug")]).unwrap().log_level, LevelFilter::DEBUG);
    for value in ["verbose", "3", "debug,info"] {
        let expected = format!("`{value}`, expected off, error, warn, info, debug or trace");
        refused("LOG_LEVEL", value, &expected);
    }
}
