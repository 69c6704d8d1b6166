//! The server's side: serves the service and numeric action 1 until it is killed.
//!
//! Knows the options of a server. Does not know what the service does.

use crate::Ended;
use crate::args::{DispatchKind, ServerArgs};
use crate::blob::WithBlobEcho;
use crate::limits;
use crate::service::Echo;
use orb::prelude::AsyncRuntime;
use razor_rpc::server::{Eager, Inline, Spawn};
use razor_rpc_tcp::TcpServer;
use razor_stream::server::dispatch::MakeDispatch;
use razor_stream::server::{RpcServer, ServerConfig};
use std::io::Write;
use std::time::Duration;

/// Serves until the process ends. Returns only if the server cannot be started.
pub(crate) async fn run<RT: AsyncRuntime>(args: ServerArgs, execs: &[RT::Exec]) -> Ended {
    bound_life();
    let service = Echo::<RT>::new();
    match args.dispatch {
        DispatchKind::Eager => listen::<RT, _>(&args, execs, Eager::new(service)).await,
        DispatchKind::Inline => listen::<RT, _>(&args, execs, Inline::new(service)).await,
        DispatchKind::Spawn => listen::<RT, _>(&args, execs, Spawn::new(service)).await,
    }
}

async fn listen<RT: AsyncRuntime, D: MakeDispatch>(
    args: &ServerArgs,
    execs: &[RT::Exec],
    dispatch: D,
) -> Ended {
    let config = ServerConfig::default().with_limits(limits(args.common.max_msg));
    let listener = TcpServer::<RT>::bind(&args.addr).await?;
    let server = RpcServer::bind(listener).with_config(config).with_executors(execs);
    let server = server.dispatch(WithBlobEcho(dispatch))?;
    ready(server.local_addr())?;
    std::future::pending::<()>().await;
    drop(server);
    Ok(())
}

/// Prints that this server listens, for the script that started it.
fn ready(addr: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "READY {addr}")?;
    out.flush()
}

/// Ends the process after a while, so that no server outlives the script that started it for long.
#[expect(clippy::disallowed_methods, reason = "this thread is no coroutine")]
fn bound_life() {
    std::thread::spawn(|| {
        std::thread::sleep(LIFE);
        eprintln!("this server has lived its {} s", LIFE.as_secs());
        std::process::exit(3);
    });
}

const LIFE: Duration = Duration::from_secs(900);
