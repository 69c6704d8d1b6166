//! Tasks inside of `macro_rules!`: actions, types, roles and whole items come from the macro or from its caller.

use crate::support::{listening, on_each_runtime};
use razor_stream::bytes::Bytes;
use razor_stream::client::ClientConfig;
use razor_stream::client::ClientStream;
use razor_stream::client::task::{ClientTask, client_task, client_task_enum};
use razor_stream::crossfire::{MTx, mpsc};
use razor_stream::error::RpcError;
use razor_stream::orb::prelude::AsyncRuntime;
use razor_stream::proto::RpcAction;
use razor_stream::server::dispatch::{Flow, per_task};
use razor_stream::server::task::{ServerTask, ServerTaskDone, server_task_enum};
use razor_stream::transport::memory::MemoryClient;

#[repr(u32)]
enum Op {
    Add = 7,
    Sub = 8,
    Mul = 9,
}

type Res = Result<(), RpcError<u32>>;
type Noti<T> = MTx<mpsc::List<T>>;

macro_rules! by_expr {
    ($name:ident, $action:expr, $req:ty, $resp:ty, $res:ident, $role:ident) => {
        #[client_task($action)]
        struct $name {
            #[field($role)]
            values: $req,
            #[field(resp)]
            sum: $resp,
            #[field(res)]
            $res: Option<Res>,
            #[field(noti)]
            noti: Option<Noti<Sums>>,
        }
    };
}
by_expr!(Add, Op::Add, (u32, u32), Option<u32>, res, req);
by_expr!(Sub, (Op::Sub), (u32, u32), Option<u32>, result, req);

macro_rules! by_path {
    ($name:ident, $action:path, $noti:ty, $option:path, $($field:tt)*) => {
        #[client_task($action)]
        struct $name {
            $($field)*
            #[field(resp)]
            sum: $option,
            #[field(res)]
            res: Option<Res>,
            #[field(noti)]
            noti: $noti,
        }
    };
}
by_path! {
    Mul, Op::Mul, Option<Noti<Sums>>, Option<u32>,
    #[field(req)]
    values: (u32, u32),
    #[field(req_blob)]
    blob: Bytes,
}

macro_rules! by_literal {
    ($action:literal, $item:item) => {
        by_literal!(@ $action, #[client_task], $item);
    };
    (@ $action:literal, #[$attribute:ident], $item:item) => {
        #[$attribute($action)]
        $item
    };
}
by_literal! {
    "by name",
    struct Named {
        #[field(req)]
        values: (u32, u32),
        #[field(resp)]
        sum: Option<u32>,
        #[field(res)]
        res: Option<Res>,
        #[field(noti)]
        noti: Option<Noti<Sums>>,
    }
}
by_literal! {
    10,
    struct Ten {
        #[field(res)]
        res: Option<Res>,
        #[field(noti)]
        noti: Option<fn(Self)>,
    }
}

macro_rules! several {
    ($name:ident { $($kind:ident($task:ty),)* }) => {
        #[client_task_enum]
        enum $name { $($kind($task),)* }
    };
}
several!(Sums { Add(Add), Sub(Sub), Mul(Mul), Named(Named), });

macro_rules! served {
    ($name:ident { $($kind:ident: $task:ty, [$($action:expr),*],)* }) => {
        #[server_task_enum(req, resp)]
        enum $name { $(#[action($($action),*)] $kind($task),)* }
    };
    ($item:item) => {
        #[server_task_enum(req)]
        $item
    };
}
served!(Asked {
    Add: ServerTask<(u32, u32), u32, u32>, [Op::Add, 1000],
    Sub: ServerTask<(u32, u32), u32, u32>, [(Op::Sub)],
    Mul: ServerTask<(u32, u32), u32, u32>, [9],
    Named: ServerTask<(u32, u32), u32, u32>, ["by name"],
});
served! {
    enum Whole {
        #[action(1)]
        One(ServerTask<u32, u32, u32>),
    }
}

impl Asked {
    fn serve(self) -> Flow {
        match self {
            Self::Add(task) => {
                let sum = task.req.0 + task.req.1;
                task.done(Ok(sum));
            }
            Self::Sub(task) => {
                let difference = task.req.0.checked_sub(task.req.1).ok_or(1);
                task.done(difference);
            }
            Self::Mul(task) => {
                let product = task.req.0 * task.req.1;
                task.done(Ok(product));
            }
            Self::Named(task) => task.done(Err(2)),
        }
        Flow::Next
    }
}

async fn a_task_inside_of_a_macro_finds_its_own_fields<RT: AsyncRuntime>() {
    let (_server, addr) = listening::<RT>(per_task(Asked::serve)).await;
    let (noti, ended) = mpsc::unbounded_async();
    let noti = || Some(noti.clone());
    let transport = MemoryClient::<RT>::new();
    let stream = ClientStream::<Sums, _>::connect(&transport, &addr, ClientConfig::default());
    let stream = stream.await.expect("the server is there");
    let values = (3, 2);
    stream.send_task(Add { values, sum: None, res: None, noti: noti() }.into()).await;
    stream.send_task(Sub { values, sum: None, result: None, noti: noti() }.into()).await;
    let blob = Bytes::from_static(b"x");
    stream.send_task(Mul { values, blob, sum: None, res: None, noti: noti() }.into()).await;
    stream.send_task(Named { values, sum: None, res: None, noti: noti() }.into()).await;
    for _ in 0..4 {
        match ended.recv().await.expect("each is told of") {
            Sums::Add(Add { sum, res, .. }) => assert_eq!((sum, res), (Some(5), Some(Ok(())))),
            Sums::Sub(Sub { sum, result, .. }) => {
                assert_eq!((sum, result), (Some(1), Some(Ok(()))));
            }
            Sums::Mul(Mul { sum, res, .. }) => assert_eq!((sum, res), (Some(6), Some(Ok(())))),
            Sums::Named(Named { sum, res, .. }) => {
                assert_eq!((sum, res), (None, Some(Err(2.into()))));
            }
        }
    }
}

#[test]
fn a_literal_inside_of_a_macro_is_the_action_that_it_is_outside() {
    let ten = Ten { res: None, noti: None };
    assert_eq!(ten.action(), RpcAction::Num(10));
    let _: fn(ServerTask<u32, u32, u32>) -> Whole = Whole::One;
}

on_each_runtime! {
    a_task_inside_of_a_macro_finds_its_own_fields
}
