//! Texts that a server has sent, made harmless: they neither move the cursor of a terminal nor begin a new line.
//!
//! Knows characters. Does not know what they say.

/// The text with each control character, and each character that turns the direction of writing, written as `\u{1b}`.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Whether a terminal could take the character as a command, or it turns the direction of writing.
pub(crate) fn is_harmful(c: char) -> bool {
    c.is_control() || is_of_direction(c)
}

const fn is_of_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_reach_the_terminal() {
        assert_eq!(harmless("größer \u{1b}[2J\n"), "größer \\u{1b}[2J\\u{a}");
        assert_eq!(harmless("\u{202e}a\u{9b}"), "\\u{202e}a\\u{9b}");
    }
}
