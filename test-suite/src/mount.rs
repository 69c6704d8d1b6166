//! Makes tests of scenarios: each on five runtimes, over TCP, over unix sockets and in memory.
//!
//! Knows runtimes by name. Does not know what a scenario does.

use crate::site::{Net, Site};
use orb::prelude::AsyncRuntime;
use orb_tokio::TokioRT;
use razor_rpc_smol::SmolRT;

/// Runs a scenario on tokio with one thread.
pub fn tokio_current(net: Net, scenario: fn(&Site<TokioRT>)) {
    scenario(&Site::driven(net, TokioRT::current()));
}

/// Runs a scenario on tokio with two threads.
pub fn tokio_multi(net: Net, scenario: fn(&Site<TokioRT>)) {
    scenario(&Site::new(net, TokioRT::multi(2)));
}

/// Runs a scenario on smol with one thread.
pub fn smol_current(net: Net, scenario: fn(&Site<SmolRT>)) {
    scenario(&Site::driven(net, SmolRT::current()));
}

/// Runs a scenario on smol with two threads.
pub fn smol(net: Net, scenario: fn(&Site<SmolRT>)) {
    scenario(&Site::new(net, SmolRT::multi(2)));
}

/// Runs a scenario on orb-smol with two threads, where a further thread polls the sockets.
pub fn orb_smol(net: Net, scenario: fn(&Site<orb_smol::SmolRT>)) {
    scenario(&Site::new(net, orb_smol::SmolRT::multi(2)));
}

/// Makes tests of the scenarios of one module of [`stream`](crate::stream), over every kind of connection.
///
/// ```text
/// test_suite::mount!(framing: wrong_magic_closes_at_once_without_an_answer);
/// ```
#[macro_export]
macro_rules! mount {
    ($stage:ident: $($name:ident),* $(,)?) => {
        $crate::mount_sockets!($stage: $($name),*);
        $crate::mount_memory!($stage: $($name),*);
    };
}

/// Makes tests of scenarios over TCP and unix sockets: for scenarios of what only sockets do.
#[macro_export]
macro_rules! mount_sockets {
    ($stage:ident: $($name:ident),* $(,)?) => {
        $crate::mount_on!(tokio_current_tcp, tokio_current, Tcp, $stage: $($name)*);
        $crate::mount_on!(tokio_current_unix, tokio_current, Unix, $stage: $($name)*);
        $crate::mount_on!(tokio_multi_tcp, tokio_multi, Tcp, $stage: $($name)*);
        $crate::mount_on!(tokio_multi_unix, tokio_multi, Unix, $stage: $($name)*);
        $crate::mount_on!(smol_current_tcp, smol_current, Tcp, $stage: $($name)*);
        $crate::mount_on!(smol_current_unix, smol_current, Unix, $stage: $($name)*);
        $crate::mount_on!(smol_tcp, smol, Tcp, $stage: $($name)*);
        $crate::mount_on!(smol_unix, smol, Unix, $stage: $($name)*);
        $crate::mount_on!(orb_smol_tcp, orb_smol, Tcp, $stage: $($name)*);
        $crate::mount_on!(orb_smol_unix, orb_smol, Unix, $stage: $($name)*);
    };
}

/// Makes tests of scenarios over TCP alone: for scenarios of names and ports.
#[macro_export]
macro_rules! mount_tcp {
    ($stage:ident: $($name:ident),* $(,)?) => {
        $crate::mount_on!(tokio_current_tcp, tokio_current, Tcp, $stage: $($name)*);
        $crate::mount_on!(tokio_multi_tcp, tokio_multi, Tcp, $stage: $($name)*);
        $crate::mount_on!(smol_current_tcp, smol_current, Tcp, $stage: $($name)*);
        $crate::mount_on!(smol_tcp, smol, Tcp, $stage: $($name)*);
        $crate::mount_on!(orb_smol_tcp, orb_smol, Tcp, $stage: $($name)*);
    };
}

/// Makes tests of scenarios in memory: for scenarios of what only the transport in memory does.
#[macro_export]
macro_rules! mount_memory {
    ($stage:ident: $($name:ident),* $(,)?) => {
        $crate::mount_on!(tokio_current_memory, tokio_current, Memory, $stage: $($name)*);
        $crate::mount_on!(tokio_multi_memory, tokio_multi, Memory, $stage: $($name)*);
        $crate::mount_on!(smol_current_memory, smol_current, Memory, $stage: $($name)*);
        $crate::mount_on!(smol_memory, smol, Memory, $stage: $($name)*);
        $crate::mount_on!(orb_smol_memory, orb_smol, Memory, $stage: $($name)*);
    };
}

/// Makes tests of scenarios on one runtime and one kind of connection; see [`mount!`].
#[macro_export]
macro_rules! mount_on {
    ($mounted:ident, $start:ident, $net:ident, $stage:ident: $($name:ident)*) => {
        mod $mounted {
            $(
                #[test]
                fn $name() {
                    $crate::mount::$start($crate::site::Net::$net, $crate::stream::$stage::$name);
                }
            )*
        }
    };
}
