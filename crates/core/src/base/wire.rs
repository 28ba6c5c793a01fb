//! The texts that cross the border between Rust and JavaScript. Each holds one line per field.
//!
//! One text crosses in a fraction of the time that a call per field takes. Each text is a struct,
//! here or in the room `site`: the struct's fields are the lines of the text, in the same order.
//! The build writes the structs down in TypeScript too, so that JavaScript reads and writes the
//! same lines. No value contains a line break: HTTP forbids it in fields, and URLs escape it.

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
                    kind: <$kind as $crate::base::wire::line::ReadLine>::KIND,
                },
            )*];

            /// Reads the text. A line that is missing is as an empty one.
            pub fn parse(text: &$($life)? str) -> Self {
                use $crate::base::wire::line::ReadLine;
                let mut lines = text.split('\n');
                Self {
                    $($field: ReadLine::read(lines.next().unwrap_or_default()),)*
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
                    kind: $crate::base::wire::line::FieldKind::Text,
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
