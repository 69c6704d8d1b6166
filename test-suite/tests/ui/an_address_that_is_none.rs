use razor_rpc::RpcErr;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, RpcErr)]
enum LogError {
    #[rpc(failover_to = leader)]
    NotLeader { leader: u32 },
    #[rpc(failover_to = follower)]
    Full { leader: String },
}

#[derive(Debug, Serialize, Deserialize, RpcErr)]
#[rpc(failover_to = leader)]
struct NotLeader {
    leader: u32,
}

fn main() {}
