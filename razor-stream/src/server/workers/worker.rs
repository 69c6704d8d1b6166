//! What one worker does: take a task, serve it, take the next. A panic costs one task.
//!
//! Knows handlers. Does not know how the queue is filled.

use super::crew::{Hand, Item};
use crate::coroutine::{Coroutine, Turn, yield_now};
use crate::isolation::isolated;
use crate::server::task::{Origin, Refuse};
use crate::{LogControl, log};
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// A task counts as this many frames: if handlers never wait, other coroutines get their turn after 8 tasks.
const TASK: usize = 8;

/// Makes the coroutine of a worker.
pub(super) type Start<T> = Box<dyn Fn(Hand<T>) -> Coroutine + Send>;

/// Makes the coroutines of workers that serve tasks by `handler`.
pub(super) fn coroutines<T, H, F>(handler: H) -> Start<T>
where
    T: Refuse,
    H: Fn(T) -> F + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let handler = Arc::new(handler);
    Box::new(move |hand| Box::pin(work(hand, handler.clone())))
}

async fn work<T, H, F>(hand: Hand<T>, handler: Arc<H>)
where
    T: Refuse,
    H: Fn(T) -> F + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let (rx, mut turn) = (hand.rx(), Turn::default());
    while let Ok(Item::Task(task)) = rx.recv().await {
        hand.crew.give_back_place();
        serve(&hand.crew.log, &*handler, task).await;
        turn.frames(TASK);
        if turn.end_if_over() {
            yield_now().await;
        }
    }
}

async fn serve<T: Refuse, F: Future<Output = ()>>(
    log: &LogControl,
    handler: impl Fn(T) -> F,
    task: T,
) {
    let origin = task.origin();
    let Some(future) = isolated(|| handler(task)) else { return panicked(log, origin) };
    let mut future = pin!(Some(future));
    let done = poll_fn(|cx| {
        let poll = isolated(|| future.as_mut().as_pin_mut().map(|future| future.poll(cx)));
        match poll {
            Some(Some(Poll::Pending)) => Poll::Pending,
            Some(_) => Poll::Ready(true),
            None => Poll::Ready(false),
        }
    })
    .await;
    // The rest of the future may panic while it is dropped.
    if isolated(|| future.set(None)).is_none() || !done {
        panicked(log, origin);
    }
}

/// Starts a worker that is a thread.
pub(super) fn thread<T, H>(hand: Hand<T>, handler: Arc<H>) -> io::Result<()>
where
    T: Refuse,
    H: Fn(T) + Send + Sync + 'static,
{
    let rx = hand.rx().into_blocking();
    let work = move || {
        while let Ok(Item::Task(task)) = rx.recv() {
            hand.crew.give_back_place();
            let origin = task.origin();
            if isolated(|| handler(task)).is_none() {
                panicked(&hand.crew.log, origin);
            }
        }
    };
    std::thread::Builder::new().name("razor-worker".into()).spawn(work).map(drop)
}

/// A task that was not answered yet has told of the panic when it was dropped.
#[cold]
fn panicked(control: &LogControl, origin: Option<Origin>) {
    match origin {
        Some(asked) => {
            log::server::HANDLER
                .warn(control, format_args!("{asked}: its handler panicked in a worker"));
        }
        None => log::server::HANDLER.warn(control, format_args!("a handler panicked in a worker")),
    }
}
