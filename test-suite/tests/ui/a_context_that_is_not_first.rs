use razor_rpc::error::RpcError;
use razor_rpc::{CallContext, endpoint_async};

#[endpoint_async(new BankClient)]
trait Bank {
    async fn balance(&self, account: String, context: CallContext) -> Result<i64, RpcError<()>>;
    async fn with_timeout(&self) -> Result<i64, RpcError<()>>;
}

fn main() {}
