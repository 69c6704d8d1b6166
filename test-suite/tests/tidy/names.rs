//! The pages of the repository name functions that exist.
//!
//! Looks at what stands in backticks as `Type::function`, in Markdown. Knows where a type is declared or has an `impl`.
//! Does not know which crate a page speaks of.

use crate::code::{code_of, has_word};
use crate::tree::File;

/// Names on pages that no file has which declares or implements their type.
pub(crate) fn complaints(files: &[File]) -> Vec<String> {
    let sources: Vec<_> =
        files.iter().filter(|file| file.is_source()).map(|file| code_of(&file.text)).collect();
    let pages = files.iter().filter(|file| file.path.ends_with(".md"));
    // What has changed keeps its old name there.
    let pages = pages.filter(|file| file.path != "CHANGELOG.md");
    pages.flat_map(|page| of_page(page, &sources)).collect()
}

fn of_page(page: &File, sources: &[String]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in page.text.lines().enumerate() {
        for (of, name) in line.split('`').skip(1).step_by(2).flat_map(named) {
            let mut places = sources.iter().filter(|code| is_place_of(code, of)).peekable();
            let known = places.peek().is_some();
            if known && !places.any(|code| has_word(code, &format!("fn {name}"))) {
                let path = &page.path;
                complaints.push(format!("{path}:{}: there is no `{of}::{name}`", number + 1));
            }
        }
    }
    complaints
}

/// Each type with a function of it that a piece of code names.
fn named(code: &str) -> Vec<(&str, &str)> {
    let paths = code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let pairs = paths.filter_map(|path| path.rsplit_once("::"));
    let pairs = pairs.map(|(before, name)| (before.rsplit("::").next().unwrap_or(before), name));
    pairs
        .filter(|(of, name)| {
            of.starts_with(char::is_uppercase) && name.starts_with(char::is_lowercase)
        })
        .collect()
}

/// Whether a file says what the type is, or implements something for it.
fn is_place_of(code: &str, of: &str) -> bool {
    code.lines().any(|line| {
        let declares = ["struct ", "enum ", "trait ", "impl"];
        let line = line.trim_start();
        declares.iter().any(|word| line.trim_start_matches("pub ").starts_with(word))
            && has_word(line, of)
    })
}

#[test]
fn a_name_that_is_gone_is_found() {
    let source = File::new(
        "x/src/a.rs",
        "pub struct Config;\nimpl Config {\n    pub fn with_tick(self) {}\n}",
    );
    let page = |text: &str| File::new("docs/A.md", text);
    let told = |text: &str| complaints(&[source.clone(), page(text)]);
    assert!(
        told("by `Config::with_tick`, `a::Config::with_tick(1)`, `Bytes::from_owner`").is_empty()
    );
    assert!(told("Config::tick without quotes, `Config`, `Config::Variant`").is_empty());
    assert_eq!(told("a\nby `Config::tick`"), ["docs/A.md:2: there is no `Config::tick`"]);
    assert_eq!(told("`Config::with_tick` and `a(Config::ticks(1))`").len(), 1);
    assert!(complaints(&[source.clone(), File::new("CHANGELOG.md", "`Config::tick`")]).is_empty());
}
