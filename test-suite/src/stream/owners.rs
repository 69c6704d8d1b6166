//! Blobs in memory of a user's own, which does something when it is dropped: it uses the connection.
//!
//! Knows when a blob may be dropped: never under a lock of the connection. Looks at no bytes.

use crate::calls::{Calls, Slip};
use crate::net::Client;
use crate::raw::Listener;
use crate::site::{Site, finished};
use bytes::Bytes;
use orb::prelude::AsyncRuntime;
use razor_stream::client::stream::{ClientStream, Window};
use razor_stream::client::{ClientCaller, ClientConfig, render};
use razor_stream::proto::RpcAction;
use std::convert::Infallible;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// A page that asks for the window of its connection when it is dropped.
struct Page<RT: AsyncRuntime> {
    bytes: Vec<u8>,
    client: ClientStream<Slip, Client<RT>>,
    told: Sender<Window>,
}

impl<RT: AsyncRuntime> AsRef<[u8]> for Page<RT> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<RT: AsyncRuntime> Drop for Page<RT> {
    fn drop(&mut self) {
        // Nobody may listen any more.
        let _unheard = self.told.send(self.client.window());
    }
}

/// Sends as many requests, each with a page of so many bytes.
fn send_pages<RT: AsyncRuntime>(
    client: &ClientStream<Slip, Client<RT>>,
    calls: &Calls,
    lengths: &[usize],
) -> Receiver<Window> {
    let (told, tell) = channel();
    for len in lengths {
        let page = Page { bytes: vec![7; *len], client: client.clone(), told: told.clone() };
        let blob = Some(Bytes::from_owner(page));
        let request = render(client.config(), RpcAction::Num(1), blob, |_| Ok::<_, Infallible>(()));
        let submitted = client.try_submit(request.expect("within the limits"), calls.slip());
        assert!(submitted.is_ok(), "there is room in the queue");
    }
    tell
}

/// Small blobs are copied, larger ones written from where they are; either way they are dropped outside of locks.
pub fn a_blob_that_was_written_may_use_its_connection_when_it_is_dropped<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    let listener = Listener::bind(&site.addr());
    let client = site.connect(listener.addr(), ClientConfig::default());
    let mut peer = listener.accept();
    let calls = Calls::default();
    let lengths = [100, 4095, 4096, 8 << 10, 40 << 10];
    let tell = send_pages(&client, &calls, &lengths);
    for len in lengths {
        assert_eq!(peer.request().blob.len(), len);
    }
    for _ in lengths {
        finished("the drop of a page", &tell);
    }
}

/// What was never written: the connection is lost, or the deadline passes in the queue.
pub fn a_blob_that_was_not_written_may_use_its_connection_when_it_is_dropped<RT: AsyncRuntime>(
    site: &Site<RT>,
) {
    for lost in [true, false] {
        let listener = Listener::bind(&site.addr());
        let config = ClientConfig::default()
            .window(NonZero::<usize>::MIN)
            .call_timeout(Duration::from_millis(20))
            .tick(Duration::from_millis(10));
        let client = site.connect(listener.addr(), config);
        let peer = listener.accept();
        let calls = Calls::default();
        let tell = send_pages(&client, &calls, &[8 << 10; 4]);
        // Otherwise the first is in flight and gone once it has been written; the others time out in the queue.
        let _alive = (!lost).then_some(peer);
        for _ in 0..4 {
            finished("the drop of a page", &tell);
        }
    }
}
