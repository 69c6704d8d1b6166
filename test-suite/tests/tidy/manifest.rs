//! The rules for the Cargo.toml files of the workspace.
//!
//! Reads lines, as they are written here; does not know all of TOML.

/// Each dependency of the workspace, but its own crates, has a comment on the line above: its reason.
pub(crate) fn reasons(manifest: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut above = "";
    let mut found = 0;
    for line in section(manifest, "[workspace.dependencies]") {
        let entry = line.split_once(" = ").filter(|(name, _)| !name.contains(['#', ' ']));
        if let Some((name, value)) = entry {
            found += 1;
            if !above.starts_with("# ") && !value.contains("path = ") {
                complaints.push(format!("Cargo.toml: {name} has no reason on the line above"));
            }
        }
        above = line;
    }
    if found == 0 {
        complaints.push("Cargo.toml: no workspace dependencies found".to_owned());
    }
    complaints
}

/// The crates of the workspace, by directory.
pub(crate) fn members(manifest: &str) -> Vec<String> {
    let list = manifest.split_once("members = [").map_or("", |(_, rest)| rest);
    let list = list.split_once(']').map_or("", |(list, _)| list);
    list.split(',')
        .map(|name| name.trim().trim_matches('"').to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// A crate takes the lints of the workspace, which forbid unsafe code in its tests and examples too.
pub(crate) fn lints(path: &str, manifest: &str) -> Vec<String> {
    if section(manifest, "[lints]").any(|line| line == "workspace = true") {
        return Vec::new();
    }
    vec![format!("{path}: no `[lints] workspace = true`")]
}

fn section<'a>(manifest: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    manifest
        .lines()
        .skip_while(move |line| *line != name)
        .skip(1)
        .take_while(|l| !l.starts_with('['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_stands_right_above_its_dependency() {
        let with =
            |body: &str| reasons(&format!("[workspace.dependencies]\n{body}\n[x]\nb = \"1\"\n"));
        assert!(with("# Why.\na = \"1\"").is_empty());
        assert!(with("own = { path = \"own\" }").is_empty());
        assert_eq!(with("# Why.\na = \"1\"\nb = \"1\"").len(), 1);
        assert_eq!(with("# Why.\n\na = \"1\"").len(), 1);
        assert_eq!(with("").len(), 1);
    }

    #[test]
    fn members_are_on_one_line_or_on_many() {
        assert_eq!(members("members = [\"a\", \"b\"]"), ["a", "b"]);
        assert_eq!(members("members = [\n  \"a\",\n  \"b\",\n]"), ["a", "b"]);
        assert!(members("").is_empty());
    }

    #[test]
    fn lints_are_taken_from_the_workspace() {
        assert!(lints("x", "[lints]\nworkspace = true\n").is_empty());
        assert_eq!(lints("x", "[a]\nworkspace = true\n[lints]\n[b]\n").len(), 1);
    }
}
