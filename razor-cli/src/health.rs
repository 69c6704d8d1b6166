//! `--health`: whether a server, and its services, serve.
//!
//! Knows the service RazorHealth. Does not know what makes a service unwell.

use crate::failure::Failure;
use crate::server::Server;
use crate::told::harmless;
use razor_rpc::CallContext;
use razor_rpc::client::ApiClientCaller;
use razor_rpc::error::{EncodedErr, RpcErrKind, RpcError};
use razor_rpc::razor_stream::clock;
use razor_rpc::standard::{AllHealth, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Write;

/// Asks, and returns what goes to standard output.
pub(crate) async fn ask(server: &Server, service: Option<String>) -> Result<String, Failure> {
    let Some(service) = service else { return all(server).await };
    let status: Status = asked(server, "RazorHealth.check", &service).await?;
    let line = format!("{} {}\n", harmless(&service), word(status));
    if status == Status::Serving { Ok(line) } else { Err(Failure::not_serving(line.trim_end())) }
}

async fn all(server: &Server) -> Result<String, Failure> {
    let AllHealth { server: whole, services, .. } = asked(server, "RazorHealth.all", &()).await?;
    let mut text = format!("server {}\n", word(whole));
    let mut off: Vec<_> =
        (whole != Status::Serving).then(|| "server".to_owned()).into_iter().collect();
    for (name, status) in &services {
        let name = harmless(name);
        let _ = writeln!(text, "{name} {}", word(*status));
        if *status != Status::Serving {
            off.push(name);
        }
    }
    if off.is_empty() {
        Ok(text)
    } else {
        Err(Failure::not_serving(format_args!("not serving: {}", off.join(", "))))
    }
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Serving => "serving",
        _ => "not-serving",
    }
}

async fn asked<T: DeserializeOwned>(
    server: &Server,
    action: &'static str,
    argument: &impl Serialize,
) -> Result<T, Failure> {
    let began = clock::now();
    let answer =
        server.calls().call::<_, T, EncodedErr>(&CallContext::new(), action, argument).await;
    answer.map_err(|error| match &error {
        RpcError::Rpc(error) if error.kind() == RpcErrKind::Closing => {
            Failure::not_serving("the server is closing, and refuses what it is asked")
        }
        RpcError::Rpc(error) if error.kind() == RpcErrKind::Service => Failure::not_mounted(
            "the server has no RazorHealth: serve `Health::new().beside(service)` there",
        ),
        error => server.failed(action, error, began.elapsed()),
    })
}
