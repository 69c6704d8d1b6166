//! The way of a connection from where it was accepted to where it is served.
//!
//! Runs on the executor that serves it. Does not know listeners, nor how many connections there may be.

use super::ServerConfig;
use super::conn;
use super::dispatch::MakeDispatch;
use super::link::{Link, Phase};
use crate::io::{Timer, isolated};
use crate::log;
use crate::transport::ServerTransport;
use orb::prelude::AsyncRuntime;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// Serves an accepted connection where this runs.
pub(super) async fn serve<RT, S, D>(
    accepted: S::Accepted,
    link: Arc<Link>,
    make: &D,
    config: Arc<ServerConfig>,
    at: &str,
) where
    RT: AsyncRuntime,
    S: ServerTransport<RT = RT>,
    D: MakeDispatch,
{
    let mut timer = Timer::<RT>::new();
    let opened = {
        let mut opening = pin!(S::open(accepted));
        poll_fn(|cx| {
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
        .await
    };
    let connection = match opened {
        None => return,
        Some(Ok(connection)) => connection,
        Some(Err(error)) => {
            log::ACCEPT.warn(&config.log, format_args!("opening a connection at {at}: {error}"));
            return;
        }
    };
    match isolated(|| make.make(&connection.peer)) {
        Some(dispatch) => conn::serve::<RT, _, _, _>(connection, link, config, dispatch).await,
        None => {
            let peer = &connection.peer;
            log::HANDLER.warn(&config.log, format_args!("making a dispatcher for {peer} panicked"));
        }
    }
}
