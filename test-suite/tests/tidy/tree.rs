//! The files of the repository, and which part of a file is tests.
//!
//! Knows directories. Does not know what is checked.

use std::fs;
use std::path::{Path, PathBuf};

/// One text file; its path is relative to the root, with `/` on every system.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Rust that is part of a crate. The files in `tests/ui` are not, because the expected messages of the compiler
    /// name their lines.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs") && !self.path.contains("/tests/ui/")
    }

    pub(crate) fn is_source(&self) -> bool {
        self.is_rust() && self.path.contains("src/")
    }

    /// The text of tests: all of a test file, or what follows `#[cfg(test)] mod … {` in a source file.
    pub(crate) fn test_part(&self) -> &str {
        let load_generator = self.path.contains("src/bin/") || self.path.contains("src/bench/");
        let all = self.path.contains("tests/")
            || self.path.ends_with("/tests.rs")
            || self.path.starts_with("test-suite/src/") && !load_generator;
        if all {
            return &self.text;
        }
        let inline = self.text.match_indices("#[cfg(test)]\n").map(|(at, _)| &self.text[at..]);
        inline
            .filter(|rest| {
                // Other conditions may stand between.
                let mut lines = rest.lines().skip_while(|line| line.starts_with("#["));
                lines.next().is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
            })
            .max_by_key(|rest| rest.len())
            .unwrap_or_default()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// One file that has to be there.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|err| panic!("{path}: {err}"))
}

/// Every text file, in order of path.
pub(crate) fn files() -> Vec<File> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(directory: &Path, prefix: &str, found: &mut Vec<File>) {
    for entry in fs::read_dir(directory).expect("a directory of the repository can be read") {
        let entry = entry.expect("an entry can be read");
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().expect("an entry has a type");
        if kind.is_dir() {
            if name != "target" && (!name.starts_with('.') || name == ".ci") {
                walk(&entry.path(), &format!("{path}/"), found);
            }
        } else if kind.is_file() && name != ".git" {
            // In a second work tree, `.git` is a file. A file that is not text is not checked; a file that vanished
            // meanwhile was not part of the repository.
            if let Ok(text) = fs::read_to_string(entry.path()) {
                found.push(File { path, text });
            }
        }
    }
}

#[test]
fn the_test_part_of_a_source_file_begins_at_its_test_module() {
    let text = "fn a() {}\n#[cfg(test)]\nfn b() {}\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
    assert_eq!(
        File::new("x/src/a.rs", text).test_part(),
        "#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n"
    );
    assert_eq!(File::new("x/src/a.rs", "#[cfg(test)]\nmod tests;\nfn b() {}\n").test_part(), "");
    assert_eq!(File::new("x/tests/a.rs", text).test_part(), text);
    assert_eq!(File::new("x/src/a/tests.rs", text).test_part(), text);
    assert_eq!(File::new("test-suite/src/scenario.rs", text).test_part(), text);
    assert_eq!(File::new("test-suite/src/bin/load.rs", "fn a() {}").test_part(), "");
}

#[test]
fn the_walk_sees_scripts_and_sources_but_nothing_that_was_built() {
    let paths: Vec<_> = files().into_iter().map(|file| file.path).collect();
    assert!(paths.iter().any(|path| path == ".ci/run"));
    assert!(paths.iter().any(|path| path == "test-suite/tests/tidy/tree.rs"));
    assert!(!paths.iter().any(|path| path.starts_with("target/") || path.starts_with(".git/")));
}
