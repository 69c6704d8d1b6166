//! A service with a dot in its name, at both sides.

use razor_rpc::error::RpcError;
use razor_rpc::{endpoint_async, service};

#[endpoint_async(new CalcClient, name = "Calc.v2")]
trait Calc {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
}

struct Server;

#[service(name = "Calc.v2")]
impl Calc for Server {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
        Ok(a + b)
    }
}

fn main() {}
