//! A wait of handlers that needs no clock.

/// Is pending at the first poll, wakes its coroutine, and is ready at the second.
pub(crate) async fn wait_once() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
