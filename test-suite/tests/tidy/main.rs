//! What the compiler does not check about the text of this repository.
//!
//! | file | holds |
//! |---|---|
//! | `tree` | the files, and which part of a file is tests |
//! | `code` | Rust without its comments and literals |
//! | `style` | headers, lengths, words that may not stay |
//! | `width` | comments that fit on a page |
//! | `imports` | modules that import from each other |
//! | `manifest` | what Cargo.toml files have to say |
//! | `names` | pages name functions that exist |
//! | `rules` | every rule of the wire is named by a test |
//! | `promises` | what tests cite is written down, and what is promised is shown |
//! | `readme` | the README begins with a program that exists |
//! | `guides` | the Rust blocks of the pages in docs are compiled, and the README names each page |
//!
//! Each check is a function from text to complaints, and is itself tested on small texts. Knows nothing of
//! what the code does.

#![forbid(unsafe_code)]

mod code;
mod guides;
mod imports;
mod manifest;
mod names;
mod promises;
mod readme;
mod rules;
mod style;
mod tree;
mod width;

use tree::File;

/// Tests that may sleep, and why there is no event to wait for.
const SLEEPERS: &[(&str, &str)] = &[(
    "test-suite/src/stream/resting.rs",
    "a sleep on the same runtime is what a deadline is compared with; nothing waits for it",
)];

/// Fails with every complaint, not only the first.
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn each_rust_file(check: impl Fn(&File) -> Vec<String>) {
    let files = tree::files();
    let rust: Vec<_> = files.iter().filter(|file| file.is_rust()).collect();
    assert!(rust.len() > 20, "the walk found only {} files", rust.len());
    none(&rust.into_iter().flat_map(check).collect::<Vec<_>>());
}

#[test]
fn every_file_says_first_what_it_is() {
    each_rust_file(style::header);
}

#[test]
fn there_is_no_unsafe_code_and_every_crate_forbids_it() {
    each_rust_file(style::unsafe_code);
}

#[test]
fn no_source_file_is_over_400_lines() {
    each_rust_file(style::length);
}

#[test]
fn no_comment_is_wider_than_120_characters() {
    each_rust_file(width::complaints);
}

#[test]
fn the_root_of_a_module_is_in_its_folder() {
    none(&style::beside_folders(&tree::files()));
}

#[test]
fn nothing_is_left_unfinished() {
    each_rust_file(style::unfinished);
}

#[test]
fn tests_wait_for_events_and_do_not_sleep() {
    none(&style::sleeps(&tree::files(), SLEEPERS));
}

#[test]
fn no_file_names_a_place_on_one_machine() {
    none(&tree::files().iter().flat_map(style::machine_paths).collect::<Vec<_>>());
}

#[test]
fn every_dependency_of_the_workspace_has_a_reason() {
    none(&manifest::reasons(&tree::read("Cargo.toml")));
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let root = tree::read("Cargo.toml");
    let members = manifest::members(&root);
    assert!(members.len() > 5, "only {} members found", members.len());
    none(
        &members
            .iter()
            .flat_map(|member| {
                let path = format!("{member}/Cargo.toml");
                manifest::lints(&path, &tree::read(&path))
            })
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_modules_of_the_client_import_in_no_circle() {
    none(&imports::circles(&tree::files(), "razor-stream/src/client"));
}

#[test]
fn every_rule_of_the_wire_is_named_by_a_test() {
    none(&rules::complaints(&tree::files()));
}

#[test]
fn the_readme_begins_with_the_first_example_and_names_its_dependencies() {
    let readme = tree::read("README.md");
    none(&readme::first_program(&readme, &tree::read("razor-rpc/examples/hello.rs")));
    none(&readme::first_manifest(&readme));
}

#[test]
fn what_tests_cite_is_written_down_and_what_is_promised_is_shown() {
    none(&promises::complaints(&tree::read(promises::PAGE), &tree::files()));
}

#[test]
fn pages_name_functions_that_exist() {
    none(&names::complaints(&tree::files()));
}

#[test]
fn every_rust_block_of_a_page_is_compiled_and_the_readme_names_each_page() {
    none(&guides::complaints(&tree::files()));
}
