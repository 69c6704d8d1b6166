//! The path of the crate as other macros write it.

use razor_rpc::error::RpcError;
use razor_rpc::endpoint_async;

#[endpoint_async(new CalcClient, crate = "razor_rpc")]
trait Calc {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
}

fn main() {}
