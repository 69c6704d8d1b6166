//! Integration scenarios: the promises of a client and a server, over sockets and in memory, on every runtime.
//!
//! A scenario is a function of a [`Site`](site::Site): a runtime in the background, and addresses to listen at. It
//! reads as a conversation and runs on a plain thread. `mount!` makes a test of it for each runtime and each kind of
//! connection.
//!
//! | module | holds |
//! |---|---|
//! | [`site`] | a runtime in the background, and addresses |
//! | [`mod@mount`] | tests from scenarios: five runtimes times TCP, unix sockets and memory |
//! | [`net`] | one transport over all of them |
//! | [`raw`] | a peer that speaks bytes only, and shares no code with the library |
//! | [`calls`] | completions that count: each call ends exactly once |
//! | [`jobs`] | tasks of two kinds: each ends exactly once |
//! | [`watched`] | a transport that tells of every slice |
//! | [`desk`] | a dispatcher under the control of a scenario |
//! | [`stream`] | scenarios of razor-stream |

#![forbid(unsafe_code)]

pub mod calls;
pub mod desk;
pub mod jobs;
pub mod mount;
pub mod net;
pub mod raw;
pub mod site;
pub mod stream;
pub mod watched;

use std::time::Duration;

/// The limit of every wait of a scenario. A wait that takes longer fails, and names what it waited for.
pub const SAFETY_NET: Duration = Duration::from_secs(30);

/// The example of the README, which is compiled and run as it is printed there.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The example of the macros' README; that crate cannot depend on those that it needs.
#[cfg(doctest)]
#[doc = include_str!("../../razor-rpc-macros/README.md")]
struct MacrosReadme;

/// The programs of the pages in docs.
#[cfg(doctest)]
pub mod guides {
    #[doc = include_str!("../../docs/FROM-TARPC.md")]
    struct FromTarpc;

    #[doc = include_str!("../../docs/FROM-TONIC.md")]
    struct FromTonic;

    #[doc = include_str!("../../docs/FROM-0.9.md")]
    struct FromPublished;

    #[doc = include_str!("../../docs/TIMEOUTS.md")]
    struct Timeouts;

    #[doc = include_str!("../../docs/DISPATCHERS.md")]
    struct Dispatchers;
}

/// The example of the README of razor-cli, which is a program and has no documentation of its own that is run.
#[cfg(doctest)]
#[doc = include_str!("../../razor-cli/README.md")]
struct CliReadme;
