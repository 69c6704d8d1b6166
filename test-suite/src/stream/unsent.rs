//! A pool whose connection ends before all its requests have been sent: requests that were never sent go on to the next
//! connection.
//!
//! Knows which calls had a place in the window. Does not know why connections end.

use super::queue::Submission;
use crate::calls::{Calls, Slip, frame};
use crate::net::Client;
use crate::raw::{Asked, Listener};
use crate::site::Site;
use bytes::Bytes;
use orb::prelude::AsyncRuntime;
use razor_stream::client::{ClientCaller, ClientConfig, ClientPool, WhenDown};
use razor_stream::clock;
use razor_stream::error::{Outcome, RpcErrKind, RpcError, Stage};
use razor_stream::transport::{ClientTransport, Connection, TransportError};
use std::num::NonZero;
use std::time::Duration;

type Pool<RT> = ClientPool<Slip, Client<RT>>;

fn narrow(queue: usize) -> ClientConfig {
    let number = |number| NonZero::new(number).expect("not 0");
    let config = ClientConfig::default()
        .with_max_in_flight(number(1))
        .with_max_queued(number(queue), number(1 << 20));
    config.with_call_timeout(Duration::from_secs(20))
}

/// Promise 2: a connection that ends takes the call in flight with it, and no other: calls that waited for a place in
/// the window, and calls that waited for room before it, are sent by the next connection, in their order.
pub fn what_was_never_sent_goes_on_to_the_next_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
    let pool: Pool<RT> = site.pool(listener.addr(), narrow(2).with_when_down(WhenDown::Wait));
    let in_flight = calls.submit(&pool, 1, b"0");
    let mut first = listener.accept();
    assert_eq!(first.request().msg, b"0");
    is_up(&pool);
    let mut unsent = vec![calls.submit(&pool, 1, b"1"), calls.submit(&pool, 1, b"2")];
    let mut waiting = [b"3", b"4"].map(|msg| Submission::new(&pool, &calls, msg));
    for submission in &mut waiting {
        assert!(!submission.is_taken(), "it waits for room");
        unsent.push(submission.call);
    }
    drop(first);
    let error = calls.failure(in_flight);
    assert_eq!((error.kind(), error.outcome()), (RpcErrKind::IO, Outcome::Unknown));
    let mut next = listener.accept();
    let mut served = Vec::new();
    for number in 0..4_usize {
        // There is room for the first waiting submission once two other calls have been served.
        if let Some(submission) = number.checked_sub(2).map(|place| &mut waiting[place]) {
            while !submission.is_taken() {
                submission.wait();
            }
        }
        let asked = next.request();
        next.send_bytes(&asked.success(&asked.msg));
        served.push(asked.msg);
    }
    assert_eq!(served, [b"1", b"2", b"3", b"4"]);
    for (msg, call) in served.iter().zip(unsent) {
        assert_eq!(calls.message(call), *msg);
    }
    calls.all_ended();
}

/// Promise 2 and case 77: requests that were in the output of a connection and had not left whole when it was given up
/// are sent by the next one, with or without a blob; a request that had left whole is not sent twice.
pub fn what_had_not_left_whole_is_sent_again<RT: AsyncRuntime>(site: &Site<RT>) {
    let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
    let config =
        ClientConfig::default().with_when_down(WhenDown::Wait).with_call_timeout(crate::SAFETY_NET);
    let pool: Pool<RT> =
        site.pool(listener.addr(), config.with_write_stall(Duration::from_millis(50)));
    let submit = |number: u16| {
        let (msg, blob) = (usize::from(number % 7) * 9000, usize::from(number % 5) * 2500);
        let mut bytes = vec![0; 2 + msg];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        let blob = Some(Bytes::from(vec![7; blob])).filter(|blob| !blob.is_empty());
        let slip = calls.slip();
        let call = slip.number();
        let request = frame(&pool, 1, &bytes, blob);
        assert!(pool.try_submit(pool.submission(request, slip)).is_ok(), "there is room");
        call
    };
    let mut first = listener.accept();
    first.shrink_buffers();
    let submitted: Vec<_> = (0..300).map(submit).collect();
    let mut next = listener.accept();
    let number = |asked: &Asked| u16::from_le_bytes([asked.msg[0], asked.msg[1]]);
    let answering = std::thread::spawn(move || {
        let mut received = Vec::new();
        while let Ok(asked) = next.request_or_end() {
            assert_eq!(asked.msg.len(), 2 + usize::from(number(&asked) % 7) * 9000);
            assert_eq!(asked.blob.len(), usize::from(number(&asked) % 5) * 2500);
            received.push(number(&asked));
            next.send_bytes(&asked.success(b""));
        }
        received
    });
    let ends: Vec<_> = submitted.into_iter().map(|call| calls.end(call)).collect();
    drop(pool);
    let again = answering.join().expect("requests as they were submitted");
    let mut before = Vec::new();
    while let Ok(asked) = first.request_or_end() {
        before.push(number(&asked));
    }
    assert!(!before.iter().any(|number| again.contains(number)), "sent twice");
    assert!(again.is_sorted() && again.len() > 100, "{} were sent again", again.len());
    for (number, end) in (0..300).zip(ends) {
        match end {
            Ok(_) => assert!(again.contains(&number)),
            Err(RpcError::Rpc(error)) => {
                assert_eq!(error.outcome(), Outcome::Unknown, "{number}: {error}");
                assert!(!again.contains(&number));
            }
            Err(error) => panic!("{number} ended with {error:?}"),
        }
    }
    calls.all_ended();
}

/// The requests of a whole window and a whole queue come back from a connection, and find room on their way to the next
/// one.
pub fn what_comes_back_finds_room<RT: AsyncRuntime>(site: &Site<RT>) {
    let number = |number| NonZero::new(number).expect("not 0");
    let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
    let config = ClientConfig::default()
        .with_when_down(WhenDown::Wait)
        .with_call_timeout(crate::SAFETY_NET)
        .with_write_stall(Duration::from_millis(50))
        .with_max_in_flight(number(4))
        .with_max_queued(number(4), number(1 << 20));
    let pool: Pool<RT> = site.pool(listener.addr(), config);
    let first = listener.accept();
    first.shrink_buffers();
    is_up(&pool);
    // The first four requests are larger than a socket takes; none of the others has a place in the window.
    let large = Bytes::from(vec![3; 16 << 20]);
    let submit = |number: u8| {
        let slip = calls.slip();
        let call = slip.number();
        let blob = (number < 4).then(|| large.clone());
        let request = pool.submission(frame(&pool, 1, &[number], blob), slip);
        assert!(pool.try_submit(request).is_ok(), "room");
        call
    };
    let submitted: Vec<_> = (0..8).map(submit).collect();
    let mut next = listener.accept();
    for (number, call) in (0..8_u8).zip(submitted) {
        let asked = next.request();
        assert_eq!(asked.msg, [number], "all of them come, in their order");
        next.send_bytes(&asked.success(b""));
        assert!(calls.end(call).is_ok(), "call {number}");
    }
    calls.all_ended();
}

/// Waits until a pool has a connection.
fn is_up<RT: AsyncRuntime>(pool: &Pool<RT>) {
    let until = clock::now() + crate::SAFETY_NET;
    while !pool.is_connected() {
        assert!(clock::now() < until, "it has a connection and does not say so");
        std::thread::yield_now();
    }
}

/// Connections that end as soon as they are made cost at most the calls that had places in their windows.
pub fn a_connection_that_ends_at_once_costs_no_call_that_it_did_not_send<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let (listener, calls) = (Listener::bind(&site.addr()), Calls::default());
    let pool: Pool<RT> = site.pool(listener.addr(), narrow(64).with_when_down(WhenDown::Wait));
    let waiting: Vec<_> = (0..20_u8).map(|number| calls.submit(&pool, 1, &[number])).collect();
    for _ in 0..4 {
        drop(listener.accept());
    }
    let mut peer = listener.accept();
    let (mut served, mut lost) = (0, 0);
    let mut next = waiting.iter().enumerate().peekable();
    while next.peek().is_some() {
        let asked = peer.request();
        peer.send_bytes(&asked.success(b""));
        let answered = usize::from(asked.msg[0]);
        for (number, call) in next.by_ref() {
            match calls.end(*call) {
                Ok(_) => {
                    assert_eq!(number, answered, "in their order");
                    served += 1;
                    break;
                }
                Err(_) => lost += 1,
            }
        }
    }
    assert!(lost <= 4, "{lost} calls were lost with four connections, {served} were served");
    calls.all_ended();
}

/// A transport that panics.
struct Panics<RT>(std::marker::PhantomData<fn() -> RT>);

impl<RT> Clone for Panics<RT> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<RT: AsyncRuntime> ClientTransport for Panics<RT> {
    type RT = RT;
    type Read = <Client<RT> as ClientTransport>::Read;
    type Write = <Client<RT> as ClientTransport>::Write;

    async fn connect(
        &self,
        _addr: &str,
    ) -> Result<Connection<Self::Read, Self::Write>, TransportError> {
        panic!("a transport that panics");
    }
}

/// The error of a pool that a panic has ended names the panic, and not the end of the runtime.
pub fn a_pool_that_a_panic_ended_says_so<RT: AsyncRuntime>(site: &Site<RT>) {
    let calls = Calls::default();
    let transport = Panics::<RT>(std::marker::PhantomData);
    let config = ClientConfig::default().with_when_down(WhenDown::Wait);
    let pool = ClientPool::with_executor(transport, "anywhere:1", config, site.exec());
    let pool = pool.expect("this transport takes any address");
    let error = calls.failure(calls.submit(&pool, 1, b""));
    assert_eq!((error.outcome(), error.stage()), (Outcome::NotSent, Stage::Wait));
    assert!(error.to_string().contains("panic"), "{error}");
}
