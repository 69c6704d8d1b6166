//! The server: answers each frame with its payload.
//!
//! It writes answers when they are half of what it read last, so that the client works on them while it answers the
//! rest. Knows one connection at a time. Does not know clients.

use crate::frame::{
    BUFFER, FLUSH_AT, IN_PLACE, Incoming, Next, REQUEST, RESPONSE, SLICES, header, read_rest,
    write_all,
};
use driver::{Ended, NoOptions, Server};
use std::io::{self, IoSlice};
use std::ops::Range;
use tokio::net::{TcpListener, TcpStream};

pub(crate) async fn serve(server: Server<NoOptions>) -> Ended {
    let listener = TcpListener::bind(&server.addr).await?;
    server.ready(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(answer(stream));
    }
}

/// Answers until the client closes.
async fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut incoming = Incoming::new();
    let mut batch = Vec::with_capacity(BUFFER);
    let mut big = Vec::new();
    // Payloads in the read buffer, which are written from there.
    let mut lying: Vec<([u8; RESPONSE], Range<usize>)> = Vec::new();
    let mut enough = FLUSH_AT;
    loop {
        match incoming.next(REQUEST) {
            Next::Frame(id, payload) if payload.len() >= IN_PLACE => {
                let len = payload.len();
                flush(&stream, &mut batch).await?;
                lying.push((header(len, id), incoming.last(len)));
                if lying.len() * len >= enough || lying.len() == SLICES / 2 {
                    write_lying(&stream, &incoming, &mut lying).await?;
                }
            }
            Next::Frame(id, payload) => {
                batch.extend_from_slice(&header::<RESPONSE>(payload.len(), id));
                batch.extend_from_slice(payload);
                if batch.len() >= enough {
                    flush(&stream, &mut batch).await?;
                }
            }
            Next::Big(len, id, payload) => {
                big.clear();
                big.reserve(len);
                big.extend_from_slice(payload);
                write_lying(&stream, &incoming, &mut lying).await?;
                flush(&stream, &mut batch).await?;
                read_rest(&mut stream, &mut big, len).await?;
                write_all(
                    &stream,
                    &mut [IoSlice::new(&header::<RESPONSE>(len, id)), IoSlice::new(&big)],
                )
                .await?;
            }
            Next::More => {
                write_lying(&stream, &incoming, &mut lying).await?;
                flush(&stream, &mut batch).await?;
                match incoming.fill(&mut stream).await? {
                    0 => return Ok(()),
                    read if read < FLUSH_FROM => enough = FLUSH_AT,
                    read => enough = (read / 2).min(FLUSH_AT),
                }
            }
        }
    }
}

async fn write_lying(
    stream: &TcpStream,
    incoming: &Incoming,
    lying: &mut Vec<([u8; RESPONSE], Range<usize>)>,
) -> io::Result<()> {
    let parts =
        lying.iter().flat_map(|(head, payload)| [&head[..], incoming.bytes(payload.clone())]);
    let mut slices: Vec<_> = parts.map(IoSlice::new).collect();
    write_all(stream, &mut slices).await?;
    lying.clear();
    Ok(())
}

async fn flush(stream: &TcpStream, batch: &mut Vec<u8>) -> io::Result<()> {
    write_all(stream, &mut [IoSlice::new(batch)]).await?;
    batch.clear();
    Ok(())
}

/// The answers to fewer bytes than these are one write.
const FLUSH_FROM: usize = 8 * 1024;
