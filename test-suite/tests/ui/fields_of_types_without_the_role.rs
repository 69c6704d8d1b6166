use razor_stream::client::task::client_task;
use razor_stream::error::RpcError;

struct Page;

#[client_task]
struct Task {
    #[field(action)]
    op: i64,
    #[field(req_blob)]
    sent: String,
    #[field(resp_blob)]
    got: Page,
    #[field(res)]
    res: Option<Result<(), RpcError<u32>>>,
    #[field(noti)]
    noti: Option<Page>,
}

fn main() {}
