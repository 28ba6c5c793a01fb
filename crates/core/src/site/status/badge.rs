//! Badges: a small picture of the state, and the same as data for those that draw their own
//! (shields.io's endpoint).

mod options;
mod width;

use alloc::format;
use alloc::string::String;

use serde::Serialize;

pub use self::options::{BadgeOptions, BadgeStyle, LABEL_MAX};
use self::width::text_width;
use super::wording::{self, english};
use super::xml::escaped;
use super::{ComponentState, StatusView};

/// The name in addresses of the badge of the whole site.
pub const SITE_BADGE: &str = "site";

/// The label of the badge of the whole site.
const SITE_LABEL: &str = "status";

/// The space on each side of a text, in pixels.
const PADDING: u32 = 5;

/// `badge/NAME.svg`: the badge of a component, or of the whole site by [`SITE_BADGE`]; `None` if
/// there is no such component.
pub fn svg(view: &StatusView<'_>, name: &str, options: &BadgeOptions) -> Option<String> {
    let badge = StatusBadge::of(view, name, options)?;
    Some(badge.drawn(options.style))
}

/// `badge/NAME.json`: the same for shields.io's endpoint badge, whose colours a reader may override
/// unless there is trouble.
pub fn shields(view: &StatusView<'_>, name: &str, options: &BadgeOptions) -> Option<String> {
    let badge = StatusBadge::of(view, name, options)?;
    let written = ShieldsBadge {
        schema_version: 1,
        label: badge.label,
        message: english::component_state(badge.state),
        color: wording::color(badge.state),
        is_error: match badge.state {
            ComponentState::Operational | ComponentState::UnderMaintenance => false,
            ComponentState::Unknown
            | ComponentState::DegradedPerformance
            | ComponentState::PartialOutage
            | ComponentState::MajorOutage => true,
        },
    };
    // Only maps with keys that are no texts, and a writer that fails, make errors.
    serde_json::to_string(&written).ok()
}

/// The shape of shields.io's endpoint badge.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShieldsBadge<'a> {
    schema_version: u32,
    label: &'a str,
    message: &'a str,
    color: &'a str,
    is_error: bool,
}

/// What a badge says.
struct StatusBadge<'a> {
    label: &'a str,
    state: ComponentState,
}

impl<'a> StatusBadge<'a> {
    /// A component that is called like the badge of the whole site has none of its own.
    fn of(view: &StatusView<'a>, name: &str, options: &'a BadgeOptions) -> Option<Self> {
        let (label, state) = if name == SITE_BADGE {
            (SITE_LABEL, view.worst())
        } else {
            let component = view.component_named(name)?;
            (component.component.title.as_str(), component.state)
        };
        Some(Self { label: options.label.as_deref().unwrap_or(label), state })
    }

    fn drawn(&self, style: BadgeStyle) -> String {
        let message = english::component_state(self.state);
        let color = wording::color(self.state);
        let (label_text, message_text) = (text_width(self.label), text_width(message));
        let (left, right) = (label_text + 2 * PADDING, message_text + 2 * PADDING);
        let width = left + right;
        let label = escaped(self.label);
        let name = format!("{label}: {message}");
        let (rounded, shade) = match style {
            BadgeStyle::Flat => (
                " rx=\"3\"",
                "<linearGradient id=\"s\" x2=\"0\" y2=\"100%\">\
                 <stop offset=\"0\" stop-color=\"#bbb\" stop-opacity=\".1\"/>\
                 <stop offset=\"1\" stop-opacity=\".1\"/></linearGradient>",
            ),
            BadgeStyle::FlatSquare => ("", ""),
        };
        let shading = match style {
            BadgeStyle::Flat => format!("<rect width=\"{width}\" height=\"20\" fill=\"url(#s)\"/>"),
            BadgeStyle::FlatSquare => String::new(),
        };
        // A text has an odd number of pixels, and so has its part of the badge.
        let text = |from: u32, room: u32, length: u32, text: &str| {
            let middle = from + room / 2;
            format!("<text x=\"{middle}.5\" y=\"14\" textLength=\"{length}\">{text}</text>")
        };
        let texts = [text(0, left, label_text, &label), text(left, right, message_text, message)];
        let texts = texts.concat();
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" \
             role=\"img\" aria-label=\"{name}\"><title>{name}</title>{shade}\
             <clipPath id=\"r\"><rect width=\"{width}\" height=\"20\"{rounded}/></clipPath>\
             <g clip-path=\"url(#r)\"><rect width=\"{left}\" height=\"20\" fill=\"#555\"/>\
             <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{color}\"/>{shading}</g>\
             <g fill=\"#fff\" text-anchor=\"middle\" \
             font-family=\"Verdana,Geneva,DejaVu Sans,sans-serif\" font-size=\"11\" \
             text-rendering=\"geometricPrecision\" aria-hidden=\"true\">{texts}</g></svg>"
        )
    }
}
