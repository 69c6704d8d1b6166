//! The stream interface: numeric actions, each with a message, most with a blob.

use crate::mount::on_each_runtime;
use orb::prelude::AsyncRuntime;
use values::{Errno, Fault, Framework, Io};

const READ: Io = Io { offset: u64::MAX, len: 100_000 };

fn io(offset: u64, len: u32) -> Io {
    Io { offset, len }
}

/// The conversation with each of the two clients, whose types have nothing in common.
macro_rules! converse {
    ($client:expr, $unknown:pat) => {
        let client = $client;
        for len in [1, 5, 4096, 70_000, 3 << 20] {
            let (io, blob) = (io(4096, len), io(0, len).data());
            let answer = client.call(Io::ECHO, io.clone(), blob.clone()).await;
            assert!(answer == Ok((io, blob)), "a blob of {len} bytes comes back");
        }
        let none = client.call(Io::ECHO, io(0, 0), Vec::new()).await;
        assert_eq!(none, Ok((io(0, 0), Vec::new())));
        let high = client.call(Io::HIGH, io(1, 1), vec![0xab; 3]).await;
        assert_eq!(high, Ok((io(1, 1), vec![0xab; 3])));
        let read = client.call(Io::READ, READ, Vec::new()).await;
        assert!(read == Ok((READ, READ.data())), "a blob comes without having been sent");
        let failed = client.call(Io::FAIL, io(0, 0), vec![1]).await;
        assert_eq!(failed, Err(Fault::User(Errno::ENOENT)));
        let unknown = client.call(Io::UNKNOWN, io(0, 0), vec![1; 100]).await;
        assert!(matches!(unknown, Err(Fault::Framework($unknown))), "{unknown:?}");
        let after = client.call(Io::ECHO, io(2, 2), vec![2; 2]).await;
        assert_eq!(after, Ok((io(2, 2), vec![2; 2])), "the connection is as good as before");
    };
}

async fn published_client_sends_and_receives_blobs<RT: AsyncRuntime>() {
    let (_server, addr) = ours::serve_io::<RT>().await;
    converse!(published::IoClient::<RT>::connect(&addr), Framework::Method);
}

/// The published stream server answers an unknown action with the error for a message that does not decode.
async fn published_server_receives_and_sends_blobs<RT: AsyncRuntime>() {
    let (_server, addr) = published::serve_io::<RT>().await;
    converse!(ours::IoClient::<RT>::connect(&addr), Framework::Decode);
}

on_each_runtime! {
    published_client_sends_and_receives_blobs
    published_server_receives_and_sends_blobs
}
