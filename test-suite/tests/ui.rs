//! The compiler's messages about tasks and services that are written wrong.
//!
//! The words depend on the version of the compiler, so this runs only in the checks, with the version that is promised
//! (`just ui`). After a change, `TRYBUILD=overwrite just ui` writes the messages again. Tests beside the macros check
//! that each mistake is found.

#![forbid(unsafe_code)]

#[test]
fn each_mistake_is_told_where_it_is_and_what_to_write_instead() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
