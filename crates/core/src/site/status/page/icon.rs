//! The mark of each state: a colour, and a shape that is told apart without it.

use alloc::format;
use alloc::string::String;

use crate::site::status::ComponentState;

/// The mark of a state, in a square of 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// What the page knows it by, and the style sheet.
    pub(super) name: &'static str,
    /// The filled shape, as the path of an SVG.
    pub(super) shape: &'static str,
    /// What is drawn on the shape.
    pub(super) sign: &'static str,
    /// Its colour in the tab of a browser, which may be light or dark.
    colour: &'static str,
}

/// The mark of a state.
pub(super) const fn of(state: ComponentState) -> Mark {
    let name = state.as_str();
    match state {
        // A disc with a tick.
        ComponentState::Operational => Mark {
            name,
            shape: "M8 .5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15z",
            sign: "m4.6 8.2 2.4 2.4 4.5-4.9",
            colour: "1f8a55",
        },
        // A square with the bars of a pause.
        ComponentState::UnderMaintenance => Mark {
            name,
            shape: "M3 1h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z",
            sign: "M6 5v6M10 5v6",
            colour: "3277bd",
        },
        // A drop-shaped question.
        ComponentState::Unknown => Mark {
            name,
            shape: "M8 .5a7.5 7.5 0 1 1 0 15H.5V8A7.5 7.5 0 0 1 8 .5z",
            sign: "M5.9 6.2a2.1 2.1 0 1 1 3 1.9c-.6.3-.9.7-.9 1.3M8 11.8v.1",
            colour: "6b7c85",
        },
        // A rhombus with a bar.
        ComponentState::DegradedPerformance => {
            Mark { name, shape: "m8 0 8 8-8 8-8-8z", sign: "M5 8h6", colour: "a87400" }
        }
        // A triangle with an exclamation mark.
        ComponentState::PartialOutage => Mark {
            name,
            shape: "M8 .7 15.7 14.6H.3z",
            sign: "M8 5.6v4.2M8 12.3v.1",
            colour: "cc5f16",
        },
        // An octagon with a cross.
        ComponentState::MajorOutage => Mark {
            name,
            shape: "M4.9.5h6.2l4.4 4.4v6.2l-4.4 4.4H4.9L.5 11.1V4.9z",
            sign: "m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2",
            colour: "c8352c",
        },
    }
}

/// The marks of all states.
pub(super) fn all() -> [Mark; 6] {
    ComponentState::ALL.map(of)
}

/// The mark as an address that a browser shows in its tab, without a request.
pub(super) fn address(state: ComponentState) -> String {
    let Mark { name: _, shape, sign, colour } = of(state);
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
         %3Cpath fill='%23{colour}' d='{shape}'/%3E%3Cpath fill='none' stroke='%23fff' \
         stroke-width='1.8' stroke-linecap='round' stroke-linejoin='round' d='{sign}'/%3E%3C/svg%3E"
    )
}
