//! What the compiler says about tasks and services that are written wrong.
//!
//! Its words depend on the compiler: this runs in the checks alone, on the one that is promised (`just ui`). After a
//! change, `TRYBUILD=overwrite just ui` writes them anew. That each mistake is found is tested beside the macros.

#![forbid(unsafe_code)]

#[test]
fn each_mistake_is_told_where_it_is_and_what_to_write_instead() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
