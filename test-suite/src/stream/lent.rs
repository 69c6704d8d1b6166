//! Answers whose blobs are in memory of a user, whose destructor does something.
//!
//! A server must never drop such a blob under a lock of the connection, and a panic of the destructor must cost no
//! second answer.

use super::owners::{Curious, Page, all_dropped, around_every_threshold};
use crate::raw::{Answer, Peer, Request};
use crate::site::Site;
use bytes::Bytes;
use orb::prelude::AsyncRuntime;
use parking_lot::Mutex;
use razor_stream::proto::{Limits, RpcAction};
use razor_stream::server::ServerConfig;
use razor_stream::server::dispatch::{Call, Dispatch, Flow};
use razor_stream::server::task::{Reply, RespNoti, Respond};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

/// The request is held, so that its connection can be asked about.
const HOLD: u32 = 1;
/// The request is answered in place by a message and a blob.
const IN_PLACE: u32 = 2;
/// The request is answered by another thread.
const ELSEWHERE: u32 = 3;

/// Makes the blob of an answer.
type Lend = Arc<dyn Fn(usize) -> Bytes + Send + Sync>;

/// A dispatcher that answers with a message and a blob of the lengths in the request.
#[derive(Clone)]
struct Lender {
    held: Arc<Mutex<Vec<RespNoti>>>,
    lend: Lend,
}

impl Lender {
    fn answer(reply: impl Respond, msg: usize, blob: Bytes) {
        reply.success(&vec![1; msg], Some(blob));
    }
}

impl Dispatch for Lender {
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        let length = |at: usize| {
            let bytes = call.msg().get(at..at + 4).and_then(|four| four.try_into().ok());
            usize::try_from(u32::from_le_bytes(bytes.unwrap_or_default())).expect("32 bits")
        };
        let (msg, blob) = (length(0), length(4));
        match call.action() {
            RpcAction::Num(HOLD) => self.held.lock().push(reply.detach()),
            RpcAction::Num(IN_PLACE) => Self::answer(reply, msg, (self.lend)(blob)),
            _ => {
                let (reply, blob) = (reply.detach(), (self.lend)(blob));
                std::thread::spawn(move || Self::answer(reply, msg, blob));
            }
        }
        Flow::Next
    }
}

fn ask(seq: u64, action: u32, (msg, blob): (usize, usize)) -> Request {
    let lengths = [msg, blob].map(|len| u32::try_from(len).expect("32 bits").to_le_bytes());
    Request::number(seq, action).msg(&lengths.concat())
}

/// A connection with a request that is held.
fn serve<RT: AsyncRuntime>(
    site: &Site<RT>,
    lender: &Lender,
) -> (razor_stream::server::RpcServer<RT>, Peer) {
    let config = ServerConfig::default().with_limits(Limits::new(1 << 20, 1 << 20));
    let (server, addr) = site.serve_with(config, lender.clone());
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, HOLD));
    peer.send(&ask(2, IN_PLACE, (1, 0)));
    assert_eq!(peer.answer(), Answer::success(2, &[1]));
    (server, peer)
}

fn lender(
    lend: impl Fn(&Arc<Mutex<Vec<RespNoti>>>, usize) -> Bytes + Send + Sync + 'static,
) -> Lender {
    let held = Arc::new(Mutex::new(Vec::new()));
    let of_connection = held.clone();
    Lender { held, lend: Arc::new(move |len| lend(&of_connection, len)) }
}

/// A dispatcher whose blobs ask a held request, when they are dropped, whether its connection has ended.
fn curious(told: Sender<bool>) -> Lender {
    lender(move |held, len| {
        let held = held.clone();
        let ask = move || {
            let _ended = held.lock().first().map(RespNoti::is_abandoned);
        };
        Page::blob(len, Curious::new(ask, &told))
    })
}

/// The blob is dropped outside of locks, whether the request is answered in place or from another thread, and whether
/// the answer is sent or over the limit.
pub fn the_blob_of_an_answer_may_use_its_connection_when_it_is_dropped<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (told, tell) = channel();
    let (_server, mut peer) = serve(site, &curious(told));
    all_dropped(1, "the blob of the first answer", &tell);
    let too_long = [(0, (1 << 20) + 1), ((1 << 20) + 1, 100), ((1 << 20) + 1, 8 << 10)];
    for (seq, (msg, blob)) in (3..).step_by(2).zip(around_every_threshold(20).chain(too_long)) {
        for (seq, action) in [(seq, IN_PLACE), (seq + 1, ELSEWHERE)] {
            peer.send(&ask(seq, action, (msg, blob)));
            let answer = peer.answer();
            match msg.max(blob) > 1 << 20 {
                true => assert_eq!(answer, Answer::framework(seq, 9)),
                false => assert_eq!((answer.msg.len(), answer.blob.len()), (msg, blob)),
            }
            all_dropped(1, &format!("message {msg}, blob {blob}, action {action}"), &tell);
        }
    }
}

/// The peer goes away before it has read the answers, or before they are given.
pub fn the_blob_of_an_answer_that_nobody_reads_is_dropped_outside_of_locks<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    for (msg, blob) in [(0, 3000), (30_000, 3000), (0, 1 << 20), (1 << 20, 1 << 20)] {
        let (told, tell) = channel();
        let lender = curious(told);
        let (server, mut peer) = serve(site, &lender);
        all_dropped(1, "the blob of the first answer", &tell);
        for seq in 3..20 {
            peer.send(&ask(seq, if seq % 2 == 0 { IN_PLACE } else { ELSEWHERE }, (msg, blob)));
        }
        let _some = peer.answer();
        drop(peer);
        let held = lender.held.lock().remove(0);
        held.success(b"", Some((lender.lend)(blob)));
        drop(server);
        // The blobs of the dispatched requests: at least of the one that was answered, and of the last one.
        all_dropped(2, &format!("message {msg}, blob {blob}"), &tell);
        assert!(tell.try_iter().all(|answered| answered), "dropped under a lock");
    }
}

/// A blob that panics when it is dropped.
struct Bomb(Vec<u8>);

impl AsRef<[u8]> for Bomb {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "a blob of a user panics when it is dropped");
    }
}

/// Rule R1: there is one answer, although the blob panics when it is dropped, at whichever moment that is.
pub fn a_blob_that_panics_when_it_is_dropped_costs_no_second_answer<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (_server, mut peer) = serve(
        site,
        &lender(|_, len| match len {
            0 => Bytes::new(),
            len => Bytes::from_owner(Bomb(vec![7; len])),
        }),
    );
    let lengths = [(0, 1), (0, 4095), (0, 4096), (40_000, 100), ((1 << 20) + 1, 100), (0, 40_000)];
    for (seq, (msg, blob)) in (3..).step_by(2).zip(lengths) {
        for (seq, action) in [(seq, IN_PLACE), (seq + 1, ELSEWHERE)] {
            peer.send(&ask(seq, action, (msg, blob)));
            let answer = peer.answer();
            assert_eq!(answer.seq, seq, "message {msg}, blob {blob}, action {action}: {answer:?}");
        }
    }
    // A second answer to any request would come before this one.
    peer.send(&ask(1000, IN_PLACE, (3, 0)));
    assert_eq!(peer.answer(), Answer::success(1000, &[1; 3]));
}
