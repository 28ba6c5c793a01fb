//! The times at which the site is closed, the paths that are closed, and the end that visitors are
//! told.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::closed::closed;
use breakwater_core::site::standing::{ORDERED_MAX, SiteState, TooMany};
use breakwater_core::watch::maintenance::{Maintenance, Window};

use super::{at, pattern, window};

fn file(windows: &[Window]) -> Maintenance {
    Maintenance { secret: None, windows: windows.to_vec() }
}

/// Returns the message for a visitor, and the end in minutes past nine.
fn told(
    file: &Maintenance,
    standing: &SiteState,
    path: &str,
    now: Timestamp,
) -> Option<(String, u64)> {
    let closed = closed(file, standing, path, now)?;
    let minutes = closed.until.since(at(0)).get() / 60_000;
    Some((closed.message.unwrap_or_default().into(), minutes))
}

#[test]
fn a_window_holds_from_its_start_to_its_end() {
    let (file, standing) = (file(&[window("/*", 10, 20)]), SiteState::default());
    let told = |now| told(&file, &standing, "/", now);
    assert_eq!(told(at(10) + Millis::ZERO), Some(("/* until 20".into(), 20)));
    assert!(told(Timestamp::from_millis(at(10).as_millis() - 1)).is_none());
    assert!(told(Timestamp::from_millis(at(20).as_millis() - 1)).is_some());
    assert_eq!(told(at(20)), None);
}

#[test]
fn a_window_is_for_its_paths_alone() {
    let (file, standing) = (file(&[window("/api/*", 0, 20)]), SiteState::default());
    for (path, is_closed) in [("/api", true), ("/api/a", true), ("/apis", false), ("/", false)] {
        assert_eq!(told(&file, &standing, path, at(1)).is_some(), is_closed, "{path}");
    }
}

#[test]
fn retry_after_lasts_until_the_end_and_never_less_than_a_second() {
    let (file, standing) = (file(&[window("/*", 0, 20)]), SiteState::default());
    let retry_after =
        |now| closed(&file, &standing, "/", now).map(|closed| closed.retry_after(now));
    assert_eq!(retry_after(at(5)), Some(Millis::from_secs(15 * 60)));
    let last = Timestamp::from_millis(at(20).as_millis() - 1);
    assert_eq!(retry_after(last), Some(Millis::from_secs(1)));
}

#[test]
fn the_window_that_ends_last_tells_and_one_that_follows_moves_the_end() {
    let windows =
        [window("/*", 0, 20), window("/api/*", 0, 30), window("/*", 30, 45), window("/*", 46, 60)];
    let (file, standing) = (file(&windows), SiteState::default());
    assert_eq!(told(&file, &standing, "/api/a", at(1)), Some(("/api/* until 30".into(), 45)));
    assert_eq!(
        told(&file, &standing, "/", at(1)),
        Some(("/* until 20".into(), 20)),
        "a gap follows"
    );
    assert_eq!(told(&file, &standing, "/", at(25)), None);
}

#[test]
fn operators_order_maintenance_and_the_last_word_counts() {
    let (file, mut standing) = (file(&[]), SiteState::default());
    standing.order(window("/*", 0, 20), at(0)).unwrap();
    standing.order(window("/*", 5, 15), at(1)).unwrap();
    assert_eq!(told(&file, &standing, "/", at(1)), None);
    assert_eq!(told(&file, &standing, "/", at(5)), Some(("/* until 15".into(), 15)));
    assert_eq!(standing.windows().len(), 1);
}

#[test]
fn lifting_ends_every_window_that_holds_now_even_those_of_the_file() {
    let file = file(&[window("/*", 0, 20), window("/*", 100, 120)]);
    let mut standing = SiteState::default();
    standing.order(window("/api/*", 0, 20), at(0)).unwrap();
    standing.order(window("/later/*", 50, 60), at(0)).unwrap();
    let lifted = standing.lift(&file, None, at(5));
    let patterns: Vec<_> = lifted.iter().map(|window| window.pattern.as_str()).collect();
    assert_eq!(patterns, ["/*", "/api/*"]);
    assert_eq!(told(&file, &standing, "/api/a", at(5)), None);
    assert!(told(&file, &standing, "/later", at(50)).is_some(), "what is to come stays");
    assert!(told(&file, &standing, "/", at(100)).is_some());
    assert_eq!(standing.lift(&file, None, at(6)), [], "there is nothing more to lift");
}

#[test]
fn a_pattern_lifts_its_windows_before_they_begin() {
    let file = file(&[window("/*", 0, 20), window("/*", 100, 120)]);
    let mut standing = SiteState::default();
    standing.order(window("/api/*", 50, 60), at(0)).unwrap();
    assert_eq!(standing.lift(&file, Some(&pattern("/api/*")), at(5)).len(), 1);
    assert!(told(&file, &standing, "/", at(5)).is_some());
    assert_eq!(standing.lift(&file, Some(&pattern("/*")), at(5)).len(), 2);
    assert_eq!(told(&file, &standing, "/", at(101)), None);
}

#[test]
fn a_lifted_window_whose_times_are_changed_holds_again() {
    let mut standing = SiteState::default();
    standing.lift(&file(&[window("/*", 0, 20)]), None, at(5));
    let moved = file(&[window("/*", 0, 21)]);
    assert!(told(&moved, &standing, "/", at(5)).is_some());
}

#[test]
fn the_number_of_windows_is_limited() {
    let mut standing = SiteState::default();
    for id in 0..ORDERED_MAX as u64 {
        standing.order(window(&format!("/{id}"), 0, 10 + id), at(0)).unwrap();
    }
    let before = standing.clone();
    assert_eq!(standing.order(window("/more", 0, 99), at(0)), Err(TooMany));
    assert_eq!(standing, before, "a refused order changes nothing");
    assert_eq!(standing.order(window("/0", 0, 99), at(0)), Ok(()), "one takes its own place");
    assert_eq!(standing.order(window("/more", 0, 99), at(11)), Ok(()), "one is over");
}
