//! Tasks of scenarios: two kinds over one connection, each completed exactly once.
//!
//! Knows the fields of the tasks. Does not know what a server answers.

use crate::SAFETY_NET;
use crate::net::Client;
use crate::site::Site;
use bytes::Bytes;
use crossfire::{MTx, Rx, mpsc};
use orb::prelude::AsyncRuntime;
use parking_lot::Mutex;
use razor_stream::client::stream::ClientStream;
use razor_stream::client::task::{
    ClientTaskCommon, InPlace, TaskAction, client_task, client_task_enum,
};
use razor_stream::error::{Outcome, RpcErrKind, RpcError};
use razor_stream::proto::RpcAction;
use serde::{Serialize, Serializer};
use std::sync::Arc;
use std::time::Duration;

/// How a task ended.
pub type Ended = Result<(), RpcError<u32>>;

/// A connection that carries tasks of both kinds.
pub type Stream<RT> = ClientStream<Work, Client<RT>>;

/// The action of a job, valid or not.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "scenarios make them")]
pub enum Asks {
    /// A number.
    Num(u32),
    /// A name.
    Str(String),
}

impl TaskAction for Asks {
    fn action(&self) -> RpcAction<'_> {
        match self {
            Self::Num(number) => RpcAction::Num(*number),
            Self::Str(name) => RpcAction::Str(name),
        }
    }
}

/// A message, or a value that does not encode.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "scenarios make them")]
pub enum Message {
    /// A text.
    Text(String),
    /// A value whose encoding fails after some bytes.
    Unencodable,
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeTuple};
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Unencodable => {
                serializer.serialize_tuple(2)?.serialize_element("the first half")?;
                Err(S::Error::custom("it does not encode"))
            }
        }
    }
}

/// A task that sends a message and a blob, and gets both back.
#[client_task]
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "scenarios make them")]
pub struct Job {
    /// The number of the task in its scenario.
    pub number: usize,
    /// The timeout of this task.
    #[field(common)]
    pub common: ClientTaskCommon,
    /// The action.
    #[field(action)]
    pub asks: Asks,
    /// The message.
    #[field(req)]
    pub msg: Message,
    /// The blob.
    #[field(req_blob)]
    pub blob: Option<Bytes>,
    /// The message of the response.
    #[field(resp)]
    pub answer: Option<u32>,
    /// The blob of the response.
    #[field(resp_blob)]
    pub answer_blob: Option<Vec<u8>>,
    /// The result of the task.
    #[field(res)]
    pub res: Option<Ended>,
    /// The queue that the task goes to when it has ended.
    #[field(noti)]
    pub noti: Option<MTx<mpsc::List<Work>>>,
}

/// A task that gets a blob into memory that it brings.
#[client_task(2)]
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "scenarios make them")]
pub struct Fetch {
    /// The number of the task in its scenario.
    pub number: usize,
    /// The timeout of this task.
    #[field(common)]
    pub common: ClientTaskCommon,
    /// The memory for the blob.
    #[field(resp_blob)]
    pub place: InPlace<Box<[u8]>>,
    /// The message of the response.
    #[field(resp)]
    pub answer: Option<u32>,
    /// The result of the task.
    #[field(res)]
    pub res: Option<Ended>,
    /// The queue that the task goes to when it has ended.
    #[field(noti)]
    pub noti: Option<MTx<mpsc::List<Work>>>,
}

/// A task of either kind.
#[client_task_enum]
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "scenarios take them apart")]
pub enum Work {
    /// A task that sends and gets.
    Job(Job),
    /// A task that gets a blob in place.
    Fetch(Fetch),
}

impl Work {
    /// The number of the task in its scenario.
    #[must_use]
    pub const fn number(&self) -> usize {
        match self {
            Self::Job(job) => job.number,
            Self::Fetch(fetch) => fetch.number,
        }
    }

    const fn res(&self) -> &Option<Ended> {
        match self {
            Self::Job(job) => &job.res,
            Self::Fetch(fetch) => &fetch.res,
        }
    }
}

/// The tasks of a scenario.
#[derive(Debug)]
pub struct Jobs {
    tx: MTx<mpsc::List<Work>>,
    rx: Rx<mpsc::List<Work>>,
    /// The number of tasks that have been made, and the numbers of those that have come back.
    made: Arc<Mutex<(usize, Vec<usize>)>>,
}

impl Default for Jobs {
    fn default() -> Self {
        let (tx, rx) = mpsc::unbounded_blocking();
        Self { tx, rx, made: Arc::default() }
    }
}

impl Jobs {
    fn number(&self) -> usize {
        let mut made = self.made.lock();
        made.0 += 1;
        made.0 - 1
    }

    /// A job of action 1.
    #[must_use]
    pub fn job(&self, msg: &str) -> Job {
        Job {
            number: self.number(),
            common: ClientTaskCommon::default(),
            asks: Asks::Num(1),
            msg: Message::Text(msg.to_string()),
            blob: None,
            answer: None,
            answer_blob: None,
            res: None,
            noti: Some(self.tx.clone()),
        }
    }

    /// A task with memory for a blob of `room` bytes.
    #[must_use]
    pub fn fetch(&self, room: usize) -> Fetch {
        Fetch {
            number: self.number(),
            common: ClientTaskCommon::default(),
            place: InPlace::new(vec![0xEE; room].into_boxed_slice()),
            answer: None,
            res: None,
            noti: Some(self.tx.clone()),
        }
    }

    /// Sends a task, and returns its number.
    ///
    /// # Panics
    /// There is no room for the task.
    pub fn send<RT: AsyncRuntime>(
        &self,
        site: &Site<RT>,
        client: &Stream<RT>,
        work: impl Into<Work>,
    ) -> usize {
        let (client, work) = (client.clone(), work.into());
        let number = work.number();
        site.run("a task that is sent", async move { client.send_task(work).await });
        number
    }

    /// Waits for the next task that has ended.
    ///
    /// # Panics
    /// No task ends, or this task has come back before.
    #[must_use]
    pub fn next(&self) -> Work {
        let work = self.rx.recv_timeout(SAFETY_NET).expect("a task that ends");
        let ended = &mut self.made.lock().1;
        assert!(!ended.contains(&work.number()), "{work:?} ended twice");
        assert!(work.res().is_some(), "{work:?} does not say how it ended");
        ended.push(work.number());
        work
    }

    /// Waits for the end of a job, which is the next to end.
    ///
    /// # Panics
    /// The next task to end is another one.
    #[must_use]
    pub fn job_ended(&self) -> Job {
        match self.next() {
            Work::Job(job) => job,
            other @ Work::Fetch(_) => panic!("{other:?} ended"),
        }
    }

    /// Waits for the end of a fetch, which is the next to end.
    ///
    /// # Panics
    /// The next task to end is another one.
    #[must_use]
    pub fn fetch_ended(&self) -> Fetch {
        match self.next() {
            Work::Fetch(fetch) => fetch,
            other @ Work::Job(_) => panic!("{other:?} ended"),
        }
    }

    /// Waits for the next task that has ended, and checks that it failed with this kind and outcome.
    ///
    /// # Panics
    /// The task ended otherwise.
    pub fn fails(&self, kind: RpcErrKind, outcome: Outcome) -> Work {
        let work = self.next();
        match work.res() {
            Some(Err(RpcError::Rpc(error))) => {
                assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error:?}");
            }
            other => panic!("{other:?} instead of {kind:?}"),
        }
        work
    }

    /// Checks that every task that was made has come back exactly once.
    ///
    /// # Panics
    /// A task has not.
    pub fn all_ended(&self) {
        let (made, mut ended) = self.made.lock().clone();
        ended.sort_unstable();
        assert_eq!(ended, (0..made).collect::<Vec<_>>(), "tasks that have come back");
        assert!(self.rx.try_recv().is_err(), "one more came back");
    }
}

/// A timeout for one task, which passes soon.
#[must_use]
pub const fn soon() -> ClientTaskCommon {
    ClientTaskCommon::new().with_timeout(Duration::from_millis(40))
}
