//! Blobs are not copied: they are written from the memory of their task, and received straight into it.
//!
//! The addresses of the slices that the transport gets show this. One runtime is enough.

#![forbid(unsafe_code)]

use bytes::Bytes;
use orb::prelude::AsyncRuntime;
use orb_tokio::TokioRT;
use parking_lot::Mutex;
use razor_rpc_tcp::TcpClient;
use razor_stream::client::ClientConfig;
use razor_stream::client::stream::ClientStream;
use std::sync::Arc;
use test_suite::jobs::{Job, Jobs, Work};
use test_suite::raw::{Listener, answer};
use test_suite::site::{Net, Site};
use test_suite::watched::{Use, Watched};

const MIB: usize = 1 << 20;
/// The most bytes that may be read together with a head.
const READ_BUFFER: usize = 64 << 10;

type Client = ClientStream<Work, Watched<TcpClient<TokioRT>>>;

struct Watch {
    site: Site<TokioRT>,
    listener: Listener,
    client: Client,
    uses: Arc<Mutex<Vec<Use>>>,
}

fn watch() -> Watch {
    let site = Site::new(Net::Tcp, TokioRT::multi(2));
    let listener = Listener::bind(&site.addr());
    let uses = Arc::<Mutex<Vec<Use>>>::default();
    let (told, addr) = (uses.clone(), listener.addr().to_owned());
    let client = site.run("a connection", async move {
        let transport = Watched::new(TcpClient::new(), move |used| told.lock().push(used));
        ClientStream::connect(&transport, &addr, ClientConfig::default()).await.expect("a listener")
    });
    Watch { site, listener, client, uses }
}

impl Watch {
    fn send(&self, work: impl Into<Work>) {
        let (client, work) = (self.client.clone(), work.into());
        self.site.run("a task that is sent", async move { client.send_task(work).await });
    }
}

/// Memory of a user's own type.
struct Page(Box<[u8]>);

impl AsRef<[u8]> for Page {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[test]
fn a_blob_is_written_from_the_memory_of_its_task() {
    let watch = watch();
    let (mut peer, jobs) = (watch.listener.accept(), Jobs::default());
    for len in [4096, 100_000, 16 * MIB] {
        let page = Page(vec![7; len].into());
        let (at, blob) = (page.0.as_ptr().addr(), Bytes::from_owner(page));
        watch.uses.lock().clear();
        watch.send(Job { blob: Some(blob), ..jobs.job("put") });
        let asked = peer.request();
        assert_eq!(asked.blob.len(), len);
        peer.send_bytes(&asked.success(&[1]));
        assert_eq!(jobs.job_ended().res, Some(Ok(())));
        let uses = watch.uses.lock();
        let written = |used: &&Use| matches!(used, Use::Write { len, .. } if *len > 1000);
        assert!(uses.contains(&Use::Write { at, len }), "{len}: from its start");
        for used in uses.iter().filter(written) {
            let Use::Write { at: from, len: part } = *used else { continue };
            // After a write that took a part, the next one begins behind that part.
            assert!(from >= at && from + part == at + len, "{used:?} is not in the task's memory");
        }
    }
}

#[test]
fn a_large_blob_is_read_straight_into_the_memory_of_its_task() {
    let watch = watch();
    let (mut peer, jobs) = (watch.listener.accept(), Jobs::default());
    for len in [200_000, MIB, 16 * MIB] {
        let blob: Vec<u8> = (0..=252).cycle().take(len).collect();
        let fetch = jobs.fetch(len);
        watch.uses.lock().clear();
        watch.send(fetch);
        let seq = peer.request().seq;
        let blob_len = i32::try_from(len).expect("31 bits");
        peer.send_bytes(&answer(0, 1, seq, blob_len, &[&[1], &blob[..]].concat()));
        let fetch = jobs.fetch_ended();
        assert_eq!(fetch.res, Some(Ok(())));
        assert!(fetch.place.filled() == blob, "{len} bytes are as they were sent");
        let at = fetch.place.filled().as_ptr().addr();
        let (mut copied, mut straight) = (0, 0);
        for used in &*watch.uses.lock() {
            match *used {
                Use::Read(bytes) => copied += bytes,
                Use::ReadInto { at: into, room, bytes } => {
                    assert!(into > at && into + room == at + len, "{used:?}: not what is missing");
                    straight += bytes;
                }
                Use::Write { .. } => {}
            }
        }
        assert_eq!(copied + straight, 20 + 1 + len);
        assert!(copied <= READ_BUFFER, "{len}: {copied} bytes went through the read buffer");
    }
}
