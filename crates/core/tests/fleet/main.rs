//! The fleet's two halves together.

mod half_open;
mod loss;
mod opening;
mod orders;
mod outcomes;
mod recovery;
mod room;
