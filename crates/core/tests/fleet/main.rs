//! The fleet's two halves together.

mod loss;
mod opening;
mod orders;
mod outcomes;
mod recovery;
mod room;
