//! The two halves of the fleet, replicas and coordinator, working together.

mod early;
mod half_open;
mod held;
mod loss;
mod opening;
mod orders;
mod outcomes;
mod recovery;
mod room;
mod slow_start;
mod suspicion;
mod suspicion_in_colo;
mod unended;
#[path = "../vector_files/mod.rs"]
mod vector_files;
mod vectors;
