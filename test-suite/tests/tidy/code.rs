//! Rust without its comments and literals, so that a word in a sentence is not taken for code.
//!
//! Knows how comments, strings and characters begin and end. Does not know the rest of the language.

/// The code of a file: comments and the contents of literals become spaces, line breaks stay.
pub(crate) fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_word = false;
    while let Some(first) = rest.chars().next() {
        let skipped = if after_word { quoted(rest) } else { comment_or_literal(rest) };
        if skipped > 0 {
            let (gone, left) = rest.split_at(skipped);
            code.extend(gone.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            (rest, after_word) = (left, false);
        } else {
            code.push(first);
            (rest, after_word) = (&rest[first.len_utf8()..], is_word(first));
        }
    }
    code
}

/// Whether `word` stands in the code by itself, not as a part of a longer name.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        // A pattern that ends in punctuation, like `dbg!`, ends there by itself.
        let ended = word.ends_with(|last: char| !is_word(last)) || !after.is_some_and(is_word);
        !before.is_some_and(is_word) && ended
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the comment or literal that `rest` begins with, 0 if it begins with neither.
fn comment_or_literal(rest: &str) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    // A prefix says how the string is to be read: b"", c"", r"", br#""#.
    let prefix = rest.len() - rest.trim_start_matches(['b', 'c', 'r']).len();
    let (letters, after) = rest.split_at(prefix.min(2));
    if letters.ends_with('r') {
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = &after[hashes + 1..];
            let length = body.find(&end).map_or(body.len(), |at| at + end.len());
            return letters.len() + hashes + 1 + length;
        }
    }
    match quoted(after) {
        0 => 0,
        length => letters.len() + length,
    }
}

/// The length of the string or character that `rest` begins with. A lifetime is neither.
fn quoted(rest: &str) -> usize {
    if rest.starts_with('"') {
        return closed_by(rest, '"');
    }
    let mut chars = rest.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('\''), Some('\\'), _) => closed_by(rest, '\''),
        (Some('\''), Some(c), Some('\'')) => c.len_utf8() + 2,
        _ => 0,
    }
}

fn closed_by(rest: &str, end: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == end => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

#[test]
fn comments_and_literals_are_blank_and_lines_stay() {
    let cases = [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d\n */ e", "a               \n    e"),
        (r#"f("a \" b", c)"#, r"f(        , c)"),
        ("r\"a\\\" b", "      b"),
        ("br#\"a\"b\"# c", "          c"),
        ("b\"x\" b'y' cr", "          cr"),
        ("'\"' 'a '\\'' x: &'a str", "    'a      x: &'a str"),
        ("for r in bar { r(\"é\") }", "for r in bar { r(   ) }"),
        ("\"open", "     "),
    ];
    for (text, code) in cases {
        assert_eq!(code_of(text), code, "{text}");
    }
}

#[test]
fn a_word_is_not_found_inside_of_another() {
    assert!(has_word("x.sleep(1)", "sleep("));
    assert!(!has_word("fn asleep(x)", "sleep("));
    assert!(!has_word("forbid(unsafe_code)", "unsafe"));
    assert!(has_word("unsafe_code unsafe {", "unsafe"));
    assert!(has_word("dbg!(x)", "dbg!"));
    assert!(!has_word("my_dbg!(x)", "dbg!"));
}
