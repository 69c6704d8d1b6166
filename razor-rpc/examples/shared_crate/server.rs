//! The server: implements the contract. It knows no client.

use crate::contract::{Parcel, Post, PostError};
use razor_rpc::error::RpcError;
use razor_rpc::service;
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub struct Office {
    parcels: Mutex<Vec<Parcel>>,
}

#[service]
impl Post for Office {
    async fn send(&self, parcel: Parcel) -> Result<u64, RpcError<PostError>> {
        if parcel.grams > 10_000 {
            Err(PostError::TooHeavy)?;
        }
        let mut parcels = self.parcels.lock().unwrap_or_else(PoisonError::into_inner);
        parcels.push(parcel);
        Ok(parcels.len() as u64)
    }

    async fn find(&self, number: u64) -> Result<Parcel, RpcError<PostError>> {
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let parcels = self.parcels.lock().unwrap_or_else(PoisonError::into_inner);
        let parcel = index.and_then(|index| parcels.get(index).cloned());
        Ok(parcel.ok_or(PostError::NoSuchParcel)?)
    }
}
