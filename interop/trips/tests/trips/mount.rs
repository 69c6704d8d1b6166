//! Mounts each scenario on tokio and on smol; a scenario that hangs fails.
//!
//! Knows runtimes. Does not know what a scenario does.

use orb::prelude::*;
use std::time::Duration;

/// Longer than any scenario takes, and shorter than the limit of the whole.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn run<RT: AsyncRuntime>(scenario: impl Future<Output = ()> + Send + 'static) {
    RT::multi(2).block_on(async move {
        let ended = RT::timeout(LIMIT, scenario).await;
        assert!(ended.is_ok(), "not done after {LIMIT:?}");
    });
}

macro_rules! on_each_runtime {
    ($($scenario:ident)*) => {
        mod on_tokio {
            $(#[test]
            fn $scenario() {
                crate::mount::run::<orb_tokio::TokioRT>(super::$scenario::<orb_tokio::TokioRT>());
            })*
        }
        mod on_smol {
            $(#[test]
            fn $scenario() {
                crate::mount::run::<orb_smol::SmolRT>(super::$scenario::<orb_smol::SmolRT>());
            })*
        }
    };
}
pub(crate) use on_each_runtime;
