//! What a site costs without visitors, against bills that are worked out by hand.

#![cfg(feature = "toml")]

mod plan;
mod report;

use breakwater_core::site::budget::{PlannedObject, PlannedWork, PriceReport, site_plan};
use breakwater_core::site::config::{SiteFile, parse_file};

/// A site of one upstream without a probe.
const SITE: &str = "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n\
                    [upstreams.web]\norigin = \"https://web.example\"\n\
                    [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n";

fn read(text: &str) -> SiteFile {
    parse_file("breakwater.toml", text).unwrap_or_else(|error| panic!("{error}"))
}

/// [`SITE`], and more.
fn file(more: &str) -> SiteFile {
    read(&format!("{SITE}{more}"))
}

fn report(file: &SiteFile) -> PriceReport {
    PriceReport::of(&file.site, &file.watch)
}

/// What is planned for one kind of object, if it is there.
fn planned(file: &SiteFile, object: PlannedObject) -> Option<PlannedWork> {
    site_plan(&file.site, &file.watch).into_iter().find(|work| work.object == object)
}

/// This number of checks, made at this interval from one place.
fn checks(number: usize, every: &str) -> String {
    let check = |number| {
        format!(
            "[[checks]]\nname = \"c{number}\"\nurl = \"https://shop.example/{number}\"\n\
             every = \"{every}\"\nfrom = [\"weur\"]\n"
        )
    };
    (0..number).map(check).collect()
}
