//! RPC by service traits: a trait is a service, its implementation a server, its client is generated.
//!
//! Calls from any number of tasks share one connection and overtake each other. Each method has an error type of
//! its own, and every error of the framework says what may have happened to the request. Codec, transport and
//! async runtime are type parameters: one trait runs on any combination.
//!
//! ```text
//!  client.add(1, 2) ──► CalcClient ──► Caller ──► ClientPool ═══ one connection ═══► RpcServer
//!                                                                                       │
//!  Ok(3) ◄──────────────────────────────────────────────────── Calc for Server ◄──── Eager
//! ```
//!
//! # Example
//!
//! ```
//! use orb::prelude::*;
//! use orb_tokio::TokioRT;
//! use razor_rpc::error::RpcError;
//! use razor_rpc::server::{Eager, RpcServer, ServerConfig};
//! use razor_rpc::{endpoint_async, service};
//! use razor_rpc_tcp::{TcpClient, TcpServer};
//!
//! // The service, and a client of it.
//! #[endpoint_async(new CalcClient)]
//! pub trait Calc {
//!     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
//!     async fn divide(&self, a: i32, b: i32) -> Result<i32, RpcError<String>>;
//! }
//!
//! // The server.
//! struct Server;
//!
//! #[service]
//! impl Calc for Server {
//!     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
//!         a.checked_add(b).ok_or(RpcError::User(()))
//!     }
//!
//!     async fn divide(&self, a: i32, b: i32) -> Result<i32, RpcError<String>> {
//!         a.checked_div(b).ok_or_else(|| RpcError::User(format!("{a} by {b}")))
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # TokioRT::current().block_on(async {
//! let mut server = RpcServer::<TokioRT>::new(ServerConfig::default());
//! let dispatch = Eager::<TokioRT>::new(Server);
//! let addr = server.listen::<TcpServer<TokioRT>, _>("127.0.0.1:0", dispatch).await?;
//!
//! let client = CalcClient::connect(TcpClient::<TokioRT>::new(), &addr)?;
//! assert_eq!(client.add(1, 2).await?, 3);
//! assert_eq!(client.divide(1, 0).await, Err(RpcError::User("1 by 0".into())));
//!
//! server.close().await;
//! let error = client.add(1, 2).await.expect_err("the server is gone");
//! assert!(error.outcome().is_safe_to_repeat(), "nobody has seen this request");
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! # Services
//!
//! [`#[endpoint_async]`](endpoint_async) makes a trait a service and implements it for a client.
//! `#[endpoint_async(new CalcClient)]` declares the client as well; [`endpoint_client!`] declares one that gets
//! several services. A method takes `&self` and any number of owned arguments, and returns
//! `Result<T, RpcError<E>>`; `T` is any serde type, `E` any [`RpcErrCodec`](error::RpcErrCodec). It is written as
//!
//! - `async fn`, whose future the attribute makes `Send`, so that generic code may spawn calls;
//! - `fn … -> impl Future<Output = …> + Send`;
//! - `async fn` under `#[async_trait]`, above or below the attribute, for traits that are used as `dyn`.
//!
//! The service is called as the trait is, or as `name = "CalcV2"` says at both sides. A client is a cheap handle, and `CalcClient` without parameters is a
//! type: store it, clone it. What makes its calls is an [`APIClientCaller`](client::APIClientCaller), which can be
//! replaced, in tests for instance.
//!
//! Threads without a runtime call by a [`Blocking`](client::Blocking) client: `blocking CalcBlocking` in the attribute
//! declares the trait of the same methods without `async`.
//!
//! # Servers
//!
//! [`#[service]`](service) on `impl Calc for Server` makes `Server` a service to the dispatchers:
//!
//! | dispatcher | runs a handler |
//! |---|---|
//! | [`Inline`](server::Inline) | in the connection's reader, which waits for it |
//! | [`Eager`](server::Eager) | in the reader as long as it does not wait, then as a task |
//! | [`Spawn`](server::Spawn) | always as a task, for handlers that compute for long |
//!
//! A type has one service. [`#[service_mux_struct]`](service_mux_struct) and
//! [`ServiceMuxDyn`](server::ServiceMuxDyn) put several at one address, each of which has a name of its own. An `Arc` of a
//! service is a service, so that others can hold it too.
//!
//! A handler hands an error on by `?`: the method's own, `E`, becomes `RpcError::User`.
//!
//! # Codecs
//!
//! A service says nothing about bytes. The dispatcher of a listener has the codec of its connections, and the client names
//! the same one as the first parameter of its [`Caller`](client::Caller); where none is named it is [`DefaultCodec`],
//! msgpack. So one service can be served with several codecs, one at each address. There is no negotiation: a client with
//! another codec than its server gets `Decode`, outcome `Refused`, for every method with arguments that do not happen to decode.
//!
//! | codec | choose it | do not choose it |
//! |---|---|---|
//! | `MsgpCodec` | where nothing else is asked for: messages are short, and fields may be added | |
//! | `JsonCodec` | to read traffic, to call methods by hand, from languages without msgpack | for bytes and many numbers |
//! | `PostcardCodec` | to send many small structs between programs that are built together | where peers are updated one after the other; for `#[serde(tag)]`, `untagged`, `flatten` |
//!
//! What they cost, in figures: [docs/PERFORMANCE.md](https://github.com/razor-rpc/razor-rpc/blob/main/docs/PERFORMANCE.md#codecs).
//! A codec of your own implements [`Codec`]; `razor_rpc_codec::laws` tests it.
//!
//! ```
//! # #[cfg(all(feature = "json", feature = "tokio"))] {
//! use orb::prelude::*;
//! use orb_tokio::TokioRT;
//! use razor_rpc::client::Caller;
//! use razor_rpc::error::RpcError;
//! use razor_rpc::server::{Eager, RpcServer, ServerConfig};
//! use razor_rpc::{JsonCodec, endpoint_async, service};
//! use razor_rpc_tcp::{TcpClient, TcpServer};
//! use std::sync::Arc;
//!
//! #[endpoint_async(new CalcClient)]
//! pub trait Calc {
//!     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
//! }
//!
//! struct Server;
//!
//! #[service]
//! impl Calc for Server {
//!     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
//!         Ok(a.checked_add(b).ok_or(())?)
//!     }
//! }
//!
//! # let ended: Result<(), Box<dyn std::error::Error + Send + Sync>> = TokioRT::current().block_on(async {
//! let service = Arc::new(Server);
//! let mut server = RpcServer::<TokioRT>::new(ServerConfig::default());
//! let msgpack = Eager::<TokioRT>::new(service.clone());
//! let msgpack = server.listen::<TcpServer<TokioRT>, _>("127.0.0.1:0", msgpack).await?;
//! let json = Eager::<TokioRT>::with_codec(service, JsonCodec);
//! let json = server.listen::<TcpServer<TokioRT>, _>("127.0.0.1:0", json).await?;
//!
//! let client = CalcClient::connect(TcpClient::<TokioRT>::new(), &msgpack)?;
//! assert_eq!(client.add(1, 2).await?, 3);
//!
//! // The type of a client that has to be stored: `CalcClient<Caller<JsonCodec>>`.
//! let caller = Caller::<JsonCodec>::connect(TcpClient::<TokioRT>::new(), &json)?;
//! let client: CalcClient<Caller<JsonCodec>> = CalcClient::new(caller);
//! assert_eq!(client.add(1, 2).await?, 3);
//! # server.close().await;
//! # Ok(())
//! # });
//! # ended.expect("both clients are answered");
//! # }
//! ```
//!
//! # Errors
//!
//! | what happened | the caller gets | outcome |
//! |---|---|---|
//! | the method returned `Err(RpcError::User(e))` | the same | it ran |
//! | no such service; no such method | `Service`; `Method` | refused |
//! | the argument does not decode | `Decode` | refused |
//! | the handler panicked, or returned a framework error | `Internal` | it ran |
//! | the result does not encode; does not decode | `Encode`; `Decode` | it ran |
//! | no answer in time; the connection was lost | `Timeout`; `IO` | unknown, or not sent |
//!
//! Each is the error of that call alone: the connection lives on. An error that the server has answered names the method and
//! the peer. Why an argument does not decode is told by a line at the server, without the values in it.
//!
//! In a program that is built with `panic = "abort"`, a panic of a handler ends the process; what else that changes:
//! [`razor_stream::runtime`].
//!
//! # Under another name
//!
//! What the macros emit begins with `::razor_rpc`. Where this crate is renamed, or comes by way of another one, say where
//! it is: every attribute takes `crate = path`, and so does [`endpoint_client!`]. The attributes of tasks belong to
//! razor-stream: `#[client_task(7, crate = razor_rpc::razor_stream)]` needs no dependency but this one.
//!
//! ```
//! mod my_library {
//!     pub use razor_rpc as rpc;
//! }
//! use my_library::rpc::{endpoint_async, error::RpcError, service};
//!
//! #[endpoint_async(new CalcClient, name = "CalcV2", crate = my_library::rpc)]
//! trait Calc {
//!     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
//! }
//!
//! struct Server;
//!
//! #[service(name = "CalcV2", crate = my_library::rpc)]
//! impl Calc for Server {
//!     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
//!         Ok(a.checked_add(b).ok_or(())?)
//!     }
//! }
//! ```
//!
//! # Tests of your services
//!
//! [`razor_stream::transport::memory`] is a transport inside of one process, with all that a socket has but its port.
//!
//! # Features
//!
//! | feature | default | gives |
//! |---|---|---|
//! | `msgpack` | yes | `MsgpCodec`, the codec where none is named |
//! | `json` | no | `JsonCodec`, JSON for people and for programs in other languages |
//! | `postcard` | no | `PostcardCodec`, short messages between programs that are built together |
//! | `captains-log` | yes | levels of log lines that can be changed while the program runs |
//! | `errno` | no | `nix::errno::Errno` as an error of a method |

#![forbid(unsafe_code)]

mod codec;

pub mod client;
pub mod server;

pub use codec::DefaultCodec;
pub use razor_rpc_codec::Codec;
#[cfg(feature = "json")]
pub use razor_rpc_codec::JsonCodec;
#[cfg(feature = "postcard")]
pub use razor_rpc_codec::PostcardCodec;
#[cfg(feature = "msgpack")]
pub use razor_rpc_codec::{MsgpCodec, RoomyMsgpCodec};
/// # Example
///
/// ```
/// use razor_rpc::error::RpcError;
/// use razor_rpc::server::Inline;
/// use razor_rpc::{endpoint_async, endpoint_client, service, service_mux_struct};
/// use std::sync::Arc;
///
/// endpoint_client!(Client);
///
/// #[endpoint_async(Client)]
/// trait Calc {
///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
/// }
///
/// struct Adder;
///
/// #[service]
/// impl Calc for Adder {
///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
///         a.checked_add(b).ok_or(RpcError::User(()))
///     }
/// }
///
/// /// Adds in its own way.
/// struct Saturating<T>(T);
///
/// #[service(name = "SaturatingCalc")]
/// impl<T: Send + Sync + 'static> Calc for Saturating<T> {
///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
///         Ok(a.saturating_add(b))
///     }
/// }
///
/// #[service_mux_struct]
/// struct Both<T> {
///     calc: Arc<Adder>,
///     saturating: Arc<Saturating<T>>,
/// }
///
/// let both = Both { calc: Arc::new(Adder), saturating: Arc::new(Saturating(())) };
/// let dispatch = Inline::new(both);
/// ```
///
/// Without a name of its own, the second one does not compile:
///
/// ```compile_fail,E0080
/// # use razor_rpc::error::RpcError;
/// # use razor_rpc::DefaultCodec;
/// # use razor_rpc::server::Service;
/// # use razor_rpc::{endpoint_async, endpoint_client, service, service_mux_struct};
/// # use std::sync::Arc;
/// # endpoint_client!(Client);
/// # #[endpoint_async(Client)]
/// # trait Calc {
/// #     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
/// # }
/// # struct Adder;
/// # #[service]
/// # impl Calc for Adder {
/// #     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
/// #         a.checked_add(b).ok_or(RpcError::User(()))
/// #     }
/// # }
/// # struct Saturating<T>(T);
/// #[service]
/// impl<T: Send + Sync + 'static> Calc for Saturating<T> {
///     async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
///         Ok(a.saturating_add(b))
///     }
/// }
///
/// #[service_mux_struct]
/// struct Both<T> {
///     calc: Arc<Adder>,
///     saturating: Arc<Saturating<T>>,
/// }
///
/// let both = Both { calc: Arc::new(Adder), saturating: Arc::new(Saturating(())) };
/// let served: Arc<dyn Service<DefaultCodec>> = Arc::new(both);
/// ```
pub use razor_rpc_macros::service_mux_struct;
pub use razor_rpc_macros::{endpoint_async, endpoint_client, service};
pub use razor_stream;
pub use razor_stream::error;

/// What the macros emit paths to. Not for use by hand: it may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::client::{APIClientCaller, Blocking, Caller, Endpoint, Executor};
    pub use crate::server::names::name_of_its_own;
    pub use crate::server::{Exchange, NamedService, Service};
    pub use razor_rpc_codec::Codec;
    pub use razor_stream::client::ClientConfig;
    pub use razor_stream::error::RpcIntErr;
    pub use razor_stream::server::dispatch::Flow;
    pub use razor_stream::transport::ClientTransport;
}
