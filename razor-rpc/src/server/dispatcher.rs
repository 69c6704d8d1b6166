//! Who runs the handlers of a service, and when: `Inline`, `Eager`, `Spawn`.
//!
//! Knows the three ways. Does not know what a handler does, nor the runtime: the server starts the coroutines.

use super::boxes::Boxes;
use super::handler::Strategy;
use super::{Exchange, Service};
use crate::DefaultCodec;
use razor_stream::Codec;
use razor_stream::server::dispatch::{Call, Dispatch, Flow, MakeDispatch};
use razor_stream::server::task::Reply;
use razor_stream::transport::PeerAddr;
use std::fmt;
use std::sync::Arc;

/// Serves the requests of one connection by a service: [`Inline`], [`Eager`] and [`Spawn`] make one for each
/// connection.
pub struct ServiceDispatch<S, K> {
    service: Arc<S>,
    codec: K,
    strategy: Strategy,
    boxes: Boxes,
}

impl<S, K> fmt::Debug for ServiceDispatch<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceDispatch").field("strategy", &self.strategy).finish_non_exhaustive()
    }
}

impl<S: Service<K>, K: Codec> Dispatch for ServiceDispatch<S, K> {
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        match Exchange::new(&call, reply, &self.codec, self.strategy, &mut self.boxes) {
            Some(exchange) => self.service.clone().serve(exchange),
            None => Flow::Next,
        }
    }
}

/// Declares a dispatcher: its type, its constructors, and what it makes for each connection.
macro_rules! dispatcher {
    ($(#[$doc:meta])* $name:ident, $strategy:expr) => {
        $(#[$doc])*
        pub struct $name<S = (), K = DefaultCodec> {
            service: Arc<S>,
            codec: K,
        }

        impl $name {
            /// Serves `service`, with the default codec.
            #[cfg(feature = "msgpack")]
            #[must_use]
            pub fn new<S: Service<DefaultCodec>>(service: S) -> $name<S> {
                Self::with_codec(service, DefaultCodec::default())
            }

            /// Serves `service`, whose arguments and results are encoded by `codec`.
            #[must_use]
            pub fn with_codec<S: Service<K>, K: Codec>(service: S, codec: K) -> $name<S, K> {
                Self::shared(Arc::new(service), codec)
            }

            /// Serves a service that other code shares.
            #[must_use]
            pub const fn shared<S: Service<K>, K: Codec>(service: Arc<S>, codec: K) -> $name<S, K> {
                $name { service, codec }
            }
        }

        impl<S, K: Clone> Clone for $name<S, K> {
            fn clone(&self) -> Self {
                Self { service: self.service.clone(), codec: self.codec.clone() }
            }
        }

        impl<S, K: fmt::Debug> fmt::Debug for $name<S, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("codec", &self.codec).finish_non_exhaustive()
            }
        }

        impl<S: Service<K>, K: Codec> MakeDispatch for $name<S, K> {
            type Dispatch = ServiceDispatch<S, K>;

            fn make(&self, _: &PeerAddr) -> ServiceDispatch<S, K> {
                ServiceDispatch {
                    service: self.service.clone(),
                    codec: self.codec.clone(),
                    strategy: $strategy,
                    boxes: Boxes::default(),
                }
            }
        }
    };
}

dispatcher! {
    /// Handlers run in the reader of their connection, one after the other: `Inline::new(Calc)`.
    ///
    /// It is for handlers that do not wait. A handler that waits holds up the later requests of its connection.
    Inline, Strategy::Inline
}

dispatcher! {
    /// Handlers start in the reader of their connection, and become a coroutine of their own only when they have to
    /// wait: `Eager::new(Calc)`.
    ///
    /// Begin with this one; [`serve`](super::Serve::serve) uses it too. A handler that never waits costs no coroutine,
    /// and a handler that waits holds up no other request.
    Eager, Strategy::Eager
}

dispatcher! {
    /// Each handler runs as a coroutine of its own: `Spawn::new(Calc)`.
    ///
    /// It is for handlers that compute for long.
    Spawn, Strategy::Spawn
}
