//! The strategies that protect an upstream.

mod alone;
mod breakwater;
mod per_request;

pub use alone::Alone;
pub use breakwater::{Breakwater, FleetEvent, Observation, Observer, Order};
pub use per_request::PerRequest;

use serde::Serialize;

use crate::isolate::Incarnation;
use crate::world::{Call, Visitor, World};

/// A way to protect an upstream. It handles events, and acts through the world.
pub trait Strategy: Sized {
    /// The right to make a call to the upstream.
    type Permit;
    /// The events of the strategy itself.
    type Event;

    /// Creates the strategy at the start of a run.
    fn new(world: &mut WorldOf<Self>) -> Self;
    /// Handles the start of an isolate with a random name.
    fn handle_start(&mut self, world: &mut WorldOf<Self>, incarnation: Incarnation, name: u64);
    /// Handles the arrival of a visitor's request.
    fn handle_visitor(&mut self, world: &mut WorldOf<Self>, visitor: Visitor);
    /// Handles the end of a call whose isolate still lives.
    fn handle_call_end(&mut self, world: &mut WorldOf<Self>, call: Call<Self::Permit>);
    /// Handles an event of the strategy itself.
    fn handle_event(&mut self, world: &mut WorldOf<Self>, event: Self::Event);
    /// Handles an eviction of the Durable Object.
    fn handle_eviction(&mut self, world: &mut WorldOf<Self>);
}

/// The world that a strategy runs in.
pub type WorldOf<S> = World<<S as Strategy>::Permit, <S as Strategy>::Event>;

/// The strategies that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Kind {
    /// Each isolate has a breaker of its own.
    Alone,
    /// Each request asks a Durable Object.
    PerRequest,
    /// Replicas in isolates share a coordinator.
    Breakwater,
}

impl Kind {
    /// All strategies.
    pub const ALL: [Self; 3] = [Self::Alone, Self::PerRequest, Self::Breakwater];

    /// The name on the command line.
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
