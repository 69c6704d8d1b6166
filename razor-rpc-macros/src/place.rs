//! The spans of generated code: where the compiler shows it, and in which scope it looks up its names.
//!
//! A span says two things: where the compiler points, and in which scope it looks a name up. Generated code points at
//! the user's tokens, but all of its names (`self` too) are looked up where the macro is called: a user's token may
//! come from a `macro_rules!`, in whose scope none of these names exists. Does not know what is generated.

use proc_macro2::Span;
use syn::spanned::Spanned;

/// The only span that `quote_spanned!` gets: shown at `tokens`, looked up where the macro is called.
pub(crate) fn at(tokens: &impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Every `quote_spanned!` below `dir`, with the text that follows it.
    fn spans(dir: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                spans(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let uses = text.split("quote_spanned!").skip(1);
            found.extend(
                uses.filter(|rest| rest.starts_with(['{', '(', ' ']))
                    .map(|rest| format!("{}: {:.12}", path.display(), rest.trim_start())),
            );
        }
    }

    /// The ways in which a span may be written; the last is a result of `at` that `root` keeps.
    const RIGHT: [&str; 3] = ["{at(", "(at(", "(*place=>"];

    #[test]
    fn generated_names_are_never_looked_up_in_the_scope_of_a_users_token() {
        let mut found = Vec::new();
        spans(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.len() > 10, "the walk found only {found:?}");
        let wrong: Vec<_> =
            found.iter().filter(|span| !RIGHT.iter().any(|right| span.contains(right))).collect();
        assert!(wrong.is_empty(), "write `quote_spanned! {{at(tokens)=> …}}`: {wrong:?}");
    }
}
