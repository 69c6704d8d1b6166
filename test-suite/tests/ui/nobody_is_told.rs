use razor_stream::client::task::client_task;
use razor_stream::error::RpcError;

#[client_task(1)]
struct Task {
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
}

fn main() {}
