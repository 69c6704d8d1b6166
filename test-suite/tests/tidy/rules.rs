//! Every rule of the wire is named by a test.
//!
//! A test names a rule in a line of its comment that begins so: `/// Rule Q1` or `/// Rules R4, R5 and R6`, and
//! then goes on as it likes after a colon, a full stop or the end of the line. Knows the rules by name, not
//! what they say; does not judge whether a test does what it claims.

use crate::tree::File;
use std::collections::BTreeSet;

/// The numbered rules of the protocol, and the rows of its table of errors in their order: S1 to S5 are what a
/// server sees, C1 to C4 what a client sees.
const RULES: [(&str, &str); 22] = [
    ("Q1", "seq starts at 1 and rises"),
    ("Q2", "pings"),
    ("Q3", "service and method"),
    ("Q4", "the message is the codec's"),
    ("R1", "one response for each request, in any order"),
    ("R2", "an empty success is ()"),
    ("R3", "user errors: numbers and strings"),
    ("R4", "framework errors: strings and codes"),
    ("R5", "the code decides"),
    ("R6", "no handler forges a framework error"),
    ("R7", "the length of error strings"),
    ("E1", "nothing is allocated for what was only announced"),
    ("E2", "then close: flush, shut down, discard, close"),
    ("S1", "server: wrong magic, seq not rising, end inside of a frame"),
    ("S2", "server: unknown version"),
    ("S3", "server: a length over its limit"),
    ("S4", "server: a length far over its limit, a long action"),
    ("S5", "server: bad or unknown action, undecodable message, panic"),
    ("C1", "client: a broken header"),
    ("C2", "client: a length over its limit"),
    ("C3", "client: a seq that is not in flight"),
    ("C4", "client: seq 0"),
];

/// Rules that no test names, and names that are no rule.
pub(crate) fn complaints(files: &[File]) -> Vec<String> {
    let mut named = BTreeSet::new();
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for name in file.test_part().lines().flat_map(names) {
            if !RULES.iter().any(|(rule, _)| *rule == name) {
                complaints.push(format!("{}: there is no rule {name}", file.path));
            }
            named.insert(name);
        }
    }
    let unnamed = RULES.iter().filter(|(rule, _)| !named.contains(rule));
    complaints.extend(unnamed.map(|(rule, says)| format!("no test names rule {rule} ({says})")));
    complaints
}

/// The rules that a line names.
fn names(line: &str) -> Vec<&str> {
    let line = line.trim_start();
    let Some(comment) = line.strip_prefix("///").or_else(|| line.strip_prefix("//")) else {
        return Vec::new();
    };
    let comment = comment.trim_start();
    let Some(list) = comment.strip_prefix("Rules ").or_else(|| comment.strip_prefix("Rule "))
    else {
        return Vec::new();
    };
    let list = list.split([':', '.', ';', '(']).next().unwrap_or_default();
    list.split([',', ' '])
        .filter(|word| !word.is_empty() && *word != "and")
        .take_while(|word| is_name(word))
        .collect()
}

/// A capital letter and a number; `Rules are …` names none.
fn is_name(word: &str) -> bool {
    let number = word.strip_prefix(|first: char| first.is_ascii_uppercase());
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_rules_only_where_it_begins_so() {
        assert_eq!(names("    /// Rule Q1: seq rises."), ["Q1"]);
        assert_eq!(names("// Rules R4, R5 and R6."), ["R4", "R5", "R6"]);
        assert_eq!(names("/// Rule E1"), ["E1"]);
        assert_eq!(names("/// Rule R12 does not exist"), ["R12"]);
        for none in
            ["//! Rule Q1", "/// See rule Q1.", "/// Rules are R1.", "let a = \"/// Rule Q1\";"]
        {
            assert!(names(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn only_tests_count_and_unknown_names_are_told() {
        let all: String = RULES.iter().map(|(rule, _)| format!("/// Rule {rule}.\n")).collect();
        assert!(complaints(&[File::new("x/tests/a.rs", &all)]).is_empty());
        assert_eq!(complaints(&[File::new("x/src/a.rs", &all)]).len(), RULES.len());
        let wrong = complaints(&[File::new("x/tests/a.rs", &format!("{all}/// Rule Q9.\n"))]);
        assert_eq!(wrong, ["x/tests/a.rs: there is no rule Q9"]);
    }
}
