//! A fixed pool that serves tasks: of coroutines, for handlers that wait, or of threads, for handlers that compute or
//! block.
//!
//! | file | holds |
//! |---|---|
//! | `config` | [`WorkersConfig`]: the number of workers, and the length of their queue |
//! | `crew` | the queue of the workers, and its end |
//! | `worker` | what one worker does |
//!
//! Knows tasks only as values that can be refused. Does not know connections.

mod config;
mod crew;
mod worker;

use super::dispatch::{Call, Dispatch, Flow};
use super::task::{Refuse, Reply, ServerTaskDecode};
use crate::coroutine::spawn_here;
use crate::log;
pub use config::WorkersConfig;
use crew::{Crew, Hand, wait_and_push};
use orb::prelude::AsyncRuntime;
use parking_lot::Mutex;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use worker::Start;

/// A fixed number of workers that serve the tasks of any number of connections, in the order in which they came.
///
/// It is a dispatcher: pass it to [`dispatch`](super::ServerBuilder::dispatch), and every request that decodes to a `T`
/// goes to its queue. A dispatcher of your own hands tasks over by [`submit`](Self::submit). Clones share workers and
/// queue. `RT` is the runtime of the server: where its type is not written down, an alias names it, as
/// `razor_rpc::tokio::Workers` does.
///
/// - **The queue is bounded.** When it is full, a connection with a further task is not read, and connections take
///   turns: each place that becomes free goes to one task of the connection that has waited longest. A task that has
///   waited for [`overload_after`](WorkersConfig::with_overload_after) is answered `Overloaded`; so is every further
///   task at once, until a worker takes the next task.
/// - **A panic costs one task**, which is answered as an internal error. The worker lives on.
/// - **Nothing is forgotten.** [`close`](Self::close), or the drop of the last clone, lets the workers serve the queued
///   tasks and then ends them; a task that still waits for a place then is answered `Closing`. A server that
///   [closes](super::RpcServer::close) lets its queued tasks finish, at most for its drain timeout.
///
/// ```
/// use razor_stream::orb::prelude::AsyncRuntime;
/// use razor_stream::server::task::{ServerTask, ServerTaskDone};
/// use razor_stream::server::{Workers, WorkersConfig};
/// use std::num::NonZero;
///
/// type Hash = ServerTask<String, u64>;
///
/// fn workers<RT: AsyncRuntime>() -> std::io::Result<Workers<RT, Hash>> {
///     let config = WorkersConfig::new(NonZero::new(4).expect("not 0"));
///     // Threads of their own, because it computes; they may block as well.
///     Workers::threads(config, |task: Hash| {
///         let hash = task.req.bytes().fold(0, |hash: u64, byte| hash.rotate_left(5) ^ u64::from(byte));
///         task.done(Ok(hash));
///     })
/// }
/// ```
pub struct Workers<RT, T: Refuse> {
    handle: Arc<Handle<T>>,
    runtime: PhantomData<fn() -> RT>,
}

/// What the clones share. Its drop closes the queue.
struct Handle<T: Refuse> {
    crew: Arc<Crew<T>>,
    config: WorkersConfig,
    /// The coroutines have been started, or the workers are threads.
    started: AtomicBool,
    /// Makes the coroutine of each worker; taken out when the workers are started.
    start: Mutex<Option<Start<T>>>,
}

impl<T: Refuse> Drop for Handle<T> {
    fn drop(&mut self) {
        self.crew.close();
    }
}

impl<RT: AsyncRuntime, T: Refuse> Workers<RT, T> {
    /// Makes workers that are coroutines, for handlers that wait. As many handlers run at once as there are workers.
    /// The first task starts the coroutines, on the runtime that dispatches it.
    ///
    /// A handler that blocks, or computes for long, takes a thread away from the runtime and delays its connections.
    /// Use [`threads`](Self::threads) for such a handler.
    ///
    /// ```
    /// use razor_stream::orb::prelude::AsyncRuntime;
    /// use razor_stream::server::task::{ServerTask, ServerTaskDone};
    /// use razor_stream::server::{Workers, WorkersConfig};
    /// use std::{num::NonZero, time::Duration};
    ///
    /// fn workers<RT: AsyncRuntime>() -> Workers<RT, ServerTask<u64>> {
    ///     let config = WorkersConfig::new(NonZero::new(64).expect("not 0"));
    ///     Workers::coroutines(config, |task: ServerTask<u64>| async move {
    ///         RT::sleep(Duration::from_millis(task.req)).await;
    ///         task.done(Ok(()));
    ///     })
    /// }
    /// ```
    pub fn coroutines<H, F>(config: WorkersConfig, handler: H) -> Self
    where
        H: Fn(T) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let workers = Self::new(config, false);
        *workers.handle.start.lock() = Some(worker::coroutines(handler));
        workers
    }

    /// Makes workers that are threads, for handlers that compute or block.
    ///
    /// # Errors
    /// The system cannot start a thread. Threads that have been started end.
    pub fn threads<H>(config: WorkersConfig, handler: H) -> io::Result<Self>
    where
        H: Fn(T) + Send + Sync + 'static,
    {
        let workers = Self::new(config, true);
        let (crew, handler) = (&workers.handle.crew, Arc::new(handler));
        for hand in Hand::all(crew) {
            worker::thread(hand, handler.clone())?;
        }
        Ok(workers)
    }

    fn new(config: WorkersConfig, started: bool) -> Self {
        let crew = Arc::new(Crew::new(&config));
        let start = Mutex::default();
        let handle = Handle { crew, config, started: AtomicBool::new(started), start };
        Self { handle: Arc::new(handle), runtime: PhantomData }
    }

    /// Puts a task into the queue. A [`Dispatch`] calls this and returns the [`Flow`] that it gets: if the queue is
    /// full, the connection of the dispatcher waits for a place. A task that gets no place is refused.
    ///
    /// A dispatcher can add data of its connection to a task:
    ///
    /// ```
    /// use razor_stream::orb::prelude::AsyncRuntime;
    /// use razor_stream::server::dispatch::{MakeDispatch, per_connection, per_task};
    /// use razor_stream::server::task::ServerTask;
    /// use razor_stream::server::Workers;
    /// use std::sync::Arc;
    ///
    /// type Get = ServerTask<String, String>;
    ///
    /// /// The workers get each task with the address of its client.
    /// fn serve<RT: AsyncRuntime>(workers: Workers<RT, (Arc<str>, Get)>) -> impl MakeDispatch {
    ///     per_connection(move |peer| {
    ///         let (workers, peer) = (workers.clone(), Arc::<str>::from(peer.to_string()));
    ///         per_task(move |task: Get| workers.submit((peer.clone(), task)))
    ///     })
    /// }
    /// ```
    pub fn submit(&self, task: T) -> Flow {
        let Handle { crew, config, started, .. } = &*self.handle;
        if !started.load(Ordering::Acquire) {
            self.start();
        }
        if crew.slots().try_take() {
            crew.push(task);
            return Flow::Next;
        }
        if crew.slots().is_overloaded() {
            task.refuse(crate::proto::FrameworkCode::Overloaded);
            return Flow::Next;
        }
        Flow::wait_for(wait_and_push::<RT, T>(crew.clone(), task, config.overload_after))
    }

    #[cold]
    fn start(&self) {
        let Handle { crew, config, started, start } = &*self.handle;
        let mut waiting = start.lock();
        let start = waiting.take();
        // A second caller finds the workers counted and puts its task into the queue. If no worker can be started, the
        // last `Hand` refuses that task.
        let hands = if start.is_some() { Hand::all(crew) } else { Vec::new() };
        started.store(true, Ordering::Release);
        drop(waiting);
        let Some(start) = start else { return };
        for hand in hands {
            if let Err(error) = spawn_here::<RT>(start(hand)) {
                log::server::HANDLER
                    .warn(&config.log, format_args!("a worker was not started: {error}"));
            }
        }
    }

    /// Refuses further tasks as `Closing`, lets the workers serve the queued tasks, and waits until the workers have
    /// ended. A handler must not wait for this: it would wait for itself.
    ///
    /// ```
    /// use razor_stream::orb::prelude::AsyncRuntime;
    /// use razor_stream::server::task::Refuse;
    /// use razor_stream::server::{RpcServer, Workers};
    ///
    /// async fn shut_down<RT: AsyncRuntime>(server: RpcServer<RT>, workers: Workers<RT, impl Refuse>) {
    ///     // First the server, which brings tasks; then the workers, which serve them.
    ///     server.close().await;
    ///     workers.close().await;
    /// }
    /// ```
    ///
    /// # Cancellation
    /// The workers still end.
    pub async fn close(self) {
        let crew = self.handle.crew.clone();
        crew.close();
        poll_fn(|cx| crew.poll_ended(cx)).await;
    }
}

/// Decodes each task by the default value of its codec. For a codec with settings there are
/// [`per_task_with`](super::dispatch::per_task_with) and [`submit`](Workers::submit).
impl<RT: AsyncRuntime, T: ServerTaskDecode> Dispatch for Workers<RT, T> {
    fn dispatch(&mut self, call: Call<'_>, reply: Reply<'_>) -> Flow {
        match T::decode_task(&T::Codec::default(), call, reply) {
            Some(task) => self.submit(task),
            None => Flow::Next,
        }
    }
}

impl<RT, T: Refuse> Clone for Workers<RT, T> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone(), runtime: PhantomData }
    }
}

impl<RT, T: Refuse> fmt::Debug for Workers<RT, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("config", &self.handle.config).finish_non_exhaustive()
    }
}
