//! How wide a text is, without a font at hand: by the widths of Verdana's characters at 11 pixels,
//! as shields.io's badge-maker has them.

/// The widths of the characters from `' '` to `'~'`, in hundredths of a pixel.
#[rustfmt::skip]
const WIDTHS: [u16; 95] = [
    387, 433, 505, 900, 699, 1184, 799, 295, 500, 500, 699, 900, 400, 500, 400, 500, 699, 699, 699,
    699, 699, 699, 699, 699, 699, 699, 500, 500, 900, 900, 900, 600, 1100, 752, 754, 768, 848, 696,
    632, 853, 827, 463, 500, 762, 612, 927, 823, 866, 663, 866, 765, 752, 678, 805, 752, 1088, 754,
    677, 754, 500, 500, 500, 900, 699, 699, 661, 685, 573, 685, 655, 387, 685, 696, 302, 379, 651,
    302, 1070, 696, 668, 685, 685, 469, 573, 433, 696, 651, 900, 651, 651, 578, 698, 500, 698, 900,
];

/// The width of each other character: that of `m`, in which most letters of the world have room.
const OTHER: u16 = 1070;

/// The width of a text in pixels, cut to whole ones and odd, so that its middle is in the middle of
/// a pixel.
pub(super) fn text_width(text: &str) -> u32 {
    let hundredths: u32 = text.chars().map(|character| u32::from(width(character))).sum();
    (hundredths / 100) | 1
}

fn width(character: char) -> u16 {
    let index = u32::from(character).checked_sub(u32::from(' '));
    let known = index.and_then(|index| WIDTHS.get(index as usize));
    known.copied().unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::text_width;

    #[test]
    fn widths_are_those_of_badge_maker() {
        // The widths of a whole badge, of which 20 pixels are padding.
        for (label, message, width) in [
            ("checkout", "degraded performance", 194),
            ("status", "operational", 116),
            ("status", "all systems operational", 180),
        ] {
            assert_eq!(text_width(label) + text_width(message) + 20, width, "{label} {message}");
        }
    }

    #[test]
    fn a_character_without_a_width_has_room() {
        assert_eq!(text_width("中"), 11);
        assert_eq!(text_width(""), 1);
    }
}
