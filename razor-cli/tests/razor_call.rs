//! The program itself against real servers, and against ports that are none: what it prints, and its exit code.

use razor_rpc::orb::prelude::*;
use razor_rpc::standard::{Health, Reflection, Status};
use razor_rpc::tokio::{TcpServer, TokioExec, TokioRT};
use razor_rpc::{RpcErr, RpcError, RpcServer, Serve, endpoint_async, service};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread::JoinHandle;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, RpcErr)]
enum BankError {
    Closed,
    Missing { cents: u64 },
}

/// Accounts.
#[endpoint_async(new BankClient)]
trait Bank {
    /// What is on an account.
    ///
    /// In cents.
    async fn balance(&self, account: String) -> Result<Option<i64>, RpcError<String>>;
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<u32>>;
    async fn take(&self, cents: u64) -> Result<(), RpcError<BankError>>;
    async fn digest(&self, bytes: Vec<u8>) -> Result<serde_bytes::ByteBuf, RpcError<()>>;
    async fn name(&self) -> Result<String, RpcError<()>>;
    async fn shift(&self, by: i8) -> Result<i8, RpcError<()>>;
    async fn never(&self) -> Result<(), RpcError<()>>;
    async fn panic(&self) -> Result<(), RpcError<()>>;
}

struct Vault;

#[service]
impl Bank for Vault {
    async fn balance(&self, account: String) -> Result<Option<i64>, RpcError<String>> {
        match &*account {
            "alice" => Ok(Some(-7)),
            "new" => Ok(None),
            _ => Err(RpcError::User(format!("no account \"{account}\""))),
        }
    }
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<u32>> {
        a.checked_add(b).ok_or(RpcError::User(34))
    }
    async fn take(&self, cents: u64) -> Result<(), RpcError<BankError>> {
        match cents {
            0 => Ok(()),
            1 => Err(BankError::Closed)?,
            cents => Err(BankError::Missing { cents })?,
        }
    }
    async fn digest(&self, bytes: Vec<u8>) -> Result<serde_bytes::ByteBuf, RpcError<()>> {
        Ok(serde_bytes::ByteBuf::from(bytes))
    }
    async fn name(&self) -> Result<String, RpcError<()>> {
        Ok("the vault \u{1b}[2J".into())
    }
    async fn shift(&self, by: i8) -> Result<i8, RpcError<()>> {
        Ok(by.saturating_add(1))
    }
    async fn never(&self) -> Result<(), RpcError<()>> {
        std::future::pending().await
    }
    async fn panic(&self) -> Result<(), RpcError<()>> {
        panic!("a secret")
    }
}

/// A server in the background. Its executor ends last.
struct Served {
    _server: RpcServer<TokioRT>,
    health: Health,
    addr: String,
    _exec: TokioExec,
}

impl Served {
    /// With health and reflection, if `standard`.
    fn new(standard: bool) -> Self {
        let (exec, health) = (TokioRT::one(), Health::new());
        let own = health.clone();
        let server = exec.block_on(async move {
            let listener = TcpServer::bind("127.0.0.1:0").await.expect("a free port");
            let server = RpcServer::bind(listener);
            if standard {
                server.serve(Reflection.beside(own.beside(Vault)))
            } else {
                server.serve(Vault)
            }
        });
        let server = server.expect("a runtime is around");
        let addr = server.local_addr().to_owned();
        Self { _server: server, health, addr, _exec: exec }
    }
}

/// Exit code, standard output, standard error.
fn run(addr: &str, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_razor-call"));
    let output = command.arg(addr).args(args).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

/// A call that has a result.
fn result(addr: &str, args: &[&str]) -> String {
    let (code, out, err) = run(addr, args);
    assert_eq!((code, &*err), (0, ""), "{args:?}");
    out
}

/// A call that fails: standard error is one line, which says all of `expected`.
fn fails(addr: &str, args: &[&str], code: i32, expected: &[&str]) {
    let (found, out, err) = run(addr, args);
    assert_eq!((found, &*out), (code, ""), "{args:?}: {err}");
    assert!(err.starts_with("razor-call: ") && err.lines().count() == 1, "{args:?}: {err:?}");
    for text in expected {
        assert!(err.contains(text), "{args:?}: {err:?} does not say {text:?}");
    }
}

#[test]
fn a_result_is_one_line_of_json() {
    let served = Served::new(false);
    let addr = &*served.addr;
    assert_eq!(result(addr, &["Bank.balance", "\"alice\""]), "-7\n");
    assert_eq!(result(addr, &["Bank.balance", "\"new\""]), "null\n");
    assert_eq!(result(addr, &["Bank.add", "[1, 2]"]), "3\n");
    assert_eq!(result(addr, &["Bank.take", "0"]), "null\n");
    assert_eq!(result(addr, &["Bank.shift", "-3"]), "-2\n");
    assert_eq!(result(addr, &["Bank.digest", "[1, 255]"]), "[1,255]\n");
    assert_eq!(result(addr, &["Bank.name"]), "\"the vault \\u001b[2J\"\n");
}

#[test]
fn an_error_of_the_method_is_shown_with_stage_outcome_and_time() {
    let served = Served::new(false);
    let addr = &*served.addr;
    let all = ["stage server", "executed", " ms)"];
    let fails = |args: &[&str], error: &str| fails(addr, args, 1, &[&all[..], &[error]].concat());
    fails(&["Bank.balance", "\"bob\""], r#"Bank.balance: error "no account \"bob\"" ("#);
    fails(&["Bank.add", "[2147483647, 1]"], "Bank.add: error 34 (");
    fails(&["Bank.take", "1"], "error \"Closed\" (");
    fails(&["Bank.take", "500"], r#"error {"Missing":{"cents":500}} ("#);
}

#[test]
fn what_the_server_refuses_was_not_executed() {
    let served = Served::new(false);
    let addr = &*served.addr;
    fails(
        addr,
        &["Bnk.add", "[1, 2]"],
        4,
        &["no such service", "--list", "refused", "stage server"],
    );
    fails(addr, &["Bank.ad", "[1, 2]"], 4, &["no such method", "--list", "refused"]);
    fails(addr, &["Bank.add", "[1]"], 4, &["does not decode", "several as a list", "refused"]);
    fails(addr, &["Bank.add"], 4, &["does not decode", "none as nothing"]);
}

#[test]
fn a_call_without_an_answer_and_one_that_failed_at_the_server_are_told_apart() {
    let served = Served::new(false);
    let addr = &*served.addr;
    let late = ["no answer within 0.2 s", "--timeout", "outcome unknown"];
    fails(addr, &["Bank.never", "--timeout", "0.2"], 5, &late);
    fails(addr, &["Bank.panic"], 6, &["Bank.panic", "log of the server", "executed"]);
}

#[test]
fn health_is_asked_by_server_and_by_service() {
    let served = Served::new(true);
    let addr = &*served.addr;
    let serving = "server serving\nBank serving\nRazorHealth serving\n";
    assert_eq!(result(addr, &["--health"]), serving);
    assert_eq!(result(addr, &["--health=Bank"]), "Bank serving\n");
    served.health.set("Bank", Status::NotServing);
    fails(addr, &["--health"], 7, &["not serving: Bank"]);
    fails(addr, &["--health=Bank"], 7, &["Bank not-serving"]);
    assert_eq!(result(addr, &["--health=RazorHealth"]), "RazorHealth serving\n");
    fails(addr, &["--health=Bnk"], 1, &["no service `Bnk` here"]);
}

#[test]
fn services_are_listed_with_what_their_authors_wrote() {
    let served = Served::new(true);
    let listed = result(&served.addr, &["--list=Bank"]);
    let begins = "\
Bank
  Accounts.
  balance(account: String) -> Result<Option<i64>, RpcError<String>>
      What is on an account.

      In cents.
  add(a: i32, b: i32) -> Result<i32, RpcError<u32>>
";
    assert!(listed.starts_with(begins), "{listed}");
    let all = result(&served.addr, &["--list"]);
    assert!(all.contains("\nRazorHealth\n") && all.contains("\nRazorReflection\n"), "{all}");
    fails(&served.addr, &["--list=Bnk"], 4, &["no service `Bnk`"]);
}

#[test]
fn a_server_without_the_standard_services_is_told_how_to_mount_them() {
    let served = Served::new(false);
    fails(&served.addr, &["--health"], 4, &["no RazorHealth", "Health::new().beside(service)"]);
    fails(&served.addr, &["--list"], 4, &["no RazorReflection", "Reflection.beside(service)"]);
}

#[test]
fn a_bench_tells_rate_and_times_without_a_live_line_where_there_is_no_terminal() {
    let served = Served::new(false);
    let bench = ["Bank.add", "[1, 2]", "--bench", "--seconds", "0.2", "--callers", "4"];
    let report = result(&served.addr, &bench);
    assert!(report.contains(" calls/s; half within ") && report.lines().count() == 1, "{report}");
    let calls: u64 = report.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    assert!(calls > 4, "{report}");
    let failing = ["Bank.take", "1", "--bench", "--seconds", "0.2"];
    fails(&served.addr, &failing, 1, &["error \"Closed\""]);
}

#[test]
fn a_wrong_command_line_is_told_before_anything_is_dialled() {
    fails("127.0.0.1:1", &["Bank"], 2, &["write Service.method"]);
    fails("127.0.0.1:1", &["Bank.add", "[1,"], 2, &["not JSON", "'[1, 2]'"]);
    fails("nowhere", &["Bank.add"], 2, &["write host:port"]);
    fails("127.0.0.1:1", &[], 2, &["<METHOD>", "--help"]);
    fails("127.0.0.1:1", &["Bank.add", "--fast"], 2, &["unexpected argument '--fast'", "--help"]);
    fails("127.0.0.1:1", &["Bank.add", "--timeout", "0"], 2, &["write seconds, more than 0"]);
}

#[test]
fn where_nothing_listens_the_line_says_so() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = free.local_addr().expect("an address").to_string();
    drop(free);
    let said = [&*addr, "refused", "start the server, or check the port", "not sent"];
    fails(&addr, &["Bank.add", "[1, 2]"], 3, &said);
    fails(&addr, &["--health"], 3, &said);
    fails("/nowhere/bank.sock", &["Bank.name"], 3, &["start the server", "not sent"]);
}

/// A port where every connection gets these bytes once it has sent something, and then ends.
fn port(answer: &'static [u8]) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("an address").to_string();
    let thread = std::thread::spawn(move || {
        let (mut stream, _): (TcpStream, _) = listener.accept().expect("a connection");
        let mut bytes = [0; 1024];
        let read = stream.read(&mut bytes).expect("a request");
        assert!(read > 0);
        stream.write_all(answer).expect("an answer");
    });
    (addr, thread)
}

/// Rule R4, code 7: what a server answers while it drains.
#[test]
fn a_server_that_closes_does_not_serve() {
    let closing = b"\x25\x4d\x01\x02\x07\0\0\0\x01\0\0\0\0\0\0\0\x0f\0\0\0rpc_unreachable";
    for (args, code, expected) in [
        (&["--health"][..], 7, "the server is closing"),
        (&["--health=Bank"], 7, "the server is closing"),
        (&["--list"], 4, "try again, or elsewhere"),
        (&["Bank.add", "[1, 2]"], 4, "try again, or elsewhere"),
    ] {
        let (addr, thread) = port(closing);
        fails(&addr, args, code, &[expected]);
        thread.join().expect("the port was asked once");
    }
}

#[test]
fn ports_of_other_protocols_are_known_by_what_they_answer() {
    let http = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".as_slice();
    let alert = b"\x15\x03\x03\x00\x02\x02\x32".as_slice();
    let hello = b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03 and what follows of it".as_slice();
    for (answer, code, expected) in [
        (http, 3, &["speaks HTTP", "give the port of a razor-rpc server"][..]),
        (b"<html><body>Bad Request</body></html>", 3, &["speaks HTTP"]),
        (hello, 3, &["speaks TLS, which razor-call does not", "give the port"]),
        (b"220 mail.example.com ESMTP ready\r\n", 3, &["speaks another protocol"]),
        // Too short to be told from a server that broke down.
        (alert, 5, &["without TLS", "outcome unknown"]),
        (b"", 5, &["without TLS", "closed the connection"]),
    ] {
        let (addr, thread) = port(answer);
        fails(&addr, &["Bank.add", "[1, 2]"], code, expected);
        thread.join().expect("the port was asked once");
    }
}
