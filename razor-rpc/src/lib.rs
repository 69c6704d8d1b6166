//! RPC by service traits: a trait is a service, its implementation a server, its client is generated.
//!
//! Calls from any number of coroutines share one connection and overtake each other. Each method has an error type of
//! its own, and every error of the framework says what may have happened to the request. Codec, transport and async
//! runtime are type parameters: one trait runs on any combination.
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
//! use razor_rpc::tokio::{TcpClient, TcpServer};
//! use razor_rpc::{RpcError, RpcServer, Serve, endpoint_async, service};
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
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//!     let server = RpcServer::bind(TcpServer::bind("127.0.0.1:0").await?).serve(Server)?;
//!
//!     let client = CalcClient::connect(TcpClient::new(), server.local_addr())?;
//!     assert_eq!(client.add(1, 2).await?, 3);
//!     assert_eq!(client.divide(1, 0).await, Err(RpcError::User("1 by 0".into())));
//!
//!     server.close().await;
//!     let error = client.add(1, 2).await.expect_err("the server is gone");
//!     assert!(error.outcome().is_safe_to_repeat(), "nobody has seen this request");
//!     Ok(())
//! }
//! ```
//!
//! The runtime is named once, by the import: `razor_rpc::smol::{TcpClient, TcpServer}` names the other runtime. A
//! server takes its runtime from its listener, and a client from its transport.
//!
//! # Services
//!
//! [`#[endpoint_async]`](endpoint_async) makes a trait a service and implements it for a client. `#[endpoint_async(new
//! CalcClient)]` declares the client as well; [`endpoint_client!`] declares one that gets several services. A method
//! takes `&self` and any number of owned arguments, and returns `Result<T, RpcError<E>>`; `T` is any serde type, `E`
//! any [`RpcErrCodec`](error::RpcErrCodec). It is written in one of these ways:
//!
//! - `async fn`, whose future the attribute makes `Send`, so that generic code may spawn calls;
//! - `fn … -> impl Future<Output = …> + Send`;
//! - `async fn` under `#[async_trait]`, above or below the attribute, for traits that are used as `dyn`.
//!
//! The service is called as the trait is, or as `name = "CalcV2"` says at both sides. A client is a cheap handle, and
//! `CalcClient` without parameters is a type: store it, clone it. What makes its calls is an
//! [`ApiClientCaller`](client::ApiClientCaller), which can be replaced, in tests for instance.
//!
//! Every generated client has the functions `connection()` and `with_timeout()` beside the methods of its services, so
//! no service may have a method of these names. `client.with_timeout(timeout)` returns a client over the same
//! connection whose calls have another timeout. `client.connection().ready().await` waits until there is a connection;
//! `is_connected()` tells whether there is one, `addr()` returns the address, and `close()` closes the client. The
//! pause between two attempts to connect is set in the [configuration](client::ClientConfig::with_reconnect).
//!
//! Threads without a runtime call by a [`Blocking`](client::Blocking) client: `blocking CalcBlocking` in the attribute
//! declares a trait that has the methods without `async`.
//!
//! # Servers
//!
//! [`#[service]`](service) on `impl Calc for Server` makes `Server` a service. A
//! [listener](razor_stream::transport::Listener) is a value that its transport makes;
//! [`RpcServer::bind`](server::RpcServer::bind) takes it, then come limits and executors if they are not the default
//! ones, then what is served:
//!
//! | last call | runs a handler |
//! |---|---|
//! | [`serve(Server)`](server::Serve::serve) | as `Eager`, with the default codec |
//! | `dispatch(`[`Eager::new`](server::Eager)`(Server))` | in the connection's reader as long as it does not wait, then as a coroutine of its own |
//! | `dispatch(`[`Inline::new`](server::Inline)`(Server))` | in the reader, which waits for it |
//! | `dispatch(`[`Spawn::new`](server::Spawn)`(Server))` | always as a coroutine of its own, for handlers that compute for long |
//!
//! [`RpcServer::add`](server::RpcServer::add) adds listeners to a server that runs.
//!
//! A type has one service. [`#[service_mux_struct]`](service_mux_struct) and [`ServiceMuxDyn`](server::ServiceMuxDyn)
//! put several at one address, each of which has a name of its own. An `Arc` of a service is a service too, so other
//! code can share it. [Standard services](standard) stand beside any other:
//! `serve(health.beside(Server))` answers clients and load balancers whether it serves, and
//! `Reflection.beside(Server)` lists its methods.
//!
//! A handler hands an error on by `?`: the method's own, `E`, becomes `RpcError::User`. For other errors there are
//! [`user_err`](error::UserErr::user_err), if `E` has a `From` for them, and [`user_text`](error::UserErr::user_text),
//! if `E` is a `String`.
//!
#![doc = include_str!("codecs.md")]
//!
//! # Errors
//!
//! | what happened | the caller gets | outcome |
//! |---|---|---|
//! | the method returned `Err(RpcError::User(e))` | `RpcError::User(e)` | it ran |
//! | no such service; no such method | `Service`; `Method` | refused |
//! | the argument does not decode | `Decode` | refused |
//! | the handler panicked, or returned a framework error | `Internal` | it ran |
//! | the result does not encode; does not decode | `Encode`; `Decode` | it ran |
//! | no answer in time; the connection was lost | `Timeout`; `IO` | unknown, or not sent |
//!
//! `is_safe_to_repeat()` of an error tells that a repeat cannot execute the call twice, because the request was refused
//! or not sent. `permanent()` tells that a repeat is useless. After an unknown outcome only an idempotent method may be
//! called again. After the method's own error the method has run, and only its service knows whether it may be called
//! again.
//!
//! Errors of your own are enums and structs with [`#[derive(RpcErr)]`](derive@RpcErr): numbers, texts, or what the
//! codec makes of their fields. An error that an older client does not know arrives as `Decode` and keeps [what was
//! received](error::ErrDecodeError::received).
//!
//! Each of these errors ends one call alone, and the connection lives on (except when it was lost). An error with which
//! the server has answered names the method and the peer. A log line at the server tells why an argument does not
//! decode, without its values.
//!
//! In a program that is built with `panic = "abort"`, a panic of a handler ends the process; [`razor_stream::runtime`]
//! describes what else that changes.
//!
//! # Guides
//!
//! In the repository: coming from [tarpc](https://github.com/razor-rpc/razor-rpc/blob/main/docs/FROM-TARPC.md),
//! from [tonic](https://github.com/razor-rpc/razor-rpc/blob/main/docs/FROM-TONIC.md) or
//! from [razor-rpc 0.9](https://github.com/razor-rpc/razor-rpc/blob/main/docs/FROM-0.9.md);
//! [timeouts, retries, shutdown](https://github.com/razor-rpc/razor-rpc/blob/main/docs/TIMEOUTS.md);
//! [choosing a dispatcher](https://github.com/razor-rpc/razor-rpc/blob/main/docs/DISPATCHERS.md);
//! [what is not here yet](https://github.com/razor-rpc/razor-rpc/blob/main/docs/NOT-YET.md).
//!
//! # Under another name
//!
//! The code that the macros emit uses paths that begin with `::razor_rpc`. If this crate is renamed, or is re-exported
//! by another crate, every attribute and [`endpoint_client!`] has to be told its path by `crate = path`. The attributes
//! of tasks belong to razor-stream: `#[client_task(7, crate = razor_rpc::razor_stream)]` needs no dependency but this
//! one.
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
//! [`razor_stream::transport::memory`] is a transport inside of one process, which does all that a socket does but
//! needs no port.
//!
//! # Features
//!
//! | feature | default | gives |
//! |---|---|---|
//! | `msgpack` | yes | `MsgpCodec`, the codec where none is named |
//! | `json` | no | `JsonCodec`, JSON for people and for programs in other languages |
//! | `postcard` | no | `PostcardCodec`, short messages between programs that are built together |
//! | `tcp` | yes | [`razor_rpc::tcp`](tcp), TCP and unix sockets; `TcpServer` and `TcpClient` in the modules of the runtimes |
//! | `tokio` | yes | [`razor_rpc::tokio`](tokio), the transports on that runtime |
//! | `smol` | no | [`razor_rpc::smol`](smol), the transports on that runtime |
//! | `captains-log` | no | a `LogFilter` of captains-log as the level of log lines; without it, `LogControl` has a level of its own |
//! | `errno` | no | `nix::errno::Errno` as an error of a method |

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod private;
mod runtimes;

pub mod client;
mod context;
pub mod server;
pub mod standard;

pub use context::{CallContext, MethodInfo};
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
/// use razor_rpc::error::{Failover, RpcErrCodec, RpcError};
/// use razor_rpc::{RpcErr, endpoint_async, service};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, RpcErr)]
/// enum LogError {
///     Full,
///     #[rpc(failover_to = leader)]
///     NotLeader { leader: Option<String> },
/// }
///
/// #[endpoint_async(new LogClient)]
/// trait Log {
///     async fn append(&self, line: String) -> Result<u64, RpcError<LogError>>;
/// }
///
/// struct Follower;
///
/// #[service]
/// impl Log for Follower {
///     async fn append(&self, _: String) -> Result<u64, RpcError<LogError>> {
///         Err(LogError::NotLeader { leader: Some("10.0.0.7:8082".into()) })?
///     }
/// }
///
/// let elsewhere = LogError::NotLeader { leader: Some("10.0.0.7:8082".into()) };
/// assert_eq!(elsewhere.should_failover(), Failover::To("10.0.0.7:8082"));
/// assert_eq!(LogError::NotLeader { leader: None }.should_failover(), Failover::Next);
/// assert_eq!(LogError::Full.should_failover(), Failover::No);
/// ```
pub use razor_rpc_macros::RpcErr;
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
#[cfg(feature = "tcp")]
pub use razor_rpc_tcp as tcp;
pub use razor_stream;
pub use razor_stream::DefaultCodec;
pub use razor_stream::error::{self, RpcError};
pub use razor_stream::orb;
#[cfg(feature = "smol")]
pub use runtimes::smol;
#[cfg(feature = "tokio")]
pub use runtimes::tokio;
pub use server::RpcServer;
#[cfg(feature = "msgpack")]
pub use server::Serve;

#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

/// The example of this crate's README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
