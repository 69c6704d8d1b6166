//! Describes the service in Rust, so that no `protoc` is needed.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let method = |name: &str, route: &str, input: &str, output: &str| {
        Method::builder()
            .name(name)
            .route_name(route)
            .input_type(input)
            .output_type(output)
            .codec_path("tonic_prost::ProstCodec")
            .build()
    };
    let echo = method("echo", "Echo", "crate::Message", "crate::Message");
    let echo = Service::builder().name("Echo").package("bench").method(echo).build();
    // Of the example.
    let store = Service::builder()
        .name("Store")
        .package("bench")
        .method(method("put", "Put", "crate::Entry", "crate::Nothing"))
        .method(method("get", "Get", "crate::Key", "crate::Entry"))
        .build();
    Builder::new().compile(&[echo, store]);
}
