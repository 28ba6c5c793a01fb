//! The watch over a site in virtual time: outages, kills, restarts, and what all of it costs.

mod alerts;
mod budget;
mod campaigns;
mod clocks;
mod cost;
mod damage;
mod kills;
mod news;
mod objectives;
mod observations;
mod outages;
mod outside;
mod rounds;
mod shell;
mod silence;
mod storage;
mod subscribers;
mod subscribing;
mod visitors;

use breakwater_core::base::time::{Millis, Timestamp};

/// A number that the environment may set, for long runs.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var_os(name).map_or(default, |text| {
        let number = text.to_str().and_then(|text| text.parse().ok());
        number.unwrap_or_else(|| panic!("{name} is not a whole number"))
    })
}

/// Two checks, of which one depends on the other, and two channels.
const SHOP: &str = "
[[checks]]
name = \"frontend\"
url = \"https://shop.example/\"
from = [\"weur\", \"enam\"]
places = 2
every = \"10s\"
recheck = \"2s\"
flap_window = \"1s\"
[[checks]]
name = \"api\"
url = \"https://shop.example/api\"
every = \"10s\"
recheck = \"2s\"
flap_window = \"1s\"
depends_on = \"frontend\"
[[channels]]
name = \"ops\"
kind = \"slack\"
url = \"https://hooks.example/\"
[[channels]]
name = \"boss\"
kind = \"slack\"
url = \"https://hooks.example/boss\"
";

/// Checks that are made each minute.
fn checks(count: usize) -> String {
    let check = |number| {
        format!("[[checks]]\nname = \"c{number}\"\nurl = \"https://shop.example/{number}\"\n")
    };
    (0..count).map(check).collect()
}

fn later(from: Timestamp, ms: u64) -> Timestamp {
    from + Millis::new(ms)
}
