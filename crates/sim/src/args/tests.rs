use super::*;

fn read(line: &str) -> Result<Command, clap::Error> {
    let words = ["breakwater-sim"].into_iter().chain(line.split_whitespace());
    parse(words.map(OsString::from))
}

#[track_caller]
fn refused(line: &str, why: &str) {
    let error = read(line).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{line}");
    let said = error.to_string();
    assert!(said.starts_with(&format!("error: {why}")), "{said}");
}

#[test]
fn definitions_make_sense() {
    Options::command().debug_assert();
    assert_eq!(
        COMPARED.len() + ["seed", "list", "swarm", "swarm-case"].len(),
        Options::command().get_arguments().count()
    );
}

#[test]
fn help_and_list_fit_a_terminal() {
    let help = Options::command().render_long_help().to_string();
    for line in help.lines().chain(list().lines()) {
        assert!(line.chars().count() <= 100, "{line}");
    }
    for line in ["", "--help"] {
        let error = read(line).unwrap_err();
        assert_eq!((error.kind(), error.exit_code()), (ErrorKind::DisplayHelp, 0));
    }
}

#[test]
fn a_comparison_is_read() {
    let line = "--scenario dead --isolates 30 --colos=3 --rps 500 --seed 7 --json \
                --strategy breakwater --geography uniform";
    let Ok(Command::Compare(compare)) = read(line) else { panic!("{line}") };
    assert_eq!(compare.entries[0].name, "dead");
    assert_eq!((compare.isolates, compare.colos, compare.rps), (30, 3, 500));
    assert_eq!((compare.seed, compare.form, compare.spread), (7, Form::Json, Spread::Uniform));
    assert_eq!(compare.kinds, [Kind::Breakwater]);
}

#[test]
fn what_is_left_out_is_as_usual() {
    let Ok(Command::Compare(compare)) =
        read("--scenario all --strategy alone --strategy per_request")
    else {
        panic!()
    };
    assert_eq!(compare.entries.len(), CATALOGUE.len());
    assert_eq!(compare.kinds, [Kind::Alone, Kind::PerRequest]);
    let Ok(Command::Compare(compare)) = read("--scenario dead") else { panic!() };
    let usual = Compare { entries: compare.entries.clone(), ..Compare::default() };
    assert_eq!(format!("{compare:?}"), format!("{usual:?}"));
}

#[test]
fn a_campaign_is_a_comparison_of_many_seeds() {
    let Ok(Command::Compare(compare)) = read("--scenario hang --seeds 100 --seed 7 --json") else {
        panic!()
    };
    assert_eq!((compare.seeds, compare.seed, compare.form), (Some(100), 7, Form::Json));
}

#[test]
fn a_swarm_starts_at_its_seed() {
    let Ok(Command::Swarm { cases, first }) = read("--swarm 1 --seed 42") else { panic!() };
    assert_eq!((cases, first), (1, 42));
}

#[test]
fn a_case_of_the_swarm_stands_alone() {
    let Ok(Command::SwarmCase(text)) = read(r#"--swarm-case {"seed":3}"#) else { panic!() };
    assert_eq!(text, r#"{"seed":3}"#);
    for other in ["--swarm 5", "--seed 5", "--json"] {
        let said = read(&format!("--swarm-case a.json {other}")).unwrap_err().to_string();
        assert!(said.contains("--swarm-case") && said.contains("cannot be used with"), "{said}");
    }
}

#[test]
fn what_is_refused_is_named_with_what_is_allowed() {
    refused(
        "--scenario ded",
        "invalid value 'ded' for '--scenario <NAME>'\n  [possible values: all, healthy, ",
    );
    refused("--json", "--scenario is missing, expected one of all, healthy, ");
    refused("--isolates 0", "invalid value '0' for '--isolates <N>': 0 is not in 1..=1000000\n");
    refused("--colos 1001", "invalid value '1001' for '--colos <N>': 1001 is not in 1..=1000\n");
    refused("--rps ten", "invalid value 'ten' for '--rps <N>': invalid digit found in string\n");
    refused(
        "--strategy best",
        "invalid value 'best' for '--strategy <NAME>'\n  \
         [possible values: alone, per_request, breakwater]\n",
    );
    refused(
        "--geography flat",
        "invalid value 'flat' for '--geography <NAME>'\n  [possible values: shop, uniform]\n",
    );
    refused("--swarm 0", "invalid value '0' for '--swarm <N>': 0 is not in 1..=1000000000\n");
    for (line, option) in [
        ("--swarm 5 --scenario dead", "'--scenario <NAME>'"),
        ("--isolates 5 --swarm 5", "'--isolates <N>'"),
        ("--swarm 5 --json", "'--json'"),
    ] {
        refused(line, "the argument '");
        let said = read(line).unwrap_err().to_string();
        for part in ["'--swarm <N>'", "cannot be used with", option] {
            assert!(said.contains(part), "{said}");
        }
    }
    refused(
        "--scenario dead --json --markdown",
        "the argument '--json' cannot be used with '--markdown'\n",
    );
    refused("--scenario all --plot a.svg", "--plot draws one scenario, but more are named\n");
    refused(
        "--scenario dead --seeds 5 --plot a.svg",
        "the argument '--seeds <N>' cannot be used with '--plot <FILE>'\n",
    );
    refused("--seeds 0", "invalid value '0' for '--seeds <N>': 0 is not in 1..=1000000\n");
    refused("--frobnicate", "unexpected argument '--frobnicate' found\n");
}
