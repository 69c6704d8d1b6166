//! The site of a scenario: a runtime in the background, and addresses of one kind.
//!
//! The scenario itself runs on a plain thread, so it may block; the code that it starts runs on the runtime. Knows no
//! scenario.

use crate::SAFETY_NET;
use crate::desk::Desk;
use crate::net::{Client, Server};
use orb::prelude::{AsyncExec, AsyncRuntime};
use razor_stream::client::stream::ClientStream;
use razor_stream::client::{ClientConfig, ClientPool, Completion};
use razor_stream::server::dispatch::MakeDispatch;
use razor_stream::server::{RpcServer, ServerConfig};
use std::any::Any;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;

/// The kind of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Net {
    /// TCP over the loopback interface.
    Tcp,
    /// Unix sockets.
    Unix,
    /// Pipes in memory.
    Memory,
}

/// A runtime in the background and addresses of one kind.
#[derive(Debug)]
pub struct Site<RT: AsyncRuntime> {
    exec: Option<RT::Exec>,
    net: Net,
    dir: PathBuf,
    addrs: AtomicU32,
    /// The thread that drives the executor, and a value that stops the thread when it is dropped.
    driver: Option<(Box<dyn Any + Send + Sync>, JoinHandle<()>)>,
}

/// Numbers the sites of this process.
static SITES: AtomicU32 = AtomicU32::new(0);

impl<RT: AsyncRuntime> Site<RT> {
    /// A site on an executor that has threads of its own.
    ///
    /// # Panics
    /// The directory for the sockets cannot be made.
    #[must_use]
    pub fn new(net: Net, exec: RT::Exec) -> Self {
        let number = SITES.fetch_add(1, Ordering::Relaxed);
        let name = format!("razor-suite-{}-{number}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&dir).expect("a directory for the sockets");
        Self { exec: Some(exec), net, dir, addrs: AtomicU32::new(0), driver: None }
    }

    /// A site on an executor that works only inside `block_on`; the site starts a thread for that.
    #[must_use]
    pub fn driven(net: Net, exec: RT::Exec) -> Self {
        let (stop, stopped) = crossfire::mpsc::bounded_blocking_async::<()>(1);
        let driven = exec.clone();
        let driver = std::thread::spawn(move || {
            driven.block_on(async move {
                let _dropped = stopped.recv().await;
            });
        });
        let mut site = Self::new(net, exec);
        site.driver = Some((Box::new(stop), driver));
        site
    }

    /// The executor.
    ///
    /// # Panics
    /// Never: the executor is there until the site is dropped.
    pub fn exec(&self) -> &RT::Exec {
        self.exec.as_ref().expect("taken only by drop")
    }

    /// The kind of connections.
    pub const fn net(&self) -> Net {
        self.net
    }

    /// An address to listen at; each call returns another one.
    pub fn addr(&self) -> String {
        let number = self.addrs.fetch_add(1, Ordering::Relaxed);
        match self.net {
            Net::Tcp => "127.0.0.1:0".into(),
            Net::Unix => self.dir.join(format!("{number}.sock")).to_string_lossy().into_owned(),
            // No other site has this directory, so no other site has a name that begins with it.
            Net::Memory => format!("memory:{}/{number}", self.dir.display()),
        }
    }

    /// Runs `work` on the runtime and waits for its result.
    ///
    /// # Panics
    /// The work does not end.
    pub fn run<T: Send + 'static>(
        &self,
        what: &str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        finished(what, &self.start(work))
    }

    /// Runs `work` on the runtime. The caller receives the result.
    pub fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Receiver<T> {
        let (tell, told) = mpsc::channel();
        self.exec().spawn_detach(async move {
            let _unheard = tell.send(work.await);
        });
        told
    }

    /// A server at a new address, with this dispatcher.
    ///
    /// # Panics
    /// The server cannot listen.
    pub fn serve_with<D: MakeDispatch>(
        &self,
        config: ServerConfig,
        make: D,
    ) -> (RpcServer<RT>, String) {
        self.serve_at(self.addr(), config, make)
    }

    /// A server at `addr`.
    ///
    /// # Panics
    /// The server cannot listen.
    pub fn serve_at<D: MakeDispatch>(
        &self,
        addr: String,
        config: ServerConfig,
        make: D,
    ) -> (RpcServer<RT>, String) {
        self.run("a server that listens", async move {
            let listener = Server::<RT>::bind(&addr).await.expect("a free address");
            let server = RpcServer::bind(listener).with_config(config).dispatch(make);
            with_addr(server.expect("a runtime is around"))
        })
    }

    /// A server under the control of the returned desk.
    pub fn serve(&self, config: ServerConfig) -> (RpcServer<RT>, String, Desk) {
        let desk = Desk::default();
        let (server, addr) = self.serve_with(config, desk.clone());
        (server, addr, desk)
    }

    /// Closes a server, and waits for it.
    pub fn close(&self, server: RpcServer<RT>) {
        self.run("a server that closes", server.close());
    }

    /// A connection to `addr`.
    ///
    /// # Panics
    /// No server listens there.
    pub fn connect<K: Completion>(
        &self,
        addr: &str,
        config: ClientConfig,
    ) -> ClientStream<K, Client<RT>> {
        let addr = addr.to_owned();
        self.run("a connection", async move {
            ClientStream::connect(&Client::new(), &addr, config).await.expect("a listener")
        })
    }

    /// A pool for `addr`.
    ///
    /// # Panics
    /// `addr` is not an address.
    pub fn pool<K: Completion>(
        &self,
        addr: &str,
        config: ClientConfig,
    ) -> ClientPool<K, Client<RT>> {
        ClientPool::with_executor(Client::new(), addr, config, self.exec()).expect("an address")
    }
}

/// A server and its address.
pub(crate) fn with_addr<RT: AsyncRuntime>(server: RpcServer<RT>) -> (RpcServer<RT>, String) {
    let addr = server.local_addr().to_owned();
    (server, addr)
}

/// Waits for what [`Site::start`] started.
///
/// # Panics
/// The work does not end.
pub fn finished<T>(what: &str, started: &Receiver<T>) -> T {
    match started.recv_timeout(SAFETY_NET) {
        Ok(result) => result,
        Err(error) => panic!("waiting for {what}: {error}"),
    }
}

impl<RT: AsyncRuntime> Drop for Site<RT> {
    fn drop(&mut self) {
        self.exec = None;
        if let Some((stop, driver)) = self.driver.take() {
            drop(stop);
            let _ended = driver.join();
        }
        let _left = std::fs::remove_dir_all(&self.dir);
    }
}
