//! Submitting once there is a connection that has room.
//!
//! Knows the next connection when one has ended. Neither connects nor encodes.

use super::shared::Shared;
use crate::client::Completion;
use crate::client::stream::submit_when_room;
use crate::client::unsent::Unsent;
use crate::clock;
use crate::transport::ClientTransport;

/// Hands a request to a pool. If its connection has no room, this waits for room; if the connection ends meanwhile,
/// this waits for the next one.
pub(super) async fn submit_when_connected<K: Completion, T: ClientTransport>(
    shared: &Shared<K, T>,
    mut unsent: Unsent<'_, K>,
) {
    let Some(request) = unsent.take() else { return };
    let Err(back) = shared.submit(request) else { return };
    unsent.put_back(back);
    let Some(deadline) = unsent.start(clock::now()) else { return };
    loop {
        match shared.connection(deadline).await {
            Ok(link) => match submit_when_room(&*link, &mut unsent).await {
                Ok(()) => return,
                Err(_) => shared.give_up(&link),
            },
            Err(cause) => return unsent.refuse(cause),
        }
    }
}
