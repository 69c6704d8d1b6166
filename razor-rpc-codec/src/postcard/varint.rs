//! Integers of as many bytes as they need: seven bits in each, the lowest first, the top bit set if more follow.
//!
//! Knows numbers and bytes. Does not know values.

use super::Fault;

/// Appends `number`.
#[inline]
pub(super) fn put(mut number: u128, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

/// Appends `number`; most numbers fit into a `u64`.
#[inline]
pub(super) fn put_u64(mut number: u64, out: &mut Vec<u8>) {
    while number > 0x7f {
        let [low, ..] = number.to_le_bytes();
        out.push(low | 0x80);
        number >>= 7;
    }
    let [low, ..] = number.to_le_bytes();
    out.push(low);
}

/// Takes a number of at most `bits` bits from the front of `rest`.
#[inline]
pub(super) fn take_u64(bits: u32, rest: &mut &[u8]) -> Result<u64, Fault> {
    let (first, after) = rest.split_first().ok_or(Fault::Truncated)?;
    if *first <= 0x7f {
        *rest = after;
        return Ok(u64::from(*first));
    }
    let wide = take(bits, rest)?;
    u64::try_from(wide).map_err(|_| Fault::Number)
}

/// Takes a number of at most `bits` bits from the front of `rest`.
pub(super) fn take(bits: u32, rest: &mut &[u8]) -> Result<u128, Fault> {
    let mut number = 0;
    let mut shift = 0;
    while shift < bits {
        let (byte, after) = rest.split_first().ok_or(Fault::Truncated)?;
        *rest = after;
        let part = u128::from(byte & 0x7f);
        // The type may have room for less than the seven bits of this byte.
        if bits - shift < 7 && part >> (bits - shift) != 0 {
            return Err(Fault::Number);
        }
        number |= part << shift;
        if *byte <= 0x7f {
            return Ok(number);
        }
        shift += 7;
    }
    Err(Fault::Number)
}
