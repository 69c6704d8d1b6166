//! Submitting once there is room.
//!
//! Knows a caller's place in the order of waiting. Does not know pools.

use super::link::Link;
use super::room::Ticket;
use crate::client::Completion;
use crate::client::unsent::Unsent;
use crate::clock;
use crate::error::{RpcIntErr, made};
use crate::proto::NotTaken;
use crate::transport::WriteHalf;
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Submits a request once there is room, callers in the order in which they came. At its deadline the request ends. The
/// connection's reader looks at the deadline, so this needs no timer and runs under any executor.
///
/// # Errors
/// Why the connection takes no more requests; `unsent` holds the request then.
pub(in crate::client) async fn submit_when_room<K: Completion, W: WriteHalf>(
    link: &Link<K, W>,
    unsent: &mut Unsent<'_, K>,
) -> Result<(), RpcIntErr> {
    let Some(deadline) = unsent.start(clock::now()) else { return Ok(()) };
    let mut place = Place { link, ticket: None };
    while let Some(request) = unsent.take() {
        match link.submit_or_wait(request, deadline, &mut place.ticket) {
            Ok(()) => return Ok(()),
            Err(NotTaken::Closed(back, cause)) => {
                unsent.put_back(back);
                return Err(cause);
            }
            Err(NotTaken::Full(back)) => unsent.put_back(back),
        }
        if clock::now() >= deadline {
            let late = made::queued_too_long();
            unsent.refuse(late.with_peer(link.peer().to_string()));
            return Ok(());
        }
        // The deadline is checked here too: a thread that blocks polls this once more when its own patience ends.
        poll_fn(|cx| match place.poll(cx.waker()) || clock::now() >= deadline {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }
    Ok(())
}

/// The place of a caller that waits for room, which is given up when this is dropped.
struct Place<'a, K: Completion, W: WriteHalf> {
    link: &'a Link<K, W>,
    ticket: Ticket,
}

impl<K: Completion, W: WriteHalf> Place<'_, K, W> {
    /// Whether the caller should try again; otherwise `waker` will be woken.
    fn poll(&self, waker: &Waker) -> bool {
        self.link.poll_room(self.ticket, waker)
    }
}

impl<K: Completion, W: WriteHalf> Drop for Place<'_, K, W> {
    fn drop(&mut self) {
        self.link.leave_room(self.ticket);
    }
}
