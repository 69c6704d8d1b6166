use razor_stream::client::task::client_task_enum;

#[client_task_enum]
enum Op {
    Get,
}

fn main() {}
