use razor_stream::client::task::client_task;
use razor_stream::error::RpcError;

#[client_task(1)]
struct Task {
    #[field(request)]
    msg: String,
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<fn(Task)>,
}

fn main() {}
