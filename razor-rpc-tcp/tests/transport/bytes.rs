//! The promises of the two halves about bytes: their order, none is lost, the ends, and no buffer while idle.

use crate::rig::{
    End, Mount, assert_connected, bind, give_way, meet, on_each, pair, poll_once, receive, send,
};
use razor_rpc_tcp::TcpServer;
use razor_stream::transport::{Listener, ReadHalf, WriteHalf};
use socket2::SockRef;
use std::io::{ErrorKind, IoSlice};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

on_each!(
    twenty_megabytes_go_both_ways_at_once,
    packets_leave_at_once_at_both_ends,
    close_wakes_a_waiting_reader,
    a_dropped_end_is_the_end_of_the_stream,
    after_the_end_of_one_direction_the_other_works,
    the_end_right_behind_the_last_bytes_is_seen,
    a_reset_is_an_error,
    a_waiting_read_holds_no_buffer,
    a_full_buffer_grows_only_when_bytes_come,
    spare_capacity_is_the_most_that_is_read,
    dropped_reads_lose_nothing,
    a_dropped_accept_loses_no_connection,
    a_write_waits_until_the_peer_reads,
    more_slices_than_the_system_takes_are_a_short_write,
);

async fn twenty_megabytes_go_both_ways_at_once<RT: Mount>() {
    let data: Arc<[u8]> = (0..20_u32 << 20).map(|i| (i % 251) as u8).collect();
    let (here, there) = pair::<RT>().await;
    let senders = [here.write, there.write].map(|half| {
        let data = data.clone();
        RT::spawn(async move { send(&half, &data).await })
    });
    let receivers = [here.read, there.read].map(|mut half| {
        let data = data.clone();
        RT::spawn(async move {
            let received = receive(&mut half, data.len()).await;
            assert!(received == *data, "{} bytes came, and not those sent", received.len());
        })
    });
    for task in receivers.into_iter().chain(senders) {
        task.await.unwrap();
    }
}

async fn packets_leave_at_once_at_both_ends<RT: Mount>() {
    let (here, there) = pair::<RT>().await;
    for end in [&here, &there] {
        let options = SockRef::from(&end.write);
        assert!(options.tcp_nodelay().unwrap());
        #[cfg(target_os = "linux")]
        assert_eq!(options.tcp_user_timeout().unwrap(), Some(Duration::from_secs(20)));
    }
}

async fn close_wakes_a_waiting_reader<RT: Mount>() {
    let (mut here, there) = pair::<RT>().await;
    let mut buf = Vec::new();
    let mut reading = pin!(here.read.read(&mut buf, 4096));
    assert!(poll_once(reading.as_mut()).await.is_pending());

    here.write.close();
    assert_eq!(reading.await.unwrap(), 0);
    here.write.close();
    drop(there);
}

async fn a_dropped_end_is_the_end_of_the_stream<RT: Mount>() {
    let (mut here, there) = pair::<RT>().await;
    drop(there);
    assert_eq!(receive(&mut here.read, 1).await, b"");
}

async fn after_the_end_of_one_direction_the_other_works<RT: Mount>() {
    let (mut here, mut there) = pair::<RT>().await;
    here.write.shutdown_write().unwrap();
    assert_eq!(receive(&mut there.read, 1).await, b"");
    send(&there.write, b"still here").await;
    assert_eq!(receive(&mut here.read, 10).await, b"still here");

    let refused = here.write.try_write(&[IoSlice::new(b"x")]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::BrokenPipe);
}

async fn the_end_right_behind_the_last_bytes_is_seen<RT: Mount>() {
    for _ in 0..100 {
        let (here, mut there) = pair::<RT>().await;
        send(&here.write, b"last").await;
        drop(here);
        assert_eq!(receive(&mut there.read, usize::MAX).await, b"last");
        assert_eq!(there.read.read(&mut Vec::new(), 1).await.unwrap(), 0);
    }
}

async fn a_reset_is_an_error<RT: Mount>() {
    let (here, mut there) = pair::<RT>().await;
    SockRef::from(&here.write).set_linger(Some(Duration::ZERO)).unwrap();
    drop(here);
    let reset = there.read.read(&mut Vec::new(), 1).await.unwrap_err();
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
    there.write.shutdown_write().unwrap();
    there.write.close();
}

async fn a_waiting_read_holds_no_buffer<RT: Mount>() {
    let (here, mut there) = pair::<RT>().await;
    let mut buf = Vec::new();
    assert_idle(&mut there, &mut buf).await;
    assert_eq!(buf.capacity(), 0);

    // The buffer was filled to its last byte: a runtime that remembers readiness now tries to read in vain.
    send(&here.write, b"12345678").await;
    while buf.len() < 8 {
        let missing = 8 - buf.len();
        there.read.read(&mut buf, missing).await.unwrap();
    }
    let mut buf = Vec::new();
    assert_idle(&mut there, &mut buf).await;
    assert_eq!(buf.capacity(), 0);

    drop(here);
    assert_eq!(there.read.read(&mut buf, 4096).await.unwrap(), 0);
    assert_eq!(buf.capacity(), 0);
}

async fn a_full_buffer_grows_only_when_bytes_come<RT: Mount>() {
    let (here, mut there) = pair::<RT>().await;
    let mut buf = b"full".to_vec();
    assert_idle(&mut there, &mut buf).await;
    assert_eq!((buf.len(), buf.capacity()), (4, 4));

    send(&here.write, b"!").await;
    assert_eq!(there.read.read(&mut buf, 16).await.unwrap(), 1);
    assert_eq!(buf, b"full!");
    assert!(buf.capacity() >= 20);
}

async fn spare_capacity_is_the_most_that_is_read<RT: Mount>() {
    let (here, mut there) = pair::<RT>().await;
    send(&here.write, b"123456").await;
    let mut buf = Vec::with_capacity(4);
    while buf.len() < 4 {
        there.read.read(&mut buf, 4096).await.unwrap();
    }
    assert_eq!((&*buf, buf.capacity()), (&b"1234"[..], 4));
    assert_eq!(receive(&mut there.read, 2).await, b"56");
}

async fn dropped_reads_lose_nothing<RT: Mount>() {
    let (here, mut there) = pair::<RT>().await;
    assert_idle(&mut there, &mut Vec::new()).await;

    let sent: Vec<u8> = (0..100_000_u32).map(|i| (i % 251) as u8).collect();
    let expected = sent.clone();
    let sending = RT::spawn(async move {
        for piece in sent.chunks(100) {
            send(&here.write, piece).await;
        }
    });
    let mut received = Vec::new();
    while received.len() < expected.len() {
        if let Ok(read) = RT::timeout(Duration::ZERO, there.read.read(&mut received, 1000)).await {
            assert_ne!(read.unwrap(), 0);
        }
        // A timeout of 0 does not wait on every runtime, and the sender needs its turn.
        give_way().await;
    }
    assert!(received == expected);
    sending.await.unwrap();
}

async fn a_dropped_accept_loses_no_connection<RT: Mount>() {
    let server: TcpServer<RT> = bind("127.0.0.1:0").await.unwrap();
    {
        let mut accepting = pin!(server.accept());
        assert!(poll_once(accepting.as_mut()).await.is_pending());
    }
    assert_connected(&mut meet(&server).await).await;
}

async fn a_write_waits_until_the_peer_reads<RT: Mount>() {
    let (here, mut there) = pair::<RT>().await;
    let block = vec![7; 64 << 10];
    let mut sent = 0;
    let full = loop {
        match here.write.try_write(&[IoSlice::new(&block)]) {
            Ok(n) => sent += n,
            Err(full) => break full,
        }
    };
    assert_eq!(full.kind(), ErrorKind::WouldBlock);

    let mut writing = pin!(here.write.write(&[]));
    assert!(poll_once(writing.as_mut()).await.is_ready(), "nothing to write is written at once");
    let finish = [IoSlice::new(b"end")];
    let reading = RT::spawn(async move {
        let mut received = Vec::new();
        while !received.ends_with(b"end") {
            assert_ne!(there.read.read(&mut received, 1 << 20).await.unwrap(), 0);
        }
        received.len()
    });
    assert_eq!(here.write.write(&finish).await.unwrap(), 3);
    assert_eq!(reading.await.unwrap(), sent + 3);
}

async fn more_slices_than_the_system_takes_are_a_short_write<RT: Mount>() {
    let (here, mut there) = pair::<RT>().await;
    let slices = vec![IoSlice::new(b"x"); 3000];
    let sent = here.write.try_write(&slices).unwrap();
    assert!((1..=3000).contains(&sent), "{sent}");
    assert_eq!(receive(&mut there.read, sent).await.len(), sent);
}

/// Lets `end` begin to wait for bytes, and drops that wait.
async fn assert_idle<RT: Mount>(end: &mut End<RT>, buf: &mut Vec<u8>) {
    let mut reading = pin!(end.read.read(buf, 4096));
    assert!(poll_once(reading.as_mut()).await.is_pending());
}
