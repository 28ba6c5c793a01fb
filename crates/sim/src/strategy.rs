//! Ways to protect an upstream, side by side.

mod alone;
mod breakwater;
mod per_request;

pub use alone::Alone;
pub use breakwater::{Breakwater, Order, Sight, Step, Watch};
pub use per_request::PerRequest;

use serde::Serialize;

use crate::isolate::Life;
use crate::stage::{Call, Guest, Stage};

/// A way to protect an upstream. It is told what happens, and has effects through the stage.
pub trait Strategy: Sized {
    /// The right to make a call.
    type Permit;
    /// What happens to it alone.
    type Event;

    /// The strategy at the start of a run.
    fn new(stage: &mut StageOf<Self>) -> Self;
    /// An isolate was born, with a random name.
    fn handle_birth(&mut self, stage: &mut StageOf<Self>, life: Life, name: u64);
    /// A visitor came.
    fn handle_visitor(&mut self, stage: &mut StageOf<Self>, guest: Guest);
    /// A call has ended, and its isolate lives.
    fn handle_ended(&mut self, stage: &mut StageOf<Self>, call: Call<Self::Permit>);
    /// Something of its own is due.
    fn handle_event(&mut self, stage: &mut StageOf<Self>, event: Self::Event);
    /// The Durable Object is evicted.
    fn handle_eviction(&mut self, stage: &mut StageOf<Self>);
}

/// The stage that a strategy plays on.
pub type StageOf<S> = Stage<<S as Strategy>::Permit, <S as Strategy>::Event>;

/// The strategies that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Kind {
    /// Each isolate alone.
    Alone,
    /// One Durable Object call per request.
    PerRequest,
    /// Breakwater.
    Breakwater,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Alone, Self::PerRequest, Self::Breakwater];

    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::PerRequest => "per_request",
            Self::Breakwater => "breakwater",
        }
    }

    /// The heading of its column.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Alone => "each alone",
            Self::PerRequest => "asked per request",
            Self::Breakwater => "Breakwater",
        }
    }
}
