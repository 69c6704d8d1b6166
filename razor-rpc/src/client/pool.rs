//! A pool whose transport nobody has to name.
//!
//! Knows that requests go somewhere. Does not know where.

use super::call::ApiCall;
use razor_stream::client::{ClientCaller, ClientConfig, Submission};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A [`ClientPool`](razor_stream::client::ClientPool), or any other [`ClientCaller`], without its type.
///
/// It is a type of its own rather than an `Arc<dyn …>`, whose hidden lifetime would keep the compiler from seeing
/// that calls are `Send`.
#[derive(Clone)]
pub struct AnyPool(Arc<dyn ClientCaller<ApiCall>>);

impl AnyPool {
    /// Forgets what `pool` is.
    #[must_use]
    pub fn new(pool: impl ClientCaller<ApiCall>) -> Self {
        Self(Arc::new(pool))
    }
}

impl fmt::Debug for AnyPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnyPool").field(self.0.config()).finish()
    }
}

impl ClientCaller<ApiCall> for AnyPool {
    fn config(&self) -> &ClientConfig {
        self.0.config()
    }

    fn try_submit(&self, request: Submission<ApiCall>) -> Result<(), Submission<ApiCall>> {
        self.0.try_submit(request)
    }

    fn submit(
        &self,
        request: Submission<ApiCall>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.submit(request)
    }
}
