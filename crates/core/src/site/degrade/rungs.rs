//! The rungs below the upstream that are open to a visitor.

/// What stored responses may do for a visitor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoredUse {
    /// They may not serve this visitor.
    #[default]
    Never,
    /// They step in where the upstream does not answer well.
    OnError,
    /// They answer in the upstream's place while they are fresh, as a cache's do, and step in where
    /// the upstream does not answer well.
    AsCache,
}

/// From where a visitor may be answered in the upstream's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rungs {
    /// What the stored responses of the colo may do.
    pub stored: StoredUse,
    /// Whether a snapshot may serve.
    pub has_snapshots: bool,
}

impl StoredUse {
    /// Whether stored responses may serve the visitor at all.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Never => false,
            Self::OnError | Self::AsCache => true,
        }
    }
}

impl Rungs {
    /// Whether any rung below the upstream is open.
    pub const fn any(self) -> bool {
        self.stored.is_open() || self.has_snapshots
    }
}
