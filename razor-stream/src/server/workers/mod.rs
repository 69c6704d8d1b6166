//! A fixed pool that serves tasks: of coroutines, for handlers that wait, or of threads, for handlers that compute or
//! block.
//!
//! | file | holds |
//! |---|---|
//! | `config` | [`WorkersConfig`]: how many, and how long the queue is |
//! | `crew` | the queue and its end, as its workers and those who fill it share them |
//! | `worker` | what one worker does |
//!
//! Knows tasks only as something that can be refused. Does not know connections.

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
/// goes to its queue. A dispatcher of one's own hands tasks over by [`submit`](Self::submit). Clones share workers
/// and queue. `RT` is the runtime of the server: where its type is not written down, an alias names it,
/// as `razor_rpc::tokio::Workers` does.
///
/// - **The queue is bounded.** When it is full, the connection with the next task is not read, and connections take
///   turns: with each place that becomes free the one that has waited longest gets in with one task. One that
///   has waited for [`overload_after`](WorkersConfig::overload_after) is answered `Overloaded`; so is every further
///   task at once, until a worker has taken the next.
/// - **A panic costs one task**, which is answered as an internal error. The worker lives on.
/// - **Nothing is forgotten.** [`close`](Self::close), or the drop of the last clone, lets the workers serve what is
///   queued and then ends them; who then still waits for a place is answered `Closing`. A
///   server that [closes](super::RpcServer::close) lets its queued tasks finish, at most for its drain timeout.
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

/// What the clones share; its end closes the queue.
struct Handle<T: Refuse> {
    crew: Arc<Crew<T>>,
    config: WorkersConfig,
    /// The coroutines run.
    started: AtomicBool,
    /// Makes a coroutine.
    start: Mutex<Option<Start<T>>>,
}

impl<T: Refuse> Drop for Handle<T> {
    fn drop(&mut self) {
        self.crew.close();
    }
}

impl<RT: AsyncRuntime, T: Refuse> Workers<RT, T> {
    /// Workers that are coroutines, for handlers that wait: as many of them run at once as there are workers. They
    /// are started by the first task, on the runtime that dispatches it.
    ///
    /// A handler that computes for long or blocks keeps a thread from the runtime, and with it connections; that is
    /// what [`threads`](Self::threads) are for.
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

    /// Workers that are threads, for handlers that compute or block.
    ///
    /// # Errors
    /// When the system gives no more threads.
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

    /// Puts a task into the queue. To be called by a [`Dispatch`], which returns what this returns: with a full queue
    /// its connection waits for a place.
    ///
    /// So a task can be given something of its connection:
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
        // Whoever comes second finds the workers counted, and queues for them: those that cannot be started refuse it.
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

    /// Refuses further tasks as `Closing`, lets the workers serve what is queued, and waits for their end. Not to be
    /// waited for by a handler, which would wait for itself.
    ///
    /// ```
    /// use razor_stream::orb::prelude::AsyncRuntime;
    /// use razor_stream::server::task::Refuse;
    /// use razor_stream::server::{RpcServer, Workers};
    ///
    /// async fn shut_down<RT: AsyncRuntime>(server: RpcServer<RT>, workers: Workers<RT, impl Refuse>) {
    ///     // First whatever brings tasks, then those that serve them.
    ///     server.close().await;
    ///     workers.close().await;
    /// }
    /// ```
    ///
    /// # Cancellation
    /// The workers end all the same.
    pub async fn close(self) {
        let crew = self.handle.crew.clone();
        crew.close();
        poll_fn(|cx| crew.poll_ended(cx)).await;
    }
}

/// Decodes by the codec as it is by default; [`per_task_with`](super::dispatch::per_task_with) and
/// [`submit`](Workers::submit) are for one that is configured.
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
