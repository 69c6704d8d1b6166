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
use orb::prelude::{AsyncExec, AsyncRuntime};
use razor_rpc_tcp::TcpClient;
use razor_stream::client::ClientConfig;
use razor_stream::error::{EncodedErr, RpcError, RpcIntErr};
use razor_stream::transport::ClientTransport;
use serde_bytes::ByteBuf;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Loads the server and ends the process. Returns only if that is not possible.
pub(crate) async fn run<RT: AsyncRuntime>(args: ClientArgs, execs: &[RT::Exec]) -> Ended {
    let (addr, limits, queue) = (args.addr.clone(), limits(args.common.max_msg), queue(&args));
    let config =
        move || ClientConfig::default().with_limits(limits).with_max_queued(queue.0, queue.1);
    let transport = TcpClient::<RT>::new;
    let blobs = {
        let addr = addr.clone();
        move || BlobClient::connect(transport(), &addr, config())
    };
    let service = move || EchoClient::connect_with(transport(), &addr, config());
    match args.method {
        Method::Echo => drive::<RT, _>(args, execs, move || service().map(Echo)).await,
        Method::EchoWait => drive::<RT, _>(args, execs, move || service().map(EchoWait)).await,
        Method::Record => {
            let record = Arc::new(Record::of(args.payload));
            let records = move || service().map(|client| Records(client, record.clone()));
            drive::<RT, _>(args, execs, records).await
        }
        Method::Blob => drive::<RT, _>(args, execs, move || blobs().map(Blob)).await,
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

/// The client, and the record that it sends.
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

/// More bytes than the head, the action and the codec add to a payload.
const HEAD: usize = 1024;
/// The default queue of the library, in requests and bytes.
const QUEUE: (NonZeroUsize, NonZeroUsize) =
    (NonZeroUsize::new(8192).unwrap(), NonZeroUsize::new(64 << 20).unwrap());

/// Starts the shares of all executors and the measurement.
async fn drive<RT: AsyncRuntime, C: Target>(
    args: ClientArgs,
    execs: &[RT::Exec],
    connect: impl Fn() -> Result<C, RpcIntErr> + Clone + Send + 'static,
) -> Ended {
    let baseline = Baseline::take(&args);
    let load = Load::new(args.payload, args.workload());
    for (at, exec) in execs.iter().enumerate() {
        let share =
            (at..args.conns.get()).step_by(execs.len()).map(|object| callers(&args, object));
        let (share, connect, load) = (share.collect::<Vec<_>>(), connect.clone(), load.clone());
        exec.spawn_detach(async move {
            // The clients have to stay alive: callers of idle connections have ended.
            let _clients = start::<RT, C>(share, connect, &load).expect("a runtime is here");
            std::future::pending::<()>().await;
        });
    }
    control::start(load, args, baseline);
    std::future::pending().await
}

/// The number of callers on a client object; caller `i` is on object `i % conns`.
const fn callers(args: &ClientArgs, object: usize) -> usize {
    (args.callers.get() + args.conns.get() - 1 - object) / args.conns.get()
}

/// Makes a client object for each number of callers in `share`, and spawns these callers.
fn start<RT: AsyncRuntime, C: Target>(
    share: Vec<usize>,
    connect: impl Fn() -> Result<C, RpcIntErr>,
    load: &Arc<Load>,
) -> Result<Vec<C>, RpcIntErr> {
    let clients: Vec<C> = share.iter().map(|_| connect()).collect::<Result<_, _>>()?;
    let of_all = clients.iter().zip(share);
    for client in of_all.flat_map(|(client, callers)| std::iter::repeat_n(client, callers)) {
        RT::spawn_detach(load.clone().caller::<RT>(client.clone()));
    }
    Ok(clients)
}
