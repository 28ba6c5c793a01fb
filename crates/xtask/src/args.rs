//! Reads the command line.

mod help;

use std::path::PathBuf;

use lexopt::prelude::*;

pub(crate) use help::Topic;

pub(crate) use crate::steps::Skips;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Print help.
    Help(Topic),
    /// Install the tools.
    Setup,
    /// Run the Worker here.
    Dev(Dev),
    /// Build the bundle for deployment.
    Build {
        /// The site file; the default one if none is named.
        config: Option<PathBuf>,
    },
    /// Look the code over without running the whole of it.
    Check,
    /// Run all tests.
    Test {
        /// Run only the tests whose names contain this.
        filter: Option<String>,
        /// What the exit status says of steps that were left out.
        skips: Skips,
    },
    /// Run the public suite for HTTP caches.
    Conformance(Conformance),
    /// Measure.
    Bench(Bench),
    /// Deploy, after a pre-flight.
    Deploy {
        /// Only the pre-flight.
        dry_run: bool,
    },
    /// Judge the dependencies.
    Deny {
        /// Whether the judgement needs the database of advisories.
        advisories: Advisories,
    },
}

/// Whether a judgement of the dependencies needs the database of advisories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Advisories {
    /// Without it there is no judgement.
    #[default]
    Required,
    /// The rest is judged without it, because the machine has no network.
    LeftOut,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bench {
    /// What long bodies cost.
    Bodies {
        /// The folder of another bundle to compare with.
        against: Option<PathBuf>,
    },
    /// Core's breaker beside its peers.
    Core,
    /// The Worker's cost per request.
    Edge,
    /// The simulated fleet.
    Fleet,
}

/// The options of `dev`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dev {
    /// The site's port.
    pub(crate) port: Option<u16>,
    /// The reference backend's port.
    pub(crate) origin_port: Option<u16>,
    /// The site file.
    pub(crate) config: Option<PathBuf>,
    /// A local site in place of the reference backend.
    pub(crate) upstream: Option<String>,
    /// Where state is kept.
    pub(crate) state: Option<PathBuf>,
    /// Start empty, and forget at the end.
    pub(crate) fresh: bool,
    /// Send one request, show the answer, end.
    pub(crate) once: bool,
}

/// The options of `conformance`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conformance {
    /// A checkout of the suite, in place of the package.
    pub(crate) suite: Option<PathBuf>,
    /// The only test to run.
    pub(crate) id: Option<String>,
    /// Write down what came of the tests as what should.
    pub(crate) update: bool,
    /// Write the counts to the document.
    pub(crate) document: bool,
}

/// Reads the arguments; the error says what is wrong with them.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let topic = match parser.next()? {
        None | Some(Short('h') | Long("help")) => return Ok(Command::Help(Topic::All)),
        Some(Value(name)) => {
            let name = name.string()?;
            if name == "help" {
                return Ok(Command::Help(Topic::All));
            }
            Topic::named(&name).ok_or_else(|| format!("unknown command `{name}`"))?
        }
        Some(other) => return Err(other.unexpected()),
    };
    match topic {
        Topic::All => Ok(Command::Help(topic)),
        Topic::Setup => bare(&mut parser, topic, Command::Setup),
        Topic::Check => bare(&mut parser, topic, Command::Check),
        Topic::Deny => deny(&mut parser),
        Topic::Dev => dev(&mut parser),
        Topic::Build => build(&mut parser),
        Topic::Test => test(&mut parser),
        Topic::Conformance => conformance(&mut parser),
        Topic::Bench => bench(&mut parser),
        Topic::Deploy => deploy(&mut parser),
    }
}

fn bare(
    parser: &mut lexopt::Parser,
    topic: Topic,
    command: Command,
) -> Result<Command, lexopt::Error> {
    match parser.next()? {
        None => Ok(command),
        Some(Short('h') | Long("help")) => Ok(Command::Help(topic)),
        Some(other) => Err(other.unexpected()),
    }
}

fn dev(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut dev = Dev::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help(Topic::Dev)),
            Long("port") => dev.port = Some(parser.value()?.parse()?),
            Long("origin-port") => dev.origin_port = Some(parser.value()?.parse()?),
            Long("config") => dev.config = Some(parser.value()?.into()),
            Long("upstream") => dev.upstream = Some(address(&parser.value()?.string()?)?),
            Long("state") => dev.state = Some(parser.value()?.into()),
            Long("fresh") => dev.fresh = true,
            Long("once") => dev.once = true,
            Short(_) | Long(_) | Value(_) => return Err(arg.unexpected()),
        }
    }
    if dev.fresh && dev.state.is_some() {
        return Err("--fresh and --state exclude each other".into());
    }
    if dev.upstream.is_some() && dev.origin_port.is_some() {
        return Err("with --upstream there is no reference backend, so no --origin-port".into());
    }
    Ok(Command::Dev(dev))
}

/// What is in front of the path of a URL.
fn address(url: &str) -> Result<String, lexopt::Error> {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match host.map(|host| host.trim_end_matches('/')) {
        Some(host) if !host.is_empty() && !host.contains('/') => {
            Ok(url.trim_end_matches('/').to_owned())
        }
        _ => Err(format!("--upstream takes http(s)://HOST[:PORT], not `{url}`").into()),
    }
}

fn build(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut config = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help(Topic::Build)),
            Long("config") => config = Some(parser.value()?.into()),
            Short(_) | Long(_) | Value(_) => return Err(arg.unexpected()),
        }
    }
    Ok(Command::Build { config })
}

fn test(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut filter, mut skips) = (None, Skips::Allowed);
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help(Topic::Test)),
            Long("deny-skips") => skips = Skips::Denied,
            Value(name) if filter.is_none() => filter = Some(name.string()?),
            Short(_) | Long(_) | Value(_) => return Err(arg.unexpected()),
        }
    }
    Ok(Command::Test { filter, skips })
}

fn conformance(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut options = Conformance::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help(Topic::Conformance)),
            Long("suite") => options.suite = Some(parser.value()?.into()),
            Long("id") => options.id = Some(parser.value()?.string()?),
            Long("update") => options.update = true,
            Long("document") => options.document = true,
            Short(_) | Long(_) | Value(_) => return Err(arg.unexpected()),
        }
    }
    if options.id.is_some() && (options.update || options.document) {
        return Err("--id runs one test, --update and --document want all".into());
    }
    Ok(Command::Conformance(options))
}

fn bench(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut bench = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help(Topic::Bench)),
            Value(name) if bench.is_none() => bench = Some(subject(&name.string()?)?),
            Long("against") if matches!(bench, Some(Bench::Bodies { against: None })) => {
                bench = Some(Bench::Bodies { against: Some(parser.value()?.into()) });
            }
            Short(_) | Long(_) | Value(_) => return Err(arg.unexpected()),
        }
    }
    bench
        .map(Command::Bench)
        .ok_or_else(|| "bench takes what to measure: bodies, core, edge or fleet".into())
}

fn deploy(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut dry_run = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help(Topic::Deploy)),
            Long("dry-run") => dry_run = true,
            Short(_) | Long(_) | Value(_) => return Err(arg.unexpected()),
        }
    }
    Ok(Command::Deploy { dry_run })
}

fn deny(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut advisories = Advisories::Required;
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help(Topic::Deny)),
            Long("offline") => advisories = Advisories::LeftOut,
            Short(_) | Long(_) | Value(_) => return Err(arg.unexpected()),
        }
    }
    Ok(Command::Deny { advisories })
}

fn subject(name: &str) -> Result<Bench, lexopt::Error> {
    match name {
        "bodies" => Ok(Bench::Bodies { against: None }),
        "core" => Ok(Bench::Core),
        "edge" => Ok(Bench::Edge),
        "fleet" => Ok(Bench::Fleet),
        _ => Err(format!("cannot measure `{name}`, expected bodies, core, edge or fleet").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Advisories, Bench, Command, Conformance, Dev, PathBuf, Skips, Topic, parse};

    fn read(line: &str) -> Result<Command, String> {
        parse(lexopt::Parser::from_args(line.split_whitespace())).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn refused(line: &str, why: &str) {
        assert_eq!(read(line).unwrap_err(), why);
    }

    #[test]
    fn nothing_asks_for_help() {
        assert_eq!(read(""), Ok(Command::Help(Topic::All)));
        assert_eq!(read("--help"), Ok(Command::Help(Topic::All)));
    }

    #[test]
    fn each_command_has_its_own_help() {
        for (topic, _) in Topic::COMMANDS {
            assert_eq!(read(&format!("{} --help", topic.name())), Ok(Command::Help(topic)));
        }
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
        assert_eq!(read(line), Ok(Command::Dev(dev)));
    }

    #[test]
    fn upstream_loses_the_slash_at_its_end() {
        let dev = Dev { upstream: Some("http://localhost:3000".into()), ..Dev::default() };
        assert_eq!(read("dev --upstream http://localhost:3000/"), Ok(Command::Dev(dev)));
        refused(
            "dev --upstream localhost:3000",
            "--upstream takes http(s)://HOST[:PORT], not `localhost:3000`",
        );
    }

    #[test]
    fn filter_is_one_word() {
        let skips = Skips::Allowed;
        assert_eq!(
            read("test breaker"),
            Ok(Command::Test { filter: Some("breaker".into()), skips })
        );
        assert_eq!(read("bench edge"), Ok(Command::Bench(Bench::Edge)));
        assert_eq!(read("bench core"), Ok(Command::Bench(Bench::Core)));
        let against = |text: &str| Some(PathBuf::from(text));
        for (line, against) in [("bench bodies", None), ("bench bodies --against x", against("x"))]
        {
            assert_eq!(read(line), Ok(Command::Bench(Bench::Bodies { against })));
        }
        refused("bench edge --against x", "invalid option '--against'");
        refused("bench", "bench takes what to measure: bodies, core, edge or fleet");
        refused("bench core-o", "cannot measure `core-o`, expected bodies, core, edge or fleet");
        refused("test a b", "unexpected argument \"b\"");
    }

    #[test]
    fn conformance_runs_one_test_or_all() {
        let one = Conformance {
            suite: Some("cache-tests".into()),
            id: Some("age-parse-dup-0".into()),
            ..Conformance::default()
        };
        let line = "conformance --suite cache-tests --id age-parse-dup-0";
        assert_eq!(read(line), Ok(Command::Conformance(one)));
        let all = Conformance { update: true, document: true, ..Conformance::default() };
        assert_eq!(read("conformance --update --document"), Ok(Command::Conformance(all)));
        refused(
            "conformance --id a --update",
            "--id runs one test, --update and --document want all",
        );
        refused("conformance age", "unexpected argument \"age\"");
    }

    #[test]
    fn deploy_may_be_dry() {
        assert_eq!(read("deploy"), Ok(Command::Deploy { dry_run: false }));
        assert_eq!(read("deploy --dry-run"), Ok(Command::Deploy { dry_run: true }));
        refused("deploy --config a.toml", "invalid option '--config'");
    }

    #[test]
    fn skipped_steps_are_allowed_unless_they_are_denied() {
        let skips = Skips::Denied;
        assert_eq!(read("test --deny-skips"), Ok(Command::Test { filter: None, skips }));
        refused("test --deny-skip", "invalid option '--deny-skip'");
    }

    #[test]
    fn deny_wants_the_advisories_unless_it_is_offline() {
        let deny = |advisories| Ok(Command::Deny { advisories });
        assert_eq!(read("deny"), deny(Advisories::Required));
        assert_eq!(read("deny --offline"), deny(Advisories::LeftOut));
    }

    #[test]
    fn unknown_words_are_refused() {
        refused("frobnicate", "unknown command `frobnicate`");
        refused("dev --frobnicate", "invalid option '--frobnicate'");
        refused("check --fix", "invalid option '--fix'");
        refused("dev --fresh --state s", "--fresh and --state exclude each other");
    }
}
