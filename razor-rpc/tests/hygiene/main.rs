//! What users wrap our attributes in, name their things, and write beside: it compiles, and its calls arrive.
//!
//! | file | holds |
//! |---|---|
//! | `wrapped` | services and clients inside of `macro_rules!` |
//! | `wrapped_tasks` | tasks inside of `macro_rules!` |
//! | `names` | where everything that the macros name means something else |
//! | `bare` | where nothing is in scope |
//! | `conditions` | what exists on a condition |
//! | `deprecated` | what is not to be used any more |
//! | `errors` | errors of methods in all of these places |
//! | `shared` | what a service or a client can be, and by what name it is called |
//!
//! Everything here is denied what strict users deny: what the macros emit must not warn.

#![deny(warnings, missing_docs, rust_2018_idioms, unreachable_pub, unused_qualifications)]
#![deny(clippy::all, clippy::pedantic)]

#[path = "../support/mod.rs"]
mod support;

mod bare;
mod conditions;
mod deprecated;
mod errors;
mod names;
mod shared;
mod wrapped;
mod wrapped_tasks;
