//! The client's side: calls of the methods of a service.
//!
//! | file | holds |
//! |---|---|
//! | `caller` | [`ApiClientCaller`], what makes calls, and [`Caller`], which makes them over a connection that can be asked for ([`ConnectedCaller`]) |
//! | `call` | [`ApiCall`], who waits for the answer of a call |
//! | `mailbox` | the place through which the answer of a call comes to its caller |
//! | `pool` | [`AnyPool`], a pool whose transport nobody has to name |
//! | `blocking` | [`Blocking`], a generated client for threads that may block |
//! | `answer` | how an answer becomes a result |
//!
//! Generated clients are declared by [`endpoint_client!`](crate::endpoint_client) and get their methods by
//! [`#[endpoint_async]`](crate::endpoint_async).

mod answer;
mod blocking;
mod call;
mod caller;
mod mailbox;
mod pool;

pub use blocking::Blocking;
pub use call::ApiCall;
#[doc(hidden)]
pub use caller::inside;
pub use caller::{ApiClientCaller, Caller, ConnectedCaller, Endpoint, Executor};
pub use pool::AnyPool;
pub use razor_stream::client::{
    ClientCaller, ClientCallerBlocking, ClientConfig, ClientPool, Ready, Submission, WhenDown,
    wait_blocking,
};
