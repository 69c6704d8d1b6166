//! The server, in a process of its own, so that its allocations are counted apart from the client's.
//!
//! It is this program, started with an environment variable that makes it serve. It counts on request and ends with its
//! parent. Does not know what is measured.

use crate::tally::Tally;
use crate::transport::Counted;
use orb::prelude::{AsyncExec, AsyncRuntime};
use orb_tokio::TokioRT;
use razor_rpc::error::RpcError;
use razor_rpc::server::{RpcServer, Serve};
use razor_rpc::{endpoint_async, service};
use razor_rpc_smol::SmolRT;
use razor_rpc_tcp::TcpServer;
use serde_bytes::ByteBuf;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The service that is called.
#[endpoint_async(new EchoClient)]
pub(crate) trait EchoService {
    /// Answers what it was sent.
    async fn echo(&self, bytes: ByteBuf) -> Result<ByteBuf, RpcError<()>>;
}

struct Echo;

#[service]
impl EchoService for Echo {
    async fn echo(&self, bytes: ByteBuf) -> Result<ByteBuf, RpcError<()>> {
        Ok(bytes)
    }
}

/// A server in another process, which ends when this is dropped.
pub(crate) struct Served {
    process: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// The address whose connections are counted.
    pub(crate) addr: String,
    /// The address whose connections are not counted.
    pub(crate) uncounted: String,
}

impl Served {
    /// Starts a server on the runtime of this name.
    pub(crate) fn start(runtime: &str) -> Self {
        let this = std::env::current_exe().expect("the path of this program");
        let mut process = Command::new(this)
            .args(["--exact", "server_for_the_other_tests", "--ignored", "--nocapture"])
            .env(ROLE, runtime)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts once more");
        let commands = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut served =
            Self { process, commands, answers, addr: String::new(), uncounted: String::new() };
        (served.addr, served.uncounted) = (served.answer(), served.answer());
        served
    }

    /// The counts of the server's process so far.
    pub(crate) fn tally(&mut self) -> Tally {
        let commands = self.commands.as_mut().expect("it is there until the drop");
        writeln!(commands).expect("the server lives");
        Tally::parse(&self.answer()).expect("a tally")
    }

    /// The next line of the server; the test harness writes other lines.
    fn answer(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            let read = self.answers.read_line(&mut line).expect("the server writes text");
            assert!(read > 0, "the server has ended");
            if let Some(answer) = line.strip_prefix(MARK) {
                return answer.trim_end().to_owned();
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.commands = None;
        // How the process has ended does not matter.
        let _status = self.process.wait();
    }
}

/// Serves until the parent closes our input, if there is one.
pub(crate) fn run() {
    match std::env::var(ROLE).as_deref() {
        Ok("tokio") => serve::<TokioRT>(&TokioRT::current()),
        Ok("smol") => serve::<SmolRT>(&SmolRT::current()),
        Ok(other) => panic!("no such runtime: {other}"),
        Err(_) => {}
    }
}

fn serve<RT: AsyncRuntime>(exec: &RT::Exec) {
    exec.block_on(async {
        let listener = async || TcpServer::<RT>::bind("127.0.0.1:0").await.expect("a free port");
        let server = RpcServer::bind(Counted(listener().await)).serve(Echo);
        let server = server.expect("a runtime is around");
        let uncounted = server.add(listener().await).serve(Echo);
        // The test harness may have begun a line.
        println!();
        tell(server.local_addr());
        tell(&uncounted.expect("a runtime is around"));
        std::thread::spawn(count_on_request);
        std::future::pending::<()>().await;
    });
}

/// Answers requests to count, and ends the process when its input ends.
fn count_on_request() {
    let mut line = String::new();
    let mut commands = std::io::stdin().lock();
    while commands.read_line(&mut line).is_ok_and(|read| read > 0) {
        line.clear();
        tell(&Tally::of_this_process().render());
    }
    std::process::exit(0);
}

fn tell(answer: &str) {
    println!("{MARK}{answer}");
}

/// The environment variable that names the server's runtime.
const ROLE: &str = "RAZOR_COUNTS_SERVER";
/// The beginning of each line of the server.
const MARK: &str = "counts: ";
