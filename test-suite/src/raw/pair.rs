//! A client of the library, and the raw peer as its server.
//!
//! Knows how they connect. Does not know which frames they exchange.

use super::{Asked, Listener, Peer};
use crate::calls::{Calls, Slip};
use crate::net::Client;
use crate::site::Site;
use orb::prelude::AsyncRuntime;
use razor_stream::client::ClientConfig;
use razor_stream::client::stream::ClientStream;

/// A connection of the library.
pub type Stream<RT> = ClientStream<Slip, Client<RT>>;

/// A client of the library, connected to the raw peer.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "scenarios take it apart")]
pub struct Pair<RT: AsyncRuntime> {
    /// The client.
    pub client: Stream<RT>,
    /// The server of the client.
    pub peer: Peer,
    /// The calls of the client.
    pub calls: Calls,
}

impl<RT: AsyncRuntime> Pair<RT> {
    /// Connects a client to a new raw peer.
    #[must_use]
    pub fn new(site: &Site<RT>, config: ClientConfig) -> Self {
        let listener = Listener::bind(&site.addr());
        let client = site.connect(listener.addr(), config);
        Self { client, peer: listener.accept(), calls: Calls::default() }
    }

    /// Submits a call and returns its number.
    pub fn call(&self, msg: &[u8]) -> usize {
        self.calls.submit(&self.client, 1, msg)
    }

    /// Submits calls and receives their requests, so that every frame has been written whole.
    pub fn calls_received(&mut self, count: u8) -> Vec<(usize, Asked)> {
        let numbers: Vec<_> = (0..count).map(|number| self.call(&[number])).collect();
        let asked: Vec<_> = numbers.iter().map(|_| self.peer.request()).collect();
        numbers.into_iter().zip(asked).collect()
    }

    /// Checks that the connection lives: one more call is answered.
    ///
    /// # Panics
    /// The connection does not live.
    pub fn lives(&mut self) {
        let call = self.call(b"alive?");
        let asked = self.peer.request();
        self.peer.send_bytes(&asked.success(b"alive"));
        assert_eq!(self.calls.message(call), b"alive");
    }
}
