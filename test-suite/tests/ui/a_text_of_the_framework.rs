use razor_rpc::RpcErr;

#[derive(Debug, RpcErr)]
#[rpc(text)]
enum BankError {
    NoAccount,
    #[rpc(text = "rpc_timeout")]
    Late,
}

fn main() {}
