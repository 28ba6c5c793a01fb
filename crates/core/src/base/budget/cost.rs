//! What the platform bills or limits.

use core::ops::{Add, AddAssign, Index, IndexMut};

use serde::Serialize;

/// What the platform bills or limits by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Requests to Durable Objects, which include alarms.
    ObjectCalls,
    /// Rows that a Durable Object writes or deletes, which include alarms that are set.
    RowsWritten,
    /// Rows that a Durable Object reads.
    RowsRead,
    /// Requests that a Worker or an object sends.
    Subrequests,
    /// Writes to R2, and lists of what is in it.
    ClassAOperations,
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::ObjectCalls,
        Self::RowsWritten,
        Self::RowsRead,
        Self::Subrequests,
        Self::ClassAOperations,
    ];

    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ObjectCalls => "object_calls",
            Self::RowsWritten => "rows_written",
            Self::RowsRead => "rows_read",
            Self::Subrequests => "subrequests",
            Self::ClassAOperations => "class_a_operations",
        }
    }
}

/// An amount of each resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// See [`Resource::ObjectCalls`].
    pub object_calls: u32,
    /// See [`Resource::RowsWritten`].
    pub rows_written: u32,
    /// See [`Resource::RowsRead`].
    pub rows_read: u32,
    /// See [`Resource::Subrequests`].
    pub subrequests: u32,
    /// See [`Resource::ClassAOperations`].
    pub class_a_operations: u32,
}

impl Cost {
    /// Nothing.
    pub const ZERO: Self = Self {
        object_calls: 0,
        rows_written: 0,
        rows_read: 0,
        subrequests: 0,
        class_a_operations: 0,
    };

    /// The cost of doing it this many times.
    #[must_use]
    pub const fn times(self, number: u32) -> Self {
        Self {
            object_calls: self.object_calls.saturating_mul(number),
            rows_written: self.rows_written.saturating_mul(number),
            rows_read: self.rows_read.saturating_mul(number),
            subrequests: self.subrequests.saturating_mul(number),
            class_a_operations: self.class_a_operations.saturating_mul(number),
        }
    }
}

impl Index<Resource> for Cost {
    type Output = u32;

    fn index(&self, resource: Resource) -> &u32 {
        match resource {
            Resource::ObjectCalls => &self.object_calls,
            Resource::RowsWritten => &self.rows_written,
            Resource::RowsRead => &self.rows_read,
            Resource::Subrequests => &self.subrequests,
            Resource::ClassAOperations => &self.class_a_operations,
        }
    }
}

impl IndexMut<Resource> for Cost {
    fn index_mut(&mut self, resource: Resource) -> &mut u32 {
        match resource {
            Resource::ObjectCalls => &mut self.object_calls,
            Resource::RowsWritten => &mut self.rows_written,
            Resource::RowsRead => &mut self.rows_read,
            Resource::Subrequests => &mut self.subrequests,
            Resource::ClassAOperations => &mut self.class_a_operations,
        }
    }
}

/// The sums saturate.
impl Add for Cost {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        for resource in Resource::ALL {
            self[resource] = self[resource].saturating_add(other[resource]);
        }
    }
}
