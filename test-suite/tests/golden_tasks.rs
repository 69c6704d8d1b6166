//! Requests captured from the published 0.9 crates: tasks with the same action, message and blob are written the same,
//! byte for byte.
//!
//! Knows the captured requests of numbered actions. Does not know those of service calls.

#![forbid(unsafe_code)]

use bytes::Bytes;
use crossfire::{MTx, mpsc};
use orb::prelude::AsyncRuntime;
use orb_tokio::TokioRT;
use razor_stream::client::ClientConfig;
use razor_stream::client::stream::ClientStream;
use razor_stream::client::task::{client_task, client_task_enum};
use razor_stream::error::RpcError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use test_suite::net::Client;
use test_suite::raw::Listener;
use test_suite::site::{Net, Site};

#[derive(Clone, Copy)]
#[repr(u32)]
enum Op {
    Write = 1,
    Read = 2,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Io {
    offset: u64,
    len: u32,
}

/// By a value of an enum.
#[client_task(Op::Write)]
struct Write {
    #[field(req)]
    io: Io,
    #[field(req_blob)]
    blob: Vec<u8>,
    #[field(resp)]
    echoed: Option<Io>,
    #[field(resp_blob)]
    echoed_blob: Bytes,
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<MTx<mpsc::List<IoTask>>>,
}

/// By a value of an enum, and without a blob.
#[client_task(Op::Read)]
struct Read {
    #[field(req)]
    io: Io,
    #[field(resp_blob)]
    blob: Vec<u8>,
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<MTx<mpsc::List<IoTask>>>,
}

/// By a field.
#[client_task]
struct Other {
    #[field(action)]
    action: u32,
    #[field(req)]
    io: Io,
    #[field(req_blob)]
    blob: Option<Bytes>,
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<MTx<mpsc::List<IoTask>>>,
}

#[client_task_enum]
enum IoTask {
    Write(Write),
    Read(Read),
    Other(Other),
}

fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("bytes are written as text");
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("two digits");
    (0..text.len()).step_by(2).map(byte).collect()
}

/// The captured exchanges over the interface of packets, without its ping.
fn captured() -> Vec<Value> {
    let text = include_str!("../../razor-stream/tests/data/v1-vectors.json");
    let file: Value = serde_json::from_str(text).expect("the file is JSON");
    let exchanges = file["exchanges"].as_array().expect("a list");
    let numbered = |exchange: &&Value| {
        exchange["request"]["client_id"] != 0 && exchange["request"]["action"] != 0
    };
    exchanges.iter().filter(numbered).cloned().collect()
}

/// Rule Q4: the message is what the codec makes of the field `req`.
#[test]
fn tasks_are_written_as_captured_and_get_what_was_captured() {
    let site = Site::<TokioRT>::new(Net::Tcp, TokioRT::multi(2));
    let listener = Listener::bind(&site.addr());
    let config = ClientConfig::default().with_client_id(0x1122_3344_5566_7788);
    let client: ClientStream<IoTask, Client<TokioRT>> = site.connect(listener.addr(), config);
    let mut peer = listener.accept();
    let (tx, rx) = mpsc::unbounded_blocking();
    let noti = || Some(tx.clone());
    let io = |offset, len| Io { offset, len };
    let other = |action, io, blob| Other { action, io, blob, res: None, noti: noti() };
    let (echoed, echoed_blob) = (None, Bytes::new());
    let blob = b"blob!".to_vec();
    let tasks: [IoTask; 4] = [
        Write { io: io(4096, 5), blob, echoed, echoed_blob, res: None, noti: noti() }.into(),
        Read { io: io(u64::MAX, 0), blob: Vec::new(), res: None, noti: noti() }.into(),
        other(3, io(0, 0), None).into(),
        other(32767, io(1, 1), Some(Bytes::from_static(&[0xAB; 3]))).into(),
    ];
    let captured = captured();
    assert_eq!(captured.len(), tasks.len());
    for (task, exchange) in tasks.into_iter().zip(&captured) {
        let sender = client.clone();
        site.run("a task", async move { sender.send_task(task).await });
        let request = hex(&exchange["request"]["hex"]);
        assert_eq!(peer.receive(request.len()), request, "{}", exchange["what"]);
        peer.send_bytes(&hex(&exchange["response"]["hex"]));
        match rx.recv().expect("each task ends") {
            IoTask::Write(write) => {
                assert_eq!((write.res, write.echoed), (Some(Ok(())), Some(io(4096, 5))));
                assert_eq!((&write.echoed_blob[..], &write.blob[..]), (&b"blob!"[..], &b""[..]));
            }
            IoTask::Read(read) => {
                assert_eq!((read.res, &read.blob[..]), (Some(Ok(())), &[1, 2, 3, 4][..]));
            }
            IoTask::Other(Other { action: 3, res, .. }) => {
                assert_eq!(res, Some(Err(RpcError::User(2))));
            }
            IoTask::Other(other) => assert_eq!(other.res, Some(Ok(()))),
        }
    }
}
