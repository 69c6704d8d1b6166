//! The procedural macros of razor-rpc and razor-stream, each a small compiler: parse, a model of our own, checks,
//! tokens.
//!
//! Use them through `razor-rpc` and `razor-stream`, which re-export them and show complete examples. This crate knows
//! the shapes of service traits and of tasks, and the names in `razor_rpc::__private` and `razor_stream::__private`. It
//! does not know what those do.
//!
//! | file | holds |
//! |---|---|
//! | `errors` | mistakes, gathered, so that all of them are told at once |
//! | `place`, `peel`, `conditions` | where code is shown, what is written without its parentheses, what goes along with it |
//! | `action` | what a request asks for |
//! | `root`, `name` | where the library is found; what a service is called by |
//! | `method` | a method of a service: how it is written and what it sends |
//! | `client` | `endpoint_client!`: the struct of a client |
//! | `endpoint` | `#[endpoint_async]`: the trait, and its implementation by a client |
//! | `service` | `#[service]`: an implementation of the trait, made callable by name |
//! | `describe` | what a service says of itself |
//! | `mux` | `#[service_mux_struct]`: a struct whose fields are services |
//! | `server_task` | `#[server_task_enum]`: an enum whose variants hold server tasks |
//! | `task` | `#[client_task]`, `#[client_task_enum]`: requests of kinds of one's own |
//! | `rpc_err` | `#[derive(RpcErr)]`: an enum or a struct as the error of a method |

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod action;
mod client;
mod conditions;
mod describe;
mod endpoint;
mod errors;
mod method;
mod mux;
mod name;
mod peel;
mod place;
mod root;
mod rpc_err;
mod server_task;
mod service;
mod task;

use proc_macro::TokenStream;

/// Declares the struct of a client: `endpoint_client!(pub CalcClient);`.
///
/// The struct is `CalcClient<C = Caller>`; it is `Clone`, made by `CalcClient::new(caller)` or by one of the
/// shortcuts `connect`, `connect_with` and `connect_with_executor`. It can call nothing yet: each trait with
/// `#[endpoint_async(CalcClient)]` adds its methods.
///
/// `endpoint_client!(pub CalcClient, crate = path);` says where razor-rpc is found, if it is not at `::razor_rpc`.
#[proc_macro]
pub fn endpoint_client(input: TokenStream) -> TokenStream {
    client::expand(input.into()).into()
}

/// Makes a trait a service, and implements it for a client.
///
/// `#[endpoint_async(CalcClient)]` names a client declared by `endpoint_client!`; one client may have several
/// services. `#[endpoint_async(new CalcClient)]` declares it as well, as visible as the trait.
///
/// `#[endpoint_async(CalcClient, blocking CalcBlocking)]` declares the trait `CalcBlocking` as well: the same methods
/// with the same arguments and docs, but they block and return the result itself. `razor_rpc::client::Blocking` around
/// a `CalcClient` implements it.
///
/// What may follow the client, in any order:
///
/// | argument | says |
/// |---|---|
/// | `blocking CalcBlocking` | the name of the blocking twin, if there is to be one |
/// | `name = "CalcV2"` | what the service is called by on the wire; without it, it is called as the trait |
/// | `crate = path` | where razor-rpc is found, for a crate that is renamed or re-exported; without it, at `::razor_rpc` |
///
/// A service that is named here has the same name in `#[service(name = "CalcV2")]`. A name has no dots, and makes at most
/// 256 bytes together with a dot and the name of a method.
///
/// A method takes `&self` and any number of owned arguments, and returns `Result<T, RpcError<E>>`. It is
/// written as `async fn` (its future is then made `Send`), as `-> impl Future<Output = …> + Send`, or as
/// `async fn` under `#[async_trait]`, which may stand above or below this attribute.
///
/// Methods and arguments may have a `#[cfg]`, also by `#[cfg_attr]`. An argument whose condition does not hold is not sent,
/// so server and client have to agree on it; the arguments of a method have at most four different conditions. If the
/// trait has supertraits, a client implements it where it has these too: `trait Calc: Debug` is implemented by a client
/// whose caller is `Debug`, as the usual one is.
#[proc_macro_attribute]
pub fn endpoint_async(args: TokenStream, item: TokenStream) -> TokenStream {
    endpoint::expand(args.into(), item.into()).into()
}

/// Makes `impl Trait for Server` callable: dispatchers find its methods by name.
///
/// The service is called as the trait is, by the last segment of its path as it is written in the `impl`;
/// `#[service(name = "CalcV2")]` gives it another name, which its clients have to have as well:
/// `#[endpoint_async(CalcClient, name = "CalcV2")]`. A call of a service by a name that it does not have ends with
/// `RpcErrKind::Service`. A type has one service; several types are put together by a multiplexer.
///
/// The trait is one with `#[endpoint_async]`, which keeps its documentation for the standard service `Reflection`; for another
/// trait the compiler reports that it has no function `__docs_of_endpoint_async`.
///
/// `#[service(crate = path)]` says where razor-rpc is found, if it is not at `::razor_rpc`.
///
/// A method of the trait may be `#[deprecated]`: the server still has it, and only its callers are told. For that, the code
/// that is made allows the lint `deprecated`, so a crate with services may deny this lint, but not forbid it.
#[proc_macro_attribute]
pub fn service(args: TokenStream, item: TokenStream) -> TokenStream {
    service::expand(args.into(), item.into()).into()
}

/// Makes a struct of services, each in an `Arc`, one service: a request goes to the field whose service it names.
///
/// No two services of a struct have the same name: the compiler refuses the second one (of a generic struct, when it is
/// built with its parameters). A field may have a `#[cfg]`, if it has a name. `Arc` has to be written out: an alias of it
/// is not recognised.
///
/// `#[service_mux_struct(crate = path)]` says where razor-rpc is found, if it is not at `::razor_rpc`.
#[proc_macro_attribute]
pub fn service_mux_struct(args: TokenStream, item: TokenStream) -> TokenStream {
    mux::expand(args.into(), item.into()).into()
}

/// Makes an enum whose variants hold server tasks one task: decoded by action, answered by variant.
///
/// Each variant holds one task, mostly a `ServerTask`, and says by `#[action(…)]` what asks for it: a number from 1 to
/// 0x7FFE_FFFF, a string of up to 256 bytes, a value of an enum with numbers (or any other integer constant), or
/// several of these, also of several kinds. An action that is there twice is an error of the compiler; a request for
/// one that is not there is answered `rpc_method_notfound`.
///
/// | written | the enum is | so it can be |
/// |---|---|---|
/// | `#[server_task_enum(req)]` | `ServerTaskDecode`, `Refuse` | decoded from requests, queued for workers |
/// | `#[server_task_enum(resp)]` | `ServerTaskEncode` | answered with its results; it has no actions |
/// | `#[server_task_enum(req, resp)]` | all of it | both |
///
/// All tasks of an enum have the same codec. A variant may have a `#[cfg]`.
///
/// `#[server_task_enum(req, crate = path)]` says where razor-stream is found, if it is not at `::razor_stream`. A crate
/// that depends on razor-rpc alone writes `crate = razor_rpc::razor_stream`.
#[proc_macro_attribute]
pub fn server_task_enum(args: TokenStream, item: TokenStream) -> TokenStream {
    server_task::expand(args.into(), item.into()).into()
}

/// Makes a struct a task of razor-stream: what it sends, where its answer goes, and who is told of its end.
///
/// `#[client_task(7)]`, `#[client_task("Store.get")]` and `#[client_task(Op::Get)]` (a value of an enum that casts to
/// `u32`) say what is asked for, the same for all tasks of the type; without it a field does. A number that is reserved
/// or a name that is too long does not compile. `codec = JsonCodec` names another codec than msgpack.
///
/// | field | type | is |
/// |---|---|---|
/// | `#[field(common)]` | `ClientTaskCommon` | what every task carries: a timeout of its own |
/// | `#[field(action)]` | a `TaskAction` | what is asked for, where the attribute does not say it |
/// | `#[field(req)]` | `Serialize` | the message to send; nil without it |
/// | `#[field(req_blob)]` | a `SendRequestBlob`: `Bytes`, `Vec<u8>`, `Option` of them | the blob to send |
/// | `#[field(resp)]` | `Option<T>`, `T: DeserializeOwned` | the message of the response |
/// | `#[field(resp_blob)]` | a `ReceiveResponseBlob`: `Bytes`, `Vec<u8>`, `Option` of them, `InPlace<B>` | the blob of the response |
/// | `#[field(res)]` | `Option<Result<(), RpcError<E>>>`, `E: RpcErrCodec` | how the task ended; needed |
/// | `#[field(noti)]` | `Option<N>`, `N: Notify<Self>` | what the task is sent through when it has ended; needed |
///
/// Other fields are the user's own and stay as they are. A field may have a `#[cfg]` if it has a name, but for `action`,
/// `res` and `noti`, without which there is no task. `Option` has to be written out: an alias of it is not recognised.
///
/// `crate = path` says where razor-stream is found, if it is not at `::razor_stream`. A crate that depends on razor-rpc
/// alone writes `#[client_task(7, crate = razor_rpc::razor_stream)]`.
#[proc_macro_attribute]
pub fn client_task(args: TokenStream, item: TokenStream) -> TokenStream {
    task::expand(args.into(), item.into()).into()
}

/// Makes an enum of tasks a task, so that one connection carries several kinds: `enum Op { Get(Get), Put(Put) }`.
///
/// Each variant holds one task, from which the enum can be made by `From`. A task may be told of by a channel that
/// carries the enum. `#[client_task_enum(crate = path)]` says where razor-stream is found, as for `#[client_task]`.
#[proc_macro_attribute]
pub fn client_task_enum(args: TokenStream, item: TokenStream) -> TokenStream {
    task::expand_enum(args.into(), item.into()).into()
}

#[doc = include_str!("rpc_err/doc.md")]
#[proc_macro_derive(RpcErr, attributes(rpc))]
pub fn rpc_err(item: TokenStream) -> TokenStream {
    rpc_err::expand(item.into(), root::Root::rpc).into()
}

#[doc = include_str!("rpc_err/doc.md")]
#[proc_macro_derive(StreamRpcErr, attributes(rpc))]
pub fn stream_rpc_err(item: TokenStream) -> TokenStream {
    rpc_err::expand(item.into(), root::Root::stream).into()
}
