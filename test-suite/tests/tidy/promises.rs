//! Numbers that tests cite are in docs/PROMISES.md, and items that are marked as held there are cited by a test; what
//! is not built is cited by none.
//!
//! A test cites in its comments: `Case 61`, `cases 5 and 55`, `Promises 1 and 6`, anywhere in a line that is a comment.
//! Knows numbers and states, not their meaning; does not judge whether a test does what it claims.

use crate::tree::File;
use std::collections::BTreeSet;

/// The page with the promises and cases.
pub(crate) const PAGE: &str = "docs/PROMISES.md";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Promise,
    Case,
}

type Item = (Kind, u32);

const STATES: [&str; 4] = ["held", "by design", "in part", "not yet"];

/// Citations of numbers that are not on the page, and held items that no test cites.
pub(crate) fn complaints(page: &str, files: &[File]) -> Vec<String> {
    let (items, mut complaints) = items(page);
    let mut cited = BTreeSet::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for line in file.text.lines() {
            for (kind, number) in citations(line) {
                if !items.iter().any(|(item, _)| *item == (kind, number)) {
                    complaints.push(format!("{}: no {kind:?} {number} in {PAGE}", file.path));
                }
            }
        }
        cited.extend(file.test_part().lines().flat_map(citations));
    }
    let unshown = items.iter().filter(|(item, state)| state == "held" && !cited.contains(item));
    complaints.extend(unshown.map(|((kind, number), _)| {
        format!("{PAGE}: {kind:?} {number} is held, but no test cites it")
    }));
    let shown = items.iter().filter(|(item, state)| state == "not yet" && cited.contains(item));
    complaints.extend(shown.map(|((kind, number), _)| {
        format!("{PAGE}: {kind:?} {number} is not built yet, but a test cites it")
    }));
    complaints
}

/// The items that the page lists, with their states; and the mistakes of the page.
fn items(page: &str) -> (Vec<(Item, String)>, Vec<String>) {
    let mut found: Vec<(Item, String)> = Vec::new();
    let mut complaints = Vec::new();
    for (item, state) in page.lines().filter_map(item) {
        if !STATES.contains(&state) {
            complaints.push(format!("{PAGE}: {item:?} has the unknown state {state:?}"));
        }
        if found.iter().any(|(known, _)| *known == item) {
            complaints.push(format!("{PAGE}: {item:?} is there twice"));
        }
        found.push((item, state.to_owned()));
    }
    for kind in [Kind::Promise, Kind::Case] {
        if !found.iter().any(|((known, _), _)| *known == kind) {
            complaints.push(format!("{PAGE}: no {kind:?} found"));
        }
    }
    (found, complaints)
}

/// `### Promise 1 (held): …`, or a row `| 61 | … | held |`.
fn item(line: &str) -> Option<(Item, &str)> {
    if let Some(heading) = line.strip_prefix("### Promise ") {
        let (number, rest) = heading.split_once(" (")?;
        let (state, _) = rest.split_once("):")?;
        return Some(((Kind::Promise, number.parse().ok()?), state));
    }
    let (number, rest) = line.strip_prefix("| ")?.split_once(" | ")?;
    let (_, state) = rest.strip_suffix(" |")?.rsplit_once(" | ")?;
    Some(((Kind::Case, number.parse().ok()?), state))
}

/// The items that a line cites, if it is a comment.
fn citations(line: &str) -> Vec<Item> {
    let line = line.trim_start();
    if !line.starts_with("//") {
        return Vec::new();
    }
    let mut cited = Vec::new();
    // A list of numbers ends at any of these.
    for part in line.split([':', ';', '.', '(', ')', '/', '!']) {
        let mut kind = None;
        for word in part.split([' ', ',']) {
            match word {
                "" | "and" => {}
                "Case" | "case" | "Cases" | "cases" => kind = Some(Kind::Case),
                "Promise" | "promise" | "Promises" | "promises" => kind = Some(Kind::Promise),
                word => match (kind, word.parse()) {
                    (Some(kind), Ok(number)) => cited.push((kind, number)),
                    _ => kind = None,
                },
            }
        }
    }
    cited
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "### Promise 1 (held): it ends\n### Promise 2 (not yet): twice\n\
                        | case | what | state |\n|---|---|---|\n| 5 | a cut | held |\n| 61 | a crowd | by design |\n";

    fn test(text: &str) -> File {
        File::new("x/tests/a.rs", text)
    }

    #[test]
    fn a_line_cites_by_a_word_and_the_numbers_behind_it() {
        use Kind::{Case, Promise};
        for (line, cited) in [
            ("/// Case 8, case 9: a length.", vec![(Case, 8), (Case, 9)]),
            ("    /// cases 5, 8 and 55", vec![(Case, 5), (Case, 8), (Case, 55)]),
            ("/// Promises 1 and 6: it ends.", vec![(Promise, 1), (Promise, 6)]),
            ("//! Knows promise 8. Not 9.", vec![(Promise, 8)]),
            ("/// Case 61, rule R4: in 10 s", vec![(Case, 61)]),
            ("/// Case 34: 100,000 requests", vec![(Case, 34)]),
            ("/// A case of 5 bytes, a promise", vec![]),
            ("let case = \"// case 5\";", vec![]),
        ] {
            assert_eq!(citations(line), cited, "{line}");
        }
    }

    #[test]
    fn what_is_held_has_to_be_cited_by_a_test() {
        let shown = "/// Promise 1: a.\n/// Case 5: b.\n";
        assert!(complaints(TEXT, &[test(shown)]).is_empty());
        assert_eq!(
            complaints(TEXT, &[test("/// Promise 1\n"), File::new("x/src/a.rs", shown)]),
            ["docs/PROMISES.md: Case 5 is held, but no test cites it"]
        );
    }

    #[test]
    fn what_is_not_built_is_cited_by_no_test() {
        let all = [test("/// Promises 1 and 2.\n/// Case 5.\n")];
        assert_eq!(
            complaints(TEXT, &all),
            ["docs/PROMISES.md: Promise 2 is not built yet, but a test cites it"]
        );
    }

    #[test]
    fn what_is_cited_has_to_be_on_the_page() {
        let files = [test("/// Promise 1.\n/// Case 5.\n/// Case 62.\n")];
        assert_eq!(complaints(TEXT, &files), ["x/tests/a.rs: no Case 62 in docs/PROMISES.md"]);
        let code = File::new("x/src/a.rs", "// Promise 3.\n");
        let all = [test("/// Promise 1.\n/// Case 5.\n"), code];
        assert_eq!(complaints(TEXT, &all), ["x/src/a.rs: no Promise 3 in docs/PROMISES.md"]);
    }

    #[test]
    fn a_page_with_an_unknown_state_a_double_or_nothing_is_refused() {
        let with = |more: &str| items(&format!("{TEXT}{more}")).1.len();
        assert_eq!(with(""), 0);
        assert_eq!(with("| 7 | x | perhaps |\n"), 1);
        assert_eq!(with("| 5 | x | held |\n"), 1);
        assert_eq!(items("").1.len(), 2);
    }
}
