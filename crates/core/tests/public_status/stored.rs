//! The stored forms of the history. A literal that fails means that stored rows can no longer be
//! read: raise the version, and read the old one too.

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Millis;
use breakwater_core::site::standing::SiteState;
use breakwater_core::site::status::PublicStatus;
use breakwater_core::watch::health::Status;
use breakwater_core::watch::incident::EdgeShares;
use breakwater_core::watch::monitor::CheckResult;

use crate::watch::{Watch, check};
use crate::{HOUR, MINUTE, at, first_day};

/// Has line breaks for its readers.
const DAY: &str = r#"{"version":1,"day":{"components":{
"post":{"measured":1,"trouble":[[0,0,"degraded"]]},
"shop":{"measured":7,"maintenance":4,"trouble":[[0,333334,"down"],[2,1000000,"down"]],"took":[[0,150],[1,20]]}},
"visitors":[[0,[1,2,3,4,5,6]]]}}"#;
const SITE_HOUR: &str = r#"{"version":1,"hour":{"hour":1795402800000,
"visitors":{"errors":1,"origin":2,"copies":3,"snapshots":4,"fallbacks":5,"other":6},
"dependencies":{"mail":{"status":"fail","since":1795402800000,"measured_at":1795402800000,
"counts":{"up":0,"degraded":0,"down":1,"took_sum":"0ms","took_max":"0ms","worst":"down"}}}}}"#;
const ANNOUNCED: &str = r#"{"version":1,"announced":{"times":[
{"source":"file","pattern":"/a/*","told":{"id":"maintenance-ID","message":"Soon.","start":1795478400000,"end":1795482000000,
"is_whole_site":false,"is_recurring":false,"revision":0}}]}}"#;

fn watch() -> Watch {
    let file = check("a", "")
        + "[status]\nvisitors = true\n\
           [[dependencies]]\nname = \"mail\"\nkind = \"statuspage\"\n\
           url = \"https://status.mail.example\"\n\
           [[components]]\nname = \"shop\"\nchecks = \"a\"\nresponse_times = true\n\
           [[components]]\nname = \"post\"\ndependency = \"mail\"\n\
           [[maintenance]]\nmatch = \"/a/*\"\nstart = 2026-11-24T00:00:00Z\n\
           end = 2026-11-24T01:00:00Z\nmessage = \"Soon.\"\n";
    Watch::of(&file, at(0))
}

/// Three hours, of which the last is one of maintenance.
fn eventful() -> Watch {
    let mut watch = watch();
    let answers = EdgeShares::from_array([1, 2, 3, 4, 5, 6]);
    let round = |watch: &mut Watch, ms: u64| {
        watch.round(&SiteState::default(), &[], answers, at(ms));
    };
    round(&mut watch, 0);
    watch.find_dependency("mail", Status::Warn, at(0));
    for (minute, took, result) in
        [(0, 100, CheckResult::Up), (1, 200, CheckResult::Up), (2, 900, CheckResult::Down)]
    {
        watch.find_within("a", "edge", result, Millis::new(took), at(minute * MINUTE));
    }
    watch.find_within("a", "edge", CheckResult::Up, Millis::new(20), at(HOUR));
    let until = at(3 * HOUR);
    watch.host.handle_maintenance(&watch.rules, |_| Some(until), 0, at(2 * HOUR));
    watch.find("a", "edge", CheckResult::Down, at(2 * HOUR));
    round(&mut watch, 3 * HOUR);
    watch.find_dependency("mail", Status::Fail, at(3 * HOUR));
    watch
}

#[test]
fn the_stored_forms_are_these() {
    let mut watch = eventful();
    let literal = |text: &str| text.replace('\n', "");
    assert_eq!(watch.days[&first_day()], literal(DAY));
    assert_eq!(watch.hour.as_deref(), Some(&*literal(SITE_HOUR)));
    let told = watch.status(at(3 * HOUR)).maintenance.remove(0);
    let announced = literal(ANNOUNCED).replace("maintenance-ID", &told.id);
    assert_eq!(watch.announced, Some(announced));
    assert_eq!(told.id, "maintenance-0996ef0904b9199866d4");
}

#[test]
fn what_was_stored_reads_back_as_it_was() {
    let mut watch = eventful();
    let before = watch.status(at(3 * HOUR));
    watch.reload(at(3 * HOUR));
    assert_eq!(watch.status(at(3 * HOUR)), before);
    assert_eq!(watch.unread, [""; 0]);
}

#[test]
fn what_cannot_be_read_is_put_aside_and_known_again_with_the_next_round() {
    let mut watch = eventful();
    let newer = |name: &str| format!(r#"{{"version":2,"{name}":"of another shape"}}"#);
    watch.hour = Some(newer("hour"));
    watch.announced = Some(newer("announced"));
    watch.reload(at(3 * HOUR));
    let expected = ["hour of the site", "list of announced maintenance"]
        .map(|noun| format!("the stored {noun} has version 2, expected 1"));
    assert_eq!(watch.unread, expected);
    for name in ["hour", "announced"] {
        assert_eq!(watch.aside.get(&format!("{name}-unread")), Some(&newer(name)));
    }
    watch.reload(at(3 * HOUR));
    assert_eq!(watch.unread.len(), 2, "it is told once");
    watch.round(&SiteState::default(), &[], EdgeShares::default(), at(3 * HOUR + MINUTE));
    assert_eq!(watch.status(at(3 * HOUR + MINUTE)).maintenance.len(), 1);
}

/// What isolates keep, and read again.
#[test]
fn the_public_status_is_stored_like_this() {
    let mut watch = Watch::of(
        "[[dependencies]]\nname = \"mail\"\nkind = \"statuspage\"\n\
         url = \"https://status.mail.example\"\n\
         [[components]]\nname = \"post\"\ndependency = \"mail\"\n",
        at(0),
    );
    watch.find_dependency("mail", Status::Pass, at(0));
    let status = watch.status(at(1));
    let literal = r#"{"version":1,"status":{"at":1795392000001,"components":[{"name":"post","title":"Post",
"is_third_party":true,"only_if_degraded":false,"state":"operational","since":1795392000000,
"measured_at":1795392000000,"stale_after":"3m","days":[{"day":20780,"hours":1,"lost_ppm":0,
"worst":"operational"}]}],"incidents":[],"maintenance":[],"visitors":[]}}"#;
    assert_eq!(status.to_stored(), literal.replace('\n', ""));
    assert_eq!(PublicStatus::from_stored(literal), Ok(status));
}
