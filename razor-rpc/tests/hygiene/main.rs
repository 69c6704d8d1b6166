//! Code of users around our attributes: macros, names and lints. It compiles, and its calls arrive.
//!
//! | file | holds |
//! |---|---|
//! | `wrapped` | services and clients inside of `macro_rules!` |
//! | `wrapped_tasks` | tasks inside of `macro_rules!` |
//! | `names` | scopes in which the names that the macros use mean something else |
//! | `bare` | modules in which no name is in scope |
//! | `conditions` | items that exist on a condition |
//! | `deprecated` | deprecated items |
//! | `errors` | errors of methods in all of these places |
//! | `shared` | what a service or a client can be, and which names it may have |
//!
//! This program denies the lints that strict users deny, because the code that the macros emit must not warn.

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
