//! `--list`: the services of a server, their methods, and what their authors wrote about them.
//!
//! Knows the service RazorReflection. Does not know how methods are called.

use crate::failure::Failure;
use crate::server::Server;
use crate::told::harmless;
use razor_rpc::CallContext;
use razor_rpc::client::ApiClientCaller;
use razor_rpc::error::{EncodedErr, RpcErrKind, RpcError};
use razor_rpc::razor_stream::clock;
use razor_rpc::standard::{ListedMethod, ListedService};

/// Asks, and returns what goes to standard output.
pub(crate) async fn ask(server: &Server, service: Option<String>) -> Result<String, Failure> {
    let began = clock::now();
    let answer = server
        .calls()
        .call::<_, Vec<ListedService>, EncodedErr>(&CallContext::new(), ACTION, &())
        .await;
    let mut services = answer.map_err(|error| match &error {
        RpcError::Rpc(error) if error.kind() == RpcErrKind::Service => Failure::not_mounted(
            "the server has no RazorReflection: serve `Reflection.beside(service)` there",
        ),
        error => server.failed(ACTION, error, began.elapsed()),
    })?;
    services.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(wanted) = service {
        services.retain(|service| service.name == wanted);
        if services.is_empty() {
            return Err(Failure::not_mounted(format_args!(
                "the server lists no service `{wanted}`"
            )));
        }
    }
    let shown: Vec<_> = services.iter().map(shown).collect();
    Ok(shown.join("\n"))
}

/// A service, then its methods, each with its documentation under it.
fn shown(service: &ListedService) -> String {
    let mut text = format!("{}\n", harmless(&service.name));
    text += &indented(&service.docs, 2);
    for method in &service.methods {
        text += &format!("  {}\n", signature(method));
        text += &indented(&method.docs, 6);
    }
    text
}

fn signature(method: &ListedMethod) -> String {
    let args: Vec<_> = method
        .args
        .iter()
        .map(|arg| format!("{}: {}", harmless(&arg.name), short(&arg.ty)))
        .collect();
    format!("{}({}) -> {}", harmless(&method.name), args.join(", "), short(&method.result))
}

fn indented(docs: &str, by: usize) -> String {
    docs.lines()
        .map(|line| format!("{:by$}{}\n", "", harmless(line)).trim_end().to_owned() + "\n")
        .collect()
}

/// The name of a type without the modules in front of it: `Option<String>` for `core::option::Option<…>`.
fn short(name: &str) -> String {
    let mut shown = String::new();
    for part in name.split_inclusive(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':')) {
        // A part ends with one character that is not of the path, but for the last.
        shown += part.rsplit("::").next().unwrap_or(part);
    }
    harmless(&shown)
}

const ACTION: &str = "RazorReflection.list";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_called_by_its_last_names() {
        for (name, expected) in [
            ("i32", "i32"),
            ("core::option::Option<alloc::string::String>", "Option<String>"),
            (
                "core::result::Result<(u8, alloc::vec::Vec<a::B>), razor_stream::error::RpcError<()>>",
                "Result<(u8, Vec<B>), RpcError<()>>",
            ),
            ("[a::b::C; 4]", "[C; 4]"),
        ] {
            assert_eq!(short(name), expected);
        }
    }
}
