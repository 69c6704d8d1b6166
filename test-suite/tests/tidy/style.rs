//! Headers, lengths, and words that may not stay.
//!
//! Each check takes a file and returns its complaints. Does not know where files come from.

use crate::code::{code_of, has_word};
use crate::tree::File;

const LONGEST: usize = 400;

/// Every file opens with `//!`, before anything else.
pub(crate) fn header(file: &File) -> Vec<String> {
    let says = file
        .text
        .strip_prefix("//!")
        .and_then(|rest| rest.lines().next())
        .is_some_and(|line| !line.trim().is_empty() && line.trim() != "Placeholder.");
    complain(!says, || format!("{}: does not open with `//!` and what it is", file.path))
}

/// No `unsafe`, and the crate roots forbid it.
pub(crate) fn unsafe_code(file: &File) -> Vec<String> {
    let code = code_of(&file.text);
    let mut complaints =
        complain(has_word(&code, "unsafe"), || format!("{}: unsafe code", file.path));
    let forbids = code.lines().any(|line| line.trim() == "#![forbid(unsafe_code)]");
    complaints.extend(complain(is_crate_root(&file.path) && !forbids, || {
        format!("{}: a crate root without `#![forbid(unsafe_code)]`", file.path)
    }));
    complaints
}

/// The root of a library or a program. Tests and examples have the workspace's lint.
fn is_crate_root(path: &str) -> bool {
    let Some((_, inside)) = path.rsplit_once("src/") else { return false };
    match inside.strip_prefix("bin/") {
        Some(program) => !program.contains('/') || program.ends_with("/main.rs"),
        None => inside == "lib.rs" || inside == "main.rs",
    }
}

/// A source file over the limit holds a second idea.
pub(crate) fn length(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    complain(file.is_source() && lines > LONGEST, || {
        format!("{}: {lines} lines, over {LONGEST}", file.path)
    })
}

/// The root of a module with files of its own is `mod.rs` in its folder, not a file beside that folder.
pub(crate) fn beside_folders(files: &[File]) -> Vec<String> {
    let sources = files.iter().filter(|file| file.is_source()).map(|file| file.path.as_str());
    let beside = sources.filter(|path| {
        let folder = format!("{}/", path.trim_end_matches(".rs"));
        files.iter().any(|file| file.path.starts_with(&folder))
    });
    beside.map(|path| format!("{path}: stands beside its folder; it is `mod.rs` there")).collect()
}

/// No `todo!`, `unimplemented!` or `dbg!`.
pub(crate) fn unfinished(file: &File) -> Vec<String> {
    let code = code_of(&file.text);
    ["todo!", "unimplemented!", "dbg!"]
        .into_iter()
        .filter(|word| has_word(&code, word))
        .map(|word| format!("{}: {word}", file.path))
        .collect()
}

/// No test sleeps but those that are listed, and no entry of the list is stale.
pub(crate) fn sleeps(files: &[File], listed: &[(&str, &str)]) -> Vec<String> {
    let sleepers: Vec<_> = files
        .iter()
        .filter(|file| file.is_rust() && has_word(&code_of(file.test_part()), "sleep("))
        .map(|file| file.path.as_str())
        .collect();
    let unlisted = sleepers
        .iter()
        .filter(|path| !listed.iter().any(|(listed, _)| listed == *path))
        .map(|path| format!("{path}: a test sleeps; wait for an event, or list it with a reason"));
    let stale = listed
        .iter()
        .filter(|(path, reason)| !sleepers.contains(path) || reason.is_empty())
        .map(|(path, _)| format!("{path}: listed as sleeping, but does not, or without a reason"));
    unlisted.chain(stale).collect()
}

/// No absolute path of one machine.
pub(crate) fn machine_paths(file: &File) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        let named = ["work", "root", "home"].into_iter().any(|place| {
            let pattern = format!("/{place}/");
            line.match_indices(&pattern).any(|(at, _)| {
                // Behind a name it is the middle of a longer path, or of a link.
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || "._-}".contains(c))
            })
        });
        complaints.extend(complain(named, || {
            format!("{}:{}: a path of one machine", file.path, number + 1)
        }));
    }
    complaints
}

fn complain(wrong: bool, text: impl FnOnce() -> String) -> Vec<String> {
    if wrong { vec![text()] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> File {
        File::new("x/src/a.rs", text)
    }

    #[test]
    fn a_header_comes_first_and_says_something() {
        assert!(header(&source("//! A thing.\n\nuse x;")).is_empty());
        for text in ["", "use x;", "\n//! Late.", "//!\n", "//! Placeholder.\n", "// A thing."] {
            assert_eq!(header(&source(text)).len(), 1, "{text}");
        }
    }

    #[test]
    fn unsafe_is_found_in_code_alone() {
        assert!(unsafe_code(&source("// unsafe\nlet a = \"unsafe\";")).is_empty());
        assert_eq!(unsafe_code(&source("unsafe { x() }")).len(), 1);
    }

    #[test]
    fn crate_roots_are_libraries_and_programs() {
        for root in ["x/src/lib.rs", "x/src/main.rs", "x/src/bin/a.rs", "x/src/bin/a/main.rs"] {
            assert_eq!(unsafe_code(&File::new(root, "//! A.")).len(), 1, "{root}");
            assert!(unsafe_code(&File::new(root, "#![forbid(unsafe_code)]")).is_empty());
        }
        let commented = File::new("x/src/lib.rs", "// #![forbid(unsafe_code)]");
        assert_eq!(unsafe_code(&commented).len(), 1);
        for other in ["x/src/a/lib.rs", "x/src/bin/a/b.rs", "x/tests/lib.rs"] {
            assert!(unsafe_code(&File::new(other, "//! A.")).is_empty(), "{other}");
        }
    }

    #[test]
    fn the_longest_source_file_has_400_lines() {
        assert!(length(&source(&"\n".repeat(400))).is_empty());
        assert_eq!(length(&source(&"\n".repeat(401))).len(), 1);
        assert!(length(&File::new("x/tests/a.rs", &"\n".repeat(401))).is_empty());
    }

    #[test]
    fn a_file_beside_its_folder_is_told() {
        let files = ["x/src/a.rs", "x/src/a/b.rs", "x/src/ab.rs", "x/src/c/mod.rs"]
            .map(|path| File::new(path, "//! A."));
        assert_eq!(
            beside_folders(&files),
            ["x/src/a.rs: stands beside its folder; it is `mod.rs` there"]
        );
        assert!(beside_folders(&files[1..]).is_empty());
    }

    #[test]
    fn unfinished_code_is_told_by_its_word() {
        assert!(unfinished(&source("// todo!\nlet todo = \"dbg!\";")).is_empty());
        assert_eq!(unfinished(&source("todo!(); dbg!(x); unimplemented!()")).len(), 3);
    }

    #[test]
    fn a_sleeping_test_is_listed_and_a_listed_one_sleeps() {
        let library = source("fn a() { sleep(1) }");
        let test = File::new("x/tests/a.rs", "fn a() { sleep(1) }");
        let files = [library, test];
        assert!(sleeps(&files, &[("x/tests/a.rs", "a reason")]).is_empty());
        assert_eq!(sleeps(&files, &[]).len(), 1);
        assert_eq!(sleeps(&files, &[("x/tests/a.rs", "")]).len(), 1);
        assert_eq!(sleeps(&files[..1], &[("x/tests/a.rs", "a reason")]).len(), 1);
    }

    #[test]
    fn paths_of_one_machine_are_told_from_the_middle_of_others() {
        for place in ["work", "root", "home"] {
            let path = format!("/{place}/");
            for wrong in [format!("{path}a"), format!("a \"{path}b\""), format!("={path}")] {
                assert_eq!(machine_paths(&source(&wrong)).len(), 1, "{wrong}");
            }
            for right in [format!("a{path}b"), format!("..{path}"), format!("/{place}")] {
                assert!(machine_paths(&source(&right)).is_empty(), "{right}");
            }
        }
    }
}
