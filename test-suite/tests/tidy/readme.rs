//! The README begins with a program that exists, and names all that it depends on.
//!
//! Knows fenced blocks. Does not know what the program does.

/// The text of the first fenced block in `language`.
fn first_block<'a>(markdown: &'a str, language: &str) -> Option<&'a str> {
    let begin = format!("```{language}\n");
    let (_, rest) = markdown.split_once(&begin)?;
    rest.split_once("```").map(|(block, _)| block)
}

/// The README's first program is the example, to the letter, and short.
pub(crate) fn first_program(readme: &str, example: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    match first_block(readme, "rust") {
        None => complaints.push("README.md: there is no program".to_owned()),
        Some(program) if program != example => {
            let line = program.lines().zip(example.lines()).take_while(|(a, b)| a == b).count();
            let at = line + 1;
            complaints.push(format!(
                "README.md: its first program is not hello.rs, from line {at} of it on"
            ));
        }
        Some(program) => {
            let lines = program.lines().count();
            if lines > MOST_LINES {
                complaints.push(format!("hello.rs: {lines} lines, over {MOST_LINES}"));
            }
        }
    }
    complaints
}

/// The README's first manifest names these crates and no others.
pub(crate) fn first_manifest(readme: &str) -> Vec<String> {
    let Some(manifest) = first_block(readme, "toml") else {
        return vec!["README.md: there is no manifest".to_owned()];
    };
    let names: Vec<_> = manifest.lines().filter_map(|line| line.split_once(" =")).collect();
    let names: Vec<_> = names.into_iter().map(|(name, _)| name).collect();
    if names == DEPENDENCIES {
        return Vec::new();
    }
    vec![format!("README.md: its first manifest names {names:?}, not {DEPENDENCIES:?}")]
}

const MOST_LINES: usize = 40;
const DEPENDENCIES: [&str; 3] = ["razor-rpc", "serde", "tokio"];

#[test]
fn a_program_that_differs_or_is_long_is_found() {
    let readme = |program: &str| format!("# Title\n\n```sh\nls\n```\n\n```rust\n{program}```\n");
    assert!(first_program(&readme("fn main() {}\n"), "fn main() {}\n").is_empty());
    assert_eq!(first_program(&readme("a\nb\n"), "a\nc\n").len(), 1);
    assert!(first_program(&readme("a\nb\n"), "a\nc\n")[0].contains("line 2"));
    assert_eq!(first_program(&readme("a\n"), "a\nb\n").len(), 1, "it is cut");
    assert_eq!(first_program("# Title\n", "a\n").len(), 1);
    let long = "\n".repeat(MOST_LINES + 1);
    assert_eq!(first_program(&readme(&long), &long).len(), 1);
}

#[test]
fn a_manifest_with_other_crates_is_found() {
    let readme = |lines: &str| format!("```toml\n[dependencies]\n{lines}```\n");
    let right = "razor-rpc = { path = \"..\" }\nserde = \"1\"\ntokio = \"1\"\n";
    assert!(first_manifest(&readme(right)).is_empty());
    assert_eq!(first_manifest(&readme(&format!("{right}orb = \"0.12\"\n"))).len(), 1);
    assert_eq!(first_manifest(&readme("serde = \"1\"\n")).len(), 1);
    assert_eq!(first_manifest("").len(), 1);
}
