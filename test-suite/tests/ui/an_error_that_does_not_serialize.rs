use razor_rpc::RpcErr;

#[derive(Debug, RpcErr)]
enum BankError {
    NoAccount,
    Missing(u64),
}

fn main() {}
