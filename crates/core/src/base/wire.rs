//! The texts that cross the border between Rust and JavaScript, a line for each field.
//!
//! One text crosses in a fraction of the time that a call per field takes. Each text is one struct
//! here or in the room of the site, whose fields are its lines, in their order; the build writes the
//! same texts in TypeScript, so that JavaScript reads and writes the same lines. No field holds a
//! line break: fields of HTTP cannot, and URLs have it escaped.

mod call;
pub(crate) mod line;

pub use call::{CallFacts, Held, UploadState};

/// Defines a struct that is read from a text of JavaScript's.
macro_rules! read_lines {
    (
        $(#[$about:meta])*
        $name:ident $(<$life:lifetime>)? {
            $($(#[$field_about:meta])* $field:ident: $kind:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name $(<$life>)? {
            $($(#[$field_about])* pub $field: $kind,)*
        }

        impl $(<$life>)? $name $(<$life>)? {
            /// The fields in the order of their lines.
            pub(crate) const LINES: &'static [$crate::base::wire::line::Line] = &[$(
                $crate::base::wire::line::Line {
                    field: stringify!($field),
                    kind: <$kind as $crate::base::wire::line::Read>::KIND,
                },
            )*];

            /// Reads the text. A line that is missing is as an empty one.
            pub fn parse(text: &$($life)? str) -> Self {
                let mut lines = text.split('\n');
                Self {
                    $($field: $crate::base::wire::line::Read::read(lines.next().unwrap_or_default()),)*
                }
            }
        }
    };
}

/// Defines a struct that is written as a text for JavaScript.
macro_rules! written_lines {
    (
        $(#[$about:meta])*
        $visibility:vis $name:ident<$life:lifetime> {
            $($(#[$field_about:meta])* $field:ident: $kind:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        $visibility struct $name<$life> {
            $($(#[$field_about])* $visibility $field: $kind,)*
        }

        impl<$life> $name<$life> {
            /// The fields in the order of their lines.
            pub(crate) const LINES: &'static [$crate::base::wire::line::Line] = &[$(
                $crate::base::wire::line::Line {
                    field: stringify!($field),
                    kind: $crate::base::wire::line::Kind::Text,
                },
            )*];

            /// The text, in one piece of memory that need not grow.
            $visibility fn to_lines(self) -> alloc::string::String {
                use $crate::base::wire::line::Write as _;
                // A line break each.
                let bytes = 0 $(+ self.$field.size_hint() + 1)*;
                let mut text = alloc::string::String::with_capacity(bytes);
                $(
                    self.$field.write(&mut text);
                    text.push('\n');
                )*
                // None stands after the last line.
                text.pop();
                text
            }
        }
    };
}

pub(crate) use {read_lines, written_lines};
