//! Who runs the handlers of a service, and when: `Inline`, `Eager`, `Spawn`.
//!
//! Knows the three ways. Does not know what a handler does, nor the runtime: the server starts what has to be a task.

use super::handler::Strategy;
use super::slots::Slots;
use super::{Exchange, Service};
use crate::DefaultCodec;
use razor_stream::Codec;
use razor_stream::server::dispatch::{Call, Dispatch, Flow, MakeDispatch};
use razor_stream::server::task::Reply;
use razor_stream::transport::PeerAddr;
use std::fmt;
use std::sync::Arc;

/// Serves the requests of one connection by a service: what [`Inline`], [`Eager`] and [`Spawn`] make for each connection.
pub struct ServiceDispatch<S, K> {
    service: Arc<S>,
    codec: K,
    strategy: Strategy,
    slots: Slots,
}

impl<S, K> fmt::Debug for ServiceDispatch<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceDispatch").field("strategy", &self.strategy).finish_non_exhaustive()
    }
}

impl<S: Service<K>, K: Codec> Dispatch for ServiceDispatch<S, K> {
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        match Exchange::new(&call, reply, &self.codec, self.strategy, &mut self.slots) {
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

            /// Serves a service that others hold too.
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
                    slots: Slots::default(),
                }
            }
        }
    };
}

dispatcher! {
    /// Handlers run in the reader of their connection, one after the other: `Inline::new(Calc)`.
    ///
    /// For handlers that do not wait. One that does holds up the later requests of its connection.
    Inline, Strategy::Inline
}

dispatcher! {
    /// Handlers start in the reader of their connection and become a task only when they have to wait:
    /// `Eager::new(Calc)`.
    ///
    /// The one to begin with, and the one that [`serve`](super::Serve::serve) uses: a handler that never waits costs no
    /// task, and one that waits holds up nobody.
    Eager, Strategy::Eager
}

dispatcher! {
    /// Each handler is a task of its own: `Spawn::new(Calc)`.
    ///
    /// For handlers that compute for long.
    Spawn, Strategy::Spawn
}
