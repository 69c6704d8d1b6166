//! The queue of the workers, its places, and its end.
//!
//! A place is taken before a task is put into the channel, and given back when a worker has taken the task out. So a
//! channel with that number of places is never full. Once the places are closed and all of them have been given back,
//! the channel is empty and stays so: then a stop is sent for each worker. Knows no handlers.

use super::WorkersConfig;
use crate::LogControl;
use crate::coroutine::Timer;
use crate::isolation::isolated;
use crate::proto::FrameworkCode;
use crate::server::slots::{Slots, Turn};
use crate::server::task::Refuse;
use crossfire::{MAsyncRx, MAsyncTx, mpmc};
use orb::prelude::AsyncRuntime;
use parking_lot::Mutex;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// What a worker finds in the queue.
pub(super) enum Item<T> {
    Task(T),
    /// The end of the worker: no task comes after this.
    Stop,
}

type Tx<T> = MAsyncTx<mpmc::Array<Item<T>>>;
pub(super) type Rx<T> = MAsyncRx<mpmc::Array<Item<T>>>;

/// What the workers share with the dispatchers that fill their queue.
pub(super) struct Crew<T: Refuse> {
    slots: Arc<Slots>,
    tx: Tx<T>,
    /// Cloned for each worker, and used to refuse the tasks that are left when all workers have died with their
    /// runtime.
    rx: Rx<T>,
    workers: usize,
    alive: AtomicUsize,
    closers: Mutex<Vec<Waker>>,
    pub(super) log: LogControl,
}

impl<T: Refuse> Crew<T> {
    pub(super) fn new(config: &WorkersConfig) -> Self {
        let WorkersConfig { workers, queue, ref log, .. } = *config;
        // The stops of the workers need room too.
        let (tx, rx) = mpmc::bounded_async(queue.saturating_add(workers));
        Self {
            slots: Arc::new(Slots::new(queue)),
            tx,
            rx,
            workers,
            alive: AtomicUsize::new(0),
            closers: Mutex::default(),
            log: log.clone(),
        }
    }

    pub(super) const fn slots(&self) -> &Arc<Slots> {
        &self.slots
    }

    /// Puts a task into the queue. The caller has taken a place for it.
    pub(super) fn push(&self, task: T) {
        if let Err(error) = self.tx.try_send(Item::Task(task)) {
            debug_assert!(false, "there is room for every place");
            self.give_back_place();
            if let Item::Task(task) = error.into_inner() {
                task.refuse(FrameworkCode::Overloaded);
            }
        }
        // Either this load sees that no worker is alive, or the last worker to end sees the task (the fence in
        // `Hand::drop`).
        fence(Ordering::SeqCst);
        if self.alive.load(Ordering::Relaxed) == 0 {
            self.refuse_rest();
        }
    }

    /// Gives back the place of a task that a worker has taken out of the queue.
    pub(super) fn give_back_place(&self) {
        if self.slots.give_back() {
            self.stop();
        }
    }

    /// Refuses further tasks. The workers end when they have served the queued tasks.
    pub(super) fn close(&self) {
        if self.slots.close() {
            self.stop();
        }
    }

    fn stop(&self) {
        for _ in 0..self.workers {
            let sent = self.tx.try_send(Item::Stop);
            debug_assert!(sent.is_ok(), "there is room for each worker's stop");
        }
    }

    fn refuse_rest(&self) {
        while let Ok(item) = self.rx.try_recv() {
            if let Item::Task(task) = item {
                self.slots.give_back();
                let _panicked = isolated(|| task.refuse(FrameworkCode::Closing));
            }
        }
    }

    /// Ready when no worker is alive.
    pub(super) fn poll_ended(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut closers = self.closers.lock();
        if self.alive.load(Ordering::Acquire) == 0 {
            return Poll::Ready(());
        }
        closers.push(cx.waker().clone());
        Poll::Pending
    }
}

/// One worker's share of the crew. The last share to be dropped refuses the tasks that are left in the queue; there are
/// none, unless the workers died with their runtime.
pub(super) struct Hand<T: Refuse> {
    pub(super) crew: Arc<Crew<T>>,
}

impl<T: Refuse> Hand<T> {
    /// A share for each worker.
    pub(super) fn all(crew: &Arc<Crew<T>>) -> Vec<Self> {
        crew.alive.store(crew.workers, Ordering::Release);
        (0..crew.workers).map(|_| Self { crew: crew.clone() }).collect()
    }

    pub(super) fn rx(&self) -> Rx<T> {
        self.crew.rx.clone()
    }
}

impl<T: Refuse> Drop for Hand<T> {
    fn drop(&mut self) {
        let crew = &self.crew;
        if crew.alive.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let _nobody_to_stop = crew.slots.close();
        fence(Ordering::SeqCst);
        crew.refuse_rest();
        let closers = std::mem::take(&mut *crew.closers.lock());
        closers.into_iter().for_each(Waker::wake);
    }
}

/// A task that waits for a place in the queue. If this is dropped, because the connection ends or the server closes,
/// the task is refused.
struct Waiting<T: Refuse>(Option<T>);

impl<T: Refuse> Drop for Waiting<T> {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.refuse(FrameworkCode::Closing);
        }
    }
}

/// Waits for a place in the queue and puts the task there, or refuses it.
///
/// # Cancellation
/// The task is refused, also if the future was never polled.
pub(super) fn wait_and_push<RT: AsyncRuntime, T: Refuse>(
    crew: Arc<Crew<T>>,
    task: T,
    overload_after: Duration,
) -> impl Future<Output = ()> + Send {
    let mut task = Waiting(Some(task));
    async move {
        let admitted = wait::<RT>(crew.slots(), overload_after).await;
        if let Some(task) = task.0.take() {
            match admitted {
                Ok(()) => crew.push(task),
                Err(code) => task.refuse(code),
            }
        }
    }
}

/// Waits for a place and takes it.
async fn wait<RT: AsyncRuntime>(
    slots: &Arc<Slots>,
    overload_after: Duration,
) -> Result<(), FrameworkCode> {
    let (mut place, mut timer) = (None, Timer::<RT>::new());
    poll_fn(|cx| match slots.poll_turn(&mut place, cx.waker()) {
        Turn::Yours if slots.take_in_turn() => Poll::Ready(Ok(())),
        Turn::Yours | Turn::Closed => Poll::Ready(Err(FrameworkCode::Closing)),
        Turn::Waits => {
            if !timer.is_armed() {
                timer.arm(overload_after);
            }
            timer.poll(cx).map(|()| {
                slots.give_up();
                Err(FrameworkCode::Overloaded)
            })
        }
    })
    .await
}
