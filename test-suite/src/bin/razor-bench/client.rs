//! The client's side: client objects, and the callers on them.
//!
//! Knows what each method calls. Does not know how the load is measured.

use crate::Ended;
use crate::args::{ClientArgs, Method};
use crate::blob::BlobClient;
use crate::control::{self, Baseline};
use crate::limits;
use crate::load::{Load, Seen, Target};
use crate::record::Record;
use crate::service::{EchoClient, EchoService};
use orb::prelude::AsyncRuntime;
use razor_rpc_tcp::TcpClient;
use razor_stream::client::ClientConfig;
use razor_stream::error::{EncodedErr, RpcError, RpcIntErr};
use razor_stream::transport::ClientTransport;
use serde_bytes::ByteBuf;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Loads the server and ends the process; returns only if that is not possible.
pub(crate) async fn run<RT: AsyncRuntime>(args: ClientArgs) -> Ended {
    let (addr, limits, queue) = (args.addr.clone(), limits(args.common.max_msg), queue(&args));
    let config = move || ClientConfig::default().limits(limits).queue(queue.0, queue.1);
    let transport = TcpClient::<RT>::new;
    let service = || EchoClient::connect_with(transport(), &addr, config());
    match args.method {
        Method::Echo => drive::<RT, _>(args, || service().map(Echo)).await,
        Method::EchoWait => drive::<RT, _>(args, || service().map(EchoWait)).await,
        Method::Record => {
            let record = Arc::new(Record::of(args.payload));
            drive::<RT, _>(args, || service().map(|client| Records(client, record.clone()))).await
        }
        Method::Blob => {
            let blobs = || BlobClient::connect(transport(), &addr, config());
            drive::<RT, _>(args, || blobs().map(Blob)).await
        }
    }
}

#[derive(Clone)]
struct Echo(EchoClient);

impl Target for Echo {
    type Error = RpcError<()>;

    async fn call(&self, payload: &'static [u8]) -> Result<Seen, Self::Error> {
        self.0.echo(ByteBuf::from(payload)).await.map(|bytes| Seen::of(&bytes))
    }
}

#[derive(Clone)]
struct EchoWait(EchoClient);

impl Target for EchoWait {
    type Error = RpcError<()>;

    async fn call(&self, payload: &'static [u8]) -> Result<Seen, Self::Error> {
        self.0.echo_wait(ByteBuf::from(payload)).await.map(|bytes| Seen::of(&bytes))
    }
}

/// The client, and what it sends.
#[derive(Clone)]
struct Records(EchoClient, Arc<Record>);

impl Target for Records {
    type Error = RpcError<()>;

    async fn call(&self, payload: &'static [u8]) -> Result<Seen, Self::Error> {
        let Self(client, record) = self;
        let answer = client.echo_record(Record::clone(record)).await?;
        Ok(Seen::of(if answer.answers(record) { payload } else { &[] }))
    }
}

#[derive(Clone)]
struct Blob<T: ClientTransport>(BlobClient<T>);

impl<T: ClientTransport> Target for Blob<T> {
    type Error = RpcError<EncodedErr>;

    async fn call(&self, payload: &'static [u8]) -> Result<Seen, Self::Error> {
        self.0.echo(payload).await.map(|answer| Seen::of(&answer.blob))
    }
}

/// The default queue, or one in which all callers find room before there is a connection.
fn queue(args: &ClientArgs) -> (NonZeroUsize, NonZeroUsize) {
    let frames = args.callers.saturating_mul(NonZeroUsize::MIN.saturating_add(args.payload + HEAD));
    (args.callers.max(QUEUE.0), frames.max(QUEUE.1))
}

/// More than the head, the action and the codec add to a payload.
const HEAD: usize = 1024;
/// Requests and bytes; what the library has by default.
const QUEUE: (NonZeroUsize, NonZeroUsize) =
    (NonZeroUsize::new(8192).unwrap(), NonZeroUsize::new(64 << 20).unwrap());

/// Makes the client objects, spawns the callers, caller `i` on object `i % conns`, and starts the measurement.
async fn drive<RT: AsyncRuntime, C: Target>(
    args: ClientArgs,
    connect: impl Fn() -> Result<C, RpcIntErr>,
) -> Ended {
    let baseline = Baseline::take(&args);
    let load = Load::new(args.payload, args.workload());
    let clients: Vec<C> = (0..args.conns.get()).map(|_| connect()).collect::<Result<_, _>>()?;
    for client in clients.iter().cycle().take(args.callers.get()) {
        RT::spawn_detach(load.clone().caller::<RT>(client.clone()));
    }
    control::start(load, args, baseline);
    // The clients stay: callers of idle connections have ended.
    std::future::pending::<()>().await;
    drop(clients);
    Ok(())
}
