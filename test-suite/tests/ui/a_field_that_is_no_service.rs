//! A multiplexer with a field that is no service.

use razor_rpc::service_mux_struct;
use std::sync::Arc;

#[service_mux_struct]
struct Both {
    number: Arc<u32>,
}

fn main() {}
