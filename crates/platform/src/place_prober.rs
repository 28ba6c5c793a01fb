//! How the prober of a place is asked to make checks.

use breakwater_core::site::binding;
use breakwater_core::watch::check::CheckObservation;

crate::protocol! {
    /// Asks the prober of a place.
    PlaceProberClient asks PlaceProberService with PlaceProberRequest at binding::PROBES;

    /// Makes checks of the site at this place, and returns what each found. A check that the site
    /// has no more is left out.
    Make = make(place: String, checks: Vec<String>) -> Vec<CheckObservation>;

    /// Tries a check that an operator's request describes, and returns what it found; nothing if a
    /// secret of it is not set, or if the one who was asked about its target does not know.
    Test = test(place: String, body: String) -> Option<CheckObservation>;
}
