//! The procedural macros of razor-rpc and razor-stream, each a small compiler: parse, a model of our own, checks,
//! tokens.
//!
//! Use them through `razor-rpc` and `razor-stream`, which re-export them and show complete examples. This crate knows
//! the shapes of service traits and of tasks, and the names in `razor_rpc::__private` and `razor_stream::__private`. It
//! does not know what these items do.
//!
//! | file | holds |
//! |---|---|
//! | `errors` | mistakes, gathered so that all of them are reported at once |
//! | `place`, `peel`, `conditions` | where the compiler shows code; types and expressions without parentheses; attributes that are copied |
//! | `action` | the action of a request |
//! | `root`, `name` | the path to the library; the name of a service |
//! | `method` | a method of a service: how it is written and what it sends |
//! | `client` | `endpoint_client!`: the struct of a client |
//! | `endpoint` | `#[endpoint_async]`: the trait, and its implementation by a client |
//! | `service` | `#[service]`: an implementation of the trait, made callable by name |
//! | `describe` | what a service says of itself |
//! | `mux` | `#[service_mux_struct]`: a struct whose fields are services |
//! | `server_task` | `#[server_task_enum]`: an enum whose variants hold server tasks |
//! | `task` | `#[client_task]`, `#[client_task_enum]`: tasks of a client |
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
/// `endpoint_client!(pub CalcClient, crate = path);` names the path to razor-rpc, if that is not `::razor_rpc`.
#[proc_macro]
pub fn endpoint_client(input: TokenStream) -> TokenStream {
    client::expand(input.into()).into()
}

/// Makes a trait a service, and implements it for a client.
///
/// `#[endpoint_async(CalcClient)]` names a client declared by `endpoint_client!`; one client may have several services.
/// `#[endpoint_async(new CalcClient)]` also declares the client, as visible as the trait.
///
/// `#[endpoint_async(CalcClient, blocking CalcBlocking)]` also declares the trait `CalcBlocking`: its methods have the
/// names, arguments and docs of the methods of the trait, but they block and return the result itself.
/// `razor_rpc::client::Blocking` around a `CalcClient` implements it.
///
/// These arguments may follow the client, in any order:
///
/// | argument | says |
/// |---|---|
/// | `blocking CalcBlocking` | the name of the blocking trait |
/// | `name = "CalcV2"` | the name of the service on the wire; the default is the name of the trait |
/// | `crate = path` | the path to razor-rpc, if it is renamed or re-exported; the default is `::razor_rpc` |
///
/// A service that gets a name here needs the same name in `#[service(name = "CalcV2")]`. A name has no dots; with a dot
/// and the name of a method it has at most 256 bytes.
///
/// A method takes `&self` and any number of owned arguments, and returns `Result<T, RpcError<E>>`. It is
/// written as `async fn` (its future is then made `Send`), as `-> impl Future<Output = …> + Send`, or as
/// `async fn` under `#[async_trait]`, which may stand above or below this attribute.
///
/// Methods and arguments may have a `#[cfg]`, also by `#[cfg_attr]`. An argument whose condition does not hold is not
/// sent, so the condition has to hold at both server and client, or at neither; the arguments of a method have at most
/// four different conditions. If the trait has supertraits, a client implements the trait where it implements these
/// too: `trait Calc: Debug` is implemented by a client whose caller is `Debug`, as the usual one is.
#[proc_macro_attribute]
pub fn endpoint_async(args: TokenStream, item: TokenStream) -> TokenStream {
    endpoint::expand(args.into(), item.into()).into()
}

/// Makes `impl Trait for Server` a service: dispatchers call its methods by name.
///
/// The name of the service is the last segment of the trait's path as it is written in the `impl`. `#[service(name =
/// "CalcV2")]` gives it another name, which its clients need too: `#[endpoint_async(CalcClient, name = "CalcV2")]`. A
/// call by another name ends with `RpcErrKind::Service`. A type has one service; several types are put together by a
/// multiplexer.
///
/// The trait has `#[endpoint_async]`, which keeps its documentation for the standard service `Reflection`; for another
/// trait the compiler reports that it has no function `__docs_of_endpoint_async`.
///
/// `#[service(crate = path)]` names the path to razor-rpc, if that is not `::razor_rpc`.
///
/// A method of the trait may be `#[deprecated]`: the server still has it, and the compiler warns only its callers. For
/// that, the generated code allows the lint `deprecated`, so a crate with services may deny this lint, but not forbid
/// it.
#[proc_macro_attribute]
pub fn service(args: TokenStream, item: TokenStream) -> TokenStream {
    service::expand(args.into(), item.into()).into()
}

/// Makes a struct whose fields are services, each in an `Arc`, one service: a request goes to the field whose service
/// it names.
///
/// No two services of a struct have the same name: the compiler refuses the second one (of a generic struct, when it is
/// built with its parameters). A field may have a `#[cfg]`, if it has a name. `Arc` has to be written out: an alias of
/// it is not recognised.
///
/// `#[service_mux_struct(crate = path)]` names the path to razor-rpc, if that is not `::razor_rpc`.
#[proc_macro_attribute]
pub fn service_mux_struct(args: TokenStream, item: TokenStream) -> TokenStream {
    mux::expand(args.into(), item.into()).into()
}

/// Makes an enum whose variants hold server tasks a task itself: the action of a request decides which variant is
/// decoded.
///
/// Each variant holds one task, mostly a `ServerTask`, and names its actions by `#[action(…)]`: a number from 1 to
/// 0x7FFE_FFFF, a string of up to 256 bytes, a value of an enum with numbers (or any other integer constant), or
/// several of these, also of several kinds. An action that is there twice does not compile; a request for an unknown
/// action is answered with `rpc_method_notfound`.
///
/// | written | the enum is | so it can be |
/// |---|---|---|
/// | `#[server_task_enum(req)]` | `ServerTaskDecode`, `Refuse` | decoded from requests, queued for workers |
/// | `#[server_task_enum(resp)]` | `ServerTaskEncode` | answered with its results; it has no actions |
/// | `#[server_task_enum(req, resp)]` | all three | decoded and answered |
///
/// All tasks of an enum have the same codec. A variant may have a `#[cfg]`.
///
/// `#[server_task_enum(req, crate = path)]` names the path to razor-stream, if that is not `::razor_stream`. A crate
/// that depends on razor-rpc alone writes `crate = razor_rpc::razor_stream`.
#[proc_macro_attribute]
pub fn server_task_enum(args: TokenStream, item: TokenStream) -> TokenStream {
    server_task::expand(args.into(), item.into()).into()
}

/// Makes a struct a task of razor-stream. Its fields hold what it sends and what it receives, and the place where it
/// goes when it has ended.
///
/// `#[client_task(7)]`, `#[client_task("Store.get")]` and `#[client_task(Op::Get)]` (a value of an enum that casts to
/// `u32`) give all tasks of the type one action; without it, each task has its action in a field. A number that is
/// reserved or a name that is too long does not compile. `codec = JsonCodec` names another codec than msgpack.
///
/// | field | type | is |
/// |---|---|---|
/// | `#[field(common)]` | `ClientTaskCommon` | the settings of the task: its timeout |
/// | `#[field(action)]` | a `TaskAction` | the action, if the attribute names none |
/// | `#[field(req)]` | `Serialize` | the message to send; without this field, nil is sent |
/// | `#[field(req_blob)]` | a `SendRequestBlob`: `Bytes`, `Vec<u8>`, `Option` of them | the blob to send |
/// | `#[field(resp)]` | `Option<T>`, `T: DeserializeOwned` | the message of the response |
/// | `#[field(resp_blob)]` | a `ReceiveResponseBlob`: `Bytes`, `Vec<u8>`, `Option` of them, `InPlace<B>` | the blob of the response |
/// | `#[field(res)]` | `Option<Result<(), RpcError<E>>>`, `E: RpcErrCodec` | how the task ended; this field is needed |
/// | `#[field(noti)]` | `Option<N>`, `N: Notify<Self>` | where the task goes when it has ended; this field is needed |
///
/// Other fields are your own and stay as they are. A field with a name may have a `#[cfg]`, except `action`, `res` and
/// `noti`, which every task needs. `Option` has to be written out: an alias of it is not recognised.
///
/// `crate = path` names the path to razor-stream, if that is not `::razor_stream`. A crate that depends on razor-rpc
/// alone writes `#[client_task(7, crate = razor_rpc::razor_stream)]`.
#[proc_macro_attribute]
pub fn client_task(args: TokenStream, item: TokenStream) -> TokenStream {
    task::expand(args.into(), item.into()).into()
}

/// Makes an enum of tasks a task, so that one connection carries several kinds: `enum Op { Get(Get), Put(Put) }`.
///
/// Each variant holds one task, and the enum can be made from that task by `From`. So the `noti` of a task may be a
/// channel that carries the enum. `#[client_task_enum(crate = path)]` names the path to razor-stream, as for
/// `#[client_task]`.
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
