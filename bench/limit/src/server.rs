//! The server: answers each frame with its payload.
//!
//! Knows one connection at a time. Does not know what clients wait for.

use crate::frame::{BUFFER, Incoming, Next, REQUEST, RESPONSE, header, read_rest, write_both};
use driver::{Ended, NoOptions, Server};
use std::io;
use tokio::io::AsyncWriteExt;
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

/// Until the client closes.
async fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut incoming = Incoming::new();
    let mut batch = Vec::with_capacity(BUFFER);
    let mut big = Vec::new();
    loop {
        match incoming.next(REQUEST) {
            Next::Frame(id, payload) => {
                batch.extend_from_slice(&header::<RESPONSE>(payload.len(), id));
                batch.extend_from_slice(payload);
            }
            Next::Big(len, id, payload) => {
                big.clear();
                big.reserve(len);
                big.extend_from_slice(payload);
                flush(&mut stream, &mut batch).await?;
                read_rest(&mut stream, &mut big, len).await?;
                write_both(&mut stream, &header::<RESPONSE>(len, id), &big).await?;
            }
            Next::More => {
                flush(&mut stream, &mut batch).await?;
                if !incoming.fill(&mut stream).await? {
                    return Ok(());
                }
            }
        }
    }
}

async fn flush(stream: &mut TcpStream, batch: &mut Vec<u8>) -> io::Result<()> {
    if !batch.is_empty() {
        stream.write_all(batch).await?;
        batch.clear();
    }
    Ok(())
}
