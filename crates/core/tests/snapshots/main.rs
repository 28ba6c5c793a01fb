//! Snapshots: the plan, the last-good rule, and whole rounds against a site in virtual time.

mod budget;
mod discovery;
mod last_good;
mod plan;
mod purges;
mod rounds;
mod shop;
mod stored;
mod withdrawn;
