//! The limits of an action in the macros are those of `RpcAction`.

use razor_stream::client::task::{ClientTask, client_task};
use razor_stream::error::RpcError;
use razor_stream::proto::RpcAction;
use razor_stream::server::task::{ServerTask, server_task_enum};

#[client_task(0x7FFE_FFFF)]
struct Last {
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<fn(Self)>,
}

#[client_task(
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
)]
struct Longest {
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<fn(Self)>,
}

#[server_task_enum(req)]
enum Asked {
    #[action(
        0x7FFE_FFFF,
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    )]
    Last(ServerTask<u32>),
}

/// One more of either is refused: the tests of the macros and of `razor_stream::action` check that.
#[test]
fn the_last_number_and_the_longest_name_are_those_of_the_library() {
    assert_eq!(Last { res: None, noti: None }.action(), RpcAction::Num(RpcAction::MAX_NUM));
    let longest = Longest { res: None, noti: None };
    let RpcAction::Str(name) = longest.action() else { panic!("it is a name") };
    assert_eq!(name.len(), RpcAction::MAX_STR);
    let _ = Asked::Last;
}
