//! The transports and helpers of the library with their runtime fixed: a module for each runtime.
//!
//! Holds only aliases, each of a type that has the runtime as a parameter.

/// Declares what a module of a runtime holds.
#[cfg(any(feature = "tokio", feature = "smol"))]
macro_rules! runtime {
    ($rt:ident) => {
        /// Listens at TCP and unix sockets.
        #[cfg(feature = "tcp")]
        pub type TcpServer = razor_rpc_tcp::TcpServer<$rt>;
        /// Connects to TCP and unix sockets.
        #[cfg(feature = "tcp")]
        pub type TcpClient = razor_rpc_tcp::TcpClient<$rt>;
        /// Listens at a name in this process.
        pub type MemoryServer = razor_stream::transport::memory::MemoryServer<$rt>;
        /// Connects to a name in this process.
        pub type MemoryClient = razor_stream::transport::memory::MemoryClient<$rt>;
        /// A server that runs on this runtime, for code that stores or returns one.
        pub type RpcServer = razor_stream::server::RpcServer<$rt>;
        /// Workers that serve tasks, for a server on this runtime.
        pub type Workers<T> = razor_stream::server::Workers<$rt, T>;

        /// Listens at `addr`, and begins a server there: short for `RpcServer::bind(TcpServer::bind(addr).await?)`.
        ///
        /// # Errors
        /// `addr` is no address, does not resolve, or is in use.
        ///
        /// # Cancellation
        /// Dropping the future leaves no socket and no file.
        #[cfg(feature = "tcp")]
        pub async fn listen(
            addr: &str,
        ) -> Result<
            razor_stream::server::ServerBuilder<TcpServer>,
            razor_stream::transport::TransportError,
        > {
            TcpServer::bind(addr).await.map(RpcServer::bind)
        }
    };
}

/// tokio: the transports of the library on this runtime. Inside of `#[tokio::main]` no other setting is needed.
///
/// A client or a server that is made where no tokio runtime is around gets an executor
/// ([`TokioExec`](tokio::TokioExec)): by
/// `connect_with_executor`, by [`ServerBuilder::with_executor`](razor_stream::server::ServerBuilder::with_executor).
/// There are three ways to one:
///
/// ```
/// use razor_rpc::orb::prelude::*;
/// use razor_rpc::tokio::{TokioExec, TokioRT};
///
/// // A new runtime with two threads.
/// let two_threads = TokioRT::multi(2);
/// // A runtime that the program has made.
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
/// // A handle to the runtime around.
/// let handle = runtime.block_on(async { TokioExec::new_with_handle(tokio::runtime::Handle::current()) });
/// let own = TokioExec::new_with_runtime(runtime);
/// # drop((two_threads, handle, own));
/// ```
///
/// # Example
/// ```
/// use razor_rpc::error::RpcError;
/// use razor_rpc::server::Serve;
/// use razor_rpc::tokio::{TcpClient, listen};
/// use razor_rpc::{endpoint_async, service};
///
/// #[endpoint_async(new CalcClient)]
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
/// #[tokio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///     let server = listen("127.0.0.1:0").await?.serve(Adder)?;
///     let client = CalcClient::connect(TcpClient::new(), server.local_addr())?;
///     assert_eq!(client.add(1, 2).await?, 3);
///     server.close().await;
///     Ok(())
/// }
/// ```
#[cfg(feature = "tokio")]
pub mod tokio {
    pub use orb_tokio::{TokioExec, TokioRT};

    runtime!(TokioRT);
}

/// smol: the transports of the library on this runtime, whose threads poll the sockets themselves
/// ([razor_rpc_smol]).
///
/// A program runs on it inside of the `block_on` of one of its executors ([`SmolExec`](smol::SmolExec)):
/// `SmolRT::current()`, `one()` or
/// `multi(threads)`. A client or a server that is made elsewhere, under `smol::block_on` for instance, gets an
/// executor: by
/// `connect_with_executor`, by [`ServerBuilder::with_executor`](razor_stream::server::ServerBuilder::with_executor).
///
/// # Example
/// ```
/// use razor_rpc::error::RpcError;
/// use razor_rpc::orb::prelude::*;
/// use razor_rpc::server::Serve;
/// use razor_rpc::smol::{SmolRT, TcpClient, listen};
/// use razor_rpc::{endpoint_async, service};
///
/// #[endpoint_async(new CalcClient)]
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
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// SmolRT::current().block_on(async {
///     let server = listen("127.0.0.1:0").await?.serve(Adder)?;
///     let client = CalcClient::connect(TcpClient::new(), server.local_addr())?;
///     assert_eq!(client.add(1, 2).await?, 3);
///     server.close().await;
///     Ok(())
/// })
/// # }
/// ```
#[cfg(feature = "smol")]
pub mod smol {
    pub use razor_rpc_smol::{SmolExec, SmolRT};

    runtime!(SmolRT);
}
