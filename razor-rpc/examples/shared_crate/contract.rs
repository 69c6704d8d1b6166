//! The contract: the traits, their arguments, results and errors. A crate of its own, on which both programs depend.
//!
//! It needs `razor-rpc` without a transport or a runtime (`default-features = false`, feature `msgpack`), and serde.
//! Both programs get the rest from their own dependency on `razor-rpc`.

use razor_rpc::error::RpcError;
use razor_rpc::{RpcErr, endpoint_async};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parcel {
    pub to: String,
    pub grams: u32,
}

/// Written out in numbers: a variant that is added later must not change those that are there.
#[derive(Debug, Clone, Copy, PartialEq, RpcErr)]
pub enum PostError {
    TooHeavy = 1,
    NoSuchParcel = 2,
}

/// The service, and its client. What is `pub` here is what the two programs see.
#[endpoint_async(new PostClient)]
pub trait Post {
    /// Takes a parcel; returns its number.
    async fn send(&self, parcel: Parcel) -> Result<u64, RpcError<PostError>>;
    async fn find(&self, number: u64) -> Result<Parcel, RpcError<PostError>>;
}
