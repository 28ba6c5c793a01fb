//! The numbers by which a site's circuits, upstreams and dependencies are named: their places in
//! the site's lists. Each list has a type of its own, so that the number of a circuit is never
//! taken for that of an upstream.

use serde::{Deserialize, Serialize};

/// Declares the number of an entry in one of the site's lists. Its stored form is the bare number.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(usize);

        impl $name {
            /// The entry at `index`.
            pub const fn new(index: usize) -> Self {
                Self(index)
            }

            /// Where the entry is in its list.
            pub const fn index(self) -> usize {
                self.0
            }
        }
    };
}

id! {
    /// A circuit, by its index in the site's circuits.
    CircuitId
}
id! {
    /// An upstream, by its index in the site's upstreams.
    UpstreamId
}
id! {
    /// A dependency, by its index in the site's dependencies.
    DependencyId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_stored_as_its_bare_number() {
        assert_eq!(serde_json::to_string(&CircuitId::new(3)).unwrap(), "3");
        assert_eq!(serde_json::from_str::<UpstreamId>("4").unwrap(), UpstreamId::new(4));
        assert_eq!(serde_json::from_str::<DependencyId>("5").unwrap().index(), 5);
    }
}
