use razor_rpc::endpoint_async;
use razor_rpc::error::RpcError;

#[derive(Debug)]
struct BankError;

#[endpoint_async(new BankClient)]
trait Bank {
    async fn balance(&self) -> Result<i64, RpcError<BankError>>;
}

fn main() {}
