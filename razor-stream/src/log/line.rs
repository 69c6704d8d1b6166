//! The text of one log line: bounded, and on one line.
//!
//! Knows bytes and characters. Does not know what a line says.

use log::Level;
use std::fmt::{self, Arguments, Write};

/// The longest line, in bytes.
pub(super) const LONGEST: usize = 1 << 10;
/// Room for the text about lines that were left out.
const REST: usize = 64;
/// Stands at the end of a line that was cut.
const CUT: &str = "…";

/// Hands a line to the program's logger.
pub(super) fn write(target: &'static str, level: Level, told: Arguments<'_>) {
    log::log!(target: target, level, "{}", line(told, LONGEST));
}

/// Hands a line to the program's logger, with a text of up to [`REST`] bytes that is not cut.
pub(super) fn write_with_rest(
    target: &'static str,
    level: Level,
    told: Arguments<'_>,
    rest: Arguments<'_>,
) {
    let (told, rest) = (line(told, LONGEST - REST), line(rest, REST));
    log::log!(target: target, level, "{told}{rest}");
}

/// A line while it is being written. What does not fit is not even formatted.
struct Line {
    text: String,
    room: usize,
}

/// Returns the text of `told`, at most `longest` bytes. Characters that could forge lines or hide text are written as
/// escapes. A longer text is cut between two characters, and ends with [`CUT`].
pub(super) fn line(told: Arguments<'_>, longest: usize) -> String {
    let mut line = Line { text: String::new(), room: longest.saturating_sub(CUT.len()) };
    if line.write_fmt(told).is_err() {
        line.text.push_str(CUT);
    }
    line.text
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if is_plain(character) {
                self.put(character, character.len_utf8())?;
            } else {
                let escaped = character.escape_default();
                // All of an escape, or none of it.
                let mut left = escaped.len();
                for part in escaped {
                    self.put(part, left)?;
                    left -= 1;
                }
            }
        }
        Ok(())
    }
}

impl Line {
    /// Appends a character if there is room for `bytes` bytes.
    fn put(&mut self, character: char, bytes: usize) -> fmt::Result {
        if self.text.len() + bytes > self.room {
            return Err(fmt::Error);
        }
        self.text.push(character);
        Ok(())
    }
}

/// Whether the character shows as itself: it is no control character, ends no line, and does not turn the direction of
/// the text.
const fn is_plain(character: char) -> bool {
    !matches!(character,
        '\0'..='\x1F' | '\x7F'..='\u{9F}'
        | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> String {
        line(format_args!("{text}"), LONGEST)
    }

    #[test]
    fn a_line_that_fits_is_as_it_was_told() {
        assert_eq!(
            of("Calc.add of [::1]:7: größer 'x' \\ \"y\""),
            "Calc.add of [::1]:7: größer 'x' \\ \"y\""
        );
    }

    #[test]
    fn what_could_forge_a_line_is_escaped() {
        assert_eq!(
            of("a\nb\r\x1B[31m\u{202E}c\u{85}\u{2028}"),
            "a\\nb\\r\\u{1b}[31m\\u{202e}c\\u{85}\\u{2028}"
        );
    }

    #[test]
    fn what_does_not_fit_is_not_formatted() {
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for _ in 0..LONGEST {
                    f.write_str("again and ")?;
                }
                panic!("it was formatted beyond the longest line");
            }
        }
        let told = line(format_args!("{Endless}"), LONGEST);
        assert!(told.len() <= LONGEST && told.ends_with(CUT), "{told}");
    }

    proptest! {
        #[test]
        fn no_line_is_longer_than_it_may_be(text in "(\\PC|[\\x00-\\x1f\u{202E}ü€😀]){0,600}", longest in 3usize..1100) {
            let told = line(format_args!("{text}"), longest);
            prop_assert!(told.len() <= longest);
            prop_assert!(told.chars().all(is_plain));
            let again = line(format_args!("{told}"), usize::MAX);
            prop_assert_eq!(again, told);
        }
    }
}
