//! No comment is wider than a page.
//!
//! Knows lines of comments. Does not know sentences, nor code: rustfmt formats that.

use crate::tree::File;

/// The most characters of a line of a comment, its indentation included.
const WIDEST: usize = 120;

/// Lines of comments that are too wide. Rows of tables, and drawings and examples between fences, may have any width,
/// and a line may end with a link that reaches over the edge.
pub(crate) fn complaints(file: &File) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut fenced = false;
    for (number, line) in file.text.lines().enumerate() {
        let Some(text) = comment(line) else {
            fenced = false;
            continue;
        };
        if text.starts_with("```") {
            fenced = !fenced;
        } else if !fenced && !text.starts_with('|') && !ends_with_a_link_over_the_edge(line) {
            let width = line.chars().count();
            if width > WIDEST {
                let place = format!("{}:{}", file.path, number + 1);
                complaints.push(format!("{place}: a comment of {width} characters, over {WIDEST}"));
            }
        }
    }
    complaints
}

/// The text of a line that is a comment and nothing else.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix("//")?;
    let text = text.strip_prefix(['/', '!']).unwrap_or(text);
    Some(text.trim_start())
}

/// Whether the last word of a line is a link, and begins before the edge.
fn ends_with_a_link_over_the_edge(line: &str) -> bool {
    let (before, last) = line.rsplit_once(' ').unwrap_or(("", line));
    (last.contains("](") || last.contains("://")) && before.chars().count() < WIDEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complained(text: &str) -> Vec<String> {
        complaints(&File::new("x/src/a.rs", text))
    }

    #[test]
    fn a_comment_ends_at_the_edge() {
        for marker in ["    //", "//!", "  ///"] {
            // Two words, the first of which has a letter of two bytes.
            let line =
                |width: usize| format!("{marker} é {}", "x".repeat(width - marker.len() - 3));
            assert_eq!(line(120).chars().count(), 120);
            assert!(complained(&line(120)).is_empty(), "{marker}");
            assert_eq!(complained(&line(121)).len(), 1, "{marker}");
        }
        let wide = format!("let a = 1;\n// {}", "x".repeat(121));
        assert_eq!(complained(&wide), ["x/src/a.rs:2: a comment of 124 characters, over 120"]);
    }

    #[test]
    fn code_tables_fences_and_links_may_be_wider() {
        let wide = "x".repeat(121);
        let free = [
            format!("let a = \"// {wide}\";"),
            format!("/// | a | {wide} |"),
            format!("/// ```text\n/// {wide}\n/// ```"),
            format!("/// See [this](https://{wide})."),
        ];
        for text in free {
            assert!(complained(&text).is_empty(), "{text}");
        }
        // A fence ends with its comment, and a link does not excuse the words behind it.
        assert_eq!(complained(&format!("/// ```\nlet a = 1;\n/// {wide}")).len(), 1);
        assert_eq!(complained(&format!("/// [this](that) {wide}")).len(), 1);
        assert_eq!(complained(&format!("/// {wide} {wide} [this](that)")).len(), 1);
    }
}
