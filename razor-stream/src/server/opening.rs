//! Opening a connection that was accepted, on the executor that serves it.
//!
//! Knows how long that may take. Does not know listeners, nor how many connections there may be.

use super::ServerConfig;
use super::conn;
use super::dispatch::MakeDispatch;
use super::link::{Link, Phase};
use crate::coroutine::Timer;
use crate::isolation::isolated;
use crate::log;
use crate::transport::{Connection, Listener};
use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// Opens an accepted connection on the executor that runs this, and serves it there.
pub(super) async fn serve<L, D>(
    accepted: L::Accepted,
    link: Arc<Link>,
    make: &D,
    config: Arc<ServerConfig>,
    at: &str,
) where
    L: Listener,
    D: MakeDispatch,
{
    let Some(connection) = open::<L>(accepted, &link, &config, at).await else { return };
    match isolated(|| make.make(&connection.peer)) {
        Some(dispatch) => conn::serve::<L::RT, _, _, _>(connection, link, config, dispatch).await,
        None => {
            let peer = &connection.peer;
            log::server::HANDLER
                .warn(&config.log, format_args!("making a dispatcher for {peer} panicked"));
            conn::turn_away::<L::RT, _, _>(connection, link, config).await;
        }
    }
}

/// Opens an accepted connection, refuses its requests, and closes it.
pub(super) async fn refuse<L: Listener>(
    accepted: L::Accepted,
    link: Arc<Link>,
    config: Arc<ServerConfig>,
    at: &str,
) {
    if let Some(connection) = open::<L>(accepted, &link, &config, at).await {
        conn::turn_away::<L::RT, _, _>(connection, link, config).await;
    }
}

/// Opens an accepted connection within the time for that.
async fn open<L: Listener>(
    accepted: L::Accepted,
    link: &Link,
    config: &ServerConfig,
    at: &str,
) -> Option<Connection<L::Read, L::Write>> {
    let mut timer = Timer::<L::RT>::new();
    let mut opening = pin!(L::open(accepted));
    let opened = poll_fn(|cx| {
        if let Poll::Ready(opened) = opening.as_mut().poll(cx) {
            return Poll::Ready(Some(opened));
        }
        if link.poll_phase(cx.waker()) != Phase::Serving {
            return Poll::Ready(None);
        }
        if !timer.is_armed() {
            timer.arm(config.handshake_timeout);
        }
        timer.poll(cx).map(|()| Some(Err(ErrorKind::TimedOut.into())))
    })
    .await?;
    let failed = |error| {
        log::server::ACCEPT
            .warn(&config.log, format_args!("opening a connection at {at}: {error}"));
    };
    opened.map_err(failed).ok()
}
