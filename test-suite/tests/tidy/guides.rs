//! Each Rust block of a page in docs is compiled: by doctests of the test suite, or as an example of what it compares
//! with.
//!
//! Knows fenced blocks and files. Does not know what the programs do: `just guides` and the doctests run them.

use crate::tree::File;

/// What includes the pages as doctests.
const DOCTESTS: &str = "test-suite/src/lib.rs";
const FRONT: &str = "README.md";

/// Complaints about the pages in docs, about programs that no page shows, and about pages that the README does not
/// name.
pub(crate) fn complaints(files: &[File]) -> Vec<String> {
    let text = |path: &str| {
        files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str())
    };
    let programs: Vec<_> = files.iter().filter(|file| is_peer_program(&file.path)).collect();
    let mut shown = Vec::new();
    let mut complaints = Vec::new();
    for page in files.iter().filter(|file| is_page(&file.path)) {
        let path = &page.path;
        if !text(FRONT).contains(&format!("({path}")) {
            complaints.push(format!("{path}: {FRONT} has no link to it"));
        }
        for (language, block) in blocks(&page.text) {
            match language {
                "rust" if text(DOCTESTS).contains(&format!("include_str!(\"../../{path}\")")) => {}
                "rust" => complaints.push(format!("{path}: {DOCTESTS} does not include it")),
                "rust,ignore" => match programs.iter().find(|file| body(&file.text) == block) {
                    Some(program) => shown.push(&program.path),
                    None => complaints.push(format!("{path}: a block is no program in bench")),
                },
                other if other.starts_with("rust") => {
                    complaints.push(format!("{path}: a block of `{other}` is not compiled"));
                }
                _ => {}
            }
        }
    }
    let unseen = programs.iter().filter(|program| !shown.contains(&&program.path));
    complaints.extend(unseen.map(|program| format!("{}: no page shows it", program.path)));
    complaints
}

fn is_page(path: &str) -> bool {
    path.starts_with("docs/") && path.ends_with(".md")
}

/// An example of a crate that razor-rpc is compared with.
fn is_peer_program(path: &str) -> bool {
    path.starts_with("bench/") && path.contains("/examples/") && path.ends_with(".rs")
}

/// A program without the comment that it begins with.
fn body(text: &str) -> &str {
    text.split_once("\n\n").map_or(text, |(_, body)| body)
}

/// The fenced blocks of a page, each with its language.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let parts: Vec<_> = page.split("```").collect();
    // Every second part is in a block.
    let inside = parts.iter().skip(1).step_by(2);
    inside.filter_map(|block| block.split_once('\n')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "fn main() {}\n";

    fn repository(page: &str, doctests: &str, front: &str) -> Vec<File> {
        vec![
            File::new("docs/A.md", page),
            File::new(DOCTESTS, doctests),
            File::new(FRONT, front),
            File::new("bench/peer/examples/a.rs", &format!("//! A.\n\n{PROGRAM}")),
        ]
    }

    #[test]
    fn a_page_with_compiled_blocks_has_no_complaints() {
        let page =
            format!("```rust,ignore\n{PROGRAM}```\n\n```rust\nlet a = 1;\n```\n```sh\nls\n```\n");
        let doctests = "#[doc = include_str!(\"../../docs/A.md\")]";
        assert_eq!(complaints(&repository(&page, doctests, "[A](docs/A.md)")), [""; 0]);
    }

    #[test]
    fn each_block_that_nothing_compiles_is_told() {
        let page =
            "```rust\nlet a = 1;\n```\n```rust,ignore\nfn other() {}\n```\n```rust,no_run\n```\n";
        assert_eq!(
            complaints(&repository(page, "", "")),
            [
                "docs/A.md: README.md has no link to it",
                "docs/A.md: test-suite/src/lib.rs does not include it",
                "docs/A.md: a block is no program in bench",
                "docs/A.md: a block of `rust,no_run` is not compiled",
                "bench/peer/examples/a.rs: no page shows it",
            ]
        );
    }
}
