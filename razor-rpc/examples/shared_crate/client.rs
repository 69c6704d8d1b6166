//! The client: calls the contract. It knows no server but by an address.

use crate::contract::{Parcel, Post, PostClient, PostError};
use razor_rpc::error::RpcError;
use razor_rpc::tokio::TcpClient;

/// Sends a parcel and finds it again.
pub async fn run(addr: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let client = PostClient::connect(TcpClient::new(), addr)?;

    let parcel = Parcel { to: "Alice".into(), grams: 800 };
    let number = client.send(parcel.clone()).await?;
    assert_eq!(client.find(number).await?, parcel);

    let anvil = Parcel { to: "Bob".into(), grams: 50_000 };
    assert_eq!(client.send(anvil).await, Err(RpcError::User(PostError::TooHeavy)));
    let missing = client.find(number + 1).await;
    assert_eq!(missing, Err(RpcError::User(PostError::NoSuchParcel)));
    println!("the parcel has the number {number}");
    Ok(())
}
