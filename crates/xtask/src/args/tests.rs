use clap::CommandFactory as _;
use clap::error::{ContextKind, ErrorKind};

use super::*;

fn parse(line: &str) -> Result<CommandLine, clap::Error> {
    CommandLine::try_parse_from(["cargo xtask"].into_iter().chain(line.split_whitespace()))
}

#[track_caller]
fn read(line: &str) -> Command {
    parse(line).unwrap().command.unwrap()
}

#[track_caller]
fn refused(line: &str, why: &str) {
    let error = parse(line).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{line}");
    let said = error.to_string();
    assert!(said.starts_with(&format!("error: {why}\n")), "{said}");
}

#[test]
fn definitions_make_sense() {
    CommandLine::command().debug_assert();
}

#[test]
fn nothing_asks_for_help() {
    assert_eq!(parse("").unwrap().command, None);
    for line in ["--help", "-h", "help"] {
        let error = parse(line).unwrap_err();
        assert_eq!((error.kind(), error.exit_code()), (ErrorKind::DisplayHelp, 0), "{line}");
    }
}

#[test]
fn each_command_has_its_own_help_that_fits_a_terminal() {
    fn check(command: &mut clap::Command, path: &str) {
        let help = command.render_long_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{path}: {line}");
        }
        for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
            let name = sub.get_name();
            let about = sub.get_about().unwrap().to_string();
            assert!(help.contains(name) && help.contains(&about), "{help}");
            let path = format!("{path} {name}");
            assert_eq!(
                parse(&format!("{path} --help")).unwrap_err().kind(),
                ErrorKind::DisplayHelp,
                "{path}"
            );
            check(sub, &path);
        }
    }
    let mut command = CommandLine::command();
    command.build();
    check(&mut command, "");
}

#[test]
fn options_of_dev_are_read() {
    let dev = Dev {
        port: Some(1),
        origin_port: Some(2),
        config: Some("a.toml".into()),
        state: Some("s".into()),
        once: true,
        ..Dev::default()
    };
    let line = "dev --port 1 --origin-port=2 --config a.toml --state s --once";
    assert_eq!(read(line), Command::Dev(dev));
    refused(
        "dev --port 70000",
        "invalid value '70000' for '--port <N>': 70000 is not in 0..=65535",
    );
    refused(
        "dev --upstream http://a --origin-port 2",
        "the argument '--upstream <URL>' cannot be used with '--origin-port <N>'",
    );
}

#[test]
fn upstream_loses_the_slash_at_its_end() {
    let dev = Dev { upstream: Some("http://localhost:3000".into()), ..Dev::default() };
    assert_eq!(read("dev --upstream http://localhost:3000/"), Command::Dev(dev));
    refused(
        "dev --upstream localhost:3000",
        "invalid value 'localhost:3000' for '--upstream <URL>': expected http(s)://HOST[:PORT]",
    );
}

#[test]
fn filter_is_one_word() {
    let filter = Some("breaker".into());
    assert_eq!(read("test breaker"), Command::Test { filter, deny_skips: false });
    refused("test a b", "unexpected argument 'b' found");
}

#[test]
fn bench_takes_what_to_measure() {
    assert_eq!(read("bench core"), Command::Bench(Bench::Core));
    assert_eq!(read("bench fleet"), Command::Bench(Bench::Fleet));
    let against = |text: &str| Some(PathBuf::from(text));
    for (line, against) in [("bench bodies", None), ("bench bodies --against x", against("x"))] {
        assert_eq!(read(line), Command::Bench(Bench::Bodies { against }));
    }
    for (line, against) in [("bench edge", None), ("bench edge --against x", against("x"))] {
        assert_eq!(read(line), Command::Bench(Bench::Edge(Edge { against, ..Edge::default() })));
    }
    refused("bench core --against x", "unexpected argument '--against' found");
    assert_eq!(read("bench peers"), Command::Bench(Bench::Peers(Peers::default())));
    let some = Peers {
        only: vec![Tool::Breakwater, Tool::Nginx],
        kinds: vec![Outage::Unavailable, Outage::Hang],
        quick: true,
    };
    let line = "bench peers --only breakwater,nginx --kinds 503,hang --quick";
    assert_eq!(read(line), Command::Bench(Bench::Peers(some)));
    refused("bench core-o", "unrecognized subcommand 'core-o'");
    let nothing = parse("bench").unwrap_err();
    assert_eq!(nothing.exit_code(), 2);
    let said = nothing.to_string();
    for subject in ["bodies", "core", "edge", "fleet", "peers"] {
        assert!(said.contains(&format!("  {subject} ")), "{said}");
    }
}

#[track_caller]
fn edge(line: &str) -> Edge {
    let Command::Bench(Bench::Edge(edge)) = read(line) else { panic!("{line}") };
    edge
}

#[test]
fn bench_edge_measures_all_or_some_of_it() {
    use EdgeRow::{Cache, Copies, Forwarded, Open, Stale};
    let whole = edge("bench edge");
    assert_eq!(whole.rows(), [Forwarded, Copies, Cache, Stale, Open]);
    assert!(whole.is_whole() && edge("bench edge --against x").is_whole());
    let some = edge("bench edge --rows open,cache --rounds 3");
    assert_eq!((some.rows(), some.rounds), (vec![Cache, Open], Some(3)));
    assert!(!some.is_whole() && !edge("bench edge --rounds 24").is_whole());
    assert!(!edge("bench edge --no-counts").is_whole());
    refused("bench edge --rounds 0", "invalid value '0' for '--rounds <N>': expected 1 or more");
    let said = parse("bench edge --rows fresh").unwrap_err().to_string();
    assert!(said.contains("forwarded, copies, cache, stale, open"), "{said}");
}

#[test]
fn conformance_runs_one_test_or_all() {
    let one = Conformance {
        suite: Some("cache-tests".into()),
        id: Some("age-parse-dup-0".into()),
        ..Conformance::default()
    };
    let line = "conformance --suite cache-tests --id age-parse-dup-0";
    assert_eq!(read(line), Command::Conformance(one));
    let all = Conformance { update: true, document: true, ..Conformance::default() };
    assert_eq!(read("conformance --update --document"), Command::Conformance(all));
    refused(
        "conformance --id a --update",
        "the argument '--id <ID>' cannot be used with '--update'",
    );
    refused("conformance age", "unexpected argument 'age' found");
}

#[test]
fn deploy_may_be_dry() {
    assert_eq!(read("deploy"), Command::Deploy { dry_run: false });
    assert_eq!(read("deploy --dry-run"), Command::Deploy { dry_run: true });
    refused("deploy --config a.toml", "unexpected argument '--config' found");
}

#[test]
fn doctor_reads_any_site_file() {
    let doctor = |config: Option<&str>, environment: Option<&str>, json| {
        let (config, environment) = (config.map(PathBuf::from), environment.map(str::to_owned));
        Command::Doctor { config, environment, json }
    };
    assert_eq!(read("doctor"), doctor(None, None, false));
    assert_eq!(read("doctor --config a.toml --json"), doctor(Some("a.toml"), None, true));
    assert_eq!(read("doctor --environment staging"), doctor(None, Some("staging"), false));
    refused("doctor a.toml", "unexpected argument 'a.toml' found");
}

#[test]
fn skipped_steps_are_allowed_unless_they_are_denied() {
    assert_eq!(read("test --deny-skips"), Command::Test { filter: None, deny_skips: true });
    refused("test --deny-skip", "unexpected argument '--deny-skip' found");
}

#[test]
fn deny_wants_the_advisories_unless_it_is_offline() {
    assert_eq!(read("reference"), Command::Reference);
    assert_eq!(read("deny"), Command::Deny { offline: false });
    assert_eq!(read("deny --offline"), Command::Deny { offline: true });
}

#[test]
fn unknown_words_are_refused() {
    refused("frobnicate", "unrecognized subcommand 'frobnicate'");
    refused("dev --frobnicate", "unexpected argument '--frobnicate' found");
    refused("check --fix", "unexpected argument '--fix' found");
    refused("dev --fresh --state s", "the argument '--fresh' cannot be used with '--state <DIR>'");
}

#[test]
fn the_nearest_name_is_suggested() {
    let error = parse("conformence").unwrap_err();
    let suggested = error.get(ContextKind::SuggestedSubcommand).map(ToString::to_string);
    assert_eq!(suggested.as_deref(), Some("conformance"));
}

#[test]
fn a_site_is_tried_by_its_name() {
    let site = SiteSoftware::WordPress;
    assert_eq!(read("try wordpress"), Command::Try { site, keep_running: false });
    let site = SiteSoftware::Django;
    assert_eq!(read("try django --keep-running"), Command::Try { site, keep_running: true });
    let why = "invalid value 'drupal' for '<SITE>': expected one of wordpress, next, django";
    refused("try drupal", why);
}
