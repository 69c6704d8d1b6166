//! A request on its way through a service, and its answer on the way back.
//!
//! Knows the name of a method, its argument as bytes, and when the handler is run. Does not know which methods
//! there are.

use super::boxes::Boxes;
use super::handler::{Handler, Strategy};
use crate::{CallContext, MethodInfo};
use razor_stream::__private::isolated;
use razor_stream::Codec;
use razor_stream::codec::DecodeError;
use razor_stream::error::{RpcErrCodec, RpcError};
use razor_stream::proto::{FrameworkCode, RpcAction};
use razor_stream::server::dispatch::{Call, Flow};
use razor_stream::server::task::{Reply, Respond};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// A request for a method of a service. It is answered exactly once, by one of the methods that consume it.
pub struct Exchange<'a, K> {
    service: &'a str,
    method: &'a str,
    msg: &'a [u8],
    reply: Reply<'a>,
    codec: &'a K,
    strategy: Strategy,
    boxes: &'a mut Boxes,
}

impl<K> fmt::Debug for Exchange<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("service", &self.service)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Splits a name at its first dot. It looks at bytes, because `split_once` takes 150 instructions for a short name, a
/// tenth of what the server spends on a small call.
fn at_first_dot(name: &str) -> Option<(&str, &str)> {
    let dot = name.bytes().position(|byte| byte == b'.')?;
    Some((&name[..dot], &name[dot + 1..]))
}

impl<'a, K: Codec> Exchange<'a, K> {
    /// Splits the action `Service.method` at its first dot. A request with any other action is answered with an error,
    /// and this returns `None`.
    pub(super) fn new(
        call: &Call<'a>,
        reply: Reply<'a>,
        codec: &'a K,
        strategy: Strategy,
        boxes: &'a mut Boxes,
    ) -> Option<Self> {
        let name = match call.action() {
            RpcAction::Str(name) => at_first_dot(name),
            RpcAction::Num(_) => None,
        };
        let Some((service, method)) = name else {
            reply.framework_error(FrameworkCode::NoMethod);
            return None;
        };
        Some(Self { service, method, msg: call.msg(), reply, codec, strategy, boxes })
    }

    /// The service that is asked for.
    #[must_use]
    pub const fn service(&self) -> &'a str {
        self.service
    }

    /// The method that is asked for.
    #[must_use]
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// Answers that there is no such service.
    pub fn no_service(self) -> Flow {
        self.reply.framework_error(FrameworkCode::NoService);
        Flow::Next
    }

    /// Answers that the service has no such method.
    pub fn no_method(self) -> Flow {
        self.reply.framework_error(FrameworkCode::NoMethod);
        Flow::Next
    }

    /// As [`run`](Self::run), for a handler that takes the context of its call, which is one of `method`.
    pub fn run_with<S, A, H, F, T, E>(
        self,
        service: Arc<S>,
        method: &'static MethodInfo,
        handler: H,
    ) -> Flow
    where
        A: DeserializeOwned,
        H: FnOnce(Arc<S>, CallContext, A) -> F,
        F: Future<Output = Result<T, RpcError<E>>> + Send + 'static,
        T: Serialize + 'static,
        E: RpcErrCodec,
    {
        let context = CallContext::served(self.reply.conn(), method);
        self.run(service, |service, args| handler(service, context, args))
    }

    /// Decodes the argument and runs `handler`; the dispatcher decides when and where.
    ///
    /// An argument that does not decode, a panic, and a framework error that the handler returns are each answered with
    /// an error; the connection lives on.
    pub fn run<S, A, H, F, T, E>(self, service: Arc<S>, handler: H) -> Flow
    where
        A: DeserializeOwned,
        H: FnOnce(Arc<S>, A) -> F,
        F: Future<Output = Result<T, RpcError<E>>> + Send + 'static,
        T: Serialize + 'static,
        E: RpcErrCodec,
    {
        let Self { msg, reply, codec, strategy, boxes, .. } = self;
        // A user's own `Deserialize` may panic.
        let made = isolated(|| {
            let args = codec.decode::<A>(msg)?;
            Ok::<_, DecodeError>(Handler::new(boxes.take(), handler(service, args)))
        });
        match made {
            Some(Ok(handler)) => handler.start(reply, codec, strategy, boxes),
            Some(Err(error)) => {
                reply.undecodable(&error);
                Flow::Next
            }
            None => {
                reply.internal_error(format_args!("its argument panicked while it was decoded"));
                Flow::Next
            }
        }
    }
}
