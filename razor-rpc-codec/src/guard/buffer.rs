//! The parts of a message that serde keeps in a buffer of its own and decodes from there, where the guard cannot see
//! it.
//!
//! That happens to enums with `#[serde(tag)]` and `#[serde(untagged)]`, and to unknown fields of a struct with
//! `#[serde(flatten)]`. The buffer is a tree of `Content`, 32 bytes per value, which is within the memory that is free
//! for a value. The guard cannot see what serde makes of the tree: an element of a list that takes one byte may become
//! a wide row that holds only defaults, and so may a value of a map. So lists, maps and nils in a list or in a long map
//! of a buffer are paid for as if they became rows of 192 bytes; the first ones of a message are free. Scalars and text
//! in a list, and rows of a usual length, never cost more than their bytes allow.
//!
//! An enum with `#[serde(untagged)]` copies the part that it decodes. If it contains itself, each level makes a copy,
//! and all copies exist at once. So values that are nested deep pay for the copies.

use std::any::type_name;

use serde::de::Error;

use super::Limits;

/// Whether a visitor that makes a `V` fills serde's buffer.
///
/// Serde's type has no public name, so this looks at its private one. If serde renames it, `tests/buffered.rs` fails.
#[inline]
pub(super) fn is_buffer<V>() -> bool {
    let name = type_name::<V>();
    let name = name.strip_suffix(')').unwrap_or(name);
    let name = name.strip_suffix("<'_>").unwrap_or(name);
    name.ends_with("::content::Content") || name.ends_with("::content::TagOrContent")
}

/// Opens a list of a buffer. Returns the cost of each element when it comes; 0 if `elements` tells their number, since
/// they are paid for at once then.
pub(super) fn open_list<E: Error>(elements: Option<usize>, limits: &Limits) -> Result<usize, E> {
    open(elements, 1, limits)
}

/// Opens a map of a buffer. Returns the cost of each entry when it comes; 0 if `entries` tells their number, since they
/// are paid for at once then.
pub(super) fn open_map<E: Error>(entries: Option<usize>, limits: &Limits) -> Result<usize, E> {
    open(entries, 2, limits)
}

/// Pays for a nil in a buffer. A nil that is a field is part of its row, and free.
pub(super) fn nil<E: Error>(limits: &Limits) -> Result<(), E> {
    if limits.listed() { limits.take_row(LISTED) } else { Ok(()) }
}

fn open<E: Error>(parts: Option<usize>, values: usize, limits: &Limits) -> Result<usize, E> {
    limits.take_row(if limits.listed() { LISTED } else { KEYED })?;
    let copies = (limits.buffered() + 1).saturating_sub(COPIES);
    let each = values * copies * CONTENT;
    limits.enter_buffer();
    match parts {
        Some(parts) if each > 0 => limits.take_copies(parts.saturating_mul(each)).map(|()| 0),
        Some(_) => Ok(0),
        None => Ok(each),
    }
}

/// The cost in bytes of a value that may become a row, besides the 64 bytes that are free for it.
const LISTED: usize = 128;
/// The cost in bytes of a list or map that is a field: it is rarely a row, and its key has bytes of its own.
const KEYED: usize = 32;
/// The number of copies of a value that are free, one per level of the buffer.
const COPIES: usize = 8;
/// The size in bytes of a value in the buffer.
const CONTENT: usize = 32;
