//! What of the answers of real frameworks would survive behind the site file that they get.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::adopt::SurveyOptions;
use breakwater_core::site::config::parse;
use breakwater_core::site::explain::{
    Explained, SiteWalk, Survival, WalkAnswer, WalkOptions, WalkStep,
};

use super::recordings::{Recorded, recorded, survey};

/// The time at which the recordings say that they were made.
const RECORDED_AT: Timestamp = Timestamp::from_millis(1_796_065_200_000);

/// What `explain` says of a recorded page.
#[track_caller]
fn explained(name: &str, path: &str) -> Explained {
    let answers = recorded(name);
    let adopted = survey("http://localhost:8000", SurveyOptions::default(), &answers);
    let site = parse("breakwater.toml", &adopted.text).expect("a site file");
    let host = site.upstreams[0].host.clone();
    let of_path = || answers.iter().filter(|answer| answer.path == path);
    let as_asked = of_path().find(|answer| answer.host.is_some() && answer.host == host);
    let answer = as_asked.or_else(|| of_path().next()).expect(path);
    look(SiteWalk::new(site, WalkOptions { pages_max: 1, follows_loads: false }), answer)
}

fn look(mut walk: SiteWalk, answer: &Recorded) -> Explained {
    walk.add_page(&answer.path);
    let WalkStep::Fetch(request) = walk.poll_step(RECORDED_AT) else { panic!("nothing to fetch") };
    let answer = WalkAnswer {
        status: answer.status,
        fields: Fields::new(&answer.fields),
        body: answer.body.as_bytes(),
        bytes: answer.body.len() as u64,
        is_whole: true,
        took: Millis::new(20),
    };
    walk.handle_answer(request.id, answer, RECORDED_AT);
    walk.poll_explained().expect("it was looked at").clone()
}

#[test]
fn public_pages_of_real_frameworks_survive() {
    for (name, path) in [
        ("astro", "/"),
        ("astro", "/live"),
        ("django", "/"),
        ("express", "/"),
        ("express", "/products/1"),
        ("next", "/"),
        ("next", "/isr"),
        ("sveltekit", "/"),
        ("sveltekit", "/about"),
        ("wordpress", "/"),
        ("wordpress", "/hello-world/"),
        ("wordpress", "/feed/"),
    ] {
        let said = explained(name, path);
        assert!(matches!(said.survival, Survival::Kept { .. }), "{name}: {said:?}");
    }
}

#[test]
fn what_is_for_one_visitor_is_kept_for_none() {
    for (name, path, because) in [
        ("django", "/admin/login/", "`private`"),
        ("django", "/contact/", "`csrftoken`"),
        ("express", "/login", "`private`"),
        ("express", "/api/products", "keeps no copies"),
        ("next", "/dyn", "no-store"),
        ("next", "/api/hello", "keeps no copies"),
        ("wordpress", "/wp-login.php", "`private`"),
    ] {
        let said = explained(name, path);
        let Survival::Lost { reason, .. } = &said.survival else { panic!("{name}: {said:?}") };
        assert!(reason.contains(because), "{name} {path}: {reason}");
    }
}
