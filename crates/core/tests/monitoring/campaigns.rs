//! Updates on their way to their subscribers.

use std::collections::{BTreeMap, BTreeSet};

use breakwater_core::base::budget::Resource;
use breakwater_core::base::pattern::Pattern;
use breakwater_core::base::time::Millis;
use breakwater_core::site::config::parse;
use breakwater_core::site::monitoring::CAMPAIGNS_MAX;
use breakwater_core::site::standing::SiteState;
use breakwater_core::site::status::notice::NoticeContent;
use breakwater_core::site::status::subscribe::SubscribeReply;
use breakwater_core::watch::alert::outbox::{DeliveryEnd, DeliveryError};
use breakwater_core::watch::maintenance::Window;
use breakwater_core::watch::monitor::CheckResult;
use breakwater_core::watch::subscription::{ATTEMPTS_MAX, BATCH_MAX, SUBSCRIBERS_MAX};

use crate::setting;
use crate::subscribing::{
    DAY, HOUR, MINUTE, SUBSCRIBED, SubscribedShell, confirmed_webhook, email, run, well, well_with,
};

/// Lives of a run in CI; `BREAKWATER_CAMPAIGN_KILLS` is another number.
const LIVES: u64 = 4;

#[test]
fn only_what_is_published_with_notify_is_told_and_only_to_those_whom_it_concerns() {
    let mut shell = well(2);
    let all = shell.subscribe("all@a.example", &[]);
    let api = shell.subscribe("api@a.example", &["api"]);
    let front = shell.subscribe("front@a.example", &["frontend"]);
    let told_of = |shell: &mut SubscribedShell, component: &str, notify| {
        shell.noticed.clear();
        shell.open(component, notify);
        run(shell, MINUTE);
        let told = shell.noticed.iter().map(|it| it.to.subscriber.id().clone());
        told.collect::<BTreeSet<_>>()
    };
    assert!(told_of(&mut shell, "frontend", false).is_empty());
    assert_eq!(told_of(&mut shell, "frontend", true), [all.id.clone(), front.id.clone()].into());
    assert_eq!(told_of(&mut shell, "", true), [all.id, front.id, api.id].into());
}

#[test]
fn a_receiver_that_is_gone_is_told_nothing_more() {
    let mut shell = well(11);
    confirmed_webhook(&mut shell);
    shell.notice_ends = |_, _| DeliveryEnd::Gone;
    shell.open("", true);
    run(&mut shell, MINUTE);
    let counts = shell.host().subscriber_book().counts;
    assert_eq!((counts.confirmed, counts.ended, counts.webhooks), (0, 1, 0));
    shell.check_counts();
}

#[test]
fn a_receiver_that_fails_for_a_week_is_told_nothing_more() {
    let mut shell = well(12);
    confirmed_webhook(&mut shell);
    shell.notice_ends =
        |_, _| DeliveryEnd::Failed { error: DeliveryError::Status(503), retry_after: None };
    for day in 0..10 {
        let counts = shell.host().subscriber_book().counts;
        assert!(counts.confirmed == 1 || day > 7, "day {day}");
        shell.open("", true);
        run(&mut shell, DAY);
    }
    assert_eq!(shell.host().subscriber_book().counts.confirmed, 0);
    let results: Vec<_> = shell.host().subscriber_book().results().cloned().collect();
    assert!(results.len() >= 8);
    assert!(results.iter().all(|it| (it.told, it.given_up) == (0, 1)), "{results:?}");
}

#[test]
fn a_receiver_that_fails_at_times_stays_and_gets_each_message_in_the_end() {
    let mut shell = well(13);
    confirmed_webhook(&mut shell);
    shell.notice_ends = |_, now| match now.as_millis() / 1000 % 600 {
        0..300 => DeliveryEnd::Failed { error: DeliveryError::TimedOut, retry_after: None },
        _ => DeliveryEnd::Delivered,
    };
    for _ in 0..20 {
        shell.open("", true);
        run(&mut shell, HOUR);
    }
    run(&mut shell, DAY);
    assert_eq!(shell.told().len(), 20);
    assert!(shell.told().values().all(|count| *count == 1));
    assert_eq!(shell.host().campaigns().count(), 0);
    const { assert!(ATTEMPTS_MAX > 3) };
}

#[test]
fn what_the_machine_finds_is_told_once_it_lasts() {
    let mut shell = well_with(&SUBSCRIBED.replace("10m", "10s"), 14);
    shell.subscribe("ann@a.example", &[]);
    let begin = shell.now;
    // The check fails for half a minute, and later for ten minutes.
    shell.finds = Box::new(move |check, _, now| {
        let at = now.since(begin).get() / 1000;
        let is_down = check == "api" && ((60..90).contains(&at) || (600..1200).contains(&at));
        Some(if is_down { CheckResult::Down } else { CheckResult::Up })
    });
    run(&mut shell, Millis::from_secs(500));
    assert_eq!(shell.host().incidents().count(), 1);
    assert_eq!(shell.told().len(), 0, "what is over by then is not told");
    run(&mut shell, Millis::from_secs(1500));
    let texts: Vec<_> = shell
        .noticed
        .iter()
        .map(|it| match &it.content {
            NoticeContent::Incident { incident, number } => {
                let update = incident.updates.iter().find(|it| it.number == *number);
                update.expect("the update").state.as_str()
            }
            NoticeContent::Asked | NoticeContent::Maintenance(_) => "",
        })
        .collect();
    assert_eq!(texts, ["investigating", "resolved"]);
}

#[test]
fn the_months_e_mails_are_no_more_than_the_site_file_says() {
    let mut shell = well(15);
    for number in 0..10 {
        shell.subscribe(&format!("a{number}@a.example"), &[]);
    }
    // Ten were sent to confirm.
    let offered = shell.rules.status.subscriptions.as_mut().expect("subscriptions");
    offered.emails_a_month = 25;
    shell.open("", true);
    run(&mut shell, MINUTE);
    shell.open("", true);
    run(&mut shell, MINUTE);
    assert_eq!(shell.noticed.len(), 15);
    assert!(shell.host().held_work().notices > 0);
    assert!(matches!(shell.ask(email("late@a.example"), &[]), SubscribeReply::Busy(_)));
    // What waits for longer than a day is given up.
    run(&mut shell, DAY);
    run(&mut shell, HOUR);
    assert_eq!(shell.noticed.len(), 15);
    assert_eq!(shell.host().campaigns().count(), 0);
}

#[test]
fn of_too_many_updates_the_oldest_are_given_up() {
    let mut shell = well(16);
    shell.subscribe("ann@a.example", &[]);
    shell.notice_ends =
        |_, _| DeliveryEnd::Failed { error: DeliveryError::TimedOut, retry_after: None };
    let id = shell.open("", true);
    for _ in 0..CAMPAIGNS_MAX + 9 {
        shell.update(&id, true);
    }
    assert_eq!(shell.host().campaigns().count(), CAMPAIGNS_MAX);
    assert_eq!(shell.storage.campaigns.len(), CAMPAIGNS_MAX);
}

/// Updates to subscribers of both kinds, while the Worker is killed at any moment.
fn live(seed: u64) {
    let mut shell = well(seed);
    let count = 3 * BATCH_MAX + 7;
    for number in 0..count {
        let component = ["api", "frontend"][number % 2];
        shell.subscribe(&format!("a{number}@a.example"), &[component]);
        if number % 20 == 0 {
            run(&mut shell, HOUR);
        }
    }
    for _ in 0..3 {
        confirmed_webhook(&mut shell);
    }
    shell.noticed.clear();
    shell.notice_ends = |to, now| match (now.as_millis() + to.message.len() as u64) % 7 {
        0 => DeliveryEnd::Failed { error: DeliveryError::TimedOut, retry_after: None },
        _ => DeliveryEnd::Delivered,
    };
    let (mut kills, mut updates) = (0, 0);
    for round in 0..4 {
        let id = shell.open(["api", ""][round % 2], true);
        shell.update(&id, round > 1);
        updates += 1 + usize::from(round > 1);
        let end = shell.now + Millis::from_secs(400);
        while shell.step(end) {
            if shell.draw().is_multiple_of(40) {
                shell.kill();
                kills += 1;
            }
        }
    }
    run(&mut shell, Millis::from_secs(3 * 3600));
    let told = shell.told();
    let per_update: BTreeMap<&str, usize> =
        told.keys().fold(Default::default(), |mut sum: BTreeMap<_, _>, key| {
            let (update, _) = key.0.rsplit_once('-').expect("a message");
            *sum.entry(update).or_default() += 1;
            sum
        });
    assert_eq!(per_update.len(), updates, "seed {seed}: {per_update:?}");
    for (update, reached) in &per_update {
        let of_api = count / 2 + 3;
        assert!(
            [of_api + count % 2, count + 3].contains(reached),
            "seed {seed}: {update} {reached}"
        );
    }
    let most = told.values().max().copied().unwrap_or_default();
    assert!(most <= 1 + kills, "seed {seed}: {most} times after {kills} kills");
    assert_eq!(shell.host().campaigns().count(), 0, "seed {seed}");
    assert_eq!(shell.storage.campaigns.len(), 0, "seed {seed}");
    shell.check_counts();
}

#[test]
fn each_update_reaches_each_subscriber_and_is_repeated_no_more_often_than_the_worker_is_killed() {
    for seed in 0..setting("BREAKWATER_CAMPAIGN_KILLS", LIVES) {
        live(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    }
}

#[test]
fn a_worker_that_is_not_killed_repeats_nothing() {
    let mut shell = well(17);
    for number in 0..5 {
        shell.subscribe(&format!("a{number}@a.example"), &[]);
    }
    let id = shell.open("", true);
    shell.update(&id, true);
    run(&mut shell, HOUR);
    assert_eq!(shell.told().len(), 10);
    assert!(shell.told().values().all(|count| *count == 1));
}

#[test]
fn a_book_that_is_lost_is_begun_again_and_tells_nothing_twice() {
    let mut shell = well(18);
    shell.is_damaged = true;
    shell.subscribe("ann@a.example", &[]);
    let id = shell.open("", true);
    run(&mut shell, MINUTE);
    shell.kill();
    shell.storage.subscriptions = Some("{\"version\":9}".into());
    run(&mut shell, HOUR);
    assert_eq!(shell.told().len(), 1);
    assert!(shell.storage.aside.contains_key("subscriptions-unread"));
    shell.check_counts();
    shell.update(&id, true);
    run(&mut shell, MINUTE);
    assert_eq!(shell.told().len(), 2);
}

#[test]
fn maintenance_is_told_once_and_as_soon_as_it_is_planned() {
    let mut shell = well(20);
    shell.subscribe("ann@a.example", &["api"]);
    let file = "site = { name = \"Shop\", host = \"shop.example\" }\n\
        upstreams.web = { origin = \"https://web.example\" }\n\
        routes = [{ match = \"/*\", upstream = \"web\" }]";
    let (site, mut standing) = (parse("test", file).expect("a site"), SiteState::default());
    let start = shell.now + DAY;
    let window = Window {
        pattern: Pattern::parse("/*").expect("a pattern"),
        start,
        end: start + HOUR,
        message: Some("New shelves.".into()),
    };
    standing.order(window, shell.now).expect("there is room");
    let (rules, now) = (shell.rules.clone(), shell.now);
    shell.host().handle_announced(&site, &standing, &[], now);
    shell.carry_out(&rules);
    run(&mut shell, MINUTE);
    run(&mut shell, MINUTE);
    let [told] = &shell.noticed[..] else { panic!("{:?}", shell.noticed) };
    let NoticeContent::Maintenance(told) = &told.content else { panic!("{told:?}") };
    assert_eq!((told.start, told.message.as_deref()), (start, Some("New shelves.")));
    shell.kill();
    run(&mut shell, DAY);
    assert_eq!(shell.noticed.len(), 1);
}

#[test]
fn as_many_subscribers_as_there_is_room_for_are_told_in_minutes_and_within_the_budget() {
    let mut shell = well(21);
    shell.subscribe("first@a.example", &[]);
    shell.fill(SUBSCRIBERS_MAX - 1);
    run(&mut shell, MINUTE);
    assert_eq!(shell.host().subscriber_book().counts.confirmed, SUBSCRIBERS_MAX);
    shell.spent.clear();
    let begun = shell.now;
    shell.open("", true);
    run(&mut shell, HOUR);
    let told = shell.told();
    assert_eq!(told.len(), SUBSCRIBERS_MAX as usize);
    assert!(told.values().all(|count| *count == 1));
    let last = shell.noticed.last().map(|it| it.at.since(begun)).expect("a message");
    assert!(last < Millis::from_secs(600), "{last}");
    let (spent, budget) = (shell.most_in_an_hour(), shell.host().ledger().budget().0);
    for resource in Resource::ALL {
        assert!(spent[resource] <= budget[resource], "{resource:?}: {spent:?} of {budget:?}");
    }
    assert_eq!(shell.host().held_work().notices, 0, "nothing had to wait");
}
