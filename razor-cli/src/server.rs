//! The connection to the server, and one call over it.
//!
//! Knows how a call is made and timed. Does not know what is done with its answer.

use crate::failure::Failure;
use crate::value::Received;
use razor_rpc::client::{ApiCall, ApiClientCaller, Caller, ClientConfig};
use razor_rpc::error::{EncodedErr, RpcError};
use razor_rpc::razor_stream::client::stream::ClientStream;
use razor_rpc::razor_stream::clock;
use razor_rpc::tokio::TcpClient;
use razor_rpc::{CallContext, MsgpCodec};
use serde_json::Value;
use std::time::Duration;

/// What makes calls over one connection, which is not made again.
pub(crate) type Calls = Caller<MsgpCodec, ClientStream<ApiCall, TcpClient>>;

/// A server that was reached.
#[derive(Debug)]
pub(crate) struct Server {
    calls: Calls,
    timeout: Duration,
}

impl Server {
    /// Connects.
    pub(crate) async fn connect(addr: &str, timeout: Duration) -> Result<Self, Failure> {
        let config = ClientConfig::default().with_call_timeout(timeout);
        let config = config.with_connect_timeout(timeout.min(CONNECT));
        let stream = ClientStream::connect(&TcpClient::new(), addr, config).await;
        let stream = stream.map_err(|error| Failure::unreached(addr, &error))?;
        Ok(Self { calls: Caller::new(stream), timeout })
    }

    /// What makes calls.
    pub(crate) const fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Calls a method.
    pub(crate) async fn call(&self, action: String, argument: &Value) -> Result<Received, Failure> {
        let action = lasting(action);
        let began = clock::now();
        let answer =
            self.calls.call::<_, _, EncodedErr>(&CallContext::new(), action, argument).await;
        answer.map_err(|error| self.failed(action, &error, began.elapsed()))
    }

    /// What an error of a call means to the user.
    pub(crate) fn failed(
        &self,
        action: &str,
        error: &RpcError<EncodedErr>,
        took: Duration,
    ) -> Failure {
        let addr = self.calls.connection().addr();
        match error {
            RpcError::User(error) => Failure::of_method(action, error, took),
            RpcError::Rpc(error) => Failure::of_call(addr, action, error, took, self.timeout),
        }
    }
}

/// The name of a method for as long as the program runs, which is what callers take. There is one in a run.
pub(crate) fn lasting(action: String) -> &'static str {
    action.leak()
}

/// The longest that connecting takes.
const CONNECT: Duration = Duration::from_secs(3);
