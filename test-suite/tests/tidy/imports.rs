//! No module imports from a module that imports from it, directly or through others.
//!
//! Follows each path to the module that defines its name, through the `pub use` of maps. Knows no types.

use crate::code::code_of;
use crate::tree::File;
use std::collections::{BTreeMap, BTreeSet};

/// A path as it is written, by segments.
type Path = Vec<String>;

/// The imports of a module.
#[derive(Default)]
struct Module {
    paths: Vec<Path>,
    /// Names that it only re-exports, with the paths where they come from.
    handed_on: BTreeMap<String, Path>,
}

/// The modules below a folder by their full name, which begins with that of the folder.
struct Tree {
    root: String,
    modules: BTreeMap<String, Module>,
}

/// The imports among modules below `folder` that belong to a circle.
pub(crate) fn circles(files: &[File], folder: &str) -> Vec<String> {
    let tree = Tree::new(files, folder);
    assert!(!tree.modules.is_empty(), "there is no module in {folder}");
    let mut imports = tree.imports();
    loop {
        let before = imports.len();
        // A module that imports nothing, or that nobody imports, is in no circle; without it, others are not either.
        let from: BTreeSet<_> = imports.iter().map(|(from, _)| from.clone()).collect();
        let to: BTreeSet<_> = imports.iter().map(|(_, to)| to.clone()).collect();
        imports.retain(|(a, b)| from.contains(b) && to.contains(a));
        if imports.len() == before {
            break;
        }
    }
    imports.iter().map(|(from, to)| format!("{from} imports from {to}, in a circle")).collect()
}

impl Tree {
    fn new(files: &[File], folder: &str) -> Self {
        let (above, root) = folder.rsplit_once('/').expect("a folder of a crate's source");
        let named = files.iter().filter_map(|file| {
            let path = file.path.strip_prefix(above)?.strip_prefix('/')?.strip_suffix(".rs")?;
            let name = path.strip_suffix("/mod").unwrap_or(path).replace('/', "::");
            (name == root || name.starts_with(&format!("{root}::"))).then_some((name, file))
        });
        let mut tree = Self { root: root.to_owned(), modules: BTreeMap::new() };
        let named: Vec<_> = named.collect();
        for (name, _) in &named {
            tree.modules.insert(name.clone(), Module::default());
        }
        for (name, file) in named {
            let source = &file.text[..file.text.len() - file.test_part().len()];
            let module = tree.read(&name, &code_of(source));
            tree.modules.insert(name, module);
        }
        tree
    }

    /// Reads the `use` declarations of a module, and the paths that it writes out elsewhere.
    fn read(&self, name: &str, code: &str) -> Module {
        let (mut module, mut rest) = (Module::default(), String::new());
        let mut lines = code.lines();
        while let Some(line) = lines.next() {
            let (shared, declared) = match line.trim_start().split_once("use ") {
                Some(("", declared)) => (false, declared),
                Some((before, declared)) if before.starts_with("pub") => (true, declared),
                _ => {
                    rest.push_str(line);
                    rest.push('\n');
                    continue;
                }
            };
            let mut declared = declared.to_owned();
            while !declared.contains(';') {
                let Some(line) = lines.next() else { break };
                declared.push_str(line.trim());
            }
            for path in expanded(declared.trim_end_matches(';')) {
                let Some(path) = self.absolute(name, &path) else { continue };
                if let (true, Some(last)) = (shared, path.last()) {
                    module.handed_on.insert(last.clone(), path.clone());
                }
                // A map re-exports items of its own modules, which is no import.
                if !(shared && path.join("::").starts_with(&format!("{name}::"))) {
                    module.paths.push(path);
                }
            }
        }
        let written = rest.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
        let written =
            written.filter(|path| path.starts_with("super::") || path.starts_with("crate::"));
        module.paths.extend(written.filter_map(|path| self.absolute(name, path)));
        module
    }

    /// The path from the root of the crate; `None` if it leads to another crate.
    fn absolute(&self, module: &str, path: &str) -> Option<Path> {
        let mut path: Path = path.split("::").map(|segment| segment.trim().to_owned()).collect();
        let mut here: Path = module.split("::").map(str::to_owned).collect();
        match path.first()?.as_str() {
            "crate" => return Some(path.split_off(1)),
            "self" => path = path.split_off(1),
            "super" => {
                while path.first().is_some_and(|segment| segment == "super") {
                    here.pop();
                    path = path.split_off(1);
                }
            }
            first if self.modules.contains_key(&format!("{module}::{first}")) => {}
            _ => return None,
        }
        here.extend(path);
        Some(here)
    }

    /// The module that defines what the path names, if it is in the tree.
    fn definer(&self, path: &[String], depth: usize) -> Option<String> {
        if path.first() != Some(&self.root) || depth > 8 {
            return None;
        }
        let inside = (1..=path.len()).rev();
        let (module, rest) = inside
            .map(|count| (path[..count].join("::"), &path[count..]))
            .find(|(module, _)| self.modules.contains_key(module))?;
        let further = rest.first().and_then(|name| self.modules[&module].handed_on.get(name));
        match further {
            Some(origin) => self.definer(origin, depth + 1),
            None => Some(module),
        }
    }

    fn imports(&self) -> BTreeSet<(String, String)> {
        let mut imports = BTreeSet::new();
        for (name, module) in &self.modules {
            let definers = module.paths.iter().filter_map(|path| self.definer(path, 0));
            imports.extend(definers.filter(|to| to != name).map(|to| (name.clone(), to)));
        }
        imports
    }
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d` and `a::c::e`.
fn expanded(declared: &str) -> Vec<String> {
    let declared = declared.trim();
    let Some((before, inside)) = declared.split_once('{') else {
        return vec![declared.split(" as ").next().unwrap_or_default().to_owned()];
    };
    let inside = inside.strip_suffix('}').unwrap_or(inside);
    let (mut depth, mut from, mut parts) = (0_usize, 0, Vec::new());
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&inside[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[from..]);
    let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty());
    parts.flat_map(|part| expanded(&format!("{before}{part}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles_of(files: &[(&str, &str)]) -> usize {
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| File::new(&format!("a/src/x/{name}.rs"), text))
            .collect();
        circles(&files, "a/src/x").len()
    }

    const MAP: (&str, &str) = ("mod", "mod b;\nmod c;\npub use b::B;\npub(crate) use c::C;\n");

    #[test]
    fn paths_in_braces_are_read_one_by_one() {
        assert_eq!(expanded("a::{b, c::{d, e as f}, g}"), ["a::b", "a::c::d", "a::c::e", "a::g"]);
        assert_eq!(expanded("a::b as c"), ["a::b"]);
    }

    #[test]
    fn one_way_is_no_circle_and_both_ways_are() {
        let (b, c) = (("b", "use super::c::C;\n"), ("c", "use super::b::{B, D};\n"));
        assert_eq!(circles_of(&[MAP, b, ("c", "use std::fmt;\n")]), 0);
        assert_eq!(circles_of(&[MAP, b, c]), 2);
    }

    #[test]
    fn a_circle_by_way_of_a_map_or_of_a_written_path_is_seen() {
        let by_map = ("b", "use crate::x::{\n    C, E,\n};\n");
        let written = ("c", "fn f() { super::b::g() }\n");
        assert_eq!(circles_of(&[MAP, by_map, written]), 2);
        let three =
            [("b", "use super::c::C;"), ("c", "use super::d::D;"), ("d", "use super::b::B;")];
        assert_eq!(circles_of(&[MAP, three[0], three[1], three[2]]), 3);
    }

    #[test]
    fn tests_and_comments_import_what_they_like() {
        let test = "// super::b::B\n#[cfg(test)]\nmod tests {\n    use super::super::b::B;\n}\n";
        assert_eq!(circles_of(&[MAP, ("b", "use super::c::C;"), ("c", test)]), 0);
    }
}
