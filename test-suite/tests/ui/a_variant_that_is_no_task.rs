use razor_stream::client::task::client_task_enum;

struct Get;

#[client_task_enum]
enum Op {
    Get(Get),
}

fn main() {}
