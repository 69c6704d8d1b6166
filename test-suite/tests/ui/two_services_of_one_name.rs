//! A multiplexer whose services have the same name, which only their types know.

use razor_rpc::error::RpcError;
use razor_rpc::{endpoint_async, endpoint_client, service, service_mux_struct};
use std::sync::Arc;

endpoint_client!(CalcClient);

#[endpoint_async(CalcClient)]
trait Calc {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>;
}

struct First;
struct Second;

#[service]
impl Calc for First {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
        Ok(a + b)
    }
}

#[service]
impl Calc for Second {
    async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>> {
        Ok(b + a)
    }
}

#[service_mux_struct]
struct Both {
    first: Arc<First>,
    second: Arc<Second>,
}

fn main() {}
