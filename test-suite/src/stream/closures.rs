//! A server whose dispatchers are closures: one closure for all connections, or one for each.
//!
//! The scenarios check what connections share, and what they do not.

use crate::raw::{Answer, Peer, Request};
use crate::site::{Net, Site};
use orb::prelude::AsyncRuntime;
use razor_stream::proto::{FrameworkCode, RpcAction};
use razor_stream::server::ServerConfig;
use razor_stream::server::dispatch::{Flow, per_call, per_connection, per_task_with};
use razor_stream::server::task::{Respond, ServerTask, ServerTaskDone, server_task_enum};
use razor_stream::transport::PeerAddr;
use razor_stream::{Codec, DefaultCodec};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A closure answers in place, or later; a panic in it costs one call.
pub fn a_closure_serves_every_connection<RT: AsyncRuntime>(site: &Site<RT>) {
    let calls = Arc::new(AtomicU8::new(0));
    let counting = per_call(move |call, reply| {
        let number = calls.fetch_add(1, Ordering::Relaxed) + 1;
        match call.action() {
            RpcAction::Num(1) => reply.success(&[number], None),
            RpcAction::Num(2) => {
                let noti = reply.detach();
                std::thread::spawn(move || noti.success(&[number], None));
            }
            RpcAction::Num(3) => panic!("a scenario asked for this panic"),
            _ => reply.framework_error(FrameworkCode::NoMethod),
        }
        Flow::Next
    });
    let (_server, addr) = site.serve_with(ServerConfig::default(), counting);
    let (mut one, mut other) = (Peer::connect(&addr), Peer::connect(&addr));
    one.send(&Request::number(1, 1));
    assert_eq!(one.answer(), Answer::success(1, &[1]));
    other.send(&Request::number(1, 2));
    assert_eq!(other.answer(), Answer::success(1, &[2]), "what it captured is shared");
    one.send(&Request::number(2, 3));
    assert_eq!(one.answer(), Answer::framework(2, 8));
    one.send(&Request::number(3, 4));
    assert_eq!(one.answer(), Answer::framework(3, 2));
    one.send(&Request::number(4, 1));
    assert_eq!(one.answer(), Answer::success(4, &[5]));
}

/// Each connection has a closure with a state of its own, which knows the peer.
pub fn a_closure_for_each_connection_has_a_state_of_its_own<RT: AsyncRuntime>(site: &Site<RT>) {
    let net = site.net();
    let counting = per_connection(move |peer| {
        let expected = match peer {
            PeerAddr::Inet(peer) => net == Net::Tcp && peer.ip().is_loopback() && peer.port() != 0,
            PeerAddr::Unix(_) => net == Net::Unix,
            PeerAddr::Other(_) => net == Net::Memory,
            _ => false,
        };
        let (peer, mut calls) = (u8::from(expected), 0);
        per_call(move |_, reply| {
            calls += 1;
            reply.success(&[peer, calls], None);
            Flow::Next
        })
    });
    let (_server, addr) = site.serve_with(ServerConfig::default(), counting);
    let mut peers = [Peer::connect(&addr), Peer::connect(&addr)];
    for call in 1..=3 {
        for peer in &mut peers {
            peer.send(&Request::number(call.into(), 1));
            assert_eq!(peer.answer(), Answer::success(call.into(), &[1, call]));
        }
    }
}

/// A codec of a user: a number is encoded as one byte.
#[derive(Debug, Clone, Default)]
struct Backwards {
    /// The default value of this codec gives wrong bytes.
    configured: bool,
}

impl Codec for Backwards {
    fn encode_into<T: serde::Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), razor_stream::codec::EncodeError> {
        assert!(self.configured);
        let start = out.len();
        DefaultCodec::default().encode_into(value, out)?;
        out[start..].reverse();
        Ok(())
    }

    fn decode<'de, T: serde::Deserialize<'de>>(
        &self,
        bytes: &'de [u8],
    ) -> Result<T, razor_stream::codec::DecodeError> {
        assert!(self.configured);
        DefaultCodec::default().decode(bytes)
    }
}

/// Tasks of a codec `K`.
#[server_task_enum(req, resp)]
enum Numbers<K: Codec> {
    #[action(1)]
    Next(ServerTask<u8, (u8, u8), (), K>),
    #[action(2)]
    Last(ServerTask<String, u8, (), K>),
}

/// Tasks are decoded and answered by the codec that their dispatcher was given.
pub fn a_task_is_answered_by_the_codec_it_was_decoded_by<RT: AsyncRuntime>(site: &Site<RT>) {
    let codec = Backwards { configured: true };
    let dispatch = per_task_with(codec, |task: Numbers<Backwards>| {
        let number = match &task {
            Numbers::Next(task) => task.req,
            Numbers::Last(task) => u8::try_from(task.req.len()).expect("a short word"),
        };
        std::thread::spawn(move || match task {
            Numbers::Next(task) => task.done(Ok((number, number + 1))),
            Numbers::Last(task) => task.done(Ok(number)),
        });
        Flow::Next
    });
    let (_server, addr) = site.serve_with(ServerConfig::default(), dispatch);
    let mut peer = Peer::connect(&addr);
    peer.send(&Request::number(1, 1).msg(&[4]));
    assert_eq!(peer.answer(), Answer::success(1, &[5, 4, 0x92]));
    peer.send(&Request::number(2, 2).msg(b"\xa3two"));
    assert_eq!(peer.answer(), Answer::success(2, &[3]));
}
